"""The core of an envelope: what the sender signs and the hub may read in order to route and to apply its rules.

Per channel a table names the optional fields its hub rules read; any other optional field is refused there, so that a
core never tells the hub more than a rule needs (docs/wire.md section 3.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Final

from protocol.cbor import Item, decode, encode
from protocol.errors import Code, Fault, Malformed
from protocol.ids import (
    Channel,
    KeyId,
    MessageId,
    NodeId,
    PolicyDigest,
    Reference,
    StatementId,
    TypeId,
    parse_channel,
    parse_digest,
    parse_node_id,
    parse_reference,
    parse_type_id,
)
from protocol.limits import MAX_CODES, MAX_CORE, MAX_RECIPIENTS
from protocol.shapes import as_fixed, as_int, as_list, as_map, as_sorted_texts, as_text

VERSION: Final = 1


class Mode(StrEnum):
    """Whether a recipient must act (its clock starts) or is only informed."""

    ACTION = "action"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Recipient:
    """One addressee as the sender signed it."""

    node: NodeId
    key_id: KeyId
    sequence: int
    agreement: StatementId | None
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """The routing header of one message. Times are seconds since the epoch, UTC."""

    suite: int
    random: Reference
    sender: NodeId
    to: tuple[Recipient, ...]
    channel: Channel
    type: TypeId
    purpose: str
    conversation: Reference
    policy: PolicyDigest
    directory_size: int
    directory_root: bytes
    issued_at: int
    expires_at: int
    body_root: bytes
    language: str
    in_reply_to: MessageId | None = None
    urgency: str | None = None
    urgency_ground: str | None = None
    classification: str | None = None
    handling: tuple[str, ...] = ()
    person_roles: tuple[str, ...] = ()
    data_categories: tuple[str, ...] = ()
    erase_by: int | None = None
    consents: tuple[Reference, ...] = ()
    approvals: tuple[Reference, ...] = ()
    identity_root: bytes | None = None

    def recipient(self, node: NodeId) -> Recipient | None:
        """Return the addressee entry of ``node``, or None when it is not addressed."""
        return next((each for each in self.to if each.node == node), None)


# Labels are append-only; a number is never used again for something else.
_VERSION, _SUITE, _RANDOM, _FROM, _TO, _CHANNEL, _TYPE, _PURPOSE, _CONVERSATION = range(1, 10)
_REPLY, _URGENCY, _GROUND, _CLASS, _HANDLING, _ROLES, _CATEGORIES, _LANGUAGE, _ERASE = range(10, 19)
_CONSENTS, _APPROVALS, _POLICY, _DIR_SIZE, _DIR_ROOT, _ISSUED, _EXPIRES, _BODY, _IDENTITY = range(19, 28)

_REQUIRED: Final = frozenset(
    (
        *(_VERSION, _SUITE, _RANDOM, _FROM, _TO, _CHANNEL, _TYPE, _PURPOSE, _CONVERSATION, _LANGUAGE),
        *(_POLICY, _DIR_SIZE, _DIR_ROOT, _ISSUED, _EXPIRES, _BODY),
    )
)
_COMMON: Final = frozenset((_REPLY, _ERASE, _APPROVALS))
_CODED: Final = frozenset((_URGENCY, _GROUND, _CLASS, _HANDLING, _ROLES, _CATEGORIES))
_CIVIL: Final = frozenset((_CONSENTS, _IDENTITY))
_READ_BY_HUB: Final[Mapping[str, frozenset[int]]] = {
    "police": _COMMON | _CODED,
    "joint-centre": _COMMON | _CODED,
    "rogatory": _COMMON | _CODED,
    "cso": _COMMON | _CIVIL,
    "police-cso": _COMMON | _CIVIL,
    "court-support": _COMMON | _CIVIL,
    "statistics": _COMMON,
    "system": _COMMON,
}


def optional_fields(channel: Channel) -> frozenset[int]:
    """Return the labels of the optional core fields that ``channel`` may carry."""
    return _READ_BY_HUB[channel]


def encode_core(core: Core) -> bytes:
    """Return the bytes the sender signs. Absent optional fields leave no trace, not even an empty list."""
    optional: dict[int, Item] = {
        _REPLY: core.in_reply_to,
        _URGENCY: core.urgency,
        _GROUND: core.urgency_ground,
        _CLASS: core.classification,
        _HANDLING: core.handling or None,
        _ROLES: core.person_roles or None,
        _CATEGORIES: core.data_categories or None,
        _ERASE: core.erase_by,
        _CONSENTS: core.consents or None,
        _APPROVALS: core.approvals or None,
        _IDENTITY: core.identity_root,
    }
    out: dict[int, Item] = {label: value for label, value in optional.items() if value is not None}
    out |= {
        _VERSION: VERSION,
        _SUITE: core.suite,
        _RANDOM: core.random,
        _FROM: core.sender,
        _TO: [[r.node, r.key_id, r.sequence, r.agreement, str(r.mode)] for r in core.to],
        _CHANNEL: core.channel,
        _TYPE: core.type,
        _PURPOSE: core.purpose,
        _CONVERSATION: core.conversation,
        _LANGUAGE: core.language,
        _POLICY: core.policy,
        _DIR_SIZE: core.directory_size,
        _DIR_ROOT: core.directory_root,
        _ISSUED: core.issued_at,
        _EXPIRES: core.expires_at,
        _BODY: core.body_root,
    }
    return encode(out)


def parse_core(raw: bytes) -> Core:
    """Return the core that ``raw`` encodes.

    Refuses what no sender may write: MALFORMED, UNKNOWN_FIELD (also a field its channel does not carry),
    DUPLICATE_RECIPIENT, SELF_RECIPIENT. Whether the values are permitted is the policy's question.
    """
    item = decode(raw, MAX_CORE)
    if not isinstance(item, dict):
        raise Malformed("core")
    channel = parse_channel(item.get(_CHANNEL))
    fields = as_map(item, "core", _REQUIRED, optional_fields(channel))
    if fields[_VERSION] != VERSION or isinstance(fields[_VERSION], bool):
        raise Fault(Code.UNKNOWN_SUITE, "version")
    sender = parse_node_id(fields[_FROM])
    core = Core(
        suite=as_int(fields[_SUITE], "suite", 1),
        random=parse_reference(fields[_RANDOM]),
        sender=sender,
        to=_parse_recipients(fields[_TO], sender),
        channel=channel,
        type=parse_type_id(fields[_TYPE]),
        purpose=as_text(fields[_PURPOSE], "purpose"),
        conversation=parse_reference(fields[_CONVERSATION]),
        language=as_text(fields[_LANGUAGE], "language"),
        policy=PolicyDigest(parse_digest(fields[_POLICY])),
        directory_size=as_int(fields[_DIR_SIZE], "directory size", 1),
        directory_root=parse_digest(fields[_DIR_ROOT]),
        issued_at=as_int(fields[_ISSUED], "issued-at"),
        expires_at=as_int(fields[_EXPIRES], "expires-at"),
        body_root=parse_digest(fields[_BODY]),
        in_reply_to=MessageId(parse_digest(fields[_REPLY])) if _REPLY in fields else None,
        urgency=_text(fields, _URGENCY),
        urgency_ground=_text(fields, _GROUND),
        classification=_text(fields, _CLASS),
        handling=_codes(fields, _HANDLING),
        person_roles=_codes(fields, _ROLES),
        data_categories=_codes(fields, _CATEGORIES),
        erase_by=as_int(fields[_ERASE], "erase-by") if _ERASE in fields else None,
        consents=_references(fields, _CONSENTS),
        approvals=_references(fields, _APPROVALS),
        identity_root=parse_digest(fields[_IDENTITY]) if _IDENTITY in fields else None,
    )
    if core.expires_at <= core.issued_at:
        raise Malformed("expires before it is issued")
    return core


def _parse_recipients(value: Item, sender: NodeId) -> tuple[Recipient, ...]:
    items = as_list(value, "to", 1, 1 << 16)
    if len(items) > MAX_RECIPIENTS:
        raise Fault(Code.TOO_LARGE, "recipients")
    out = tuple(_parse_recipient(each) for each in items)
    nodes = [each.node for each in out]
    if len(set(nodes)) != len(nodes) or len({each.key_id for each in out}) != len(out):
        raise Fault(Code.DUPLICATE_RECIPIENT)
    if nodes != sorted(nodes):
        raise Malformed("recipients not ascending")
    if sender in nodes:
        raise Fault(Code.SELF_RECIPIENT)
    return out


def _parse_recipient(value: Item) -> Recipient:
    node, key_id, sequence, agreement, mode = as_fixed(value, "recipient", 5)
    if mode not in (Mode.ACTION.value, Mode.INFORMATION.value):
        raise Malformed("mode")
    return Recipient(
        node=parse_node_id(node),
        key_id=KeyId(parse_digest(key_id)),
        sequence=as_int(sequence, "sequence", 1),
        agreement=None if agreement is None else StatementId(parse_digest(agreement)),
        mode=Mode(str(mode)),
    )


def _text(fields: Mapping[int, Item], label: int) -> str | None:
    return as_text(fields[label], f"core[{label}]") if label in fields else None


def _codes(fields: Mapping[int, Item], label: int) -> tuple[str, ...]:
    if label not in fields:
        return ()
    out = as_sorted_texts(fields[label], f"core[{label}]", MAX_CODES)
    if not out:
        raise Malformed(f"core[{label}] empty")
    return out


def _references(fields: Mapping[int, Item], label: int) -> tuple[Reference, ...]:
    if label not in fields:
        return ()
    out = tuple(parse_reference(each) for each in as_list(fields[label], f"core[{label}]", 1, MAX_CODES))
    if any(a >= b for a, b in pairwise(out)):
        raise Malformed(f"core[{label}] not ascending")
    return out
