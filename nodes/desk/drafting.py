"""What the pages of writing share: the draft in the path, what it is written on, and how faults are said."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from nodes.casework.addressing import Around
from nodes.casework.departures import DEPARTURES, Departures
from nodes.casework.draft_book import DraftBook, Seen
from nodes.casework.drafts import DraftId, Purpose, WrittenDraft
from nodes.casework.form_faults import FormFault
from nodes.casework.form_words import Unreadable
from nodes.casework.results import find_result
from nodes.casework.screening import Lane
from nodes.casework.writing import Desk, Form, Reply, form_of
from nodes.casework.writing_rights import NotYours, family_of, why_not
from nodes.desk.need_to_know import may_know
from nodes.desk.reminder import REMINDER, debt_of
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.reading import Message, ReceivedMessage, SentMessage
from protocol.catalogue.validate import FieldCode
from protocol.ids import Channel, MessageId

DRAFTS: Final = "/drafts"
"""Where drafts of messages are; those of requests to the own contact point have a room of their own."""
POLICE: Final = Channel("police")
_ID: Final = 16
_MESSAGE: Final = 32
_WINDOW: Final = 8
WINDOW: Final = "window"
"""The field that tells one window from another: a form sent twice by one is no conflict."""
AVAILABLE: Final = sentence("The recipient's registers are the ones that can hold this information.")
REMEDIES: Final[Mapping[str, str]] = {
    FieldCode.MISSING: sentence("Fill it in."),
    FieldCode.NOT_IN_LIST: sentence("Choose one of the values of the list."),
    FieldCode.TOO_LONG: sentence("Shorten it to %(limit)s characters."),
    FieldCode.TOO_SHORT: sentence("Write at least %(limit)s characters."),
    FieldCode.TOO_MANY: sentence("Keep at most %(limit)s of them."),
    FieldCode.TOO_FEW: sentence("Add at least %(limit)s."),
    FieldCode.REPEATED: sentence("Take out the one that stands there twice."),
    FieldCode.WRONG_FORM: sentence("Write it as the hint beside the field shows."),
    FieldCode.TOO_SMALL: sentence("Write a number from %(limit)s on."),
    FieldCode.TOO_LARGE: sentence("Write a number up to %(limit)s."),
    FieldCode.NOT_ALLOWED: sentence("Change it, or the answer that it does not fit."),
    FieldCode.ONE_OF: sentence("Fill in one of the fields named."),
    FieldCode.DUPLICATE_ITEM: sentence("Take out one of the two."),
    FieldCode.NO_SUCH_ITEM: sentence("Choose something that is in this message."),
    FieldCode.UNKNOWN_FIELD: sentence("Open the form again: this field does not belong to it."),
    FieldCode.MALFORMED: sentence("Shorten the form, or put long content into a file."),
    Unreadable.DAY: sentence("Write a day such as 27.3.2026."),
    Unreadable.PARTIAL_DAY: sentence("Write a year, a month or a day: 1985, 3.1985 or 27.3.1985."),
    Unreadable.TIME: sentence("Write day and time such as 27.3.2026 14:30."),
    Unreadable.NUMBER: sentence("Write a whole number such as 12."),
    Unreadable.TRUTH: sentence("Choose yes or no."),
}
"""What mends a field, by the code of its fault."""


@dataclass(frozen=True, slots=True)
class Open:
    """A draft that somebody works on, with its form and what it is written on."""

    found: WrittenDraft
    desk: Desk
    form: Form
    room: str = DRAFTS

    @property
    def path(self) -> str:
        """Where the draft is."""
        return f"{self.room}/{self.found.row.id.hex()}"


def book_of(visit: Visit) -> DraftBook:
    """Return the drafts of this node."""
    return DraftBook(visit.gateway.here, visit.gateway.store)


def departures_of(visit: Visit) -> Departures:
    """Return what lets drafts leave."""
    return Departures(visit.gateway, visit.desk.log)


def wake(visit: Visit) -> None:
    """Let the node look at once whether a draft has to leave."""
    visit.desk.ring(DEPARTURES)


def writing_desk(visit: Visit, channel: Channel = POLICE) -> Desk | None:
    """Return what writing stands on; None while the network's policy is not here."""
    gateway = visit.gateway
    bundle = gateway.network.replica.bundle
    if bundle is None:
        return None
    around = Around(gateway.network.replica.directory, gateway.here.node, channel, visit.desk.now())
    return Desk(bundle, around, visit.language, visit.desk.local().zone, visit.text(AVAILABLE))


