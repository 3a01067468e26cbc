"""What retention looks at and erases around messages: rows of boxes and cases; all its SQL."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Table, exists, func, or_, select

from nodes.case_event_tables import case_approval, case_event, case_file, case_message
from nodes.casework.retention import Facts, Limits, Plan, plan
from nodes.gateway.retaining import standing
from nodes.gateway.vault import erase_item
from nodes.inquiry_tables import release_copy
from nodes.retention_tables import erased, erasure, legal_hold
from nodes.schema import inbox, outbox
from protocol.ids import Channel, MessageId

_MONTH_S: Final = 28 * 86_400  # no month is shorter


@dataclass(frozen=True, slots=True)
class Planned:
    """A message that is here with content, and when it has to go."""

    message: MessageId
    mine: bool
    type: str
    channel: Channel
    plan: Plan


def planned(connection: Connection, limits: Limits, message: MessageId) -> Planned | None:
    """Return when the content of a message has to go; None where none is here."""
    rows = _rows(connection, lambda table: (table.c.message == message,))
    return _planned(connection, limits, rows)[0] if rows else None


def over_limit(connection: Connection, limits: Limits, now: int, number: int) -> Sequence[Planned]:
    """Return up to ``number`` messages that are not held and whose time is over, by their sender or the law here."""
    oldest = now - limits.shortest * _MONTH_S

    found = _planned(connection, limits, _ending(connection, oldest, now))
    return [each for each in found if each.plan.is_due(now)][:number]


def coming_up(connection: Connection, limits: Limits, until: int, number: int) -> Sequence[Planned]:
    """Return the messages whose time ends before ``until``, the next one first."""
    oldest = until - limits.shortest * _MONTH_S

    found = _planned(connection, limits, _ending(connection, oldest, until))
    near = [each for each in found if each.plan.erase_at <= until]
    return sorted(near, key=lambda each: (each.plan.erase_at, each.message))[:number]


def spent_cases(connection: Connection, now: int, limit: int) -> Sequence[tuple[int, bytes, int]]:
    """Return the cases of whose messages nothing is left, while words from before are; each with when the last went.

    A hold that stands on the case, or on a message of it, keeps the words.
    """
    mine = case_message.c.case == case_file.c.number
    left = or_(*(_kept_in(table) for table in (inbox, outbox)))
    gone_at = (
        select(func.max(erasure.c.at))
        .join(erased, erased.c.erasure == erasure.c.id)
        .join(case_message, case_message.c.message == erased.c.subject)
        .where(mine)
        .correlate(case_file)
        .scalar_subquery()
    )
    event, asked = case_event.c, case_approval.c
    words = exists().where(event.case == case_file.c.number, event.reason.is_not(None), event.noted_at <= gone_at)
    noted = or_(asked.note.is_not(None), asked.reason.is_not(None))
    notes = exists().where(asked.case == case_file.c.number, noted, asked.asked_at <= gone_at)
    lost = select(case_message.c.case).where(case_message.c.message.in_(select(erased.c.subject)))
    query = select(case_file.c.number, case_file.c.id, gone_at.label("gone_at")).where(case_file.c.number.in_(lost))
    held = or_(case_file.c.id.in_(standing(now)), exists().where(mine, case_message.c.message.in_(standing(now))))
    where = (~exists().where(mine, left), or_(words, notes), ~held)
    rows = connection.execute(query.where(*where).limit(limit))
    return [(row.number, bytes(row.id), row.gone_at) for row in rows]


def erase_words(connection: Connection, case: int, upto: int) -> int:
    """Erase what people wrote about a case up to a time, and copies made for its approvals; return how many items."""
    event, asked = case_event.c, case_approval.c
    approvals = select(asked.number).where(asked.case == case, asked.asked_at <= upto)
    queries = (
        select(event.reason).where(event.case == case, event.noted_at <= upto),
        select(asked.note).where(asked.number.in_(approvals)),
        select(asked.reason).where(asked.number.in_(approvals)),
        select(release_copy.c.item).where(release_copy.c.approval.in_(approvals)),
    )
    items = {each for query in queries for each in connection.execute(query).scalars() if each is not None}
    for item in sorted(items):
        erase_item(connection, item)
    return len(items)


def _kept_in(table: Table) -> ColumnElement[bool]:
    kept = exists().where(table.c.message == case_message.c.message, table.c.item.is_not(None))
    return kept.correlate(case_message)


def _ending(connection: Connection, oldest: int, until: int) -> list[tuple[bool, Any]]:
    """Return the rows that are here since ``oldest``, and those whose sender gave a date up to ``until``."""
    return _rows(connection, lambda table: (_begun(table) <= oldest, table.c.erase_by <= until))


def _rows(connection: Connection, any_of: Callable[[Table], tuple[ColumnElement[bool], ...]]) -> list[tuple[bool, Any]]:
    """Return the rows for which a condition holds. Each is asked for alone: SQLite then takes the index of each."""
    found: dict[bytes, tuple[bool, Any]] = {}
    for table, mine in ((inbox, False), (outbox, True)):
        columns = (table.c.message, table.c.type, table.c.channel, table.c.erase_by)
        query = select(*columns, _since(table).label("since"))
        for each in any_of(table):
            rows = connection.execute(query.where(table.c.item.is_not(None), table.c.message.is_not(None), each))
            found |= {row.message: (mine, row) for row in rows}
    return list(found.values())


def _planned(connection: Connection, limits: Limits, rows: Iterable[tuple[bool, Any]]) -> list[Planned]:
    kept = list(rows)
    ends = _hold_ends(connection, [MessageId(row.message) for _, row in kept])
    found = []
    for mine, row in kept:
        message, channel = MessageId(row.message), Channel(row.channel)
        facts = Facts(
            since=row.since, months=limits.of(channel), sender=row.erase_by, holds=tuple(ends.get(message, ()))
        )
        found.append(Planned(message, mine, row.type or "", channel, plan(facts)))
    return found


def _hold_ends(connection: Connection, messages: Sequence[MessageId]) -> dict[MessageId, list[int]]:
    """Return the ends of the holds that were not lifted; a hold on a case is one on each of its messages."""
    own = select(legal_hold.c.subject.label("message"), legal_hold.c.expires_at).where(legal_hold.c.lifted_at.is_(None))
    of_case = (
        select(case_message.c.message, legal_hold.c.expires_at)
        .join(case_file, case_file.c.number == case_message.c.case)
        .join(legal_hold, legal_hold.c.subject == case_file.c.id)
        .where(legal_hold.c.lifted_at.is_(None))
    )
    wanted, found = set(messages), dict[MessageId, list[int]]()
    for query in (own, of_case):
        for row in connection.execute(query):
            if row.message in wanted:
                found.setdefault(MessageId(row.message), []).append(row.expires_at)
    return found


def _begun(table: Table) -> ColumnElement[int]:
    """Return a column with an index that is never later than ``_since``."""
    return table.c.logged_at if table is inbox else table.c.created_at


def _since(table: Table) -> ColumnElement[int]:
    return table.c.logged_at if table is inbox else func.coalesce(table.c.accepted_at, table.c.created_at)
