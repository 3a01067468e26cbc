"""SQL of what witnesses are asked and what they answered: offers, cosignatures, and which sizes are witnessed.

An offer is a checkpoint that every witness finds for as long as the period lasts, so that their lines meet under one
size. Lines are kept as they came; whoever reads them verifies them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, select

from hub.rows import upsert_rows
from hub.schema import CHECKPOINT, COSIGNATURE, OFFER, STATEMENT, WITNESSED


@dataclass(frozen=True, slots=True)
class Offer:
    """A size that witnesses are asked to cosign, since when, in seconds UTC."""

    size: int
    at: int


@dataclass(frozen=True, slots=True)
class Lines:
    """One witness's lines under one checkpoint, without their newlines; ``both`` is empty without ML-DSA-44."""

    witness: str
    time: int
    plain: bytes
    both: bytes


def last_offer(connection: Connection, log: str) -> Offer | None:
    """Return the offer in force."""
    query = select(OFFER.c.size, OFFER.c.at).where(OFFER.c.log == log).order_by(OFFER.c.size.desc()).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else Offer(row.size, row.at)


def put_offer(connection: Connection, log: str, offer: Offer) -> None:
    """Store a larger offer; another replica may have made the same one."""
    upsert_rows(connection, OFFER, [(log, offer.size, offer.at)])


def offered(connection: Connection, log: str, size: int) -> bytes | None:
    """Return the checkpoint of a size that was offered to witnesses; None for any other."""
    query = (
        select(CHECKPOINT.c.raw)
        .join(OFFER, (OFFER.c.log == CHECKPOINT.c.log) & (OFFER.c.size == CHECKPOINT.c.size))
        .where(CHECKPOINT.c.log == log, CHECKPOINT.c.size == size)
    )
    raw: bytes | None = connection.execute(query).scalar_one_or_none()
    return raw


def lines_under(connection: Connection, log: str, size: int) -> Sequence[Lines]:
    """Return every witness's lines under one checkpoint, by name."""
    where = (COSIGNATURE.c.log == log, COSIGNATURE.c.size == size)
    rows = connection.execute(select(COSIGNATURE).where(*where).order_by(COSIGNATURE.c.witness))
    return [Lines(row.witness, row.time, row.plain, row.both) for row in rows]


def put_lines(connection: Connection, log: str, size: int, new: Lines) -> bool:
    """Store a witness's lines; return whether they say more than those that stand.

    A later time replaces an earlier one, and both keys replace one; what was lasting stays lasting.
    """
    known = next((each for each in lines_under(connection, log, size) if each.witness == new.witness), None)
    if known is not None and (bool(new.both), new.time) <= (bool(known.both), known.time):
        return False
    upsert_rows(connection, COSIGNATURE, [(log, size, new.witness, new.time, new.plain, new.both)])
    return True


def mark_witnessed(connection: Connection, log: str, size: int, at: int) -> None:
    """Note that a quorum stands under a size since ``at``; the first time stays."""
    where = (WITNESSED.c.log == log, WITNESSED.c.size == size)
    if connection.execute(select(WITNESSED.c.at).where(*where)).one_or_none() is None:
        upsert_rows(connection, WITNESSED, [(log, size, at)])  # another replica may do the same


def newest_witnessed(connection: Connection, log: str) -> int | None:
    """Return the largest size under which a quorum stands."""
    query = select(func.max(WITNESSED.c.size)).where(WITNESSED.c.log == log)
    found: int | None = connection.execute(query).scalar_one()
    return found


def next_witnessed(connection: Connection, log: str, after: int) -> int | None:
    """Return the smallest size above ``after`` under which a quorum stands."""
    where = (WITNESSED.c.log == log, WITNESSED.c.size > after)
    found: int | None = connection.execute(select(func.min(WITNESSED.c.size)).where(*where)).scalar_one()
    return found


def stored_checkpoint(connection: Connection, log: str, size: int) -> bytes:
    """Return the log's own signed checkpoint of a size."""
    where = (CHECKPOINT.c.log == log, CHECKPOINT.c.size == size)
    raw: bytes = connection.execute(select(CHECKPOINT.c.raw).where(*where)).scalar_one()
    return raw


def waiting_since(connection: Connection, size: int) -> int | None:
    """Return when the first directory entry beyond ``size`` was entered; None where there is none."""
    return connection.execute(select(STATEMENT.c.entered_at).where(STATEMENT.c.seq == size)).scalar_one_or_none()


def drop_old(connection: Connection, before: int) -> int:
    """Thin out what is older than ``before``: of each log and day the last witnessed size stays. Return how many went.

    Any witnessed checkpoint proves every leaf below it, so what stays proves all; when a leaf was first witnessed is
    known to the nearest day then.
    """
    day = WITNESSED.c.at - WITNESSED.c.at % 86_400
    last = select(func.max(WITNESSED.c.size)).group_by(WITNESSED.c.log, day)
    old = delete(WITNESSED).where(WITNESSED.c.at < before, WITNESSED.c.size.not_in(last))
    gone = connection.execute(old).rowcount
    connection.execute(delete(OFFER).where(OFFER.c.at < before))
    kept = select(WITNESSED.c.size).where(WITNESSED.c.log == COSIGNATURE.c.log)
    lines = delete(COSIGNATURE).where(COSIGNATURE.c.time < before, COSIGNATURE.c.size.not_in(kept))
    return gone + connection.execute(lines).rowcount
