"""Passing an urgent message on without the network: a form on paper, the word what becomes of it, and its record.

The record is a mirror record (MT-19): it says that the exchange took place another way, and goes when the network
answers again.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from aiohttp import web
from sqlalchemy import Connection, select

from nodes.casework.alert_paper import PASSING_ON, family_kind
from nodes.casework.draft_book import DraftBook
from nodes.casework.drafts import Purpose
from nodes.casework.form_writing import write_form
from nodes.casework.message_view import Words, codes_of
from nodes.casework.writing import HANDLING, LANGUAGE, TO, first_written
from nodes.casework.writing_rights import family_of
from nodes.desk.compose import not_yours
from nodes.desk.drafting import form_for, refused, writing_desk
from nodes.desk.message import Sheet, known_message, labels_of, sheet_of
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.gateway.inbox import READABLE
from nodes.gateway.loops import SUBMIT, UPLOAD
from nodes.gateway.outbox import OutState
from nodes.gateway.reading import ReceivedMessage, SentMessage
from nodes.gateway.resting import Word
from nodes.people.roles import Permission
from nodes.schema import inbox
from policies.documents import text_at, value_at
from policies.facts import Use
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.ids import MessageId, NodeId, TypeId
from protocol.stages import Draft, Refused

TODAY: Final = "/today"
RECORD: Final = TypeId("MT-19/1")
_CONTACT: Final = "MT-S1/%"
_LOOKED_AT: Final = 10
_SUMMARY: Final = ("specification", "summary", "facts", "explanation")
_WORDS: Final = {each.value: each for each in (Word.BACK, Word.KEEP, Word.WITHDRAW)}
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


@dataclass(frozen=True, slots=True)
class Reached:
    """A recipient and how it is reached: what it said of itself in the directory, empty where it said nothing."""

    label: str
    country: str
    lines: tuple[tuple[str, str], ...]


async def begin(visit: Visit) -> web.StreamResponse:
    """Let a message rest while somebody passes it on another way, and show the form for it."""
    message = await known_message(visit)
    if message is None or not isinstance(await visit.gateway.reading.find(message), SentMessage):
        return visit.missing()
    if not await visit.desk.papers.begin(message, visit.acting.person):
        return visit.back_to(
            TODAY, said=visit.text("The message has left in the meantime; nothing has to be passed on.")
        )
    return visit.back_to(f"/paper/{message.hex()}")


async def show(visit: Visit) -> web.StreamResponse:
    """Show the form for telephone or fax; showing it is a printing, which the processing log keeps."""
    message = await known_message(visit)
    found = None if message is None else await visit.gateway.reading.find(message)
    if message is None or not isinstance(found, SentMessage) or found.row.state is not OutState.READY:
        return visit.missing()
    printed = await visit.gateway.reading.open(message, Use.PRINT)
    bundle = visit.gateway.network.replica.bundle
    if bundle is None or isinstance(printed, Refused) or printed is None:
        return visit.missing()
    sheet = await sheet_of(visit, bundle, message, printed)
    if sheet is None:
        return visit.missing()
    me = visit.desk.here()
    return visit.page(
        "paper.html",
        sheet=sheet,
        row=found.row,
        id=message.hex(),
        reached=[await _reached(visit, NodeId(each.node)) for each in found.people],
        sender=labels_of(visit).get(visit.gateway.here.node, visit.gateway.here.node) if me is None else me.label,
        urgency=_urgency(visit, sheet),
        now=visit.desk.now(),
    )


async def decide(visit: Visit) -> web.StreamResponse:
    """Note whether the message was passed on, and whether it still goes."""
    message, word = await known_message(visit), _WORDS.get(visit.field("word"))
    if message is None or word is None:
        return visit.missing()
    noted = await visit.desk.papers.decide(message, word, visit.acting.person)
    for name in (SUBMIT, UPLOAD, PASSING_ON):
        visit.desk.ring(name)
    if not noted:
        return visit.back_to(TODAY, said=visit.text("Somebody else has decided about this message."))
    said = {
        Word.BACK: visit.text("It was not passed on. It leaves as soon as the network answers."),
        Word.KEEP: visit.text("It leaves too, as soon as the network answers."),
        Word.WITHDRAW: visit.text("It does not leave any more. Write the record of what was passed on."),
    }
    return visit.back_to(TODAY, said=said[word])


async def record(visit: Visit) -> web.StreamResponse:
    """Begin the record of an exchange that went another way, filled in from the message; that is a reading of it."""
    message, desk, purpose = await known_message(visit), writing_desk(visit), Purpose(RECORD)
    found = None if message is None else await visit.gateway.reading.open(message)
    form = None if desk is None else await form_for(visit, desk, purpose)
    if message is None or not isinstance(found, SentMessage) or found.draft is None or desk is None or form is None:
        return visit.missing()
    denied = await refused(visit, purpose)
    if denied is not None:
        return not_yours(visit, denied)
    document = _document(visit, message, found.draft)
    given = write_form(form.type.body_schema.fields, document, desk.zone)
    given |= {
        TO: [str(each.node) for each in found.draft.to],
        LANGUAGE: [found.draft.language],
        HANDLING: list(found.draft.handling),
    }
    book = DraftBook(visit.gateway.here, visit.gateway.store)
    begun = await book.begin(visit.acting.person, purpose, first_written(desk, form, given))
    return visit.back_to(f"/drafts/{begun.row.id.hex()}")


def _document(visit: Visit, message: MessageId, sent: Draft) -> dict[str, JSON]:
    body = unflatten(sorted(sent.body))
    now = visit.desk.now() // 60 * 60
    directory = visit.gateway.network.replica.directory
    who = directory.participant(NodeId(sent.to[0].node))
    summary = next((text for name in _SUMMARY if (text := text_at(body, f"/{name}"))), "")
    mirror: dict[str, JSON] = {
        "channel": "phone",
        "ground": "c",
        "reason": visit.text("The network did not answer; the urgent message was passed on by telephone."),
        "at": datetime.fromtimestamp(now, UTC).strftime(_INSTANT),
    }
    if sent.reference:
        mirror["reference"] = sent.reference
    document: dict[str, JSON] = {
        "mirror": mirror,
        "direction": "sent",
        "kind": family_kind(family_of(sent.type)),
        "summary": summary or sent.type,
        "restrictions": {"choice": "codes"},
        "related": [{"message_id": message.hex()}],
    }
    if who is not None:
        document["counterpart"] = {"name": who.label, "country": who.country}
    return document | {name: body[name] for name in ("case_number", "crime_area", "contact") if name in body}


async def _reached(visit: Visit, node: NodeId) -> Reached:
    who = visit.gateway.network.replica.directory.participant(node)
    label, country = (node, "") if who is None else (who.label, who.country)
    return Reached(label, country, await _contact(visit, node))


async def _contact(visit: Visit, node: NodeId) -> tuple[tuple[str, str], ...]:
    """Return how a participant said that it is reached: its newest entry with a telephone that is still valid."""
    messages = await visit.gateway.store.database.read(lambda connection: _entries(connection, node))
    today = datetime.fromtimestamp(visit.desk.now(), UTC).strftime("%Y-%m-%d")
    for message in messages:
        found = await visit.gateway.reading.open(message)
        if not isinstance(found, ReceivedMessage):
            continue
        document = unflatten(sorted(found.body))
        named = {name: text_at(document, f"/{name}") for name in ("urgent_phone", "phone", "unit", "function")}
        if text_at(document, "/valid_until") < today or not (named["urgent_phone"] or named["phone"]):
            continue
        backup = [text_at(document, f"/backup/{name}") for name in ("phone", "unit")]
        languages = value_at(document, "/languages")
        spoken = ", ".join(map(str, languages)) if isinstance(languages, list) else ""
        lines = (
            (visit.text("Telephone for urgent matters"), named["urgent_phone"]),
            (visit.text("Telephone"), named["phone"]),
            (visit.text("Unit"), named["unit"]),
            (visit.text("Function"), named["function"]),
            (visit.text("Duty hours"), text_at(document, "/duty_hours")),
            (visit.text("Languages"), spoken),
            (visit.text("If nobody answers"), " ".join(filter(None, backup))),
            (visit.text("Checked on"), text_at(document, "/checked_on")),
        )
        return tuple((label, text) for label, text in lines if text)
    return ()


def _entries(connection: Connection, node: NodeId) -> list[MessageId]:
    states = [each.value for each in READABLE]
    query = select(inbox.c.message).where(
        inbox.c.sender == node, inbox.c.type.like(_CONTACT), inbox.c.state.in_(states)
    )
    rows = connection.execute(query.order_by(inbox.c.id.desc()).limit(_LOOKED_AT))
    return [MessageId(row.message) for row in rows]


def _urgency(visit: Visit, sheet: Sheet) -> str:
    """Return the ground of urgency in words."""
    bundle, ground = visit.gateway.network.replica.bundle, sheet.header.urgency_ground
    if bundle is None or not ground:
        return ""
    words = Words(bundle.catalogue, visit.language)
    return codes_of("urgency_ground", (ground,), words)[0].words


PAGES: Final = (
    Page("POST", "/paper/{id}", Permission.RECEIVE, begin),
    Page("GET", "/paper/{id}", Permission.RECEIVE, show),
    Page("POST", "/paper/{id}/word", Permission.RECEIVE, decide),
    Page("POST", "/paper/{id}/record", Permission.RECEIVE, record),
)
