"""What is due and what is open: clocks, held messages, tasks, corrections, breaches, ends of consents."""

from typing import Annotated, Any, NotRequired, TypedDict

from msgspec import Meta

from nodes.api.shapes.common import At, Count, Digest, Document, Finding, NodeName, Reason, Ref, Told, Words
from nodes.casework.breaches import BreachStage, Part, Step
from nodes.casework.clock_cases import Awaited
from nodes.casework.corrections import Stage
from nodes.gateway.withdrawal_store import EndKind, Result
from policies.clocks.clock import Escalation
from policies.clocks.limits import DueClass

Text = Annotated[str, Meta(min_length=1, max_length=2_000)]


class Due(TypedDict, total=False):
    """The earliest open clock of a message, else the last that was closed; null where it has none."""

    due_at: At | None
    due_class: DueClass | None
    suspended: bool | None
    escalation: Escalation | None
    awaited: Awaited | None
    owed_by: NodeName | None
    closed_at: At | None


class ClockRow(Due):
    """One clock."""

    id: Digest
    owed_to: NodeName
    article: str | None
    started_at: At
    operational_at: At | None
    legal_at: At | None
    delayed_until: At | None
    part: Any
    used_s: Count
    words: list[Told]
    reminder: Annotated[dict[str, Any], Meta(description="the request of a reminder that would fit now")] | None


class OpenClocks(TypedDict):
    """Open clocks, the earliest due first."""

    now: At
    clocks: list[ClockRow]


class Owner(TypedDict):
    """Who decides: a role, and the persons of this node that have it."""

    role: str
    persons: list[Ref]


class Hold(TypedDict):
    """A held message."""

    id: Digest
    from_: NodeName | None
    type: str | None
    since: At
    due_at: At
    overdue: bool
    expires_at: At | None
    owner: Owner
    exits: list[str]
    rules: list[str]
    sentence: Words | None
    remedy: Words | None
    findings: list[Finding]


class Held(TypedDict):
    """What is held, the longest held first."""

    now: At
    held: list[Hold]


class Task(TypedDict):
    """Something to be done, with the article that asks for it."""

    number: Count
    message: Digest
    box: str
    channel: str
    type: str
    obligation: str
    asks: str
    owed_to: NodeName | None
    due_at: At
    overdue: bool
    done_at: At | None
    article: str | None
    sentence: NotRequired[Words]
    remedy: NotRequired[Words]


class Tasks(TypedDict):
    """Duties, the earliest due first."""

    now: At
    tasks: list[Task]


class Note(TypedDict):
    """How it was done."""

    note: Reason


class EndOfConsent(TypedDict):
    """The end of a consent that took content out of reach here."""

    number: Count
    consent: Ref
    holder: NodeName
    kind: EndKind
    whole: bool
    at: At
    due_at: At
    result: Result | None
    items: Count | None
    done_at: At | None


class EndHere(EndOfConsent):
    """An end with the messages it concerns."""

    messages: list[Digest]
    overdue: bool


class EndTold(TypedDict):
    """Another node that was told of an end."""

    consent: Ref
    node: NodeName
    withdrawn_at: At
    message: Digest | None
    trouble: str | None
    reached_at: At | None
    failed: bool
    due_at: At
    overdue: bool


class Ends(TypedDict):
    """What ends of consents still ask, of others and here."""

    told: list[EndTold]
    here: list[EndHere]


class Keep(TypedDict):
    """Why the law asks to keep it."""

    reason: Annotated[str, Meta(min_length=1, max_length=4_000)]


class Change(TypedDict):
    """The right value of one field."""

    field: Annotated[str, Meta(description="JSON pointer")]
    value: Any


class Raise(TypedDict):
    """A correction, erasure or restriction of a message of this node."""

    message: Digest
    action: Text
    reason: Text
    explanation: Text
    item: NotRequired[Text]
    changes: NotRequired[list[Change]]
    language: NotRequired[Text]
    restricted_until: NotRequired[Text]
    dry_run: NotRequired[bool]


class Unit(TypedDict):
    """Which unit answers."""

    unit: Text


class Applied(TypedDict):
    """That it was carried out: by which unit and how; `whole` erases the whole message."""

    unit: Text
    note: Text
    whole: NotRequired[bool]


class VerifiedNote(TypedDict):
    """How it was verified."""

    note: Text


class PassOn(TypedDict, total=False):
    """A translation of the explanation."""

    explanation: str
    language: str


class Notice(TypedDict):
    """What came of one notice."""

    node: NodeName
    id: Digest | None
    state: str
    title: NotRequired[Words]
    findings: NotRequired[list[Finding]]


class Corrected(TypedDict):
    """What came of a step: what was erased here, and the notices."""

    erased: Any
    sent: list[Notice]


class Holder(TypedDict):
    """One node that holds the data, and how far it is."""

    node: NodeName
    via: NodeName | None
    state: str
    delivered: bool
    due_at: At | None
    overdue: bool
    sentence: Words | None
    article: str | None
    remedy: Words | None


class Correction(TypedDict):
    """What one notice says of one message, with all holders."""

    notices: list[Digest]
    message: Digest
    items: list[str]
    action: str
    from_: NodeName | None
    stage: Stage
    binding: bool
    here: Any
    restricted: bool
    raised_at: At
    confirm_by: At
    applied_at: At | None
    verified_at: At | None
    overdue: bool
    to_tell: list[NodeName]
    to_report: bool
    holders: list[Holder]
    words: list[Finding]


class Corrections(TypedDict):
    """Corrections, the newest first."""

    now: At
    corrections: list[Correction]


class Authority(TypedDict):
    """The clock of the authority."""

    due_at: At
    told_at: At | None
    overdue: bool
    escalation: Escalation
    article: str
    sentence: NotRequired[Words]
    remedy: NotRequired[Words]


class Party(TypedDict):
    """Somebody who is concerned by a breach."""

    node: NodeName
    parts: list[Part]
    messages: list[Digest]
    categories: list[str]
    told_at: At | None
    sentence: NotRequired[Words]
    article: NotRequired[str | None]
    remedy: NotRequired[Words]


class BreachRow(TypedDict):
    """A breach."""

    reference: str
    stage: BreachStage
    detected_at: At
    messages: list[Digest]
    steps: dict[str, At]
    authority: Authority
    parties: list[Party]


class Draft(TypedDict):
    """The request of a notice as far as it can be known; people complete and send it."""

    type: str
    to: list[NodeName]
    document: Document
    to_complete: list[str]


class BreachFound(BreachRow):
    """A breach with a draft for everybody who was not told yet."""

    drafts: list[Draft]


class Breaches(TypedDict):
    """The breaches recorded here, the newest first."""

    now: At
    breaches: list[BreachRow]


class BreachNew(TypedDict):
    """A breach of messages of this node."""

    reference: Annotated[str, Meta(min_length=1, max_length=80)]
    detected_at: int | str
    messages: NotRequired[list[Digest]]


class BreachNote(TypedDict):
    """A step that was done now."""

    reference: Annotated[str, Meta(min_length=1, max_length=80)]
    step: Step
    note: Text


class Summary(TypedDict):
    """How many are open, and late."""

    open: Count
    overdue: Count
    to_pass_on: NotRequired[Count]
