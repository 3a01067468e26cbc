"""The two verdicts of a node over content: may this draft go, may a reader see this message. Pure; one engine for both.

Deny by default: whatever is not plainly allowed is refused before sending and held after receiving.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies.engine import decide_inner, decide_use
from policies.facts import InnerFacts
from policies.gather import agreements_named
from policies.model import PolicySet
from protocol.decision import Decision, Finding, Verdict
from protocol.errors import Code
from protocol.ids import PolicyDigest
from protocol.stages import Accepted, Cleared, Draft, Held, Opened, Refused

NO_BUNDLE: Final = "gate.no-bundle"
"""Stands for a policy whose files this node does not have: nothing can be judged, so nothing passes."""
INVALID: Final = "gate.invalid-document"
"""Stands for a document that the catalogue does not accept: its sender's software is not ours, or it is an attack."""
UNFIT: Final = "gate.unfit-overlay"
"""Stands for an overlay that does not fit the policy: the rules this node wants cannot be asked, so nothing passes."""
_CODES: Final[Mapping[Verdict, Code]] = {
    Verdict.DENY: Code.POLICY_DENIED,
    Verdict.HOLD: Code.POLICY_DENIED,
    Verdict.APPROVE: Code.APPROVAL_NEEDED,
}


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the facts, and the policies under which they are judged."""

    policies: PolicySet
    facts: InnerFacts


def clear(draft: Draft, question: Question) -> Cleared | Refused:
    """Return the draft as cleared, or the refusal with every rule that objects and every recipient it names.

    Nothing leaves after a refusal: sending to the recipients it does not name is a new draft (``policies.partial``).
    """
    decision = decide_inner(question.policies, question.facts)
    if decision.verdict is Verdict.ALLOW:
        return Cleared(draft, decision, agreements_named(question.facts.outer))
    return Refused(_CODES[decision.verdict], decision, tuple(sorted(decision.refused())))


def recheck(opened: Opened, question: Question) -> Accepted | Held:
    """Return the message as one a reader may see, or as held with the rules that object."""
    decision = decide_inner(question.policies, question.facts)
    return Accepted(opened, decision) if decision.verdict is Verdict.ALLOW else Held(opened, decision)


def allow_use(question: Question) -> Decision | Refused:
    """Return the decision that lets a kept message be put to a use, or the refusal with its rules."""
    decision = decide_use(question.policies, question.facts)
    if decision.verdict is Verdict.ALLOW:
        return decision
    return Refused(_CODES[decision.verdict], decision, tuple(sorted(decision.refused())))


def hold_unjudged(opened: Opened, policy: PolicyDigest) -> Held:
    """Return the message as held because its policy is not here; releasing it is a person's decision."""
    return Held(opened, Decision(Verdict.HOLD, policy, (Finding(NO_BUNDLE, "NET", NO_BUNDLE, Verdict.HOLD),)))


def hold_invalid(opened: Opened, code: Code) -> Held:
    """Return the message as held because its document is none of its type."""
    says = (("code", str(code)),)
    finding = Finding(INVALID, "NET", INVALID, Verdict.HOLD, None, says)
    return Held(opened, Decision(Verdict.HOLD, opened.core.policy, (finding,)))


def hold_unfit(opened: Opened, policy: PolicyDigest) -> Held:
    """Return the message as held because this node's own rules cannot be laid over its policy."""
    return Held(opened, Decision(Verdict.HOLD, policy, (Finding(UNFIT, "NET", UNFIT, Verdict.HOLD),)))


def refuse_unfit(policy: PolicyDigest) -> Refused:
    """Return the refusal of a draft because this node's own rules cannot be laid over the policy in force."""
    return Refused(Code.POLICY_DENIED, Decision(Verdict.DENY, policy, (Finding(UNFIT, "NET", UNFIT, Verdict.DENY),)))


def refuse_unjudged(policy: PolicyDigest) -> Refused:
    """Return the refusal of a draft for which no policy is here."""
    finding = Finding(NO_BUNDLE, "NET", NO_BUNDLE, Verdict.DENY)
    return Refused(Code.POLICY_UNKNOWN, Decision(Verdict.DENY, policy, (finding,)))
