"""What a form need not ask because the system knows it: when a message came, what it is due, who deals with it here."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from nodes.casework.clocks import Clocks, owed_first
from nodes.casework.drafts import Purpose
from nodes.casework.form_writing import write_form
from nodes.casework.reminders import reminder_document
from nodes.casework.writing import Desk
from nodes.casework.writing_rights import family_of
from nodes.desk.reminder import REMINDER, debt_of
from nodes.desk.visit import Visit
from nodes.gateway.reading import ReceivedMessage
from protocol.catalogue.documents import JSON
from protocol.ids import MessageId

_ACKNOWLEDGEMENT: Final = "MT-02"
_NOTHING_KNOWN: Final = "MT-04"
_CLARIFICATION: Final = "MT-08"
_QUESTION: Final = re.compile(r"/questions/([0-9]{1,3})/id")
_MINUTE: Final = 60
OPENED: Final[Mapping[str, tuple[str, ...]]] = {
    "MT-03": ("/information/statements/0",),
    "MT-05": ("/information/statements/0",),
}
"""What stands open in a new form, because nearly everybody needs it."""
_ANSWERED: Final[Mapping[str, JSON]] = {
    "completeness": "complete",
    "accessibility": "direct",
    "restrictions": {"choice": "codes"},
    "evidence_consent": {"decision": "none"},
}
"""What an answer says unless somebody says otherwise: it is whole, and nothing may be used as evidence."""
_KNOWN: Final[Mapping[str, Mapping[str, JSON]]] = {
    "MT-03": _ANSWERED,
    "MT-05": {"restrictions": {"choice": "codes"}, "evidence_consent": {"decision": "none"}},
    "MT-08": {"complete": True},
    "MT-10": {"scope": "full"},
}
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


async def known_fields(visit: Visit, desk: Desk, purpose: Purpose) -> dict[str, list[str]]:
    """Return what stands in a new draft of this purpose besides what its template fills in, as a form shows it."""
    family = family_of(purpose.type)
    document: dict[str, JSON] = dict(_KNOWN.get(family, {}))
    if family == _ACKNOWLEDGEMENT and purpose.in_reply_to is not None:
        document |= await _received(visit, purpose.in_reply_to)
    if family == _CLARIFICATION and purpose.in_reply_to is not None:
        document |= await _questions(visit, purpose.in_reply_to)
    if family == _NOTHING_KNOWN:
        document["registers"] = [{"checked_at": _instant(visit.desk.now() // _MINUTE * _MINUTE)}]
    if family == REMINDER and purpose.in_reply_to is not None:
        debt = await debt_of(visit, purpose.in_reply_to)
        document |= {} if debt is None else reminder_document(debt, visit.desk.now())
    type_ = desk.bundle.catalogue.types[purpose.type]
    return write_form(type_.body_schema.fields, document, desk.zone)


async def _received(visit: Visit, message: MessageId) -> dict[str, JSON]:
    """Return what an acknowledgement says: when the message came, what it is due, and that it is dealt with here."""
    here = visit.desk.here()
    found = await visit.gateway.reading.find(message)
    said: dict[str, JSON] = {"handler_unit": here.label if here is not None else visit.gateway.here.node}
    if isinstance(found, ReceivedMessage):
        said["received_at"] = _instant(found.row.logged_at)
    gateway, now = visit.gateway, visit.desk.now()
    clocks = (await Clocks(gateway.here, gateway.store, gateway.network.replica).of([message])).get(message, ())
    first = owed_first(clocks, now)
    if first is not None:
        said |= {"due_class": first.clock.due_class.value, "due_at": _instant(first.clock.due(now))}
    return said


async def _questions(visit: Visit, message: MessageId) -> dict[str, JSON]:
    """Return an answer for every question of the message, each under the question's number; that is a reading of it."""
    found = await visit.gateway.reading.open(message)
    body = found.body if isinstance(found, ReceivedMessage) else ()
    asked: dict[int, str] = {}
    for path, value in body:
        known = _QUESTION.fullmatch(path)
        if known is not None and isinstance(value, str):
            asked[int(known[1])] = value
    answers: list[JSON] = [{"question": asked[each]} for each in sorted(asked)]
    return {"answers": answers} if answers else {}


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_INSTANT)
