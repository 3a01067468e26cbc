"""A draft of a letter rogatory from a police thread: what may be said in it, and what has to stay out. Pure.

Facts come from the drafting authority's own messages first. What others sent is restated as belief, or quoted where its
owner consented, with every condition; of the rest stands its reference only. Each message of the thread is named as a
prior contact (DP-48), and for each that is no evidence the letter asks that its record be transmitted as evidence.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from policies.documents import text_at
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.marks import Place, walk
from protocol.catalogue.types import Catalogue, MessageType
from protocol.ids import MessageId, NodeId

RESTATED: Final = ("facts", "connection", "facts_basis", "relevance", "answered", "answers", "subjects", "information")
"""Fields of bodies that tell facts; everything else is about the exchange itself."""
_LISTS: Final = ("subjects", "information")
_SILENT: Final = ("evaluation", "handling", "id")  # said by the letter's own words, or of use in the message only
_OFFENCE: Final = "offence"
_MOST: Final = 50  # contacts and measures of a letter
_LONGEST: Final = 8_000  # characters of its facts
_GAP: Final = "\n\n"

Say = Callable[[str, dict[str, str]], str]
"""From a text id and its values to the sentence in the letter's language."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a message says: its place there, its words, the item it is, and the rows it stands in."""

    path: str
    title: str
    lines: tuple[str, ...]
    paths: frozenset[str]
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One message of the thread. ``authority`` is the label of whoever sent it."""

    message: MessageId
    reference: str
    sender: NodeId
    authority: str
    at: int
    own: bool

    @property
    def named(self) -> dict[str, str]:
        """What every sentence about it may name."""
        day = datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%d")
        return {"owner": self.authority, "reference": self.reference, "date": day}


@dataclass(frozen=True, slots=True)
class Passed:
    """A piece that the rules let into the letter; ``consent`` is the grant that makes it a quotation."""

    contact: Contact
    piece: Piece
    consent: MessageId | None = None
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the letter is drafted from; ``offence`` comes from an own message."""

    requesting: dict[str, JSON]
    contacts: Sequence[Contact]
    passed: Sequence[Passed]
    offence: JSON = None


def pieces_of(catalogue: Catalogue, type_: MessageType, document: JSON, language: str) -> Iterator[Piece]:
    """Yield what a body says of facts, one piece for each text and each thing, in words of ``language``."""
    told = document if isinstance(document, dict) else {}
    for name in RESTATED:
        field = type_.body_schema.fields.properties.get(name)
        value = told.get(name)
        if field is None or value is None:
            continue
        for at, label, inner, part in _parts(name, field.label, value, field):
            places = [each for each in walk(part, inner, at) if not isinstance(each.value, dict | list)]
            lines = tuple(_line(catalogue, each, language) for each in places if not _silent(each.path, at))
            item = text_at(inner, "/id") or None
            title = catalogue.text(label, language)
            yield Piece(at, title, lines, frozenset(each.path for each in places), item)


def _parts(name: str, label: str, value: JSON, field: FieldSpec) -> Iterator[tuple[str, str, JSON, FieldSpec]]:
    if name not in _LISTS or not isinstance(value, dict):
        yield f"/{name}", label, value, field
        return
    for kind, things in value.items():
        inner = field.properties.get(kind)
        if inner is None or inner.items is None or not isinstance(things, list):
            continue
        for number, thing in enumerate(things):
            yield f"/{name}/{kind}/{number}", inner.label, thing, inner.items


def _silent(path: str, base: str) -> bool:
    return any(step in _SILENT for step in path.removeprefix(base).split("/"))


def _line(catalogue: Catalogue, place: Place, language: str) -> str:
    value = str(place.value).lower() if isinstance(place.value, bool) else str(place.value)
    words = catalogue.code(place.field.codes, value, language) if place.field.codes else value
    return f"{catalogue.text(place.field.label, language)}: {words}"


@dataclass(frozen=True, slots=True)
class Composed:
    """The body of a letter (message MT-R1) as far as the thread fills it, and what there was no room for."""

    letter: dict[str, JSON]
    unnamed: tuple[Contact, ...]
    unsaid: tuple[Passed, ...]


def compose_letter(ground: Ground, say: Say) -> Composed:
    """Return the letter as far as the thread fills it; people complete and sign it, and nothing is cut unseen."""
    ordered = sorted(ground.contacts, key=lambda each: (each.at, each.message))
    contacts = ordered[:_MOST]
    told, unsaid = _told(ground.passed, say)
    consents = {each.contact.message: each.consent for each in told if each.consent is not None}
    letter: dict[str, JSON] = {
        "requesting": ground.requesting,
        "linked_threads": [_linked(each, consents.get(each.message)) for each in contacts],
    }
    if ground.offence:
        letter[_OFFENCE] = ground.offence
    if told:
        letter["facts"] = _GAP.join(told.values())
    leads = [each for each in contacts if not each.own and each.message not in consents]
    if leads:
        letter["measures"] = [
            {"id": f"m{number}", "kind": "police_record", "result": say("letter.record", each.named)}
            for number, each in enumerate(leads, 1)
        ]
    return Composed(letter, tuple(ordered[_MOST:]), unsaid)


def _linked(contact: Contact, consent: MessageId | None) -> JSON:
    found: dict[str, JSON] = {
        "reference": contact.reference,
        "authority": contact.authority,
        "quoted": consent is not None,
    }
    return found if consent is None else found | {"consent": consent.hex()}


def _told(passed: Iterable[Passed], say: Say) -> tuple[dict[Passed, str], tuple[Passed, ...]]:
    """Return the paragraph of each piece in the letter's order, own sources first, and the pieces that do not fit."""
    ordered = sorted(passed, key=lambda each: (not each.contact.own, each.contact.at, each.contact.message))
    told: dict[Passed, str] = {}
    unsaid: list[Passed] = []
    room, before = _LONGEST, None
    for each in ordered:
        lines = list(each.piece.lines)
        if (each.contact.message, each.consent) != before:
            conditions = [say("letter.condition", each.contact.named | {"condition": line}) for line in each.conditions]
            lines = [say(_opening(each), each.contact.named), *lines, *conditions]
        paragraph = "\n".join(lines)
        if len(paragraph) + len(_GAP) > room:
            unsaid.append(each)
            continue
        room, before = room - len(paragraph) - len(_GAP), (each.contact.message, each.consent)
        told[each] = paragraph
    return told, tuple(unsaid)


def _opening(passed: Passed) -> str:
    if passed.contact.own:
        return "letter.own"
    return "letter.believed" if passed.consent is None else "letter.quoted"
