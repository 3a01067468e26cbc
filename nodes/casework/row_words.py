"""Single rows of a document as people read them: where each stands, what it is called, what it says. Pure.

A row is one value under its path. What two versions of a document say differently is told row by row.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.casework.message_view import Form, Value, Words, label_of, value_of
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.rows import steps
from protocol.cbor import Item

_JOIN: Final = ", "


@dataclass(frozen=True, slots=True)
class RowWords:
    """One row: its path, the things that it stands in from the outside inwards, its name, its value in words."""

    path: str
    trail: tuple[str, ...]
    label: str
    value: Value

    @property
    def place(self) -> str:
        """Where it stands, in one line; empty at the top of the document."""
        return _JOIN.join(self.trail)


@dataclass(frozen=True, slots=True)
class Change:
    """One row that two versions say differently; None where a version does not have it."""

    place: str
    label: str
    before: Value | None
    now: Value | None


def row_words(root: FieldSpec, rows: Iterable[tuple[str, Item]], words: Words) -> tuple[RowWords, ...]:
    """Return the rows in words, in the order given; a path that the type does not have is named by itself."""
    return tuple(_row(root, path, value, words) for path, value in rows)


def changes(before: Sequence[RowWords], now: Sequence[RowWords]) -> tuple[Change, ...]:
    """Return what is different: changed and new rows in the order of the new version, then those that are gone."""
    old: Mapping[str, RowWords] = {each.path: each for each in before}
    new = {each.path for each in now}
    found = []
    for each in now:
        was = old.get(each.path)
        if was is None or was.value.raw != each.value.raw:
            found.append(Change(each.place, each.label, None if was is None else was.value, each.value))
    found += [Change(each.place, each.label, each.value, None) for each in before if each.path not in new]
    return tuple(found)


def _row(root: FieldSpec, path: str, value: Item, words: Words) -> RowWords:
    spec: FieldSpec | None = root
    names: list[str] = []
    for step in steps(path):
        if spec is not None and spec.items is not None and step.isdigit():
            names[-1] = f"{names[-1]} {int(step) + 1}"
            spec = spec.items
        else:
            spec = None if spec is None else spec.properties.get(step)
            names.append(step if spec is None else label_of(spec, words))
    said = str(value) if isinstance(value, bytes) else value
    shown = (
        Value(str(said), str(said), Form.LINE)
        if spec is None or not isinstance(said, str | int | bool)
        else value_of(spec, said, words)
    )
    return RowWords(path, tuple(names[:-1]), names[-1] if names else path, shown)
