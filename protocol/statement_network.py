"""Statements about the network: agreements between two nodes, the policy in force, revocations, suspensions, restarts.

Each body has one encoder to a map with integer keys and one parser back; maps are closed, so an unknown key is refused.
Bytes: docs/wire.md section 6.
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from itertools import pairwise
from typing import Final

from protocol.cbor import Item
from protocol.errors import Malformed
from protocol.ids import Channel, NodeId, PolicyDigest, StatementId, parse_channel, parse_digest, parse_node_id
from protocol.limits import MAX_CODES, MAX_LABEL
from protocol.records import Agreement
from protocol.scope import Scope, encode_scope, parse_scope
from protocol.shapes import as_bool, as_fixed, as_int, as_list, as_map, as_sorted_texts, as_text

MAX_TARGETS: Final = 512  # keys one revocation may end: a year of weekly keys for every channel
_VALID_UNTIL: Final = 11
_SCOPE: Final = 12
_UNTIL: Final = 3


class Target(IntEnum):
    """What a revocation ends; numbers are append-only."""

    NODE = 0
    KEYS = 1
    PERSON = 2
    AGREEMENT = 3


class Reason(StrEnum):
    """Why something ended; codes only, no story."""

    COMPROMISED = "compromised"
    LOST = "lost"
    SUPERSEDED = "superseded"
    LEFT = "left"
    ENDED = "ended"


class Log(StrEnum):
    """The two logs of a network."""

    DIRECTORY = "directory"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementTerms:
    """What two parties agree on for one channel; the statement's id is the agreement's, in force once both signed."""

    parties: tuple[NodeId, NodeId]  # ascending
    channel: Channel
    issued_at: int
    instrument: str
    articles: tuple[str, ...]
    purposes: tuple[str, ...]
    data_categories: tuple[str, ...]
    personal_data: bool
    evidential_use: str
    valid_from: int
    valid_until: int | None = None
    scope: Scope | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """The policy bundle that is active from ``activated_at``; an emergency leaves the one before it no grace."""

    digest: PolicyDigest
    issued_at: int
    activated_at: int
    emergency: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Something of ``node`` ends for good: the node itself (no targets), or the named keys, people or agreements."""

    node: NodeId
    issued_at: int
    target: Target
    ids: tuple[bytes, ...]  # ascending
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension:
    """A node may neither send nor fetch before ``until`` (None: before a lift). ``lift`` ends them all."""

    node: NodeId
    issued_at: int
    until: int | None
    lift: bool
    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Restart:
    """After a loss at the hub a log goes on from ``size`` and ``root``; ``lost_size`` was the largest one witnessed."""

    log: Log
    issued_at: int
    size: int
    root: bytes
    lost_size: int


def encode_agreement(body: AgreementTerms) -> dict[int, Item]:
    """Return the body map of an AGREEMENT statement."""
    out: dict[int, Item] = {
        1: list(body.parties),
        2: body.channel,
        3: body.issued_at,
        4: body.instrument,
        5: list(body.articles),
        6: list(body.purposes),
        7: list(body.data_categories),
        8: body.personal_data,
        9: body.evidential_use,
        10: body.valid_from,
    }
    if body.valid_until is not None:
        out[_VALID_UNTIL] = body.valid_until
    if body.scope is not None:
        out[_SCOPE] = encode_scope(body.scope)
    return out


def parse_agreement(item: Item) -> AgreementTerms:
    """Return the terms in a body map. Articles stay in the order of the parties' text; lists of codes ascend."""
    fields = as_map(item, "agreement", range(1, 11), (_VALID_UNTIL, _SCOPE))
    first, second = (parse_node_id(each) for each in as_fixed(fields[1], "parties", 2))
    if first >= second:
        raise Malformed("parties not ascending")
    begin = as_int(fields[10], "valid-from")
    return AgreementTerms(
        parties=(first, second),
        channel=parse_channel(fields[2]),
        issued_at=as_int(fields[3], "issued-at"),
        instrument=as_text(fields[4], "instrument", MAX_LABEL),
        articles=tuple(as_text(each, "article", MAX_LABEL) for each in as_list(fields[5], "articles", 0, MAX_CODES)),
        purposes=as_sorted_texts(fields[6], "purposes", MAX_CODES),
        data_categories=as_sorted_texts(fields[7], "data categories", MAX_CODES),
        personal_data=as_bool(fields[8], "personal data"),
        evidential_use=as_text(fields[9], "evidential use"),
        valid_from=begin,
        valid_until=as_int(fields[_VALID_UNTIL], "valid-until", begin + 1) if _VALID_UNTIL in fields else None,
        scope=parse_scope(fields[_SCOPE]) if _SCOPE in fields else None,
    )


