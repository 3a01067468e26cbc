"""Statements, and the entries of the directory log that hold them: docs/wire.md section 6.1."""

from dataclasses import dataclass

from tests.oracle.charter import Charter, parse_charter
from tests.oracle.codec import Refused, decode, encode
from tests.oracle.shape import array, ascending, blob, count, digest, need
from tests.oracle.signed import ED25519, ML_DSA_65, Identity, Signature, Signed, key_id, sha256, verify_signed
from tests.oracle.statements import PARSERS, Fields

MAX_STATEMENT = 61440
MAX_SIGNERS = 16
DOMAIN = "xb/1 statement"
HALF = 2


@dataclass(frozen=True)
class Statement:
    """A statement that keeps every rule it can keep alone."""

    kind: int
    body: Fields | Charter
    id: bytes

    def charter(self) -> Charter:
        """Return the charter that a statement of kind 0 holds."""
        if not isinstance(self.body, Charter):
            raise TypeError(self.kind)
        return self.body

    def fields(self) -> Fields:
        """Return the fields of a statement of another kind."""
        if isinstance(self.body, Charter):
            raise TypeError(self.kind)
        return self.body


@dataclass(frozen=True)
class Signer:
    """Who signed: both key ids and both signatures."""

    ids: tuple[bytes, bytes]
    signatures: tuple[bytes, bytes]


@dataclass(frozen=True)
class Entry:
    """An entry of the right form; no signature was verified."""

    payload: bytes
    statement: Statement
    signers: list[Signer]


def parse_statement(payload: bytes) -> Statement:
    """Return what a payload states."""
    kind, body = array(decode(payload, MAX_STATEMENT), 2)
    number = count(kind, 0, max(PARSERS))
    parsed = PARSERS[number](body) if number else parse_charter(body)
    return Statement(number, parsed, sha256(payload))


def parse_entry(data: bytes) -> Entry:
    """Return an entry of the directory log."""
    payload, signers = array(decode(data, MAX_STATEMENT), 2)
    raw = blob(payload)
    found = [parse_signer(item) for item in array(signers, 1, MAX_SIGNERS)]
    need(ascending([b"".join(signer.ids) for signer in found]))
    return Entry(raw, parse_statement(raw), found)


def parse_signer(value: object) -> Signer:
    """Return a signer; one of two members brought one signature only."""
    if isinstance(value, list) and len(value) == HALF:
        raise Refused("MISSING_SIGNATURE")
    one, first, other, second = array(value, 4)
    return Signer((digest(one), digest(other)), (blob(first), blob(second)))


def ids_of(identity: Identity) -> tuple[bytes, bytes]:
    """Return both key ids of an identity."""
    return key_id(ED25519, identity.ed25519), key_id(ML_DSA_65, identity.ml_dsa_65)


def verify_signer(entry: Entry, signer: Signer, network: bytes, identity: Identity) -> None:
    """Refuse a signer whose COSE_Sign, rebuilt, is not one of this identity over the payload."""
    members = [
        Signature(encode({1: algorithm, 4: kid}), algorithm, kid, signature)
        for algorithm, kid, signature in zip((ED25519, ML_DSA_65), signer.ids, signer.signatures, strict=True)
    ]
    verify_signed(Signed(entry.payload, members), DOMAIN, network, identity)
