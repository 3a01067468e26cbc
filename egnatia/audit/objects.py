"""Whether an object behind a leaf is what its signer signed, under the keys that the directory showed at that leaf."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

from egnatia.audit.index import object_digest
from hub.act_rules import ActState, signers_of
from keys.directory import Directory
from protocol import domains
from protocol.anchor import parse_anchor, verify_anchor
from protocol.cose import parse as parse_signed
from protocol.cose import verify
from protocol.envelope import parse_manifest
from protocol.errors import Code, Fault
from protocol.evidence import SignedReceipt, verify_receipt
from protocol.hub_acts import parse_signatures, verify_complete
from protocol.ids import NodeId
from protocol.leaf import Leaf, LeafKind
from protocol.limits import MAX_SIGNED
from protocol.ports import IdentityPublic
from protocol.tokens import parse_token, verify_token
from protocol.unserved import check_unserved_leaf, parse_unserved
from protocol.voids import parse_evidence, verify_void


@dataclass(frozen=True, slots=True)
class Known:
    """What objects are verified against: the directory, and by leaf the state in which an act found the operators."""

    directory: Directory
    acts: Mapping[int, ActState]


def verify_object(index: int, leaf: Leaf, raw: bytes, known: Known) -> None:
    """Raise unless ``raw`` is the object of the leaf and all its signatures were its signer's there.

    ROOT_MISMATCH for another object, UNKNOWN_SENDER for who was unknown or revoked, and whatever verification refuses.
    """
    if object_digest(leaf.kind, raw) != leaf.digest:
        raise Fault(Code.ROOT_MISMATCH, "not the object that was logged")
    network = known.directory.network_id
    match leaf.kind:
        case LeafKind.MESSAGE:
            signed = parse_signed(raw, MAX_SIGNED)
            sender = parse_manifest(signed.payload).core.sender
            verify(signed, _identity(known, sender, leaf), domains.MESSAGE, network)
        case LeafKind.EVIDENCE:
            found = parse_evidence(raw)
            if isinstance(found, SignedReceipt):
                verify_receipt(found, _identity(known, found.receipt.recipient, leaf), network)
            else:
                verify_void(found, _identity(known, found.void.sender, leaf), network)
        case LeafKind.TOKEN:
            token = parse_token(raw)
            verify_token(token, _identity(known, token.token.holder, leaf), network)
        case LeafKind.ANCHOR:
            anchor = parse_anchor(raw)
            verify_anchor(anchor, _identity(known, anchor.anchor.node, leaf), network)
        case LeafKind.UNSERVED:
            check_unserved_leaf(parse_unserved(raw), leaf)  # the hub signs no record: the log is its word
        case LeafKind.ADMINISTRATION:
            _verify_act(index, leaf, raw, known)
        case _:
            raise Fault(Code.MALFORMED, f"a leaf of kind {leaf.kind} has no object")


def act_states(acts: Mapping[int, bytes]) -> dict[int, ActState]:
    """Return by leaf the state in which each act found the operators: what all acts before it say together."""
    state, out = ActState(), {}
    for leaf in sorted(acts):
        out[leaf] = state
        with suppress(Fault):  # one that cannot be read is found by its own verification
            state = state.after(parse_signatures(acts[leaf])[0].act)
    return out


def _verify_act(index: int, leaf: Leaf, raw: bytes, known: Known) -> None:
    charter = known.directory.charter_at(leaf.directory_size)
    if charter is None:
        raise Fault(Code.ROOT_MISMATCH, "an act before the charter")
    signatures = parse_signatures(raw)
    people, needed = signers_of(signatures[0].act, known.acts.get(index, ActState()), charter)
    verify_complete(signatures, people, needed, known.directory.network_id)


def _identity(known: Known, node: NodeId, leaf: Leaf) -> IdentityPublic:
    found = known.directory.signing_identity_at(node, leaf.directory_size)
    if found is None:
        raise Fault(Code.UNKNOWN_SENDER, node)
    return found
