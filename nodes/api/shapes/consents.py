"""Consents: records with their versions, the sheet that is read aloud, renewals, withdrawals."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from nodes.api.shapes.common import At, Count, Document, NodeName, Ref


class ReadBack(TypedDict):
    """That the sheet was read aloud: its digest, in which language, and who witnessed it."""

    sheet: str
    language: str
    witness: str


class Record(TypedDict):
    """A consent record, and who may send under it."""

    document: Document
    senders: NotRequired[list[NodeName]]
    read_back: NotRequired[ReadBack | None]


class ConsentReference(TypedDict):
    """What messages name instead of the consent."""

    reference: Ref
    sender: NodeName
    recipient: NodeName
    expires_at: At
    withdrawn: bool
    token: NotRequired[str | None]


class ConsentRecorded(TypedDict):
    """A consent that was recorded."""

    id: Ref
    version: Annotated[int, Meta(ge=1)]
    references: list[ConsentReference]
    document: Document


class SheetWish(TypedDict):
    """The record, and the language of the sheet."""

    document: Document
    language: NotRequired[str]


class Sheet(TypedDict):
    """The sheet: its digest, as text for reading aloud, as a page for printing."""

    sheet: str
    language: str
    text: str
    html: str


class ConsentRow(TypedDict):
    """A consent known here."""

    id: Ref
    version: Count
    holder: NodeName
    state: Literal["active", "withdrawn"]
    recorded_at: At
    expires_at: At
    withdrawn_at: At | None
    references: list[ConsentReference]


class Consents(TypedDict):
    """The consents known here."""

    consents: list[ConsentRow]


class Version(TypedDict):
    """One version of a consent."""

    version: Count
    phase: str
    holder: NodeName
    recorded_at: At
    expires_at: At
    withdrawn_at: At | None
    digest: str
    document: Any


class Versions(TypedDict):
    """Every version that is kept here, the first one first."""

    versions: list[Version]


class RenewalRow(TypedDict):
    """A consent that is to be asked again."""

    id: Ref
    version: Count
    ground: str
    due_at: At


class Renewals(TypedDict):
    """Consents to be asked again, the earliest due first."""

    renewals: list[RenewalRow]


class Renewal(TypedDict):
    """A proposal for the next version."""

    document: Document


class WithdrawWish(TypedDict):
    """How the person said it, what she was told, and which cells if not all."""

    channel: str
    told: str
    recipients: NotRequired[list[NodeName]]
    categories: NotRequired[list[str]]
    purposes: NotRequired[list[str]]


class ConsentEnded(TypedDict):
    """A consent that was withdrawn or narrowed, and who is told."""

    id: Ref
    state: Literal["withdrawn", "narrowed"]
    references: Count
    told: list[NodeName]
