"""One frozen type per stage of a message, so that a step taken in the wrong order does not type-check.

compose -> Draft -> clear -> Cleared -> seal -> Envelope -> ... -> open -> Opened -> recheck -> Accepted | Held
"""

from dataclasses import dataclass

from protocol.attachments import OpenAttachment
from protocol.core import Core, Mode
from protocol.decision import Decision
from protocol.errors import Code
from protocol.fields import Field, Row
from protocol.ids import Channel, KeyId, MessageId, NodeId, Reference, StatementId, TypeId


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a draft is for, before keys are chosen."""

    node: NodeId
    mode: Mode = Mode.ACTION
    reads_identity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person or a national system wants to send; valid against the catalogue, not yet against a policy."""

    sender: NodeId
    to: tuple[Addressee, ...]
    channel: Channel
    type: TypeId
    purpose: str
    conversation: Reference
    language: str
    life: int  # seconds
    body: tuple[Field, ...]
    identity: tuple[Field, ...] = ()
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
    reference: str | None = None  # for people on the telephone; a row of the body, see protocol.short_reference


@dataclass(frozen=True, slots=True)
class Cleared:
    """A draft that the policy allows, with the decision that says so. Only this can be sealed."""

    draft: Draft
    decision: Decision
    agreements: tuple[tuple[NodeId, StatementId], ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A recipient with the key, sequence and agreement that its wrap will use."""

    node: NodeId
    key_id: KeyId
    public_key: bytes
    sequence: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A verified and decrypted message whose field commitment was recomputed. Not yet judged by this node's policy.

    Of attachments it holds what opens them; their ciphertexts are fetched by parts.
    """

    id: MessageId
    core: Core
    body: tuple[Row, ...]
    identity: tuple[Row, ...] | None
    part_keys: tuple[tuple[str, bytes], ...]
    attachments: tuple[OpenAttachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted:
    """An opened message that this node's policy lets a reader see."""

    opened: Opened
    decision: Decision


@dataclass(frozen=True, slots=True)
class Held:
    """An opened message that waits for a person: the decision names the rule, who must act, and what ends the wait."""

    opened: Opened
    decision: Decision


@dataclass(frozen=True, slots=True)
class Refused:
    """A step said no. The code is stable; the decision, where a policy spoke, names rule and article."""

    code: Code
    decision: Decision | None = None
    recipients: tuple[NodeId, ...] = ()
