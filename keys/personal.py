"""Personal acts (protocol decision 19): an issuer or approver signs a draft's digest with a personal key.

The key is bound to an opaque person id and a role by a node-signed statement. The signature travels in the sealed body,
so the hub never learns who acted, and the recipient verifies it. Bytes: docs/wire.md section 3.10.
"""

from dataclasses import dataclass
from enum import StrEnum

from keys.directory import Directory
from keys.records import PersonKey
from protocol import domains
from protocol.cbor import decode, encode
from protocol.cose import identity_kid, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Code, Fault, Malformed
from protocol.ids import NodeId, Reference, parse_digest, parse_node_id, parse_reference
from protocol.limits import MAX_SIGNED
from protocol.ports import IdentitySigner
from protocol.shapes import as_fixed, as_int, as_text


class ActKind(StrEnum):
    """What a person did with a draft."""

    ISSUE = "issue"
    APPROVE = "approve"
    RELEASE = "release"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One person's act on one draft. ``time`` is the person's node's, seconds UTC."""

    kind: ActKind
    node: NodeId
    person: Reference
    role: str
    draft: bytes  # digest, 32 bytes
    time: int


def sign_act(act: Act, signer: IdentitySigner, network_id: bytes) -> bytes:
    """Return the act signed with the person's key."""
    payload = encode([str(act.kind), act.node, act.person, act.role, act.draft, act.time])
    return sign(signer, domains.ACT, network_id, payload)


def parse_act(raw: bytes) -> Act:
    """Return what a signed act says; MALFORMED otherwise. NOT here: signatures (``verify_act``)."""
    payload = parse_signed(raw, MAX_SIGNED).payload
    kind, node, person, role, draft, time = as_fixed(decode(payload, MAX_SIGNED), "act", 6)
    if not isinstance(kind, str) or kind not in {each.value for each in ActKind}:
        raise Malformed("act")
    return Act(
        kind=ActKind(kind),
        node=parse_node_id(node),
        person=parse_reference(person),
        role=as_text(role, "role"),
        draft=parse_digest(draft),
        time=as_int(time, "time"),
    )


def verify_act(raw: bytes, draft: bytes, directory: Directory, size: int) -> PersonKey:
    """Return whose act this is, after its signatures, draft, person, role, node and validity were checked.

    ``size`` is the directory size under which the message was logged. Refuses UNKNOWN_KEY for a key not bound then,
    KEY_REVOKED, KEY_NOT_VALID_AT_TIME for a time outside its window, BAD_SIGNATURE, SENDER_MISMATCH when the act names
    another person, role or node than the binding, FIELD_COMMITMENT when it is about another draft.
    """
    act, signed = parse_act(raw), parse_signed(raw, MAX_SIGNED)
    key = directory.person_by_signing_key(signed.ed_kid)
    if key is None:
        raise Fault(Code.UNKNOWN_KEY, "no such person")
    if directory.person_key_at(key.kid, size) is None:
        raise Fault(Code.KEY_REVOKED, "binding does not stand")
    verify(signed, key.identity, domains.ACT, directory.network_id)
    if (act.node, act.person, act.role) != (key.node, key.person, key.role):
        raise Fault(Code.SENDER_MISMATCH, "act of another person")
    if not key.not_before <= act.time < key.not_after:
        raise Fault(Code.KEY_NOT_VALID_AT_TIME, "personal key")
    if act.draft != draft:
        raise Fault(Code.FIELD_COMMITMENT, "act on another draft")
    return key


def person_kid(signer: IdentitySigner) -> bytes:
    """Return the id under which the directory knows a personal key."""
    return identity_kid(signer.public)
