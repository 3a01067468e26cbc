"""Proofs for auditors: where the network's log stands, alarms, decisions by rule, and what proves one message.

Nothing here opens a message. That somebody looked at one is written into the processing log.
"""

import re
from typing import Final

from aiohttp import web

from nodes.casework.proof_book import COUNTED
from nodes.casework.rule_words import rule_label
from nodes.casework.seal_check import HANDED_OVER, LOGGED, NEVER_FETCHED, NOT_OPENED, OPENED, RETURNED, SEALED
from nodes.desk.code_words import CodeWords
from nodes.desk.log import names_in
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.tree_picture import BOX, HEIGHT, WIDTH, draw
from nodes.desk.visit import Visit
from nodes.gateway.alarm_words import alarm_words
from nodes.gateway.inbox import InRow
from nodes.people.roles import Permission
from policies.explain import Explanation, explain
from protocol.decision import Decision, Verdict
from protocol.errors import Malformed
from protocol.ids import MessageId, PolicyDigest, parse_hex_digest
from protocol.meanings import MEANINGS

SHOWN: Final = 25
_PREFIX: Final = re.compile(r"[0-9a-f]{1,64}")
WHAT: Final = {
    SEALED: sentence("Sealed by its sender"),
    LOGGED: sentence("Written into the network's log"),
    HANDED_OVER: sentence("Handed over"),
    OPENED: sentence("Opened by a person"),
    NOT_OPENED: sentence("Could not be opened"),
    RETURNED: sentence("Sent back"),
    NEVER_FETCHED: sentence("Never fetched before it ran out"),
}
VERDICTS: Final = {
    Verdict.ALLOW: sentence("Allowed"),
    Verdict.DENY: sentence("Refused"),
    Verdict.HOLD: sentence("Held"),
    Verdict.APPROVE: sentence("Needs a second person"),
}


async def index(visit: Visit) -> web.StreamResponse:
    """Show the log, alarms and decisions, and the newest messages or those whose id begins as was typed."""
    typed = visit.request.query.get("id", "").strip().lower()
    good = not typed or _PREFIX.fullmatch(typed) is not None
    book = visit.desk.proofs
    rows = await book.messages(SHOWN, typed or None) if good else []
    overview = await book.overview()
    return visit.page(
        "proofs.html",
        status=200 if good else 422,
        overview=overview,
        decisions=await book.decisions(),
        alarms=[(each, alarm_words(each.code)) for each in overview.alarms],
        rows=rows,
        typed=typed,
        good=good,
        counted=COUNTED,
        verdicts=VERDICTS,
        came=lambda row: isinstance(row, InRow),
        code=CodeWords(visit),
        names_of=names_in(visit),
    )


async def one(visit: Visit) -> web.StreamResponse:
    """Show what proves one message, verified again now."""
    try:
        message = MessageId(parse_hex_digest(visit.request.match_info["id"]))
    except Malformed:
        return visit.missing()
    found = await visit.desk.proofs.of(message)
    if found is None:
        return visit.missing()
    return visit.page(
        "proof.html",
        id=message.hex(),
        found=found,
        came=isinstance(found.row, InRow),
        picture=None if found.path is None else draw(found.path),
        size={"width": WIDTH, "box": BOX, "height": HEIGHT},
        findings=_findings(visit, found.decision),
        verdicts=VERDICTS,
        what=WHAT,
        meanings=MEANINGS,
        code=CodeWords(visit),
        names_of=names_in(visit),
    )


def _findings(visit: Visit, decision: Decision | None) -> tuple[Explanation, ...]:
    """Return the rules that spoke, in words, under the policy that was in force then."""
    if decision is None:
        return ()
    replica = visit.gateway.network.replica
    bundle = replica.find_bundle(PolicyDigest(decision.policy)) or replica.bundle
    if bundle is None:
        return ()
    return explain(
        decision,
        bundle.texts,
        visit.language,
        rule_label(bundle, replica.directory.participants(), visit.language),
    )


PAGES: Final = (
    Page("GET", "/proofs", Permission.SEE_LOG, index),
    Page("GET", "/proofs/{id}", Permission.SEE_LOG, one),
)
