"""Messages: sending, boxes, one message, where it is and why, its evidence."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from nodes.api.shapes.cases import ClockRow, Due, EndOfConsent
from nodes.api.shapes.common import (
    At,
    Bytes64,
    Closed,
    Code,
    Core,
    Count,
    Digest,
    Document,
    Finding,
    Header,
    NodeName,
    Proof,
    Ref,
    Row,
    Words,
    component,
)
from nodes.api.shapes.files import FileProgress
from nodes.casework.screening import Lane
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState

ShortCode = Annotated[str, Meta(min_length=1, max_length=64)]
Day = Annotated[int | str, Meta(description="a date such as 2027-03-31, an instant with zone, or seconds UTC")]


class To(TypedDict):
    """A recipient."""

    node: NodeName
    mode: NotRequired[Literal["action", "information"]]
    identity: NotRequired[Annotated[bool, Meta(description="whether it reads the identity part; true if left out")]]


class Enclosure(TypedDict):
    """A file that was uploaded and goes with the message; the node fills in its name, size and digest."""

    id: Ref
    part: NotRequired[str | None]
    sha256: NotRequired[str | None]
    category: NotRequired[Any]
    description: NotRequired[Any]
    handling: NotRequired[Any]


class Send(TypedDict):
    """A message. What the network knows (channel, purpose, language, conversation, dates) is filled in if left out.

    Give `document`, or `template` and `fields`: JSON pointers and values.
    """

    type: Annotated[str, Meta(description="message type, such as MT-01/1")]
    document: NotRequired[Document]
    template: NotRequired[str]
    fields: NotRequired[dict[str, Any]]
    to: NotRequired[list[To | str] | To | str]
    identity: NotRequired[dict[str, Any] | None]
    channel: NotRequired[str | None]
    purpose: NotRequired[ShortCode | None]
    language: NotRequired[ShortCode | None]
    urgency: NotRequired[ShortCode | None]
    urgency_ground: NotRequired[ShortCode | None]
    classification: NotRequired[ShortCode | None]
    handling: NotRequired[list[str]]
    erase_by: NotRequired[Day | None]
    life_days: NotRequired[Annotated[int, Meta(ge=1)] | None]
    in_reply_to: NotRequired[Digest | None]
    conversation: NotRequired[Ref | None]
    consents: NotRequired[list[Ref]]
    approvals: NotRequired[list[Ref]]
    sign_as: NotRequired[Ref | None]
    approve_as: NotRequired[list[Ref]]
    attachments: NotRequired[list[Enclosure]]
    dry_run: NotRequired[Annotated[bool, Meta(description="only tell what would happen")]]
    only_allowed: NotRequired[Annotated[bool, Meta(description="send to those recipients that no rule refuses")]]


class Sent(TypedDict):
    """The message is durable and is offered to the hub by itself."""

    id: Digest
    state: Literal["ready"]
    left_out: list[NodeName]
    hub_closed: Closed | None
    findings: NotRequired[list[Finding]]


class WouldSend(TypedDict):
    """What a dry run found."""

    state: Literal["would-go"]
    channel: str
    header: Header


class InRow(Due):
    """A received message without its content."""

    box: Literal["inbox"]
    id: Digest | None
    state: InState
    code: Code | None
    channel: str
    number: Count
    from_: NodeName | None
    type: str | None
    mode: str | None
    conversation: Ref | None
    in_reply_to: Digest | None
    reference: str | None
    sequence: Count | None
    out_of_order: bool
    logged_at: At | None
    received_at: At
    expires_at: At | None
    read_at: At | None
    released_at: At | None
    returned_at: At | None
    lane: NotRequired[Lane | None]


class Reached(TypedDict):
    """One recipient with what it confirmed, in its own times."""

    node: NodeName
    mode: str
    sequence: Count
    handed_over_at: At | None
    held: bool | None
    held_rule: str | None
    read_at: At | None
    failed_at: At | None
    rejected_at: At | None
    unserved_at: At | None


class OutRow(Due):
    """A sent message without its content."""

    box: Literal["outbox"]
    id: Digest
    state: OutState
    code: Code | None
    channel: str
    type: str
    conversation: Ref
    in_reply_to: Digest | None
    reference: str | None
    created_at: At
    expires_at: At
    accepted_at: At | None
    attempts: Count
    next_at: At
    replaces: Digest | None
    replaced_by: Digest | None
    to: list[Reached]


class Inbox(TypedDict):
    """A page of the inbox, newest first; `next` is the `before` of the following page, null at the end."""

    messages: list[InRow]
    next: int | None


class Outbox(TypedDict):
    """A page of the outbox, newest first; `next` is the `before` of the following page, null at the end."""

    messages: list[OutRow]
    next: int | None


class Screened(TypedDict):
    """The lane of a request. It never decides: a person confirms every reason."""

    lane: Lane
    screened_at: At
    header_only: bool
    reasons: list[dict[str, Any]]
    about: list[Digest]
    decided: Literal[False]


class Signer(TypedDict):
    """Who signed."""

    node: NodeName
    label: str
    country: str


class Passed(TypedDict, total=False):
    """What a message brought of others; with a code, why nothing of it is believed."""

    part: str
    code: Code | None
    title: Words
    remedy: Words
    message: Digest
    signed_by: Signer
    logged_at: At | None
    core: Core
    rows: list[Row]
    withheld: Any
    attachments: dict[str, Any]


class Inside(TypedDict):
    """Header and documents, as far as they may be shown."""

    header: Header | None
    document: Document | None
    identity: Document | None


class More(TypedDict):
    """What belongs to a message."""

    attachments: list[FileProgress]
    clocks: list[ClockRow]
    consent_ended: list[EndOfConsent]
    passed_on: list[Passed]


class Received(InRow, Inside, More):
    """A received message."""

    screening: Screened | None
    findings: NotRequired[list[Finding]]


class Own(OutRow, Inside, More):
    """A message of this node."""


class WhyStep(TypedDict):
    """One line of the answer to why."""

    where: str
    who: str
    node: NodeName | None
    code: Code | None
    rule: str | None
    article: str | None
    overlay: str | None
    sentence: Words
    remedy: Words


class Why(TypedDict):
    """Where a message is, who has to act, which rule stopped it, what to do."""

    id: Digest
    reference: str | None
    steps: list[WhyStep]


Either = Annotated[dict[str, Any], Meta(extra_json_schema={"anyOf": [component(InRow), component(OutRow)]})]


class Thread(TypedDict):
    """A conversation in the order of this node's clock."""

    messages: list[Either]


class Late(TypedDict):
    """A promise that was not kept in time: what, by how many seconds, whether it was kept since, and by which node."""

    what: str
    seconds: int
    kept: bool
    node: NodeName | None


class Owed(TypedDict):
    """What the hub's acceptance promises, how many witnesses cover it since when, and the checkpoint that shows it."""

    leaf: int
    witnessed_by: At
    fetched_by: At
    witnesses: int
    of: int
    witnessed_at: At | None
    checkpoint: Bytes64 | None
    overdue: list[Late]


class Evidence(TypedDict):
    """What proves a message and each of its steps."""

    id: Digest
    promises: Owed | None
    manifest: Bytes64 | None
    evidence: list[Proof]


class Found(TypedDict):
    """The messages with a short reference."""

    reference: str
    messages: list[Digest]


class Restricted(InRow, Inside):
    """A restricted message, shown for a reason that is kept."""