def agreement_of(terms: AgreementTerms, statement: StatementId) -> Agreement:
    """Return the agreement that ``terms`` make under the id of their statement."""
    return Agreement(
        id=statement,
        parties=terms.parties,
        channel=terms.channel,
        instrument=terms.instrument,
        articles=terms.articles,
        purposes=terms.purposes,
        data_categories=terms.data_categories,
        personal_data=terms.personal_data,
        evidential_use=terms.evidential_use,
        valid_from=terms.valid_from,
        valid_until=terms.valid_until,
        scope=terms.scope,
    )


def encode_policy(body: PolicyChange) -> dict[int, Item]:
    """Return the body map of a POLICY statement."""
    return {1: body.digest, 2: body.issued_at, 3: body.activated_at, 4: body.emergency}


def parse_policy(item: Item) -> PolicyChange:
    """Return the policy change in a body map; it never acts before it was issued."""
    fields = as_map(item, "policy", range(1, 5))
    issued = as_int(fields[2], "issued-at")
    return PolicyChange(
        digest=PolicyDigest(parse_digest(fields[1])),
        issued_at=issued,
        activated_at=as_int(fields[3], "activated-at", issued),
        emergency=as_bool(fields[4], "emergency"),
    )


def encode_revocation(body: Revocation) -> dict[int, Item]:
    """Return the body map of a REVOCATION statement."""
    return {1: body.node, 2: body.issued_at, 3: int(body.target), 4: list(body.ids), 5: str(body.reason)}


def parse_revocation(item: Item) -> Revocation:
    """Return the revocation in a body map: no ids for a node, at least one for anything else."""
    fields = as_map(item, "revocation", range(1, 6))
    number = as_int(fields[3], "target")
    if number not in {int(each) for each in Target}:
        raise Malformed("target")
    target = Target(number)
    low, high = (0, 0) if target is Target.NODE else (1, MAX_TARGETS)
    ids = tuple(parse_digest(each) for each in as_list(fields[4], "ids", low, high))
    if any(a >= b for a, b in pairwise(ids)):
        raise Malformed("ids not ascending")
    return Revocation(
        node=parse_node_id(fields[1]),
        issued_at=as_int(fields[2], "issued-at"),
        target=target,
        ids=ids,
        reason=_reason(fields[5]),
    )


def encode_suspension(body: Suspension) -> dict[int, Item]:
    """Return the body map of a SUSPENSION statement."""
    out: dict[int, Item] = {1: body.node, 2: body.issued_at, 4: body.lift, 5: str(body.reason)}
    return out if body.until is None else out | {_UNTIL: body.until}


def parse_suspension(item: Item) -> Suspension:
    """Return the suspension in a body map; a lift has no end of its own."""
    fields = as_map(item, "suspension", (1, 2, 4, 5), (_UNTIL,))
    issued = as_int(fields[2], "issued-at")
    body = Suspension(
        node=parse_node_id(fields[1]),
        issued_at=issued,
        until=as_int(fields[_UNTIL], "until", issued + 1) if _UNTIL in fields else None,
        lift=as_bool(fields[4], "lift"),
        reason=_reason(fields[5]),
    )
    if body.lift and body.until is not None:
        raise Malformed("a lift has no end")
    return body


def encode_restart(body: Restart) -> dict[int, Item]:
    """Return the body map of a RESTART statement."""
    return {1: str(body.log), 2: body.issued_at, 3: body.size, 4: body.root, 5: body.lost_size}


def parse_restart(item: Item) -> Restart:
    """Return the restart in a body map; nothing was lost unless the lost size is larger."""
    fields = as_map(item, "restart", range(1, 6))
    log, size = fields[1], as_int(fields[3], "size")
    if not isinstance(log, str) or log not in {each.value for each in Log}:
        raise Malformed("log")
    return Restart(
        log=Log(log),
        issued_at=as_int(fields[2], "issued-at"),
        size=size,
        root=parse_digest(fields[4]),
        lost_size=as_int(fields[5], "lost size", size + 1),
    )


def _reason(item: Item) -> Reason:
    if not isinstance(item, str) or item not in {each.value for each in Reason}:
        raise Malformed("reason")
    return Reason(item)
