"""The sheet that is read aloud to a person before her consent is recorded: what she allows, in her own language. Pure.

It says everything that the record says of her rights and choices, in the order in which a person understands it, and
ends with the number by which the record names it. Codes come in the words of the catalogue (GDPR 7, 12).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from policies.documents import text_at, value_at
from policies.tree import parse_tree
from policies.typed import items, read
from protocol.catalogue.documents import JSON
from protocol.catalogue.types import Catalogue

FILE: Final = "consent_sheet.yaml"
_LIST: Final = "sheets"
_FALLBACK: Final = "en"
_GROUP: Final = 4
_SHOWN: Final = 16  # hex digits of the sheet's number that a person compares
_BOXES: Final = ("services", "police", "prosecution", "statistics", "research")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The sentences of one language."""

    language: str
    title: str
    asks: str
    free: str
    may: str
    line: str
    keeps: str
    passes: str
    nobody: str
    choices: str
    yes: str
    no: str
    withheld: str
    withheld_line: str
    report: str
    basis: str
    holds: str
    ends: str
    back: str
    see: str
    child: str
    view: str
    guardian: str
    decision: str
    agree: str
    said: str
    read_by: str
    witness: str
    date: str
    number: str


class Style(StrEnum):
    """How a line stands on the sheet."""

    TITLE = "title"
    TEXT = "text"
    HEADING = "heading"
    POINT = "point"
    BLANK = "blank"  # to be filled in by hand


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the sheet."""

    style: Style
    text: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read aloud. ``language`` is the one it is in, which is another than was asked for where that has none."""

    language: str
    digest: str
    lines: tuple[Line, ...]


def parse_words(raw: bytes) -> Mapping[str, Words]:
    """Return the sentences by language. ``PolicyError`` for a file that cannot be read."""
    tree = parse_tree(FILE, raw)
    found = [read(Words, each, FILE) for each in items(tree.entries[_LIST], FILE).items]
    return {each.language: each for each in found}


def make_sheet(
    document: Mapping[str, JSON], digest: str, catalogue: Catalogue, library: Mapping[str, Words], language: str
) -> Sheet:
    """Return the sheet of a record that fits its schema, in ``language`` or else in English."""
    words = library.get(language) or library[_FALLBACK]
    lines = tuple(_Writer(document, catalogue, words).lines(digest))
    return Sheet(words.language, digest, lines)


def number_of(digest: str) -> str:
    """Return the beginning of a sheet's digest in groups, as people compare it."""
    return " ".join(digest[at : at + _GROUP] for at in range(0, _SHOWN, _GROUP))


