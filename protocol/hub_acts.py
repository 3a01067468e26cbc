"""Acts of the hub's operators that no one does alone: each is one payload under the signatures of several people.

An act is proposed by one person's signature and carried out with the last that its rule asks for; its payload then
stands in the message log as an ADMINISTRATION leaf. Who the operators are, the registrars say by such an act themselves
(docs/adr/0018-two-people-for-hub-acts.md). Not here: who may sign (``verify_act`` is given the keys).
Bytes: docs/wire.md section 4.9.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Final, assert_never

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import Signed, ed25519_kid, sign, verify
from protocol.cose import parse as parse_signed
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, Reference, parse_digest, parse_reference
from protocol.leaf import payload_digest
from protocol.limits import MAX_ACT, MAX_OPERATORS, MAX_PURGED, MAX_SIGNED, MAX_SIGNERS
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.public_keys import identity_item, parse_identity
from protocol.shapes import as_bool, as_bytes, as_fixed, as_int, as_list, as_map

LEAST_OPERATORS: Final = 2
ACT_LIFE: Final = 86_400  # seconds after its issue in which an act must have all its signatures
MOST_DAYS: Final = 36_525  # a century; more is a mistyped number
_FIELDS: Final = range(1, 6)


class ActKind(IntEnum):
    """What an act does; numbers are append-only."""

    OPERATORS = 1
    RETENTION = 2
    PURGE = 3
    DRAIN = 4


class Ground(StrEnum):
    """Why; codes only, no story."""

    MAINTENANCE = "maintenance"
    LEGAL_ORDER = "legal-order"
    HARMFUL_CONTENT = "harmful-content"
    STAFF = "staff"
    LAW_CHANGED = "law-changed"


@dataclass(frozen=True, slots=True)
class Operators:
    """Who the operators are from now on; signed by as many registrars as a statement of theirs needs."""

    identities: tuple[IdentityPublic, ...]  # ascending by the id of their Ed25519 key


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days the hub keeps signed headers, those of the civil channels, and counts."""

    core_days: int
    civil_core_days: int
    count_days: int


@dataclass(frozen=True, slots=True)
class Purge:
    """The contents of these messages are deleted before their time; header, leaf and evidence stay."""

    messages: tuple[MessageId, ...]  # ascending


@dataclass(frozen=True, slots=True)
class Drain:
    """The hub takes no new messages (on), or takes them again."""

    on: bool


Subject = Operators | Retention | Purge | Drain


@dataclass(frozen=True, slots=True)
class HubAct:
    """One act. ``reference`` makes the payload of a repeated act another one."""

    subject: Subject
    issued_at: int
    reference: Reference
    ground: Ground

    @property
    def kind(self) -> ActKind:
        """What the act does."""
        return _kind(self.subject)


@dataclass(frozen=True, slots=True)
class SignedAct:
    """An act with one person's signatures; ``id`` is the digest of its payload."""

    act: HubAct
    id: bytes
    signed: Signed


def encode_act(act: HubAct) -> bytes:
    """Return the payload that every signer signs."""
    return encode({1: int(act.kind), 2: act.issued_at, 3: act.reference, 4: str(act.ground), 5: _item(act.subject)})


