"""One key, one owner, for ever: signing keys, TLS pins and recipient keys are bound once in a network's life.

Specified in docs/wire.md section 6.15.
"""

from collections.abc import Iterable

from keys.records import Holder, Owner
from keys.state import State
from protocol.charter import Charter
from protocol.cose import ed25519_kid, identity_kid, mldsa_kid
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.ports import IdentityPublic


def identity_ids(public: IdentityPublic) -> tuple[bytes, bytes, bytes]:
    """Return the ids under which an identity is found: each half's, and the pair's."""
    return ed25519_kid(public.ed25519), mldsa_kid(public.mldsa65), identity_kid(public)


def check_unbound(state: State, public: IdentityPublic) -> None:
    """Raise KEY_ALREADY_BOUND if either half ever belonged to anybody (attack 66)."""
    if any(each in state.owners for each in identity_ids(public)):
        raise Fault(Code.KEY_ALREADY_BOUND, "signing key")


def bind(state: State, public: IdentityPublic, owner: Owner) -> None:
    """Record who owns an identity."""
    for each in identity_ids(public):
        state.owners[each] = owner


def check_pins(state: State, node: NodeId | None, pins: Iterable[bytes]) -> None:
    """Raise KEY_ALREADY_BOUND if a TLS key ever belonged to another node or the hub."""
    if any(pin in state.pins and state.pins[pin] != node for pin in pins):
        raise Fault(Code.KEY_ALREADY_BOUND, "tls pin")


def charter_identities(charter: Charter) -> tuple[tuple[IdentityPublic, Owner], ...]:
    """Return the signing identities a charter names, and whose they are."""
    hub = (charter.hub_identity, Owner(Holder.HUB, "hub"))
    return (hub, *((each, Owner(Holder.REGISTRAR, identity_kid(each).hex())) for each in charter.registrars))


def charter_note_keys(charter: Charter) -> tuple[tuple[bytes, Owner], ...]:
    """Return the ids of both halves of checkpoint keys, which must not be anybody's signing key either."""
    owned = [(charter.hub_log_keys, Owner(Holder.HUB, "log"))]
    owned += [(each.keys, Owner(Holder.WITNESS, each.name)) for each in charter.witnesses]
    return tuple((kid, owner) for keys, owner in owned for kid in (ed25519_kid(keys.ed25519), mldsa_kid(keys.mldsa44)))


def check_charter_keys(state: State, charter: Charter) -> None:
    """Raise KEY_ALREADY_BOUND if a key of the charter belongs to somebody else. Each stands in it once."""
    rows = [
        *((each, owner) for public, owner in charter_identities(charter) for each in identity_ids(public)),
        *charter_note_keys(charter),
    ]
    if any(state.owners.get(each, owner) != owner for each, owner in rows):
        raise Fault(Code.KEY_ALREADY_BOUND, "key of somebody else")
    check_pins(state, None, charter.hub_tls_pins)


def bind_charter(state: State, charter: Charter) -> None:
    """Record who owns every key of the charter."""
    for public, owner in charter_identities(charter):
        bind(state, public, owner)
    state.owners |= dict(charter_note_keys(charter))
    state.pins |= dict.fromkeys(charter.hub_tls_pins)
