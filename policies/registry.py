"""How a predicate is declared: a tag that is never used again, a name, its parameters, what its objections say.

An outer predicate takes ``OuterFacts``: one that reaches for content does not type-check, and an outer rule list does
not accept an inner predicate. A predicate is total: whatever the facts are, it returns objections, possibly none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from policies.facts import InnerFacts, OuterFacts
from protocol.ids import NodeId


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a predicate says no: for one recipient or for the message, with the values its sentence names."""

    says: tuple[tuple[str, str], ...] = ()
    recipient: NodeId | None = None


Objections = tuple[Objection, ...]
NONE: Final[Objections] = ()
REFUSED: Final[Objections] = (Objection(),)

P = TypeVar("P")
OuterCheck = Callable[[OuterFacts], Objections]
InnerCheck = Callable[[InnerFacts], Objections]


@dataclass(frozen=True, slots=True)
class Nothing:
    """The parameters of a predicate that has none."""


@dataclass(frozen=True, slots=True)
class OuterPredicate:
    """A predicate over the header; hub and nodes ask it alike. ``bind`` fixes its parameters."""

    tag: int
    name: str
    parameters: type
    says: tuple[str, ...]
    bind: Callable[[object], OuterCheck]


@dataclass(frozen=True, slots=True)
class InnerPredicate:
    """A predicate over content; only nodes ask it."""

    tag: int
    name: str
    parameters: type
    says: tuple[str, ...]
    bind: Callable[[object], InnerCheck]


Predicate = OuterPredicate | InnerPredicate


def outer(
    tag: int, name: str, parameters: type[P], says: tuple[str, ...] = ()
) -> Callable[[Callable[[OuterFacts, P], Objections]], OuterPredicate]:
    """Declare the decorated function as an outer predicate."""

    def declare(check: Callable[[OuterFacts, P], Objections]) -> OuterPredicate:
        def bind(values: object) -> OuterCheck:
            known = _typed(name, parameters, values)
            return lambda facts: check(facts, known)

        return OuterPredicate(tag, name, parameters, says, bind)

    return declare


def inner(
    tag: int, name: str, parameters: type[P], says: tuple[str, ...] = ()
) -> Callable[[Callable[[InnerFacts, P], Objections]], InnerPredicate]:
    """Declare the decorated function as an inner predicate."""

    def declare(check: Callable[[InnerFacts, P], Objections]) -> InnerPredicate:
        def bind(values: object) -> InnerCheck:
            known = _typed(name, parameters, values)
            return lambda facts: check(facts, known)

        return InnerPredicate(tag, name, parameters, says, bind)

    return declare


def _typed(name: str, kind: type[P], values: object) -> P:
    if not isinstance(values, kind):
        raise TypeError(f"{name} takes {kind.__name__}")
    return values


def index(predicates: Iterable[Predicate]) -> Mapping[str, Predicate]:
    """Return the predicates by name. A tag or a name used twice is a programming error (``ValueError``)."""
    out: dict[str, Predicate] = {}
    tags: set[int] = set()
    for each in predicates:
        if each.name in out or each.tag in tags:
            raise ValueError(f"{each.name} or its tag {each.tag} is taken")
        out[each.name] = each
        tags.add(each.tag)
    return out
