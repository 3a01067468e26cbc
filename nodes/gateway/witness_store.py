"""What a witness keeps and what it found; all its SQL. Replacing what is kept is a compare-and-swap."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, insert, select, update

from nodes.gateway.alarms import raise_alarm
from nodes.gateway.witness_rules import Contradiction, Finding, Kept
from nodes.witness_tables import finding, witness_head
from protocol.cbor import Item, decode, encode
from protocol.ids import DIGEST_SIZE
from protocol.limits import MAX_LOG_ENTRIES, MAX_OBJECT
from protocol.merkle import Frontier
from protocol.shapes import as_bytes, as_list

_MOST: Final = MAX_LOG_ENTRIES  # hashes or leaves of one finding: a whole page, for two of its leaves may contradict
_KEPT: Final = 1_000  # findings of one kind in one log


@dataclass(frozen=True, slots=True)
class Found:
    """A finding as it is kept: a contradiction in a log, since ``at`` in seconds UTC."""

    number: int
    log: str
    at: int
    what: Contradiction


def load_kept(connection: Connection, log: str) -> Kept:
    """Return what is kept of a log; nothing before the first cosignature."""
    row = connection.execute(select(witness_head).where(witness_head.c.log == log)).one_or_none()
    if row is None:
        return Kept(Frontier())
    peaks = tuple(row.peaks[at : at + DIGEST_SIZE] for at in range(0, len(row.peaks), DIGEST_SIZE))
    return Kept(
        frontier=Frontier(row.size, peaks),
        note=row.note,
        head_time=row.head_time,
        leaf_time=row.leaf_time,
        directory_size=row.directory_size,
        both_at=row.both_at,
        brought=row.brought,
    )


def swap_kept(connection: Connection, log: str, old: Kept, new: Kept) -> bool:
    """Replace what is kept if it still is ``old``; return whether it was. Another process of this witness may be first.

    Only then may the witness sign: whatever it signed is, or continues, what stands here.
    """
    values = {
        "size": new.size,
        "root": new.frontier.root(),
        "peaks": b"".join(new.frontier.peaks),
        "note": new.note,
        "head_time": new.head_time,
        "leaf_time": new.leaf_time,
        "directory_size": new.directory_size,
        "both_at": new.both_at,
        "brought": new.brought,
    }
    if not old.note:
        known = connection.execute(select(witness_head.c.size).where(witness_head.c.log == log)).one_or_none()
        if known is None:
            connection.execute(insert(witness_head).values(log=log, **values))
        return known is None
    same = (witness_head.c.log == log, witness_head.c.size == old.size, witness_head.c.root == old.frontier.root())
    return connection.execute(update(witness_head).where(*same).values(values)).rowcount == 1


def put_finding(connection: Connection, log: str, found: Contradiction, at: int) -> bool:
    """Keep a contradiction once, raise its alarm, and return whether it is new.

    The same two trees under new signatures are nothing new, and beyond a thousand of a kind only the alarm counts on.
    """
    digest = hashlib.sha256(_tree(found.ours) + b"\n" + _tree(found.theirs)).digest()
    where = (finding.c.code == found.finding.value, finding.c.log == log, finding.c.digest == digest)
    raise_alarm(connection, found.finding.value, f"log {log}", at)
    if connection.execute(select(finding.c.number).where(*where)).one_or_none() is not None:
        return False
    alike = select(func.count()).select_from(finding).where(*where[:2])
    if connection.execute(alike).scalar_one() >= _KEPT:
        return False
    more: list[Item] = list(found.more[:_MOST])
    connection.execute(
        insert(finding).values(
            code=found.finding.value,
            log=log,
            at=at,
            digest=digest,
            ours=found.ours,
            theirs=found.theirs,
            more=encode(more),
        )
    )
    return True


def findings(connection: Connection) -> Sequence[Found]:
    """Return everything that was found, the newest first."""
    rows = connection.execute(select(finding).order_by(finding.c.number.desc()))
    return [
        Found(row.number, row.log, row.at, Contradiction(Finding(row.code), row.ours, row.theirs, _more(row.more)))
        for row in rows
    ]


def _tree(note: bytes) -> bytes:
    """Return the text of a checkpoint, without signatures."""
    return note.partition(b"\n\n")[0]


def _more(raw: bytes) -> tuple[bytes, ...]:
    return tuple(as_bytes(each, "more") for each in as_list(decode(raw, MAX_OBJECT), "more", 0, _MOST))
