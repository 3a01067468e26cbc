"""One decision from one policy and one set of facts, the same at the hub and at both nodes. Pure, and never raises.

Deny by default: no policy for the channel, no rules for the type, no recipients, or a policy other than the header's
end in a refusal of their own. Every rule is asked, so that a person reads all that is wrong at once.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from policies.duties import NOTHING, Owed, owed, owed_by_header
from policies.facts import InnerFacts, OuterFacts, Side, Use
from policies.model import InnerRule, OuterRule, PolicySet, Rule, RuleSet
from policies.registry import Objections
from protocol.decision import Decision, Finding, Verdict

NETWORK: Final = "NET"
BUILT_IN: Final = (
    "engine.no-policy",
    "engine.no-rules",
    "engine.no-recipients",
    "engine.other-policy",
    "engine.no-disclosure",
    "engine.no-use",
)

_OBLIGING: Final = (Verdict.ALLOW, Verdict.HOLD)  # what is held may be released, and then it obliges
_SEVERITY: Final = {Verdict.ALLOW: 0, Verdict.HOLD: 1, Verdict.APPROVE: 2, Verdict.DENY: 3}


def decide_outer(policies: PolicySet, facts: OuterFacts) -> Decision:
    """Return what the rules over the header say. Findings name rule, article and, where it is one, the recipient."""
    rules = _rules(policies, facts)
    if isinstance(rules, str):
        return _refusal(policies, rules)
    return _decision(policies, owed_by_header(rules.obligations, facts), tuple(_outer_findings(rules, facts)))


def decide_inner(policies: PolicySet, facts: InnerFacts) -> Decision:
    """Return what the rules over header and content say; the header's findings are those of ``decide_outer``."""
    rules = _rules(policies, facts.outer)
    if isinstance(rules, str):
        return _refusal(policies, rules)
    found = (*_outer_findings(rules, facts.outer), *_inner_findings(rules.inner, facts))
    return _decision(policies, owed(rules.obligations, facts), found)


def decide_use(policies: PolicySet, facts: InnerFacts) -> Decision:
    """Return what the rules say about the use that ``facts.disclosed`` names; without it, about showing rows.

    What no rule is about is refused. One thing is not: a policy from before there were rules about uses lets its
    messages be read by those to whom they were sent, as it did then.
    """
    about, channel = facts.disclosed, facts.outer.header.channel
    if about is None or about.use is Use.FORWARD:
        return decide_disclosure(policies, facts)
    policy, type_ = policies.channels.get(channel), facts.outer.header.type
    if policy is None:
        return _refusal(policies, "engine.no-policy")
    if about.use is Use.READ and not policy.uses:
        return Decision(Verdict.ALLOW, policies.digest)
    asked = [each for each in policy.uses if about.use in each.rule.uses]
    rules = [each for each in asked if not each.rule.types or type_ in each.rule.types]
    if not rules:
        return _refusal(policies, "engine.no-use")
    if not facts.outer.recipients:
        return _refusal(policies, "engine.no-recipients")
    return _decision(policies, NOTHING, tuple(_inner_findings(rules, facts)))


def decide_disclosure(policies: PolicySet, facts: InnerFacts) -> Decision:
    """Return what the rules say about showing rows of a received message to the recipients in the header.

    Asked are the channel's own rules about disclosures, and those about uses that name it; a channel that has none of
    the former permits none.
    """
    policy = policies.channels.get(facts.outer.header.channel)
    type_ = facts.outer.header.type
    if policy is None:
        return _refusal(policies, "engine.no-policy")
    rules = [each for each in policy.disclosure if not each.rule.types or type_ in each.rule.types]
    always = [each for each in policy.uses if Use.FORWARD in each.rule.uses]
    if not rules or type_ not in policy.sets:
        return _refusal(policies, "engine.no-disclosure")
    if not facts.outer.recipients:
        return _refusal(policies, "engine.no-recipients")
    asked = [*rules, *(each for each in always if not each.rule.types or type_ in each.rule.types)]
    return _decision(policies, NOTHING, tuple(_inner_findings(asked, facts)))


def _rules(policies: PolicySet, facts: OuterFacts) -> RuleSet | str:
    policy = policies.channels.get(facts.header.channel)
    if policy is None:
        return "engine.no-policy"
    rules = policy.sets.get(facts.header.type)
    if rules is None or not rules.outer:
        return "engine.no-rules"
    if not facts.recipients:
        return "engine.no-recipients"
    return rules if facts.header.policy == policies.digest else "engine.other-policy"


def _refusal(policies: PolicySet, rule: str) -> Decision:
    return Decision(Verdict.DENY, policies.digest, (Finding(rule, NETWORK, rule, Verdict.DENY),))


def _outer_findings(rules: RuleSet, facts: OuterFacts) -> Iterator[Finding]:
    for each in _asked(rules.outer, facts.side):
        yield from _findings(each.rule, each.check(facts))


def _inner_findings(rules: Iterable[InnerRule], facts: InnerFacts) -> Iterator[Finding]:
    for each in rules:
        if facts.outer.side in each.rule.sides:
            yield from _findings(each.rule, each.check(facts))


def _asked(rules: Iterable[OuterRule], side: Side) -> Iterator[OuterRule]:
    return (each for each in rules if side in each.rule.sides)


def _findings(rule: Rule, objections: Objections) -> Iterator[Finding]:
    for each in objections:
        yield Finding(rule.id, rule.article, rule.text, rule.verdict, each.recipient, each.says)


def _decision(policies: PolicySet, owing: Owed, findings: tuple[Finding, ...]) -> Decision:
    worst = max((each.verdict for each in findings), key=_SEVERITY.__getitem__, default=Verdict.ALLOW)
    ids, duties = owing if worst in _OBLIGING else NOTHING
    return Decision(worst, policies.digest, findings, ids, duties)
