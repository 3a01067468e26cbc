"""What exactly was asked to be approved, kept beside the release so that a later version can be compared with it.

A copy is content: encrypted, and erased when its draft has left or is gone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select, update

from nodes.case_event_tables import case_approval
from nodes.gateway.vault import Vault, erase_item
from nodes.inquiry_tables import release_copy

_DROPPED: Final = "dropped"
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class ReleaseCopy:
    """What one release was asked for: the number of the release, and the bytes."""

    number: int
    raw: bytes


def put_copy(connection: Connection, vault: Vault, number: int, raw: bytes) -> None:
    """Keep what a release was asked for."""
    connection.execute(insert(release_copy).values(approval=number, item=vault.put(connection, raw)))


def copies_of(connection: Connection, vault: Vault, subject: str) -> Sequence[ReleaseCopy]:
    """Return what the releases of a subject were asked for, the newest first; none of those that are erased."""
    query = select(release_copy).join(case_approval, case_approval.c.number == release_copy.c.approval)
    query = query.where(case_approval.c.subject == subject).order_by(case_approval.c.number.desc()).limit(_MOST)
    found = [(row.approval, vault.get(connection, row.item)) for row in connection.execute(query).all()]
    return [ReleaseCopy(number, raw) for number, raw in found if raw is not None]


def erase_copies(connection: Connection, subject: str) -> None:
    """Erase what the releases of a subject were asked for; that there were releases stays known."""
    query = select(release_copy.c.item).join(case_approval, case_approval.c.number == release_copy.c.approval)
    for row in connection.execute(query.where(case_approval.c.subject == subject)).all():
        if row.item is not None:
            erase_item(connection, row.item)


def drop_open(connection: Connection, subject: str, who: str, at: int) -> None:
    """Give up what waits for a second person about a subject."""
    values = {"verdict": _DROPPED, "decided_by": who, "decided_at": at}
    open_ = case_approval.c.verdict.is_(None)
    connection.execute(update(case_approval).where(case_approval.c.subject == subject, open_).values(values))
