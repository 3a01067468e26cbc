from dataclasses import replace

from policies.facts import Addressed, OuterFacts, Side
from policies.gather import NO_POLICY, Known, View, agreements_named, choose_agreement, facts_of_core, facts_of_draft
from policies.header import header_of_core
from protocol.core import Mode
from protocol.ids import NodeId, PolicyDigest, StatementId
from protocol.records import Agreement, Participant, PolicyState
from protocol.stages import Addressee
from tests.simulators.policies import shipped_facts
from tests.unit.policies.test_header import CORE, DRAFT, POLICY

NOW = 1000
FACTS = shipped_facts("police", "request").outer
[BB, _] = FACTS.recipients
AGREEMENT = BB.agreement
assert AGREEMENT is not None
STATE = PolicyState(POLICY, None, 0, emergency=False)


def participant(node: NodeId) -> Participant | None:
    return FACTS.sender if node == "ilecu.aa" else BB.participant if node == "ilecu.bb" else None


def agreement(id_: StatementId) -> Agreement | None:
    return AGREEMENT if AGREEMENT is not None and id_ == AGREEMENT.id else None


VIEW = View(participant, agreement, STATE)


def test_a_draft_and_its_core_give_the_same_facts_but_for_the_side() -> None:
    core = replace(CORE, to=tuple(replace(each, agreement=AGREEMENT.id) for each in CORE.to))
    of_draft = facts_of_draft(DRAFT, VIEW, lambda _: [AGREEMENT], Known(side=Side.SENDER), NOW)
    of_core = facts_of_core(core, VIEW, Known(side=Side.HUB), NOW)
    assert of_core == replace(of_draft, side=Side.HUB)
    assert of_core == OuterFacts(
        side=Side.HUB,
        header=header_of_core(core),
        sender=FACTS.sender,
        recipients=(Addressed(NodeId("ilecu.bb"), Mode.ACTION, BB.participant, AGREEMENT),),
        policy=STATE,
        now=NOW,
    )
    assert agreements_named(of_draft) == ((NodeId("ilecu.bb"), AGREEMENT.id),)


def test_what_the_directory_does_not_know_is_none() -> None:
    core = replace(CORE, to=tuple(replace(each, agreement=StatementId(b"?" * 32)) for each in CORE.to))
    facts = facts_of_core(core, View(lambda _: None, agreement, None), Known(side=Side.HUB), NOW)
    assert (facts.sender, facts.policy) == (None, None)
    assert facts.recipients == (Addressed(NodeId("ilecu.bb"), Mode.ACTION, None, None),)
    assert facts_of_core(CORE, VIEW, Known(side=Side.HUB), NOW).recipients[0].agreement is None


def test_a_draft_without_policy_or_agreement_names_neither() -> None:
    view = View(participant, agreement, None)
    facts = facts_of_draft(DRAFT, view, lambda _: (), Known(side=Side.SENDER), NOW)
    assert facts.header.policy == NO_POLICY
    assert agreements_named(facts) == ()


def test_recipients_of_a_draft_stand_in_the_order_of_the_core() -> None:
    draft = replace(DRAFT, to=(Addressee(NodeId("z.z")), Addressee(NodeId("a.a"), Mode.INFORMATION)))
    facts = facts_of_draft(draft, VIEW, lambda _: (), Known(side=Side.SENDER), NOW)
    assert [(each.node, each.mode) for each in facts.recipients] == [("a.a", "information"), ("z.z", "action")]


def test_the_agreement_that_permits_most_is_chosen() -> None:
    header = header_of_core(CORE)
    best = replace(AGREEMENT, purposes=("investigate",), data_categories=("CA",), valid_from=0, valid_until=NOW + 1)
    worse = [
        replace(best, id=StatementId(b"\xff" * 32), valid_until=NOW),
        replace(best, id=StatementId(b"\xff" * 32), valid_from=NOW + 1),
        replace(best, id=StatementId(b"\xff" * 32), purposes=("prevent",)),
        replace(best, id=StatementId(b"\xff" * 32), personal_data=False),
        replace(best, id=StatementId(b"\xff" * 32), data_categories=()),
        replace(best, id=StatementId(bytes(32))),
    ]
    for each in worse:
        assert choose_agreement([best, each], header, NOW) == best
        assert choose_agreement([each, best], header, NOW) == best
    assert choose_agreement([], header, NOW) is None
    quiet = replace(header, person_roles=(), data_categories=(), erase_by=None, consents=())
    other = replace(best, id=StatementId(b"\xff" * 32), personal_data=False)
    assert choose_agreement([best, other], quiet, NOW) == other


def test_the_digest_of_a_missing_policy_is_no_policy() -> None:
    assert PolicyDigest(bytes(32)) == NO_POLICY
