"""One key, one owner: the ids an identity is found by, and the owners a charter names."""

from keys.bindings import bind, charter_identities, charter_note_keys, check_pins, check_unbound, identity_ids
from keys.records import Holder, Owner
from keys.state import State
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.ports import IdentityPublic
from tests.simulators.network import TestNetwork, identity_of
from tests.simulators.refusal import refused

ANA, BORIS = identity_of("ana").public, identity_of("boris").public
OWNER = Owner(Holder.NODE, "rs.contact")


def test_an_identity_has_three_ids() -> None:
    assert len({*identity_ids(ANA), *identity_ids(BORIS)}) == 6


def test_either_half_is_bound_for_ever() -> None:
    state = State()
    check_unbound(state, ANA)
    bind(state, ANA, OWNER)
    for taken in (ANA, IdentityPublic(ANA.ed25519, BORIS.mldsa65), IdentityPublic(BORIS.ed25519, ANA.mldsa65)):
        with refused(Code.KEY_ALREADY_BOUND):
            check_unbound(state, taken)
    check_unbound(state, BORIS)


def test_a_pin_belongs_to_one_node() -> None:
    state = State()
    state.pins |= {b"a": NodeId("rs.contact"), b"h": None}
    check_pins(state, NodeId("rs.contact"), (b"a", b"new"))
    check_pins(state, None, (b"h",))
    for owner, pin in ((NodeId("mk.contact"), b"a"), (NodeId("mk.contact"), b"h"), (None, b"a")):
        with refused(Code.KEY_ALREADY_BOUND):
            check_pins(state, owner, (pin,))


def test_a_charter_names_owners(founded: TestNetwork) -> None:
    holders = [owner.holder for _, owner in charter_identities(founded.charter)]
    notes = [(owner.holder, owner.name) for _, owner in charter_note_keys(founded.charter)]
    assert holders == [Holder.HUB, *[Holder.REGISTRAR] * 3]
    logs = [(Holder.HUB, "log"), *((Holder.WITNESS, each.name) for each in founded.charter.witnesses)]
    assert notes == [log for log in logs for _half in range(2)]
