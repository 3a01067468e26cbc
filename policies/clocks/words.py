"""Which sentences tell of clocks, with the values that each names; the words stand with those of the rules."""

from collections.abc import Mapping
from typing import Final

from policies.explain import Explanation, explain_finding
from policies.texts import Library
from protocol.decision import Finding, Verdict
from protocol.ids import NodeId

_DUE: Final = frozenset({"who", "due"})
CLOCK_TEXTS: Final[Mapping[str, frozenset[str]]] = {
    "clock.answer": _DUE | {"legal"},
    "clock.answer-hours": _DUE,
    "clock.suspended": frozenset({"who", "since"}),
    "clock.delayed": _DUE,
    "clock.late-notice": frozenset(),
    "clock.part": frozenset(),
    "clock.overdue": _DUE,
    "clock.late": frozenset({"due"}),
    "clock.consent": _DUE,
    "clock.consent-over": _DUE,
    "clock.acknowledgement": _DUE,
    "clock.decision": _DUE,
    "clock.execution": _DUE,
    "clock.clarification": _DUE,
    "clock.correction": _DUE,
    "clock.review": frozenset({"due"}),
    "clock.silent": frozenset({"who", "days", "label"}),
}


def tell(text: str, article: str, values: Mapping[str, str], library: Library, language: str) -> Explanation:
    """Return a sentence about a clock with its article and what to do, in the reader's language."""
    who = values.get("who")
    parameters = tuple(sorted(values.items()))
    finding = Finding(text, article, text, Verdict.ALLOW, None if who is None else NodeId(who), parameters)
    return explain_finding(finding, library, language)
