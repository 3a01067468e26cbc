"""What was written and never sent: old drafts, and requests of investigators that no officer sent; all its SQL.

Both hold data about people and belong to no message whose limit would end them, so they have limits of their own
(LED Article 5). A hold on the message that a draft answers, or on its case, keeps the draft.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Select, exists, or_, select

from nodes.case_event_tables import case_approval
from nodes.casework import ask_store, draft_store
from nodes.casework.asks import AskId, AskState
from nodes.casework.drafts import DraftId, DraftState
from nodes.casework.release_copies import drop_open
from nodes.casework.retention import Ground
from nodes.draft_tables import draft
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.erasing import Erasing
from nodes.gateway.journal import doer_now
from nodes.gateway.retaining import held_messages
from nodes.gateway.stores import Store
from nodes.gateway.vault import erase_item
from nodes.inquiry_tables import inquiry
from policies.clocks.zones import months_later
from protocol.ids import MessageId

_MONTH_S: Final = 28 * 86_400  # no month is shorter
_OPEN: Final = (AskState.ASKED.value, AskState.TAKEN.value, AskState.RETURNED.value)


@dataclass(frozen=True, slots=True)
class Months:
    """How long each is kept after somebody changed it last."""

    drafts: int
    requests: int


@dataclass(frozen=True, slots=True)
class Unsent:
    """How much of a kind is here, and when the first of it goes; None where there is none, or a hold keeps it."""

    count: int
    next_at: int | None


@dataclass(frozen=True, slots=True)
class Overdue:
    """What ``erase_unsent`` erases with: the node's store and its evidence."""

    store: Store
    erasing: Erasing


def unsent(connection: Connection, months: Months, now: int) -> tuple[Unsent, Unsent]:
    """Return what is here of drafts, and of requests that nobody sent."""
    drafts = _free(connection, connection.execute(_drafts()).all(), now)
    requests = connection.execute(_requests()).all()
    return _told(drafts, months.drafts), _told(requests, months.requests)


def erase_unsent(connection: Connection, tools: Overdue, months: Months, now: int) -> int:
    """Return how many drafts and requests were erased because their time is over, with signed evidence for each."""
    drafts = _drafts().where(draft.c.saved_at <= now - months.drafts * _MONTH_S)
    requests = _requests().where(inquiry.c.moved_at <= now - months.requests * _MONTH_S)
    old_drafts = _over(_free(connection, connection.execute(drafts).all(), now), months.drafts, now)
    for row in old_drafts:
        _erase_draft(connection, tools, row, now)
    old_requests = _over(connection.execute(requests).all(), months.requests, now)
    for row in old_requests:
        _erase_request(connection, tools, row, now)
    return len(old_drafts) + len(old_requests)


def _drafts() -> Select[Any]:
    columns = (draft.c.id, draft.c.item, draft.c.in_reply_to, draft.c.saved_at.label("since"))
    return select(*columns).where(draft.c.state == DraftState.WRITING.value).order_by(draft.c.saved_at)


def _requests() -> Select[Any]:
    """Return the requests that hold anything; one that an officer still writes from goes after that draft."""
    said = or_(inquiry.c.item.is_not(None), inquiry.c.note.is_not(None))
    written = exists().where(draft.c.id == inquiry.c.draft)
    columns = (inquiry.c.id, inquiry.c.item, inquiry.c.note, inquiry.c.moved_at.label("since"))
    return select(*columns).where(inquiry.c.state.in_(_OPEN), said, ~written).order_by(inquiry.c.moved_at)


def _free(connection: Connection, rows: Sequence[Any], now: int) -> list[Any]:
    """Return the drafts that no hold keeps."""
    held = held_messages(connection, now) if rows else frozenset[MessageId]()
    return [each for each in rows if each.in_reply_to is None or MessageId(each.in_reply_to) not in held]


def _over(rows: Sequence[Any], months: int, now: int) -> list[Any]:
    return [each for each in rows if months_later(each.since, months) <= now]


def _told(rows: Sequence[Any], months: int) -> Unsent:
    return Unsent(len(rows), min((months_later(each.since, months) for each in rows), default=None))


def _erase_draft(connection: Connection, tools: Overdue, row: Any, now: int) -> None:  # noqa: ANN401 - a row
    identifier = DraftId(row.id)
    asked = case_approval.c
    notes = connection.execute(select(asked.note, asked.reason).where(asked.subject == identifier.hex())).all()
    drop_open(connection, identifier.hex(), doer_now().who, now)
    words = [each for note in notes for each in note if each is not None]
    for each in words:
        erase_item(connection, each)
    draft_store.drop(connection, identifier, row.item)
    _note(connection, tools, ("erase-draft", identifier), len(words) + (row.item is not None))


def _erase_request(connection: Connection, tools: Overdue, row: Any, now: int) -> None:  # noqa: ANN401 - a row
    items = [each for each in (row.item, row.note) if each is not None]
    for each in items:
        erase_item(connection, each)
    values = {"state": AskState.LAPSED.value, "item": None, "note": None, "draft": None, "moved_at": now}
    ask_store.change_ask(connection, AskId(row.id), values)
    ask_store.let_files_go(connection, AskId(row.id))
    _note(connection, tools, ("erase-request", row.id), len(items))


def _note(connection: Connection, tools: Overdue, what: tuple[str, bytes], items: int) -> None:
    deed, identifier = what
    ground = Ground.NATIONAL.value
    act = Act(operation=Operation.ERASURE, deed=deed, objects=(identifier,), count=items, reason=ground)
    tools.store.journal.note(connection, act)
    if items:
        tools.erasing.witness(connection, [identifier], ground, items)
