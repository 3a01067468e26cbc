"""The gate: deny by default before sending, hold by default after receiving."""

from nodes.gateway.gate import Question, clear, hold_invalid, hold_unjudged, recheck, refuse_unjudged
from policies.facts import InnerFacts, Side
from policies.gather import Known, View, facts_of_core, facts_of_draft
from policies.model import PolicySet
from protocol.catalogue.content import ContentSummary
from protocol.decision import Verdict
from protocol.errors import Code
from protocol.ids import PolicyDigest
from protocol.stages import Cleared, Held, Refused
from tests.simulators.party import Party, deliver, draft, send

ALICE, BOB = Party("alice"), Party("bob")
EMPTY = PolicySet(PolicyDigest(b"p" * 32), {})
VIEW = View(lambda _: None, lambda _: None, None)
DRAFT = draft(ALICE, BOB)
OPENED = BOB.opens(deliver(send(ALICE, BOB), BOB), ALICE)


def question(side: Side) -> Question:
    known = Known(side=side)
    outer = (
        facts_of_draft(DRAFT, VIEW, lambda _: (), known, 0)
        if side is Side.SENDER
        else facts_of_core(OPENED.core, VIEW, known, 0)
    )
    return Question(EMPTY, InnerFacts(outer=outer, content=ContentSummary(), documents={}))


def test_an_empty_policy_lets_nothing_out() -> None:
    found = clear(DRAFT, question(Side.SENDER))
    assert isinstance(found, Refused)
    assert (found.code, found.recipients) == (Code.POLICY_DENIED, ())
    assert not isinstance(found, Cleared)


def test_an_empty_policy_shows_nothing() -> None:
    found = recheck(OPENED, question(Side.RECIPIENT))
    assert isinstance(found, Held)
    assert found.decision.findings


def test_without_the_policys_files_nothing_passes() -> None:
    refused = refuse_unjudged(EMPTY.digest)
    assert refused.code is Code.POLICY_UNKNOWN
    assert refused.decision is not None
    for held in (hold_unjudged(OPENED, EMPTY.digest), hold_invalid(OPENED, Code.UNKNOWN_FIELD)):
        assert held.decision.verdict is Verdict.HOLD
        assert len(held.decision.findings) == 1
