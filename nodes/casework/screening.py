"""Which lane a received request goes into, and why: facts in, reasons out (WF-3). Pure; nothing is decided here.

Green: a duty officer can answer it; amber: a handler looks at it; red: more than a handler is needed. The lane is the
worst of the reasons, and without any reason a request is amber: what nobody vouches for is looked at by a person. A
lane changes no state: every reason asks a person to confirm it (Directive (EU) 2016/680 art. 11).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protocol.decision import Finding


class Lane(StrEnum):
    """Who looks at a request first."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


WORST: Final = (Lane.GREEN, Lane.AMBER, Lane.RED)
GENERAL: Final = "general"  # the query kind that is no template
_LEAST_REASON: Final = 20  # characters of a reason for urgency (DP-11)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a request is in a lane: the id of the check, its article, its text, and codes or counts, never content."""

    id: str
    lane: Lane
    article: str
    text: str
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """What the node itself holds about the subjects. ``owners`` are others whose information that is."""

    items: int = 0
    owners: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()
    duplicates: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFacts:
    """What is known of one received request when it is screened.

    The defaults are those of a request that nothing speaks for. ``held`` are the rules that hold it back; while they
    do, nobody has read its content, and only its header is judged.
    """

    held: Sequence[Finding] = ()
    query: str = ""
    missing: tuple[str, ...] = ()  # label ids of fields
    thin: bool = False
    late: bool = False
    agreement: bool = False
    purpose: bool = False
    competent: bool = False
    action: bool = False
    urgent: bool = False
    ground: bool = False
    urgency_reason: int = 0  # characters
    special: frozenset[str] = frozenset()
    victims: bool = False
    judicial: bool = False
    classified: bool = False
    other_channels: int = 0
    holdings: Holdings = Holdings()


Check = Callable[[RequestFacts], Iterator[Reason]]


def screen(facts: RequestFacts) -> tuple[Reason, ...]:
    """Return every reason there is, the worst first; the green one stands alone."""
    found = [reason for check in _CHECKS for reason in check(facts)]
    if not found and facts.query and facts.query != GENERAL:
        found = [_reason("template-query", Lane.GREEN, "IOM15", query=facts.query)]
    return tuple(sorted(found, key=lambda each: -WORST.index(each.lane)))


def lane_of(reasons: Sequence[Reason]) -> Lane:
    """Return the worst lane among the reasons; amber where there is none."""
    return max((each.lane for each in reasons), key=WORST.index, default=Lane.AMBER)


def unscreened() -> tuple[Reason, ...]:
    """Return the reason of a request that could not be looked at: a person has to."""
    return (_reason("unscreened", Lane.RED, "NET"),)


def _reason(name: str, lane: Lane, article: str, **parameters: str) -> Reason:
    return Reason(f"screening.{name}", lane, article, f"screening.{name}", tuple(sorted(parameters.items())))


def _held(facts: RequestFacts) -> Iterator[Reason]:
    for each in facts.held:
        yield Reason(each.rule, Lane.RED, each.article, each.text, each.parameters)


def _complete(facts: RequestFacts) -> Iterator[Reason]:
    if facts.held:
        return
    if facts.missing:
        yield _reason("incomplete", Lane.AMBER, "D977 4(5)", fields=", ".join(facts.missing))
    if facts.thin:
        yield _reason("thin-subject", Lane.AMBER, "D977 4(5)(a)")
    if facts.late:
        yield _reason("date-passed", Lane.AMBER, "NET")
    if facts.query == GENERAL:
        yield _reason("no-template", Lane.AMBER, "IOM15")


def _basis(facts: RequestFacts) -> Iterator[Reason]:
    if not facts.agreement:
        yield _reason("no-basis", Lane.RED, "PCC 31(1)-(3), LED 8")
    elif not facts.purpose:
        yield _reason("purpose", Lane.RED, "PCC 31(4)(a)")


def _competence(facts: RequestFacts) -> Iterator[Reason]:
    if not facts.competent:
        yield _reason("not-competent", Lane.RED, "MLA59 15" if facts.judicial else "D977 14(2)")
    if not facts.action:
        yield _reason("copy-only", Lane.AMBER, "D977 4(1)")


def _urgency(facts: RequestFacts) -> Iterator[Reason]:
    unproven = not facts.held and facts.urgency_reason < _LEAST_REASON
    if facts.urgent and (not facts.ground or unproven):
        yield _reason("urgency-ground", Lane.AMBER, "D977 4(4)")


def _sensitive(facts: RequestFacts) -> Iterator[Reason]:
    if facts.judicial:
        yield _reason("judicial", Lane.RED, "MLA59 3")
    if facts.classified:
        yield _reason("classified", Lane.RED, "PCC 32")
    if facts.special:
        yield _reason("special-category", Lane.RED, "LED 10", categories=", ".join(sorted(facts.special)))
    if facts.victims:
        yield _reason("victim", Lane.AMBER, "THB 11")


def _before(facts: RequestFacts) -> Iterator[Reason]:
    if facts.holdings.duplicates:
        yield _reason("duplicate", Lane.AMBER, "NET", count=str(facts.holdings.duplicates))
    if facts.other_channels:
        yield _reason("other-channel", Lane.AMBER, "NET", count=str(facts.other_channels))


def _holdings(facts: RequestFacts) -> Iterator[Reason]:
    held = facts.holdings
    if held.owners:
        yield _reason("third-party", Lane.RED, "D977 6(1)(h), LED 11", owners=", ".join(sorted(held.owners)))
    if held.items:
        yield _reason("own-holding", Lane.AMBER, "D977 16(1)(d), LED 11", count=str(held.items))
    if held.lists:
        yield _reason("listed", Lane.AMBER, "D977 16(1)(d), LED 11", lists=", ".join(sorted(held.lists)))


_CHECKS: Final[tuple[Check, ...]] = (
    _held,
    _complete,
    _basis,
    _competence,
    _urgency,
    _sensitive,
    _before,
    _holdings,
)
