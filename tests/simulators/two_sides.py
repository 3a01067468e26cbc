"""Headers by chance, judged where they are written and again from their bytes, with the facts each side gathers."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Final

from policies.engine import decide_outer
from policies.facts import OuterFacts, Side
from policies.gather import Known, View, facts_of_core, facts_of_draft
from policies.header import Header
from policies.model import PolicySet
from protocol.core import Core, Recipient, encode_core, parse_core
from protocol.decision import Decision
from protocol.errors import Fault
from protocol.ids import KeyId, MessageId, NodeId, Reference, StatementId, TypeId
from protocol.records import Agreement, Participant
from protocol.stages import Addressee, Draft
from tests.simulators.policies import CHANNELS, shipped_cases, shipped_policies

_REFERENCES: Final = [Reference(bytes([each] * 16)) for each in range(1, 3)]
_POOLS: Final[Mapping[str, list[Any]]] = {
    "purpose": ["investigate", "prevent", "proceedings", "assistance", "return", "network", "other"],
    "language": ["en", "mk", "sr-Latn"],
    "in_reply_to": [None, MessageId(b"m" * 32)],
    "urgency": [None, "normal", "urgent", "soon"],
    "urgency_ground": [None, "a", "d", "custody", "z"],
    "classification": [None, "BPL", "R", "TOP"],
    "handling": [(), ("H0",), ("H1",), ("H0", "H2"), ("H9",)],
    "person_roles": [(), ("suspect",), ("victim",), ("suspect", "witness"), ("unknown",)],
    "data_categories": [(), ("CA",), ("CR",), ("CA", "ID"), ("HE",)],
    "erase_by": [None, 1, 100_000_001, 110_000_000, 1 << 40],
    "consents": [(), (_REFERENCES[0],), tuple(_REFERENCES)],
    "approvals": [(), (_REFERENCES[1],)],
    "identity": [False, True],
    "expires_at": [100_000_000, 100_000_001, 100_600_000, 105_000_000, 200_000_000],
}


@dataclass(frozen=True, slots=True)
class Judged:
    """One header with what each side said; ``wire`` is what reading its bytes refused, if anything."""

    header: Header
    sender: Decision
    hub: Decision | None
    recipient: Decision | None
    wire: str | None


@cache
def _starts() -> tuple[OuterFacts, ...]:
    found = (case.facts.outer for name in CHANNELS for case in shipped_cases(name) if case.facts.disclosed is None)
    return tuple(each for each in found if len({to.node for to in each.recipients}) == len(each.recipients))


def judged_headers(count: int, seed: int) -> Iterator[Judged]:
    """Yield ``count`` headers near those of the cases beside the policies, each with up to three parts changed."""
    chance, policies = random.Random(seed), shipped_policies()
    types = sorted({each for policy in policies.channels.values() for each in policy.sets})
    for _ in range(count):
        start = chance.choice(_starts())
        changed = {name: chance.choice(_POOLS[name]) for name in chance.sample(sorted(_POOLS), chance.randrange(4))}
        if chance.random() < 0.1:
            changed["type"] = chance.choice([*types, TypeId("MT-99/1")])
        header = replace(start.header, issued_at=start.now, **changed)
        recipients = tuple(_bent(each, chance) for each in start.recipients)
        yield _judge(policies, replace(start, header=header, recipients=recipients))


def _bent(to: Any, chance: random.Random) -> Any:
    if chance.random() < 0.9 or to.participant is None:
        return to
    word = chance.choice(("suspended", "revoked", "agreement"))
    if word == "agreement":
        return replace(to, agreement=None)
    return replace(to, participant=replace(to.participant, **{word: True}))


def _judge(policies: PolicySet, around: OuterFacts) -> Judged:
    header, people, agreements = around.header, _people(around), _agreements(around)
    view = View(people.get, {each.id: each for each in agreements.values()}.get, around.policy)

    def known(side: Side) -> Known:
        return Known(side=side, reply=around.reply, tokens=around.tokens, approvals=around.approvals)

    of_draft = facts_of_draft(
        _draft(header, around), view, lambda node: [agreements[node]] if node in agreements else [],
        known(Side.SENDER), around.now,
    )  # fmt: skip
    sender = decide_outer(policies, of_draft)
    named = {each.node: None if each.agreement is None else each.agreement.id for each in of_draft.recipients}
    try:
        core = parse_core(encode_core(_core(of_draft.header, around, named)))
    except Fault as fault:
        return Judged(header, sender, None, None, str(fault))
    hub, recipient = (
        decide_outer(policies, facts_of_core(core, view, known(side), around.now))
        for side in (Side.HUB, Side.RECIPIENT)
    )
    return Judged(header, sender, hub, recipient, None)


def _people(around: OuterFacts) -> dict[NodeId, Participant]:
    everybody = (around.sender, *(each.participant for each in around.recipients))
    return {each.node: each for each in everybody if each is not None}


def _agreements(around: OuterFacts) -> dict[NodeId, Agreement]:
    found = ((each.node, each.agreement) for each in around.recipients)
    return {node: replace(each, id=StatementId((node.encode() * 32)[:32])) for node, each in found if each is not None}


def _draft(header: Header, around: OuterFacts) -> Draft:
    own = {each.name for each in fields(Draft)}
    shared = {each.name: getattr(header, each.name) for each in fields(Header) if each.name in own}
    shared["identity"] = (("/name", "x"),) if header.identity else ()
    to = tuple(Addressee(each.node, each.mode) for each in around.recipients)
    life = header.expires_at - header.issued_at
    return Draft(**shared, to=to, conversation=_REFERENCES[0], life=life, body=())


def _core(header: Header, around: OuterFacts, named: Mapping[NodeId, StatementId | None]) -> Core:
    own = {each.name for each in fields(Core)}
    shared = {each.name: getattr(header, each.name) for each in fields(Header) if each.name in own}
    to = sorted(around.recipients, key=lambda each: each.node)
    return Core(
        **shared,
        suite=1,
        random=_REFERENCES[0],
        to=tuple(
            Recipient(each.node, KeyId((each.node.encode() * 32)[:32]), 1, named[each.node], each.mode) for each in to
        ),
        conversation=_REFERENCES[1],
        directory_size=1,
        directory_root=bytes(32),
        body_root=bytes(32),
        identity_root=bytes(32) if header.identity else None,
    )


def sides_differ(each: Judged, policies: PolicySet) -> str | None:
    """Return how the sides differ beyond what the rules' own ``sides`` say, or None when they agree."""
    if each.hub is None or each.recipient is None:
        return None if each.sender.verdict != "allow" else f"allowed, and no bytes: {each.wire}"
    if each.hub != each.sender:
        return "hub and sender"
    policy = policies.channels.get(each.header.channel)
    rules = {} if policy is None else {rule.id: rule for rule in policy.rules()}
    shared = [f for f in each.hub.findings if f.rule not in rules or Side.RECIPIENT in rules[f.rule].sides]
    return None if shared == list(each.recipient.findings) else "hub and recipient"
