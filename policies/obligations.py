"""One obligation from its lines: what it asks, until when, of which side, and when it arises at all."""

from dataclasses import dataclass
from typing import Final

from policies.errors import PolicyError, Problem
from policies.facts import Side
from policies.model import Obligation, When
from policies.rules import Place, known_types, refuse_empty
from policies.tree import Node, Table
from policies.typed import items, read, refuse, table
from protocol.decision import Asks
from protocol.records import Kind

_HOUR: Final = 3_600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The keys of an obligation."""

    id: str
    article: str
    text: str
    asks: Asks = Asks.KNOW
    hours: int = 0
    kinds: tuple[Kind, ...] = ()
    sides: tuple[Side, ...] = ()
    types: tuple[str, ...] = ()
    when: When | None = None


def read_obligations(node: Node, place: Place, problems: list[Problem]) -> tuple[Obligation, ...]:
    """Return the obligations of a list; what is wrong with the others is appended to ``problems``.

    Refused are an obligation to act without a time, a copy without kinds, and either where nothing is to be done.
    """
    out = []
    for each in items(node, place.file).items:
        try:
            out.append(_read(table(each, place.file), place))
        except PolicyError as error:
            problems += error.problems
    return tuple(out)


def _read(node: Table, place: Place) -> Obligation:
    refuse_empty(node, place.file)
    written = read(_Written, node, place.file)
    fault = _fault(written)
    if fault is not None:
        raise refuse(place.file, node, *fault)
    return Obligation(
        id=written.id,
        article=written.article,
        text=written.text,
        types=known_types(node, written.types, place),
        line=node.line,
        asks=written.asks,
        within=written.hours * _HOUR,
        kinds=frozenset(written.kinds),
        sides=frozenset(written.sides or Side) - {Side.HUB},
        when=written.when,
    )


def _fault(written: _Written) -> tuple[str, str] | None:
    acts = written.asks is not Asks.KNOW
    if acts != (written.hours > 0):
        return "What asks for an act has a time, and only that.", "Write `hours: 24`, or `asks: know` without hours."
    if bool(written.kinds) != (written.asks is Asks.COPY_TO):
        return "A copy names the kinds that must have it, and only a copy does.", "Write `kinds: [contact-point]`."
    if Side.HUB in written.sides:
        return "The hub has no obligations.", "Name node sides only."
    return None
