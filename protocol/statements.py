"""Directory statements: one payload, the set of identities that signed it, and the entry both travel in.

A payload is CBOR [kind, body map]; its SHA-256 is the statement's id. Each signer makes an ordinary two-signature
COSE_Sign over the payload (protocol decision 2). An entry states the payload once and then each signer's two key ids
and signatures, ascending: once per signer would leave no room for a charter with ten witnesses in 60 KiB. The COSE_Sign
of every signer is rebuilt from the entry byte for byte. Bytes: docs/wire.md section 6.1.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, Final

from protocol import domains
from protocol import statement_network as network
from protocol import statement_nodes as nodes
from protocol.cbor import Item, Tagged, decode, encode
from protocol.charter import Charter, encode_charter, parse_charter
from protocol.cose import ED25519, ML_DSA_65, Signed, sign
from protocol.cose import parse as parse_signed
from protocol.errors import Code, Fault, Malformed
from protocol.ids import StatementId, parse_digest
from protocol.limits import MAX_SIGNERS, MAX_STATEMENT
from protocol.ports import IdentitySigner
from protocol.shapes import as_bytes, as_fixed, as_int, as_list
from protocol.statement_network import AgreementTerms, PolicyChange, Restart, Revocation, Suspension
from protocol.statement_nodes import (
    Capability,
    Enrolment,
    IdentityChange,
    KeyPublication,
    PersonBinding,
    Recovery,
    TlsPins,
)

_COSE_SIGN: Final = 98
_HALF_SIGNED: Final = 2  # one key id and one signature where two of each belong

Body = (
    Charter
    | Enrolment
    | KeyPublication
    | AgreementTerms
    | PolicyChange
    | Revocation
    | Suspension
    | Recovery
    | Capability
    | TlsPins
    | Restart
    | PersonBinding
    | IdentityChange
)


class StatementKind(IntEnum):
    """What a statement says; numbers are append-only."""

    CHARTER = 0
    ENROLMENT = 1
    KEYS = 2
    AGREEMENT = 3
    POLICY = 4
    REVOCATION = 5
    SUSPENSION = 6
    RECOVERY = 7
    CAPABILITY = 8
    TLS = 9
    RESTART = 10
    PERSON = 11
    IDENTITY = 12


_PARSERS: Final[Mapping[StatementKind, Callable[[Item], Body]]] = {
    StatementKind.CHARTER: parse_charter,
    StatementKind.ENROLMENT: nodes.parse_enrolment,
    StatementKind.KEYS: nodes.parse_keys,
    StatementKind.AGREEMENT: network.parse_agreement,
    StatementKind.POLICY: network.parse_policy,
    StatementKind.REVOCATION: network.parse_revocation,
    StatementKind.SUSPENSION: network.parse_suspension,
    StatementKind.RECOVERY: nodes.parse_recovery,
    StatementKind.CAPABILITY: nodes.parse_capability,
    StatementKind.TLS: nodes.parse_tls,
    StatementKind.RESTART: network.parse_restart,
    StatementKind.PERSON: nodes.parse_person,
    StatementKind.IDENTITY: nodes.parse_identity_change,
}
_ENCODERS: Final[Mapping[type, tuple[StatementKind, Callable[[Any], dict[int, Item]]]]] = {
    Charter: (StatementKind.CHARTER, encode_charter),
    Enrolment: (StatementKind.ENROLMENT, nodes.encode_enrolment),
    KeyPublication: (StatementKind.KEYS, nodes.encode_keys),
    AgreementTerms: (StatementKind.AGREEMENT, network.encode_agreement),
    PolicyChange: (StatementKind.POLICY, network.encode_policy),
    Revocation: (StatementKind.REVOCATION, network.encode_revocation),
    Suspension: (StatementKind.SUSPENSION, network.encode_suspension),
    Recovery: (StatementKind.RECOVERY, nodes.encode_recovery),
    Capability: (StatementKind.CAPABILITY, nodes.encode_capability),
    TlsPins: (StatementKind.TLS, nodes.encode_tls),
    Restart: (StatementKind.RESTART, network.encode_restart),
    PersonBinding: (StatementKind.PERSON, nodes.encode_person),
    IdentityChange: (StatementKind.IDENTITY, nodes.encode_identity_change),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A parsed directory entry. Nothing in it is verified; ``keys.fold`` verifies and applies it."""

    payload: bytes
    id: StatementId
    signatures: tuple[Signed, ...]
    body: Body