def draft_id(visit: Visit) -> DraftId:
    """Return the id in the path; empty for whatever is none, which no draft has."""
    return DraftId(_bytes(visit.request.match_info["id"], _ID) or b"")


def message_id(text: str) -> MessageId | None:
    """Return a message's id as paths and forms write it."""
    raw = _bytes(text, _MESSAGE)
    return None if raw is None else MessageId(raw)


def version_of(visit: Visit) -> int:
    """Return which version of the draft the page showed; 0, which no draft has, for anything else."""
    text = visit.field("version")
    return int(text) if text.isascii() and text.isdigit() and len(text) < _ID else 0


def seen(visit: Visit) -> Seen:
    """Return the draft that the page showed, and which window that was."""
    window = visit.field(WINDOW)
    named = window if window.isascii() and window.isalnum() and len(window) <= _WINDOW * 2 else ""
    return Seen(draft_id(visit), visit.acting.person, version_of(visit), named)


def new_window(visit: Visit) -> str:
    """Return the mark by which a window that is opened now is known when it saves."""
    return visit.gateway.here.entropy(_WINDOW).hex()


async def open_draft(visit: Visit, room: str = DRAFTS, channel: Channel = POLICE) -> Open | None:
    """Return the draft in the path with its form; None for one that is not here, or not this person's.

    A draft that answers a message of which the person may not know is not here either: it may have been handed over,
    and the case closed to a group.
    """
    found = await book_of(visit).find(draft_id(visit), visit.acting.person)
    desk = writing_desk(visit, channel)
    if found is None or desk is None or not await _may_answer(visit, found.row.purpose.in_reply_to):
        return None
    form = await form_for(visit, desk, found.row.purpose)
    return None if form is None else Open(found, desk, form, room)


async def _may_answer(visit: Visit, message: MessageId | None) -> bool:
    return message is None or bool(await may_know(visit, [message]))


async def form_for(visit: Visit, desk: Desk, purpose: Purpose) -> Form | None:
    """Return the form of a draft; None where there is none, or where the answered message is not here."""
    if purpose.in_reply_to is None:
        return form_of(desk, purpose)
    reply = reply_to(await visit.gateway.reading.find(purpose.in_reply_to), visit)
    debt = await debt_of(visit, purpose.in_reply_to) if family_of(purpose.type) == REMINDER else None
    if reply is not None and debt is not None:
        reply = replace(reply, sender=debt.owed_by, named=True)
    return None if reply is None else form_of(desk, purpose, reply)


def reply_to(found: Message | None, visit: Visit) -> Reply | None:
    """Return what an answer takes over from the message it answers."""
    me = visit.gateway.here.node
    if isinstance(found, ReceivedMessage) and found.opened is not None:
        core = found.opened.core
        return Reply(found.opened.id, core.sender, core.language)
    if isinstance(found, SentMessage) and found.draft is not None:
        others = [each.node for each in found.draft.to if each.node != me]
        return Reply(found.row.message, others[0], found.draft.language) if others else None
    return None


async def lane_of(visit: Visit, message: MessageId | None) -> Lane | None:
    """Return the lane into which the screening put a request."""
    if message is None:
        return None
    found = await visit.gateway.store.database.read(lambda connection: find_result(connection, message))
    return None if found is None else found.lane


async def refused(visit: Visit, purpose: Purpose) -> NotYours | None:
    """Return why this person may not write a message of this purpose."""
    return why_not(visit.acting, purpose.type, await lane_of(visit, purpose.in_reply_to))


def remedy_of(visit: Visit, fault: FormFault) -> str:
    """Return what mends a fault, in words."""
    known = REMEDIES.get(fault.code, REMEDIES[FieldCode.WRONG_FORM])
    return visit.text(known, limit=fault.limit) if "%(limit)s" in known else visit.text(known)


def _bytes(text: str, size: int) -> bytes | None:
    try:
        raw = bytes.fromhex(text)
    except ValueError:
        return None
    return raw if len(raw) == size and raw.hex() == text else None