def sign_act(act: HubAct, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the act signed by one person."""
    return sign(signer, domains.HUB_ACT, network, encode_act(act))


def parse_act(raw: bytes) -> SignedAct:
    """Return the act in a signed object; MALFORMED, UNKNOWN_FIELD or KEY_INVALID otherwise. NOT here: signatures."""
    signed = parse_signed(raw, MAX_SIGNED)
    fields = as_map(decode(signed.payload, MAX_ACT), "act", _FIELDS)
    ground = fields[4]
    if not isinstance(ground, str) or ground not in {each.value for each in Ground}:
        raise Malformed("ground")
    act = HubAct(
        _subject(as_int(fields[1], "kind", 1), fields[5]),
        as_int(fields[2], "issued-at"),
        parse_reference(fields[3]),
        Ground(ground),
    )
    return SignedAct(act, payload_digest(signed.payload), signed)


def verify_act(signed: SignedAct, people: Sequence[IdentityPublic], network: bytes) -> bytes:
    """Return the id of the signer's Ed25519 key; UNKNOWN_KEY unless it is among ``people``, else BAD_SIGNATURE."""
    public = next((each for each in people if ed25519_kid(each.ed25519) == signed.signed.ed_kid), None)
    if public is None:
        raise Fault(Code.UNKNOWN_KEY, "no operator's key")
    verify(signed.signed, public, domains.HUB_ACT, network)
    return signed.signed.ed_kid


def encode_signatures(raws: Sequence[bytes]) -> bytes:
    """Return the object that shows an act with all its signatures, by the id of their Ed25519 keys."""
    return encode([each.signed.raw for each in sorted(map(parse_act, raws), key=_signer)])


def parse_signatures(raw: bytes) -> tuple[SignedAct, ...]:
    """Return one act under its signatures, ascending by signer; MALFORMED for two payloads or one signer twice."""
    rows = as_list(decode(raw, MAX_SIGNED * MAX_SIGNERS), "signatures", 1, MAX_SIGNERS)
    found = tuple(parse_act(as_bytes(each, "signature")) for each in rows)
    if any(each.signed.payload != found[0].signed.payload for each in found):
        raise Malformed("signatures over different acts")
    if any(_signer(a) >= _signer(b) for a, b in pairwise(found)):
        raise Malformed("signers not ascending")
    return found


def verify_complete(found: Sequence[SignedAct], people: Sequence[IdentityPublic], needed: int, network: bytes) -> None:
    """Raise QUORUM unless ``needed`` different people signed, UNKNOWN_KEY or BAD_SIGNATURE for any bad signature."""
    if len({verify_act(each, people, network) for each in found}) < max(needed, LEAST_OPERATORS):
        raise Fault(Code.QUORUM, "an act of one person")


def _signer(signed: SignedAct) -> bytes:
    return signed.signed.ed_kid


def _kind(subject: Subject) -> ActKind:
    match subject:
        case Operators():
            return ActKind.OPERATORS
        case Retention():
            return ActKind.RETENTION
        case Purge():
            return ActKind.PURGE
        case Drain():
            return ActKind.DRAIN
        case never:
            assert_never(never)


def _item(subject: Subject) -> Item:
    match subject:
        case Operators():
            return [identity_item(each) for each in subject.identities]
        case Retention():
            return [subject.core_days, subject.civil_core_days, subject.count_days]
        case Purge():
            return list(subject.messages)
        case Drain():
            return subject.on
        case never:
            assert_never(never)


def _subject(kind: int, item: Item) -> Subject:
    match kind:
        case ActKind.OPERATORS:
            return _operators(item)
        case ActKind.RETENTION:
            days = [as_int(each, "days", 1, MOST_DAYS) for each in as_fixed(item, "retention", 3)]
            return Retention(*days)
        case ActKind.PURGE:
            ids = tuple(MessageId(parse_digest(each)) for each in as_list(item, "messages", 1, MAX_PURGED))
            if any(a >= b for a, b in pairwise(ids)):
                raise Malformed("messages not ascending")
            return Purge(ids)
        case ActKind.DRAIN:
            return Drain(as_bool(item, "drain"))
        case _:
            raise Malformed("act kind")


def _operators(item: Item) -> Operators:
    found = tuple(parse_identity(each) for each in as_list(item, "operators", LEAST_OPERATORS, MAX_OPERATORS))
    kids = [ed25519_kid(each.ed25519) for each in found]
    if any(a >= b for a, b in pairwise(kids)) or len({each.mldsa65 for each in found}) != len(found):
        raise Malformed("operators not ascending, or a key twice")
    return Operators(found)
