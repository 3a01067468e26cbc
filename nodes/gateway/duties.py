"""Duties: what allowed messages ask of the people at this node, tracked until somebody did it; all its SQL.

A duty comes with the decision that allowed its message, in the same transaction as the message. It is never dropped:
it stays open until a person says that it is done, with a note that is kept in the vault, and overdue is only a fact
about time.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from nodes.gateway.here import Here
from nodes.gateway.stores import Store
from nodes.schema import duty
from protocol.decision import Asks, Decision
from protocol.ids import Channel, MessageId, PolicyDigest, TypeId


class DutyBox(StrEnum):
    """Whether the message was sent from here or received here."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class About:
    """The message that brings duties, and the time from which they run (seconds UTC)."""

    message: MessageId
    box: DutyBox
    channel: Channel
    type: TypeId
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """One duty as it stands. ``owed_to`` is a node id, a kind of participant, or empty where nobody is to be told."""

    number: int
    about: About
    obligation: str
    asks: Asks
    article: str
    text: str
    owed_to: str
    policy: PolicyDigest
    due_at: int
    done_at: int | None
    note: bytes | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many duties are open, and how many of those are overdue."""

    open: int
    overdue: int


class Duties:
    """Tells what is to be done and takes the word that it was."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def list(self, limit: int, *, done: bool = False) -> Sequence[Tracked]:
        """Return open duties, the earliest due first, or with ``done`` the latest that were done."""
        return await self._store.database.read(lambda connection: list_duties(connection, limit, done=done))

    async def find(self, number: int) -> Tracked | None:
        """Return a duty, None when there is no such one."""
        return await self._store.database.read(lambda connection: find_duty(connection, number))

    async def settle(self, number: int, note: str) -> Tracked | None:
        """Return the duty as done now, with the note kept; None for one that is not open."""
        now = self._here.clock()

        def work(connection: Connection) -> Tracked | None:
            found = find_duty(connection, number)
            if found is None or found.done_at is not None:
                return None
            kept = self._store.vault.put(connection, note.encode())
            connection.execute(update(duty).where(duty.c.number == number).values(done_at=now, note=kept))
            return find_duty(connection, number)

        return await self._store.database.write(work)


def put_duties(connection: Connection, about: About, decision: Decision) -> None:
    """Store what the decision asks to be done; a duty that is there already stays as it is."""
    for each in decision.duties:
        for owed_to in each.to or ("",):
            known = select(duty.c.number).where(
                duty.c.message == about.message, duty.c.obligation == each.id, duty.c.owed_to == owed_to
            )
            if connection.execute(known).first() is not None:
                continue
            connection.execute(
                insert(duty).values(
                    message=about.message,
                    box=about.box,
                    channel=about.channel,
                    type=about.type,
                    obligation=each.id,
                    asks=each.asks,
                    article=each.article,
                    text=each.text,
                    owed_to=owed_to,
                    policy=decision.policy,
                    since=about.since,
                    due_at=about.since + each.within,
                )
            )


def move_duties(connection: Connection, replaced: MessageId, by: MessageId) -> None:
    """Let the duties of a message that was sealed anew run on under its new id."""
    connection.execute(update(duty).where(duty.c.message == replaced).values(message=by))


def list_duties(connection: Connection, limit: int, *, done: bool = False) -> Sequence[Tracked]:
    """Return open duties, the earliest due first, or those done, the latest first."""
    if done:
        query = select(duty).where(duty.c.done_at.is_not(None)).order_by(duty.c.done_at.desc(), duty.c.number.desc())
    else:
        query = select(duty).where(duty.c.done_at.is_(None)).order_by(duty.c.due_at, duty.c.number)
    return [_tracked(row) for row in connection.execute(query.limit(limit))]


def find_duty(connection: Connection, number: int) -> Tracked | None:
    """Return one duty."""
    row = connection.execute(select(duty).where(duty.c.number == number)).first()
    return None if row is None else _tracked(row)


def count_duties(connection: Connection, now: int) -> Count:
    """Return how many duties are open at ``now``, and how many of them are overdue."""
    waiting = select(func.count()).select_from(duty).where(duty.c.done_at.is_(None))
    late = waiting.where(duty.c.due_at <= now)
    return Count(int(connection.execute(waiting).scalar_one()), int(connection.execute(late).scalar_one()))


def _tracked(row: Row[Any]) -> Tracked:
    return Tracked(
        number=row.number,
        about=About(MessageId(row.message), DutyBox(row.box), Channel(row.channel), TypeId(row.type), row.since),
        obligation=row.obligation,
        asks=Asks(row.asks),
        article=row.article,
        text=row.text,
        owed_to=row.owed_to,
        policy=PolicyDigest(row.policy),
        due_at=row.due_at,
        done_at=row.done_at,
        note=row.note,
    )