def kind_of(body: Body) -> StatementKind:
    """Return the kind of a body."""
    return _ENCODERS[type(body)][0]


def encode_statement(body: Body) -> bytes:
    """Return the payload that every signer of this statement signs."""
    kind, encoder = _ENCODERS[type(body)]
    return encode([int(kind), encoder(body)])


def parse_payload(payload: bytes) -> Body:
    """Return the body in a payload; MALFORMED, UNKNOWN_FIELD, TOO_LARGE, KEY_INVALID for a key nobody may register."""
    number, item = as_fixed(decode(payload, MAX_STATEMENT), "statement", 2)
    kind = as_int(number, "kind")
    if kind not in {int(each) for each in StatementKind}:
        raise Malformed("statement kind")
    return _PARSERS[StatementKind(kind)](item)


def statement_id(payload: bytes) -> StatementId:
    """Return the id of a statement: SHA-256 of its payload, never of a signature."""
    return StatementId(hashlib.sha256(payload).digest())


def charter_digest(payload: bytes) -> bytes:
    """Return what is pinned out of band at installation: the SHA-256 of the charter's payload."""
    return hashlib.sha256(payload).digest()


def network_of(body: Body, current: bytes) -> bytes:
    """Return the network id under which a body is signed: a charter's own, otherwise the network it is meant for."""
    return body.network_id if isinstance(body, Charter) else current


def sign_statement(body: Body, signer: IdentitySigner, network_id: bytes) -> bytes:
    """Return one signer's COSE_Sign over the statement."""
    return sign(signer, domains.STATEMENT, network_of(body, network_id), encode_statement(body))


def encode_entry(signed: Sequence[bytes]) -> bytes:
    """Return the entry that holds these COSE_Sign objects, in any order, over one payload.

    Refuses MALFORMED for objects over different payloads, for none or too many, and for one signer twice.
    """
    parsed = sorted((parse_signed(raw, MAX_STATEMENT) for raw in signed), key=_signer)
    if not parsed or any(each.payload != parsed[0].payload for each in parsed):
        raise Malformed("signatures over different payloads")
    rows: list[Item] = [[each.ed_kid, each.ed_signature, each.ml_kid, each.ml_signature] for each in parsed]
    raw = encode([parsed[0].payload, rows])
    parse_entry(raw)
    return raw


def parse_entry(raw: bytes) -> Entry:
    """Return the statement and signatures in a directory entry of at most 60 KiB.

    Refuses MALFORMED, TOO_LARGE, and whatever the payload's parser refuses. NOT here: signatures, and who must sign.
    """
    item, rows = as_fixed(decode(raw, MAX_STATEMENT), "entry", 2)
    payload = as_bytes(item, "payload")
    signatures = tuple(_parse_row(payload, row) for row in as_list(rows, "signatures", 1, MAX_SIGNERS))
    if any(_signer(a) >= _signer(b) for a, b in pairwise(signatures)):
        raise Malformed("signers not ascending")
    return Entry(payload, statement_id(payload), signatures, parse_payload(payload))


def _parse_row(payload: bytes, row: Item) -> Signed:
    if isinstance(row, list) and len(row) == _HALF_SIGNED:
        raise Fault(Code.MISSING_SIGNATURE)
    ed_kid, ed_signature, ml_kid, ml_signature = as_fixed(row, "signature", 4)
    ed: list[Item] = [encode({1: ED25519, 4: parse_digest(ed_kid)}), {}, ed_signature]
    ml: list[Item] = [encode({1: ML_DSA_65, 4: parse_digest(ml_kid)}), {}, ml_signature]
    return parse_signed(encode(Tagged(_COSE_SIGN, [b"", {}, payload, [ed, ml]])), MAX_STATEMENT)


def _signer(signed: Signed) -> tuple[bytes, bytes]:
    return signed.ed_kid, signed.ml_kid
