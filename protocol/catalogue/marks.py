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


def _collect_marks(field: FieldSpec, value: JSON, path: str, found: list[Place]) -> None:
    """Collect what declares a mark or points to one, outermost first; most values do neither and cost no path."""
    if isinstance(value, dict):
        for name, each in value.items():
            inner = field.properties.get(name)
            if inner is not None and (isinstance(each, (dict, list)) or _marks(inner)):
                _collect_marks(inner, each, f"{path}/{escape(name)}", found)
    elif isinstance(value, list):
        if field.items is not None:
            for position, each in enumerate(value):
                _collect_marks(field.items, each, f"{path}/{position}", found)
    elif isinstance(value, str) and _marks(field):
        found.append(Place(path, field, value))


def _marks(field: FieldSpec) -> bool:
    return bool(field.notes.declares) or field.notes.reference in INSIDE


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
    marked: list[Place] = []
    _collect_marks(field, document, "", marked)
    for place in marked:
        declares = place.field.notes.declares
        if not declares:
            pointing.append(place)
            continue
        mark = (declares, str(place.value))
        if mark in declared:
            repeated.append(place)
        declared.add(mark)
    dangling = (each for each in pointing if (each.field.notes.reference, each.value) not in declared)
    return MarkFaults(tuple(repeated), tuple(dangling))
