"""The part of a message that outer rules read, the same value before sealing and after.

A draft has no core yet and a core has no draft any more; both become a ``Header``, so one set of rules judges both. A
draft and the core sealed from it give equal headers (a property test holds this).
"""

from dataclasses import dataclass

from protocol.core import Core
from protocol.ids import Channel, MessageId, NodeId, PolicyDigest, Reference, TypeId
from protocol.stages import Draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the sender says about a message outside its sealed parts. Times are seconds since the epoch, UTC."""

    sender: NodeId
    channel: Channel
    type: TypeId
    purpose: str
    language: str
    policy: PolicyDigest
    issued_at: int
    expires_at: int
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
    identity: bool = False


def header_of_core(core: Core) -> Header:
    """Return what outer rules read of a sealed message."""
    return Header(
        sender=core.sender,
        channel=core.channel,
        type=core.type,
        purpose=core.purpose,
        language=core.language,
        policy=core.policy,
        issued_at=core.issued_at,
        expires_at=core.expires_at,
        in_reply_to=core.in_reply_to,
        urgency=core.urgency,
        urgency_ground=core.urgency_ground,
        classification=core.classification,
        handling=core.handling,
        person_roles=core.person_roles,
        data_categories=core.data_categories,
        erase_by=core.erase_by,
        consents=core.consents,
        approvals=core.approvals,
        identity=core.identity_root is not None,
    )


def header_of_draft(draft: Draft, policy: PolicyDigest, now: int) -> Header:
    """Return what outer rules will read once ``draft`` is sealed at ``now`` under ``policy``."""
    return Header(
        sender=draft.sender,
        channel=draft.channel,
        type=draft.type,
        purpose=draft.purpose,
        language=draft.language,
        policy=policy,
        issued_at=now,
        expires_at=now + draft.life,
        in_reply_to=draft.in_reply_to,
        urgency=draft.urgency,
        urgency_ground=draft.urgency_ground,
        classification=draft.classification,
        handling=draft.handling,
        person_roles=draft.person_roles,
        data_categories=draft.data_categories,
        erase_by=draft.erase_by,
        consents=draft.consents,
        approvals=draft.approvals,
        identity=bool(draft.identity),
    )
