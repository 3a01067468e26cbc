"""A kind of vector: its fields, and the function that answers one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from egnatia.conformance.fields import Field, Fields, Shape, Times

Check = Callable[[Fields], bool]
"""Raises ``Fault`` to refuse; returns whether what it computed is what the vector states."""

_TIMES: Final = {"": Times.ONCE, "?": Times.MAYBE, "*": Times.MANY}


@dataclass(frozen=True, slots=True)
class Kind:
    """``section`` is where docs/wire.md defines what is tested."""

    name: str
    about: str
    fields: Mapping[str, Field]
    check: Check


def declare(**fields: str) -> Mapping[str, Field]:
    """Return field declarations from ``name="bytes? what it is"``; ? is at most once, * any number of times.

    Underscores in names stand for dashes.
    """
    out = {}
    for name, words in fields.items():
        shape, _, meaning = words.partition(" ")
        mark = shape[-1] if shape[-1] in "?*" else ""
        out[name.replace("_", "-")] = Field(Shape(shape.removesuffix(mark)), _TIMES[mark], meaning)
    return out
