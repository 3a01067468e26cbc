"""Which checkpoints of the message log a quorum of witnesses stands under, and which leaves wait; all its SQL."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from nodes.gateway.promises import Standing
from nodes.witness_tables import leaf_waiting, witnessed_head


@dataclass(frozen=True, slots=True)
class WitnessedHead:
    """A verified checkpoint under a quorum, complete ``at``: ``seen`` of ``of`` witnesses had signed by then."""

    size: int
    note: bytes
    at: int
    seen: int
    of: int

    @property
    def standing(self) -> Standing:
        """How many witnesses cover its leaves, and since when."""
        return Standing(self.at, self.seen, self.of)


def await_leaf(connection: Connection, leaf: int, logged_at: int) -> None:
    """Note that a leaf proves something here; one that is covered already, or noted, stays as it is."""
    if covering(connection, leaf) is not None:
        return
    if connection.execute(select(leaf_waiting.c.leaf).where(leaf_waiting.c.leaf == leaf)).one_or_none() is None:
        connection.execute(insert(leaf_waiting).values(leaf=leaf, logged_at=logged_at))


def first_waiting(connection: Connection) -> tuple[int, int] | None:
    """Return index and time of the first leaf that no witnessed checkpoint covers; None where nothing waits."""
    row = connection.execute(select(leaf_waiting).order_by(leaf_waiting.c.leaf).limit(1)).one_or_none()
    return None if row is None else (row.leaf, row.logged_at)


def put_witnessed(connection: Connection, new: WitnessedHead) -> None:
    """Keep a witnessed checkpoint; the leaves it covers wait no longer. The first of a size stays."""
    known = select(witnessed_head.c.size).where(witnessed_head.c.size == new.size)
    if connection.execute(known).one_or_none() is None:
        values = {"size": new.size, "note": new.note, "at": new.at, "seen": new.seen, "of": new.of}
        connection.execute(insert(witnessed_head).values(values))
    connection.execute(delete(leaf_waiting).where(leaf_waiting.c.leaf < new.size))


def covering(connection: Connection, leaf: int) -> WitnessedHead | None:
    """Return the smallest witnessed checkpoint that covers a leaf."""
    query = select(witnessed_head).where(witnessed_head.c.size > leaf).order_by(witnessed_head.c.size).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else WitnessedHead(*row)


def newest_witnessed(connection: Connection) -> WitnessedHead | None:
    """Return the largest witnessed checkpoint that was verified here."""
    size = select(func.max(witnessed_head.c.size)).scalar_subquery()
    row = connection.execute(select(witnessed_head).where(witnessed_head.c.size == size)).one_or_none()
    return None if row is None else WitnessedHead(*row)


def forget_from(connection: Connection, size: int) -> None:
    """Forget what the hub lost: leaves from ``size`` on, and checkpoints above it."""
    connection.execute(delete(leaf_waiting).where(leaf_waiting.c.leaf >= size))
    connection.execute(delete(witnessed_head).where(witnessed_head.c.size > size))
