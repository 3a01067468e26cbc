"""Decisions by rule and article: which rules refused or held messages here, in words, how often, and as bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.proof_book import COUNTED, Times
from nodes.desk.auditor import VERDICTS
from nodes.desk.bar_picture import bars_of
from nodes.desk.page import Page
from nodes.desk.visit import Visit
from nodes.people.roles import Permission
from policies.explain import explain_finding
from protocol.decision import Finding, Verdict

_BARS: Final = 8
_ASKED: Final = (Verdict.DENY, Verdict.HOLD, Verdict.APPROVE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A rule that spoke: how often, and its article in full; the bar below it bears its number."""

    number: int
    times: Times
    article: str


async def decisions(visit: Visit) -> web.StreamResponse:
    """Show every rule that did not simply allow."""
    rows = _in_words(visit, await visit.desk.proofs.decisions())
    figures = [(str(each.number), each.times.times) for each in rows[:_BARS]]
    return visit.page(
        "proofs_decisions.html",
        rows=rows,
        verdicts=VERDICTS,
        totals=[(each, sum(row.times.times for row in rows if row.times.verdict is each)) for each in _ASKED],
        chart=bars_of(figures),
        counted=COUNTED,
        bars=_BARS,
    )


def _in_words(visit: Visit, found: Sequence[Times]) -> list[Spoken]:
    bundle = visit.gateway.network.replica.bundle
    out = []
    for number, each in enumerate(found, 1):
        article = each.article
        if bundle is not None:
            finding = Finding(each.rule, each.article, "", each.verdict)
            article = explain_finding(finding, bundle.texts, visit.language).article
        out.append(Spoken(number, each, article))
    return out


PAGES: Final = (Page("GET", "/proofs/decisions", Permission.SEE_LOG, decisions),)
