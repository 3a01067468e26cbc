"""Marks inside a document: each item and attachment is declared once, and whatever points to one finds it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.rows import escape

INSIDE: Final = frozenset(("item", "attachment"))
"""Kinds of reference that point to something in the same document."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a document with its path and its field."""

    path: str
    field: FieldSpec
    value: JSON


def walk(field: FieldSpec, value: JSON, path: str = "") -> Iterator[Place]:
    """Yield each value that the field tree knows, outermost first. What it does not know is passed over."""
    found: list[Place] = []
    _collect(field, value, path, found)
    return iter(found)


def _collect(field: FieldSpec, value: JSON, path: str, found: list[Place]) -> None:
    found.append(Place(path, field, value))
    if isinstance(value, dict):
        for name, each in value.items():
            inner = field.properties.get(name)
            if inner is not None:
                _collect(inner, each, f"{path}/{escape(name)}", found)
    elif isinstance(value, list) and field.items is not None:
        for position, each in enumerate(value):
            _collect(field.items, each, f"{path}/{position}", found)


@dataclass(frozen=True, slots=True)
class MarkFaults:
    """Where a mark is declared a second time, and where something points to a mark that nothing declares."""

    repeated: tuple[Place, ...]
    dangling: tuple[Place, ...]


def find_mark_faults(field: FieldSpec, document: JSON) -> MarkFaults:
    """Return the faults of all marks of a document that fits its schema."""
    declared: set[tuple[str, str]] = set()
    repeated: list[Place] = []
    pointing: list[Place] = []
    for place in walk(field, document):
        notes = place.field.notes
        if not isinstance(place.value, str):
            continue
        if notes.declares:
            mark = (notes.declares, place.value)
            if mark in declared:
                repeated.append(place)
            declared.add(mark)
        elif notes.reference in INSIDE:
            pointing.append(place)
    dangling = (each for each in pointing if (each.field.notes.reference, each.value) not in declared)
    return MarkFaults(tuple(repeated), tuple(dangling))
