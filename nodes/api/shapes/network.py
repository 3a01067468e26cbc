"""What is known of the node and its network: status, directory, message types, forms, people."""

from typing import Any, NotRequired, TypedDict

from nodes.api.shapes.cases import Due, Summary
from nodes.api.shapes.common import At, Closed, Code, Count, Digest, Document, NodeName, Ref, Value, Words
from nodes.api.shapes.files import Transfer


class Size(TypedDict):
    """Entries of the directory, and when they were last verified."""

    size: Count
    synced_at: At


class LogSize(TypedDict):
    """Leaves of the message log."""

    size: Count


class Hub(TypedDict):
    """The hub as this node sees it."""

    answered_at: At
    offset_s: int | None
    closed: Closed | None


class Policy(TypedDict):
    """The policy in force, and whether it is here."""

    digest: Digest | None
    here: bool


class Overlay(TypedDict):
    """Rules of this node's own over a channel."""

    file: str
    channel: str
    digest: Digest
    rules: list[str]
    fits: bool | None


class Mailbox(TypedDict):
    """One channel's mailbox."""

    channel: str
    taken: Count
    total: Count
    fetched_at: At
    key_weeks_ahead: int


class Gap(TypedDict):
    """Numbers of another node that did not come."""

    sender: NodeName
    channel: str
    low: Count
    high: Count
    seen_at: At


class Void(TypedDict):
    """A number that no message bears, with the reason."""

    sender: NodeName
    channel: str
    sequence: Count
    reason: str
    sentence: Words
    logged_at: At | None


class Alarm(TypedDict):
    """A finding for the operator."""

    code: Code
    subject: str
    first_at: At
    last_at: At
    times: Count
    sentence: Words
    remedy: Words


class NextDue(Due):
    """A clock that is due next."""

    id: Digest


class ClockSummary(TypedDict):
    """How many clocks are open, rest and are over, and the next ones due."""

    open: Count
    suspended: Count
    escalation: dict[str, Count]
    next: list[NextDue]


class Silent(TypedDict):
    """A recipient that fetched nothing for days, and whom to call."""

    id: Digest
    reference: str | None
    node: NodeName
    label: str
    since: At
    days: Count
    sentence: Words | None
    remedy: Words | None


class Status(TypedDict):
    """How the node is doing."""

    node: NodeName
    enrolled: bool
    network: str
    now: At
    directory: Size
    log: LogSize
    hub: Hub
    policy: Policy
    overlay: Overlay | None
    outbox: dict[str, Count]
    inbox: dict[str, Count]
    statements: dict[str, Count]
    mailboxes: list[Mailbox]
    gaps: list[Gap]
    closed: list[Void]
    transfers: list[Transfer]
    alarms: list[Alarm]
    tasks: Summary
    corrections: Summary
    breaches: Summary
    clocks: ClockSummary
    silent: list[Silent]
    troubles: dict[str, Code]


class Participant(TypedDict):
    """A participant of the network."""

    node: NodeName
    label: str
    kind: str
    family: str
    country: str
    channels: list[str]
    languages: list[str]
    valid_until: At | None
    suspended: bool
    revoked: bool


class Line(TypedDict):
    """One line of an agreement in words."""

    label: Words
    text: Words


class Agreement(TypedDict):
    """An agreement between participants."""

    id: str
    parties: list[NodeName]
    channel: str
    instrument: str
    valid_from: At
    valid_until: At | None
    current: bool
    words: list[Line]
    footnotes: list[Words]


class Directory(TypedDict):
    """The directory at the size that this node has verified."""

    network: str
    size: Count
    root: Digest
    participants: list[Participant]
    agreements: list[Agreement]
    countries: dict[str, Words]
    footnotes: list[Words]


class TypeRow(TypedDict):
    """A message type with its schema."""

    id: str
    title: Words
    channels: list[str]
    senders: list[str]
    answers: list[str]
    templates: list[str]
    identity: bool
    schema: dict[str, Any]


class Types(TypedDict):
    """The message types of the policy in force."""

    policy: Digest
    types: list[TypeRow]


class TypeName(TypedDict):
    """A message type by name."""

    id: str
    title: Words


class FieldRow(TypedDict):
    """One field of a message type."""

    path: str
    title: Words
    kind: str
    required: bool
    needs: list[str]
    values: list[Value]
    footnotes: list[Words]


class TypeFields(TypedDict):
    """A message type and its fields."""

    id: str
    title: Words
    channels: list[str]
    answers: list[str]
    answered_by: list[TypeName]
    fields: list[FieldRow]


class Answers(TypedDict):
    """The message types that may answer one."""

    id: str
    types: list[TypeName]


class Form(TypedDict):
    """A form of a type with a few values."""

    type: str
    template: str
    fields: NotRequired[dict[str, Any]]
    defaults: NotRequired[dict[str, Any]]
    language: NotRequired[str]


class Filled(TypedDict):
    """One value that nobody typed."""

    path: str
    title: Words
    value: Any
    words: Words | None
    footnotes: list[Words]


class FormFilled(TypedDict):
    """The document that a form makes, and every value that nobody typed."""

    type: str
    fields: dict[str, Any]
    document: Document
    filled: list[Filled]


class Signatory(TypedDict):
    """A person of this node that can sign."""

    person: Ref
    role: str


class People(TypedDict):
    """The persons of this node that can sign."""

    people: list[Signatory]
