"""What a person typed into a form, by the names of its fields, and how much of it is read. Pure.

A field is named by the JSON pointer of its place in the document; values stay as they were typed, so that whatever
cannot be read is shown again and nothing is lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from protocol.catalogue.documents import DIGITS
from protocol.catalogue.rows import steps
from protocol.errors import Malformed
from protocol.limits import MAX_DEPTH, MAX_PATH, MAX_ROWS

Typed = Mapping[str, Sequence[str]]
"""Name of a field -> everything that was typed under it, in its order."""

KIND: Final = "#kind"
"""Ends the name of the field that tells of what kind a value is, where a document leaves it open."""
MAX_VALUES: Final = MAX_ROWS  # as many as a part has rows; an honest form has some hundred
MAX_NAME: Final = MAX_PATH + len(KIND)
MAX_VALUE: Final = 16_000  # characters; the longest text of the catalogue has 12 000
MAX_ALL: Final = 400_000  # characters of all values; a part has at most 512 KiB
_MAX_POSITION: Final = 4  # digits


@dataclass(frozen=True, slots=True)
class TooMuch:
    """A form beyond its bounds: which one, and how far it goes. Nothing of such a form is read or kept."""

    bound: str  # values, name, value, all
    limit: int


@dataclass(slots=True)
class Twig:
    """What was typed at one place of the document and below it."""

    typed: Sequence[str] | None = None
    inner: "dict[str, Twig]" = field(default_factory=dict)

    def members(self) -> "Iterator[tuple[str, Twig]]":
        """Yield what stands at the positions of a list, ascending, whatever numbers are left out."""
        places = [each for each in self.inner if is_position(each)]
        yield from ((each, self.inner[each]) for each in sorted(places, key=int))

    def is_blank(self) -> bool:
        """Tell whether nothing was typed here or below."""
        here = not self.typed or all(is_blank(each) for each in self.typed)
        return here and all(each.is_blank() for each in self.inner.values())


def check_size(typed: Typed) -> TooMuch | None:
    """Return the first bound that a form exceeds, None for one that may be read."""
    values = [each for found in typed.values() for each in found]
    if len(values) > MAX_VALUES or len(typed) > MAX_VALUES:
        return TooMuch("values", MAX_VALUES)
    if not all(map(is_name, typed)):
        return TooMuch("name", MAX_NAME)
    if any(len(each) > MAX_VALUE for each in values):
        return TooMuch("value", MAX_VALUE)
    return TooMuch("all", MAX_ALL) if sum(map(len, values)) > MAX_ALL else None


def is_name(text: str) -> bool:
    """Tell whether a field may be called so."""
    return text.isprintable() and 1 <= len(text.encode("utf-8", "replace")) <= MAX_NAME


def grow(typed: Typed) -> tuple[Twig, tuple[str, ...]]:
    """Return the fields of a document as a tree, and the names that begin like a place and are none.

    Names that do not begin with a slash are no fields of the document and are passed over.
    """
    root, strange = Twig(), []
    for name, values in typed.items():
        if not name.startswith("/"):
            continue
        way = _way(name)
        if way is None:
            strange.append(name)
            continue
        at = root
        for step in way:
            at = at.inner.setdefault(step, Twig())
        at.typed = values
    return root, tuple(strange)


def is_blank(text: str) -> bool:
    """Tell whether a value says nothing."""
    return not text.strip()


def is_position(step: str) -> bool:
    """Tell whether a step of a name is a position in a list that a form may have."""
    return 0 < len(step) <= _MAX_POSITION and set(step) <= DIGITS and (step == "0" or step[0] != "0")


def at_or_below(name: str, above: str) -> bool:
    """Tell whether a name is that of a place or of something inside it."""
    return name == above or name.startswith((f"{above}/", f"{above}#"))


def _way(name: str) -> list[str] | None:
    try:
        way = steps(name)
    except Malformed:
        return None
    return way if len(way) < MAX_DEPTH else None
