"""What a page shows of a form: questions, things with several questions, lists of them, and what can be opened. Pure.

Values only; no markup and no words beside those of the catalogue.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from nodes.casework.form_values import is_blank


class Kind(StrEnum):
    """How a question is asked."""

    LINE = "line"
    TEXT = "text"
    DAY = "day"
    PARTIAL_DAY = "partial-day"
    TIME = "time"
    NUMBER = "number"
    PHONE = "phone"
    EMAIL = "email"
    TRUTH = "truth"  # yes or no
    RADIOS = "radios"  # one code of few
    SELECT = "select"  # one code of many
    CHECKBOXES = "checkboxes"  # several codes of few
    SELECTS = "selects"  # several codes of many, one box each
    LINES = "lines"  # several lines, one box each
    SCALAR = "scalar"  # text, number or yes and no, as chosen beside it
    HIDDEN = "hidden"  # filled in by the desk


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that may be chosen."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One field. ``typed`` is what stands in it; ``derived`` tells that it may stay empty and is worked out."""

    shape: ClassVar[str] = "question"
    name: str
    label: str
    kind: Kind
    required: bool
    typed: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    longest: int | None = None  # characters
    most: int | None = None  # values
    derived: bool = False
    chosen: str = ""  # the kind of value, for SCALAR; "none" for a list that says it is empty
    may_be_none: bool = False  # a list that may say that it is empty
    notes: tuple[str, ...] = ()  # what has to stand below its choices

    @property
    def value(self) -> str:
        """The first thing that was typed, empty without one."""
        return next((each for each in self.typed if not is_blank(each)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A thing with several questions: those that must be answered or are answered, and the others behind a fold."""

    shape: ClassVar[str] = "section"
    name: str
    label: str
    asked: "tuple[Item, ...]"
    more: "tuple[Item, ...]" = ()
    removable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A list of things. ``add`` is the name of the one that would come next, None when there is no room."""

    shape: ClassVar[str] = "series"
    name: str
    label: str
    members: tuple[Section, ...]
    add: str | None


@dataclass(frozen=True, slots=True)
class Opener:
    """A thing that is not there and may be opened."""

    shape: ClassVar[str] = "opener"
    name: str
    label: str


Item = Question | Section | Series | Opener


@dataclass(frozen=True, slots=True)
class Group:
    """Items under one heading, in the writer's language."""

    title: str
    items: tuple[Item, ...]


def names_of(items: "tuple[Item, ...]") -> tuple[str, ...]:
    """Return the names of every field that a page with these items posts, and of every place it can open, in order."""
    found: list[str] = []
    for each in items:
        found.append(each.name)
        match each:
            case Section():
                found += (*names_of(each.asked), *names_of(each.more))
            case Series():
                found += names_of(each.members)
            case _:
                pass
    return tuple(dict.fromkeys(found))
