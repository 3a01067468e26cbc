"""Which cases have to be looked at again, because a message, its evidence or the time has moved; all its SQL."""

from collections.abc import Collection, Sequence
from hashlib import blake2b
from typing import Final

from sqlalchemy import ColumnElement, Connection, bindparam, exists, func, or_, select, union, update

from nodes.case_event_tables import case_event, case_file, case_message
from nodes.casework.machine import Signal, Stand
from nodes.casework.machine_parts import CLOSED, REVIEW
from nodes.gateway.inbox import READABLE
from nodes.gateway.outbox import OutState
from nodes.schema import addressee, inbox, outbox, screening

Seen = int
"""Stands for what was last seen of the messages of a case: states, and how many of their addressees confirmed what.

Very many of them are remembered, so it is a hash, good for one process; two that differ are equal once in 2^64.
"""
Mark = int
"""The same for later processes, kept with the case by whoever looked at it."""
_RULES: Final = b"1"
"""Which release looked. Raise it with a change of what a look enters: then each case is looked at once more."""
_BYTES: Final = 8
_LIVE: Final = (Stand.OURS.value, Stand.THEIRS.value)
_READABLE: Final = tuple(each.value for each in READABLE)
_LATE: Final = 200  # messages of each box
_UNANSWERED: Final = ("asked", "received", "weighing")
_CONSENTS: Final = ("consent-asked", "consent-owed")


def live_now(connection: Connection) -> list[int]:
    """Return the cases that somebody here or elsewhere still works on."""
    query = select(case_file.c.number).where(case_file.c.stand.in_(_LIVE))
    return [row.number for row in connection.execute(query)]


def seen_now(connection: Connection, cases: Sequence[int]) -> dict[int, Seen]:
    """Return what is to be seen of some cases; a caller with very many asks for a part of them at a time."""
    return {case: hash(frozenset(seen)) for case, seen in _standing(connection, cases).items()}


def begin_now(connection: Connection, cases: Sequence[int]) -> tuple[dict[int, Seen], list[int]]:
    """Return what is to be seen of some cases, and those of them that moved since somebody last looked at them."""
    found = _standing(connection, cases)
    query = select(case_file.c.number, case_file.c.seen).where(case_file.c.number.in_(cases))
    known: dict[int, Mark | None] = {row.number: row.seen for row in connection.execute(query)}
    moved = [case for case, seen in found.items() if known.get(case) != _mark(seen)]
    return {case: hash(frozenset(seen)) for case, seen in found.items()}, moved


def put_marks(connection: Connection, cases: Sequence[int]) -> None:
    """Keep what is to be seen of cases, in the transaction that looks at them."""
    rows = [{"case": case, "mark": _mark(seen)} for case, seen in _standing(connection, cases).items()]
    if rows:
        query = update(case_file).where(case_file.c.number == bindparam("case")).values(seen=bindparam("mark"))
        connection.execute(query, rows)


def _standing(connection: Connection, cases: Sequence[int]) -> dict[int, set[tuple[object, ...]]]:
    live = case_file.c.number.in_(cases)
    mine = case_message.join(case_file, case_file.c.number == case_message.c.case)
    found: dict[int, set[tuple[object, ...]]] = {}
    received = (
        select(case_message.c.case, inbox.c.id, inbox.c.state, inbox.c.item.is_(None), screening.c.lane)
        .select_from(mine.join(inbox, inbox.c.message == case_message.c.message))
        .outerjoin(screening, screening.c.message == case_message.c.message)
        .where(live)
    )
    sent = (
        select(case_message.c.case, outbox.c.number, outbox.c.state, outbox.c.item.is_(None), outbox.c.accepted_at)
        .select_from(mine.join(outbox, outbox.c.message == case_message.c.message))
        .where(live)
    )
    counts = (addressee.c.handed_over_at, addressee.c.read_at, addressee.c.rejected_at)
    people = (
        select(case_message.c.case, case_message.c.message, *(func.count(each) for each in counts))
        .select_from(mine.join(addressee, addressee.c.message == case_message.c.message))
        .where(live)
        .group_by(case_message.c.case, case_message.c.message)
    )
    for query in (received, sent, people):
        for case, *rest in connection.execute(query):
            found.setdefault(case, set()).add(tuple(rest))
    return found


def _mark(seen: Collection[tuple[object, ...]]) -> Mark:
    said = "".join(sorted(map(repr, seen))).encode()
    return int.from_bytes(blake2b(said, digest_size=_BYTES, key=_RULES).digest(), signed=True)


def unheard(connection: Connection) -> list[int]:
    """Return the cases with a late message that left, or may be read, and of which no entry speaks yet."""
    late_sent = select(outbox.c.message, outbox.c.state).order_by(outbox.c.number.desc()).limit(_LATE).subquery()
    late_came = select(inbox.c.message, inbox.c.state).order_by(inbox.c.id.desc()).limit(_LATE).subquery()
    told = exists().where(
        case_event.c.case == case_message.c.case,
        case_event.c.message == case_message.c.message,
        case_event.c.signal.not_in((Signal.QUEUED.value, Signal.HELD.value)),
    )
    sent = (
        select(case_message.c.case)
        .join(late_sent, late_sent.c.message == case_message.c.message)
        .where(late_sent.c.state == OutState.ACCEPTED.value, ~told)
    )
    came = (
        select(case_message.c.case)
        .join(late_came, late_came.c.message == case_message.c.message)
        .join(case_file, case_file.c.number == case_message.c.case)
        .where(late_came.c.state.in_(_READABLE), case_file.c.message != case_message.c.message, ~told)
    )
    return sorted({row.case for query in (sent, came) for row in connection.execute(query)})


def due_now(connection: Connection, now: int) -> list[int]:
    """Return the cases that time moves: a review is due, or the time for a consent is over."""
    review = (case_file.c.state == CLOSED) & (case_file.c.review_at <= now)
    consent = case_file.c.machine.in_(_CONSENTS) & case_file.c.state.in_(_UNANSWERED)
    due = (review, consent & (case_file.c.due_at <= now), consent & (case_file.c.awaited_at <= now))
    found = union(*(select(case_file.c.number).where(each) for each in due))  # each goes by an index of its own
    return list(connection.execute(found).scalars())


def erased_now(connection: Connection) -> list[int]:
    """Return the closed cases of whose messages nothing is left; those that lost none are not looked at."""
    left = or_(_has(inbox.c.item, inbox.c.message), _has(outbox.c.item, outbox.c.message))
    mine = case_message.c.case == case_file.c.number
    lost = union(
        select(case_message.c.case)
        .join(inbox, inbox.c.message == case_message.c.message)
        .where(inbox.c.item.is_(None)),
        select(case_message.c.case)
        .join(outbox, outbox.c.message == case_message.c.message)
        .where(outbox.c.item.is_(None)),
    )
    query = select(case_file.c.number).where(
        case_file.c.number.in_(lost), case_file.c.state.in_((CLOSED, REVIEW)), ~exists().where(mine, left)
    )
    return [row.number for row in connection.execute(query)]


def _has(item: ColumnElement[bytes], message: ColumnElement[bytes]) -> ColumnElement[bool]:
    return exists().where(message == case_message.c.message, item.is_not(None)).correlate(case_message)
