"""Rows shown to others: disclosures, reports, onward transfer, copies for court files, drafts of letters."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from nodes.api.shapes.common import (
    At,
    Bytes64,
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
)
from nodes.api.shapes.messages import Signer
from policies.consent_uses import Stage

Paths = Annotated[list[Annotated[str, Meta(min_length=1)]], Meta(description="paths of rows")]


class Disclose(TypedDict):
    """Which rows are shown to whom."""

    to: NodeName
    part: NotRequired[str]
    rows: NotRequired[Paths]
    patterns: NotRequired[Paths]
    purpose: NotRequired[Annotated[str, Meta(min_length=1)] | None]
    dry_run: NotRequired[bool]


class Proposed(TypedDict):
    """What is or would be shown."""

    message: Digest
    part: str
    purpose: str | None
    core: Core
    revealed: list[Row]
    withheld: list[str]
    attachments: dict[str, Any]
    logged: bool
    state: str


class Shown(Proposed):
    """What was shown, with the bytes that prove it; none for a repeat of what stands there already."""

    disclosure: Bytes64 | None


class ShownRow(TypedDict):
    """What was shown of a message, to whom and why."""

    part: str
    to: NodeName
    purpose: str | None
    revealed: Any
    withheld: Any
    digest: Digest
    at: At


class ShownRows(TypedDict):
    """Everything that was shown of a message."""

    disclosures: list[ShownRow]


class DisclosureFile(TypedDict):
    """The bytes of a disclosure."""

    disclosure: Bytes64


class ReportFile(TypedDict):
    """The bytes of a report."""

    report: Bytes64


class Proves(TypedDict):
    """What a disclosure proves."""

    message: Digest
    signed_by: Signer
    logged_at: At | None
    part: str
    core: Core
    rows: list[Row]
    withheld: Any
    attachments: dict[str, Any]


class Report(TypedDict):
    """Which rows are shown to an auditor, and on which ground."""

    to: NodeName
    ground: str
    part: NotRequired[str]
    rows: NotRequired[Paths]
    patterns: NotRequired[Paths]
    dry_run: NotRequired[bool]


class Reported(Proposed):
    """A report, with its bytes."""

    report: Bytes64 | None


class ReportProves(TypedDict):
    """What a report proves."""

    id: Digest
    reported_by: Signer
    ground: str
    at: At
    message: Digest
    signed_by: Signer
    logged_at: At | None
    core: Core
    rows: list[Row]


class ForwardWish(TypedDict):
    """Which rows of a received message are passed on, and why they matter there."""

    to: NodeName
    relevance: str
    rows: NotRequired[Paths]
    patterns: NotRequired[Paths]
    files: NotRequired[Paths]
    crime_area: NotRequired[str | None]
    serious: NotRequired[bool]
    language: NotRequired[str]
    purpose: NotRequired[Annotated[str, Meta(min_length=1)] | None]
    approve_as: NotRequired[list[Ref]]
    dry_run: NotRequired[bool]


class WouldForward(Proposed):
    """What would be passed on, and on which conditions."""

    conditions: list[str]


class PassedOn(WouldForward):
    """The message that passes the rows on is durable."""

    id: Digest


class Export(TypedDict):
    """For whose file, and on which basis."""

    for_: NodeName
    basis: NotRequired[Annotated[str, Meta(min_length=1)] | None]
    accept_conditions: NotRequired[bool]
    dry_run: NotRequired[bool]


class Word(TypedDict):
    """What an owner said about a use."""

    message: Digest
    use: str
    target: str | None
    until: At | None
    conditions: list[str]


class Copy(TypedDict):
    """The copy for a court file, with what proves it."""

    label: Words
    remember: Words
    message: Digest
    owner: NodeName
    for_: NodeName
    basis: str | None
    made_at: At
    type: str
    header: Header
    document: Document | None
    conditions: list[str]
    consents: list[Word]
    manifest: Bytes64
    evidence: list[Proof]


class Item(TypedDict):
    """What a permission is about."""

    message: Digest
    item: NotRequired[str]


class Permission(TypedDict):
    """What was asked of an owner and what it allowed."""

    state: Stage
    owner: NodeName
    asked_by: NodeName | None
    asked_at: At | None
    due_at: At | None
    use: str
    items: list[Item]
    target: str | None
    decided_at: At | None
    until: At | None
    conditions: list[str]
    reason: str | None
    messages: list[Digest]


class Permissions(TypedDict):
    """Permissions, the newest first."""

    permissions: list[Permission]


class LetterWish(TypedDict):
    """Who will send the letter, and in which language."""

    for_: NodeName
    language: NotRequired[str]


class Contact(TypedDict):
    """A contact that the letter mentions."""

    message: Digest
    reference: str | None
    from_: NodeName
    authority: Any
    at: At


class LeftOut(Contact):
    """What stays out of the letter, and why."""

    path: str
    title: str
    item: str | None
    no_room: bool
    findings: list[Finding]
    ask: Any


class Letter(TypedDict):
    """The draft of a letter."""

    state: Literal["draft"]
    type: str
    for_: NodeName
    language: str
    document: Document
    contacts: list[Contact]
    unnamed: list[Contact]
    left_out: list[LeftOut]
    missing: list[str]


class HoldingsRow(TypedDict):
    """One of the node's own lists; what stands in it cannot be read back."""

    name: str
    entries: Count
    imported_at: At
    erase_by: At


class Holdings(TypedDict):
    """The node's own lists."""

    lists: list[HoldingsRow]


class HoldingsNew(TypedDict):
    """A list in place of an earlier one of its name."""

    name: str
    days: int
    entries: list[Any]


class Erased(TypedDict):
    """A list that is gone."""

    name: str
    state: Literal["erased"]


class ApprovalWish(TypedDict):
    """Whose messages to whom, for how many days."""

    recipient: NodeName
    days: int
    sender: NotRequired[NodeName]


class Approval(TypedDict):
    """An approval that was given."""

    reference: Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]
    sender: NodeName
    recipient: NodeName
    expires_at: At


class Withdrawn(TypedDict):
    """An approval that ended."""

    reference: str
    state: Literal["withdrawn"]


class Identity(TypedDict):
    """The new signing identity."""

    identity: str


class TlsKey(TypedDict):
    """The next TLS key: its pin, and the party file for the authority."""

    tls_pin: str
    party: Bytes64
