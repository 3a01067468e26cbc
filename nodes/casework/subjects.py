"""Whom and what a request asks about, as keys that can be compared with what a node holds. Pure.

Only keys that say much are made: names of two words and more, plates, telephone numbers, numbers of documents and
things. A word of free text, a nickname or a city is none.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from nodes.casework.spelling import fold_name, joined, words_of
from protocol.catalogue.documents import JSON

PERSON: Final = "person"
PLATE: Final = "plate"
PHONE: Final = "phone"
NUMBER: Final = "number"
MOST: Final = 200  # marks of one request that are compared
_LEAST: Final = 4  # characters of a plate or number that is compared
_NAMES: Final = 2  # words of a name that is compared
_LONGEST: Final = 64  # characters, as the store's search cuts them
_NUMBERS: Final = {
    "vehicles": ("vin",),
    "documents": ("number",),
    "identity_numbers": ("number",),
    "accounts": ("identifier",),
    "firearms": ("serial",),
    "organisations": ("registration_number",),
    "phones": ("imei", "imsi"),
}
"""Field of a list -> which of the entries' fields hold a number of a thing."""
_NOT_DIGITS: Final = re.compile(r"[^0-9]+")


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing to look for. ``words`` is how it is written; of a plate or number they are one piece."""

    kind: str
    words: tuple[str, ...]
    born: str | None = None

    def written(self) -> frozenset[str]:
        """Return the keys under which a list holds this mark."""
        if self.kind != PERSON:
            return frozenset({f"{self.kind} {self.words[0]}"})
        name = " ".join(fold_name(" ".join(self.words)))
        if self.born is None:
            return frozenset({f"name {name}"})
        return frozenset({f"born {name} {self.born}", f"dated {name}"})

    def asked(self) -> frozenset[str]:
        """Return the keys to ask a list for: two different dates of birth are two people, a missing one is open."""
        if self.kind != PERSON:
            return self.written()
        name = " ".join(fold_name(" ".join(self.words)))
        if self.born is None:
            return frozenset({f"name {name}", f"dated {name}"})
        return frozenset({f"name {name}", f"born {name} {self.born}"})


def mark_of(kind: str, value: str, born: str | None = None) -> Mark | None:
    """Return the mark of a value, or None for one that says too little to be compared."""
    if kind == PERSON:
        words = words_of(value)
        return Mark(PERSON, words, born or None) if len(words) >= _NAMES else None
    piece = _digits(value) if kind == PHONE else joined(value)[:_LONGEST]
    return Mark(kind, (piece,)) if len(piece) >= _LEAST else None


def marks_of(document: Mapping[str, JSON]) -> tuple[Mark, ...]:
    """Return the marks of everything that a document names, each once, in a fixed order, at most ``MOST``."""
    found = {each for each in _marks_in("", dict(document)) if each is not None}
    return tuple(sorted(found, key=lambda each: (each.kind, each.words, each.born or "")))[:MOST]


def is_thin(document: Mapping[str, JSON]) -> bool:
    """Tell whether a question about a person gives nothing but a name: no date of birth and no number of any kind."""
    subjects = document.get("subjects")
    persons = subjects.get("persons") if isinstance(subjects, dict) else None
    if document.get("query") != PERSON or not isinstance(persons, list):
        return False
    marks = [each for each in _marks_in("persons", persons) if each is not None]
    return not any(each.kind != PERSON or each.born for each in marks)


def _marks_in(name: str, value: JSON) -> Iterator[Mark | None]:
    if isinstance(value, list):
        for each in value:
            yield from _marks_in(name, each)
    elif isinstance(value, dict):
        yield from _own_marks(name, value)
        for inner, each in value.items():
            yield from _marks_in(inner, each) if isinstance(each, dict | list) else ()


def _own_marks(name: str, entry: Mapping[str, JSON]) -> Iterator[Mark | None]:
    if name == "vehicles":
        yield from _each(PLATE, entry, ("plate",))
    if name == "phones":
        yield from _each(PHONE, entry, ("number",))
    yield from _each(NUMBER, entry, _NUMBERS.get(name, ()))
    names = entry.get("names")
    born = entry.get("birth_date")
    for each in names if isinstance(names, list) else ():
        yield from (mark_of(PERSON, text, born if isinstance(born, str) else None) for text in _texts_of(each))


def _texts_of(name: JSON) -> Iterator[str]:
    """Yield a name as it stands in the document, and in Latin letters where that is written beside it."""
    if not isinstance(name, dict):
        return
    parts = [each for each in (name.get("given"), name.get("family")) if isinstance(each, str)]
    yield " ".join(parts)
    latin = name.get("latin")
    if isinstance(latin, str):
        yield latin


def _each(kind: str, entry: Mapping[str, JSON], names: Iterable[str]) -> Iterator[Mark | None]:
    for name in names:
        value = entry.get(name)
        if isinstance(value, str):
            yield mark_of(kind, value)


def _digits(value: str) -> str:
    """Return the digits of a telephone number; 00 before a country code is the same as +."""
    return _NOT_DIGITS.sub("", value).removeprefix("00")[:_LONGEST]
