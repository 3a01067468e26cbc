"""A personal act counts only with its person's key, role, node, time and draft."""

from dataclasses import replace

import pytest

from keys.personal import Act, ActKind, parse_act, person_kid, sign_act, verify_act
from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import identity_kid, sign
from protocol.errors import Code
from protocol.ids import NodeId, Reference
from protocol.statement_network import Reason, Revocation, Target
from tests.simulators.network import RS, TestNetwork, identity_of
from tests.simulators.party import NETWORK, NOW
from tests.simulators.refusal import refused
from tests.simulators.statements import PERSON

KEY = identity_of("a person")
DRAFT = b"d" * 32
ACT = Act(kind=ActKind.ISSUE, node=RS.node, person=PERSON.person, role="issuer", draft=DRAFT, time=NOW)


@pytest.fixture
def bound(network: TestNetwork) -> TestNetwork:
    network.append(PERSON, network.nodes[RS.node].identity, KEY)
    return network


def signed(**changes: object) -> bytes:
    return sign_act(replace(ACT, **changes), KEY, NETWORK)  # type: ignore[arg-type]


def test_an_act_is_verified_and_names_its_person(bound: TestNetwork) -> None:
    found = verify_act(signed(), DRAFT, bound.directory, bound.directory.size)
    assert (found.person, found.role, found.node) == (PERSON.person, "issuer", RS.node)
    assert found.kid == person_kid(KEY) == identity_kid(KEY.public)
    assert parse_act(signed()) == ACT


def test_an_act_with_an_unbound_key_is_refused(bound: TestNetwork) -> None:
    stranger = sign_act(ACT, identity_of("eve"), NETWORK)
    with refused(Code.UNKNOWN_KEY):
        verify_act(stranger, DRAFT, bound.directory, bound.directory.size)


def test_an_act_with_a_nodes_key_is_refused(bound: TestNetwork) -> None:
    node = sign_act(ACT, identity_of(RS.name), NETWORK)
    with refused(Code.UNKNOWN_KEY):
        verify_act(node, DRAFT, bound.directory, bound.directory.size)


def test_a_binding_counts_from_its_size_to_its_end(bound: TestNetwork) -> None:
    size = bound.directory.size
    with refused(Code.KEY_REVOKED):
        verify_act(signed(), DRAFT, bound.directory, size - 1)
    end = Revocation(node=RS.node, issued_at=NOW, target=Target.PERSON, ids=(person_kid(KEY),), reason=Reason.LEFT)
    bound.append(end, bound.nodes[RS.node].identity)
    assert verify_act(signed(), DRAFT, bound.directory, size)
    with refused(Code.KEY_REVOKED):
        verify_act(signed(), DRAFT, bound.directory, size + 1)


@pytest.mark.parametrize(
    "change", [{"node": NodeId("mk.contact")}, {"person": Reference(b"q" * 16)}, {"role": "judge"}]
)
def test_an_act_of_somebody_else_is_refused(bound: TestNetwork, change: dict[str, object]) -> None:
    with refused(Code.SENDER_MISMATCH):
        verify_act(signed(**change), DRAFT, bound.directory, bound.directory.size)


@pytest.mark.parametrize("time", [PERSON.not_before - 1, PERSON.not_after])
def test_an_act_outside_the_keys_window_is_refused(bound: TestNetwork, time: int) -> None:
    with refused(Code.KEY_NOT_VALID_AT_TIME):
        verify_act(signed(time=time), DRAFT, bound.directory, bound.directory.size)


def test_an_act_on_another_draft_is_refused(bound: TestNetwork) -> None:
    with refused(Code.FIELD_COMMITMENT):
        verify_act(signed(), b"e" * 32, bound.directory, bound.directory.size)


def test_an_act_signed_for_another_use_is_refused(bound: TestNetwork) -> None:
    payload: list[Item] = ["issue", RS.node, PERSON.person, "issuer", DRAFT, NOW]
    raw = sign(KEY, domains.MESSAGE, NETWORK, encode(payload))
    with refused(Code.BAD_SIGNATURE):
        verify_act(raw, DRAFT, bound.directory, bound.directory.size)


@pytest.mark.parametrize("kind", ["forget", 1, None])
def test_an_unknown_act_is_malformed(kind: Item) -> None:
    raw = sign(KEY, domains.ACT, NETWORK, encode([kind, RS.node, PERSON.person, "issuer", DRAFT, NOW]))
    with refused(Code.MALFORMED):
        parse_act(raw)