class _Writer:
    """Writes the lines of one record in one language."""

    def __init__(self, document: Mapping[str, JSON], catalogue: Catalogue, words: Words) -> None:
        self._document = document
        self._catalogue = catalogue
        self._words = words

    def lines(self, digest: str) -> Iterator[Line]:
        words = self._words
        yield Line(Style.TITLE, words.title)
        yield self._say(words.asks, organisation=self._at("/record/asked_by/organisation"))
        yield Line(Style.TEXT, words.free)
        yield from self._grants()
        yield Line(Style.TEXT, words.nobody)
        yield from self._choices()
        yield from self._withheld()
        yield Line(Style.HEADING, words.report)
        yield Line(Style.TEXT, self._at("/record/limits_told"))
        yield from self._other_basis()
        yield from self._child()
        yield from self._time_and_rights()
        yield Line(Style.HEADING, words.agree)
        for each in (words.said, words.read_by, words.witness, words.date):
            yield Line(Style.BLANK, each)
        yield Line(Style.TEXT, f"{words.number} {number_of(digest)}")

    def _grants(self) -> Iterator[Line]:
        cells = [each for each in self._list("/record/grants") if isinstance(each, dict)]
        for recipient in dict.fromkeys(text_at(each, "/recipient") for each in cells):
            own = [each for each in cells if text_at(each, "/recipient") == recipient]
            first = own[0]
            yield Line(
                Style.HEADING,
                self._words.may.format(
                    recipient=recipient,
                    kind=self._code("recipient_kind", text_at(first, "/recipient_kind")),
                    country=self._code("country", text_at(first, "/recipient_country")),
                ),
            )
            yield from (Line(Style.POINT, each) for each in self._points(own))
            onward = any(value_at(each, "/onward") is True for each in own)
            yield self._say(self._words.passes if onward else self._words.keeps, recipient=recipient)
        countries = dict.fromkeys(text_at(each, "/recipient_country") for each in cells)
        for note in self._catalogue.footnotes("country", countries, self._words.language):
            yield Line(Style.TEXT, note)

    def _points(self, cells: list[dict[str, JSON]]) -> Iterator[str]:
        """Yield one sentence for each kind of data and day, with all the purposes that it serves."""
        pairs = dict.fromkeys((text_at(each, "/category"), text_at(each, "/until")) for each in cells)
        for category, until in pairs:
            own = [each for each in cells if (text_at(each, "/category"), text_at(each, "/until")) == (category, until)]
            purposes = dict.fromkeys(self._code("consent_purpose", text_at(each, "/purpose")) for each in own)
            yield self._words.line.format(
                category=self._code("data_category", category), purposes=", ".join(purposes), until=_day(until)
            )

    def _choices(self) -> Iterator[Line]:
        yield Line(Style.HEADING, self._words.choices)
        for each in _BOXES:
            chosen = value_at(self._document, f"/record/boxes/{each}") is True
            label = self._catalogue.text(f"MT-V6.boxes.{each}", self._words.language)
            yield Line(Style.POINT, f"{label}: {self._words.yes if chosen else self._words.no}")

    def _withheld(self) -> Iterator[Line]:
        listed = self._list("/record/withheld")
        if listed:
            yield Line(Style.HEADING, self._words.withheld)
        for each in listed:
            text = self._words.withheld_line.format(
                category=self._code("data_category", text_at(each, "/category")),
                kind=self._code("recipient_kind", text_at(each, "/from")),
                reason=self._code("withheld_reason", text_at(each, "/reason")),
            )
            yield Line(Style.POINT, text)

    def _other_basis(self) -> Iterator[Line]:
        basis = self._at("/record/other_basis/basis")
        if basis:
            shown = self._at("/record/other_basis/shown")
            yield self._say(self._words.basis, basis=self._code("consent_basis", basis), shown=shown)

    def _child(self) -> Iterator[Line]:
        if value_at(self._document, "/record/child") is None:
            return
        words, at = self._words, "/record/child"
        yield Line(Style.HEADING, words.child.format(age=self._code("age_band", self._at(f"{at}/age_band"))))
        yield self._say(words.view, view=self._at(f"{at}/view"))
        yield self._say(
            words.guardian,
            guardian=self._code("guardian_status", self._at(f"{at}/guardian")),
            check=self._code("guardian_check", self._at(f"{at}/guardian_check")),
        )
        yield self._say(words.decision, number=self._at(f"{at}/best_interest"))

    def _time_and_rights(self) -> Iterator[Line]:
        words = self._words
        days = {name: _day(self._at(f"/record/{name}")) for name in ("valid_from", "expires")}
        yield self._say(words.holds, **days)
        ends = self._at("/record/ends")
        if ends != "date_only":
            yield self._say(words.ends, ends=self._code("consent_end", ends))
        yield self._say(words.back, how=self._at("/record/withdraw_how"))
        contact = "/record/access_contact"
        yield self._say(words.see, name=self._at(f"{contact}/name"), phone=self._at(f"{contact}/phone"))

    def _say(self, sentence: str, **values: str) -> Line:
        return Line(Style.TEXT, sentence.format(**values))

    def _at(self, pointer: str) -> str:
        return text_at(self._document, pointer)

    def _list(self, pointer: str) -> list[JSON]:
        found = value_at(self._document, pointer)
        return found if isinstance(found, list) else []

    def _code(self, name: str, code: str) -> str:
        return self._catalogue.code(name, code, self._words.language)


def _day(text: str) -> str:
    """Return a day as it is read aloud: day, month, year."""
    found = date.fromisoformat(text)
    return f"{found.day}. {found.month}. {found.year}"
