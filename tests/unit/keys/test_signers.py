"""Who must sign what, kind by kind."""

from dataclasses import replace

import pytest

from keys.directory import Standing
from keys.signers import SHORT_SUSPENSION, Group, Rule, founding_rule, issued_at, kid, signing_nodes
from protocol.charter import DAY
from protocol.errors import Code
from protocol.ids import StatementId
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Recovery
from tests.simulators.network import AL, MK, RS, TestNetwork, identity_of
from tests.simulators.party import NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import (
    AGREEMENT,
    CAPABILITY,
    ENROLMENT,
    KEYS,
    PERSON,
    POLICY,
    RESTART,
    REVOCATION,
    SUSPENSION,
    TLS,
)

ANA, BORIS, CVETA = (identity_of(name).public for name in ("ana", "boris", "cveta"))


def test_a_group_counts_distinct_members() -> None:
    group = Group((ANA, BORIS, CVETA), 2)
    assert not group.satisfied(frozenset({kid(ANA), b"somebody else"}))
    assert group.satisfied(frozenset({kid(ANA), kid(CVETA)}))


def test_an_empty_group_is_never_satisfied() -> None:
    assert not Group((), 0).satisfied(frozenset())
    assert not Group((ANA,), 0).satisfied(frozenset({kid(ANA)}))


def test_one_member_listed_twice_counts_once() -> None:
    assert not Group((ANA, ANA), 2).satisfied(frozenset({kid(ANA)}))


def test_any_group_of_a_rule_suffices() -> None:
    rule = Rule((Group((ANA,), 1), Group((BORIS, CVETA), 2)))
    assert rule.satisfied(frozenset({kid(ANA)}))
    assert rule.lacking(frozenset({kid(BORIS)})) == 1
    assert rule.lacking(frozenset({kid(BORIS), kid(CVETA)})) == 0
    assert not Rule(()).satisfied(frozenset({kid(ANA)}))


def test_a_rule_knows_its_signers() -> None:
    rule = Rule((Group((ANA,), 1),), (BORIS,))
    assert (rule.signer(kid(ANA)), rule.signer(kid(BORIS)), rule.signer(kid(CVETA))) == (ANA, BORIS, None)


def test_all_registrars_and_the_hub_found_a_network(network: TestNetwork) -> None:
    rule = founding_rule(network.charter)
    assert rule.groups == (Group(network.charter.registrars, 3),)
    assert rule.possession == (network.charter.hub_identity,)


def test_rules_name_nodes_and_registrars(network: TestNetwork) -> None:
    registrars = Group(network.charter.registrars, 2)
    node = Group((identity_of(RS.name).public,), 1)
    both = Group((identity_of(MK.name).public, identity_of(RS.name).public), 2)
    rule_for = network.directory.rule_for
    assert rule_for(network.enrolment(AL)) == Rule((registrars,), (identity_of(AL.name).public,))
    assert rule_for(ENROLMENT) == Rule((registrars,))
    assert all(rule_for(body) == Rule((node,)) for body in (KEYS, CAPABILITY, TLS))
    assert rule_for(PERSON) == Rule((node,), (PERSON.identity,))
    assert rule_for(AGREEMENT) == Rule((both,))
    assert all(rule_for(body) == Rule((registrars,)) for body in (POLICY, RESTART))
    assert rule_for(REVOCATION) == Rule((node, registrars))
    assert rule_for(SUSPENSION) == Rule((Group(network.charter.registrars, 1),))


def test_an_unknown_node_can_satisfy_nothing(network: TestNetwork) -> None:
    lost = replace(CAPABILITY, node=AL.node)
    assert not network.directory.rule_for(lost).satisfied(frozenset({kid(identity_of(AL.name).public)}))


def test_a_revoked_node_can_satisfy_nothing(network: TestNetwork) -> None:
    body = Revocation(node=RS.node, issued_at=NOW, target=Target.NODE, ids=(), reason=Reason.LEFT)
    network.append(body, network.nodes[RS.node].identity)
    assert not network.directory.rule_for(CAPABILITY).satisfied(frozenset({kid(identity_of(RS.name).public)}))


def test_a_recovery_needs_registrars_and_the_new_identity(network: TestNetwork) -> None:
    body = Recovery(node=MK.node, version=2, issued_at=NOW, identity=ANA, tls_pin=b"n" * 32)
    assert network.directory.rule_for(body) == Rule((Group(network.charter.registrars, 2),), (ANA,))


def test_new_members_of_a_charter_prove_possession(network: TestNetwork) -> None:
    current = network.charter
    new = replace(
        current,
        version=2,
        previous=network.directory.charter_id(),
        registrars=(*current.registrars[:2], ANA),
        hub_identity=BORIS,
    )
    assert network.directory.rule_for(new) == Rule((Group(current.registrars, 2),), (ANA, BORIS))
    assert network.directory.rule_for(
        replace(new, registrars=current.registrars, hub_identity=current.hub_identity)
    ) == (Rule((Group(current.registrars, 2),)))


def suspension(start: int, length: int | None, *, lift: bool = False) -> Suspension:
    until = None if length is None else start + length
    return Suspension(node=MK.node, issued_at=start, until=until, lift=lift, reason=Reason.COMPROMISED)


@pytest.mark.parametrize(
    ("body", "alone"),
    [
        (suspension(NOW, SHORT_SUSPENSION), True),
        (suspension(NOW, SHORT_SUSPENSION + 1), False),
        (suspension(NOW, None), False),
        (suspension(NOW, None, lift=True), False),
    ],
)
def test_one_registrar_suspends_for_72_hours_at_most(network: TestNetwork, body: Suspension, alone: bool) -> None:
    (group,) = network.directory.rule_for(body).groups
    assert group.needed == (1 if alone else 2)


def test_short_suspensions_need_a_rest_between_them(network: TestNetwork) -> None:
    network.append(suspension(NOW, DAY), network.registrars[0])
    again = suspension(NOW + DAY, DAY)
    id_ = network.append(again, network.registrars[1])
    assert network.directory.standing(id_) is Standing.PENDING
    (group,) = network.directory.rule_for(suspension(NOW + DAY + SHORT_SUSPENSION, DAY)).groups
    assert group.needed == 1


def test_a_suspension_of_nobody_is_refused(network: TestNetwork) -> None:
    body = replace(suspension(NOW, DAY), node=AL.node)
    with refused(Code.UNKNOWN_SENDER):
        network.append(body, network.registrars[0])


def test_authority_of_nodes_and_issue_times(network: TestNetwork) -> None:
    assert signing_nodes(KEYS) == (RS.node,)
    assert signing_nodes(AGREEMENT) == (MK.node, RS.node)
    assert signing_nodes(POLICY) == ()
    assert issued_at(network.charter) == issued_at(POLICY) == NOW


def test_the_node_or_a_quorum_revokes(network: TestNetwork) -> None:
    def fresh(reason: Reason) -> Revocation:
        return Revocation(node=MK.node, issued_at=NOW, target=Target.NODE, ids=(), reason=reason)

    alone = network.fork()
    assert in_force(alone, alone.append(fresh(Reason.LEFT), network.nodes[MK.node].identity))
    together = network.fork()
    assert not in_force(together, together.append(fresh(Reason.LOST), network.registrars[0]))
    assert in_force(together, together.append(fresh(Reason.LOST), network.registrars[1]))


def in_force(network: TestNetwork, id_: StatementId) -> bool:
    return network.directory.standing(id_) is Standing.IN_FORCE
