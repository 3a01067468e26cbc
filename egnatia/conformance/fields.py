"""Typed fields of a vector: a kind declares its fields, and a file holds those and no others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from egnatia.conformance.vector import Vector, VectorError, to_bytes


class Shape(StrEnum):
    """How a field's value is written."""

    BYTES = "bytes"
    NUMBER = "number"
    TEXT = "text"


class Times(StrEnum):
    """How often a field stands in a file."""

    ONCE = "once"
    MAYBE = "at most once"
    MANY = "any number of times"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a kind."""

    shape: Shape
    times: Times
    meaning: str


class Fields:
    """The values of one vector, checked against its kind's declaration. Built by ``read_fields``."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    def has(self, name: str) -> bool:
        """Whether the field is there."""
        return bool(self._values.get(name))

    def data(self, name: str) -> bytes:
        """Return a bytes field; ``VectorError`` where it is missing."""
        return to_bytes(self._one(name))

    def maybe(self, name: str) -> bytes | None:
        """Return a bytes field, None where it is missing."""
        return self.data(name) if self.has(name) else None

    def many(self, name: str) -> tuple[bytes, ...]:
        """Return all bytes of a repeated field, in the file's order."""
        return tuple(to_bytes(each) for each in self._values.get(name, ()))

    def number(self, name: str, default: int | None = None) -> int:
        """Return a number, or ``default`` where it is missing and there is one."""
        if default is not None and not self.has(name):
            return default
        return int(self._one(name))

    def text(self, name: str) -> str:
        """Return a text as written."""
        return self._one(name)

    def texts(self, name: str) -> tuple[str, ...]:
        """Return all texts of a repeated field."""
        return self._values.get(name, ())

    def choice(self, *names: str) -> str:
        """Return which one of these fields is there; ``VectorError`` for none or several."""
        found = [name for name in names if self.has(name)]
        if len(found) != 1:
            raise VectorError(f"exactly one of {', '.join(names)} is needed")
        return found[0]

    def _one(self, name: str) -> str:
        if not self.has(name):
            raise VectorError(f"the field {name} is missing")
        return self._values[name][0]


def read_fields(vector: Vector, declared: Mapping[str, Field]) -> Fields:
    """Return the fields of ``vector``; ``VectorError`` for an unknown, missing, repeated or unreadable one."""
    values: dict[str, tuple[str, ...]] = {}
    for name, value in vector.fields:
        if name not in declared:
            raise VectorError(f"the kind {vector.kind} has no field {name}")
        _CHECKS[declared[name].shape](value, name)
        values[name] = (*values.get(name, ()), value)
    for name, field in declared.items():
        count = len(values.get(name, ()))
        if field.times is Times.ONCE and count != 1:
            raise VectorError(f"the field {name} must stand once, it stands {count} times")
        if field.times is Times.MAYBE and count > 1:
            raise VectorError(f"the field {name} repeats")
    return Fields(values)


def _check_bytes(value: str, name: str) -> None:
    try:
        to_bytes(value)
    except VectorError as error:
        raise VectorError(f"{name}: {error}") from None


def _check_number(value: str, name: str) -> None:
    if not value.isascii() or not value.isdigit() or (value != "0" and value.startswith("0")):
        raise VectorError(f"{name} is no decimal number")


def _check_text(value: str, name: str) -> None:
    if not value:
        raise VectorError(f"{name} is empty")


_CHECKS: Mapping[Shape, Callable[[str, str], None]] = {
    Shape.BYTES: _check_bytes,
    Shape.NUMBER: _check_number,
    Shape.TEXT: _check_text,
}
