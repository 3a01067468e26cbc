"""Values that stand in many requests and answers."""

from typing import Annotated, Any, Final, Literal, NotRequired, TypedDict

from msgspec import Meta

Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="SHA-256 in hex; the id of a message is one")]
Ref = Annotated[str, Meta(pattern="^[0-9a-f]{32}$", description="reference, 32 hex digits")]
Bytes64 = Annotated[str, Meta(description="bytes in base64")]
At = Annotated[int, Meta(ge=0, description="seconds UTC")]
Count = Annotated[int, Meta(ge=0)]
NodeName = Annotated[str, Meta(min_length=1, max_length=64, description="id of a participant, such as rs.ilecu")]
Code = Annotated[str, Meta(description="stable code")]
Words = Annotated[str, Meta(description="for a person, in the language asked for")]
Document = Annotated[dict[str, Any], Meta(description="a document as the schema of its message type says")]
Reason = Annotated[str, Meta(min_length=1, max_length=2_000, description="for a person; it is kept")]


COMPONENTS: Final = "#/components/schemas/"


def component(shape: type) -> dict[str, str]:
    """Return the reference to a type among the components of the OpenAPI document."""
    return {"$ref": f"{COMPONENTS}{shape.__name__}"}


class Empty(TypedDict):
    """An object without members."""


class Finding(TypedDict):
    """What one rule says, in words."""

    rule: str
    verdict: str
    recipient: str | None
    sentence: Words
    article: str | None
    remedy: Words


class Header(TypedDict):
    """What the sender says about a message outside its sealed parts."""

    from_: NodeName
    to: list[NodeName]
    purpose: str
    language: str
    urgency: str | None
    urgency_ground: str | None
    classification: str | None
    handling: list[str]
    person_roles: list[str]
    data_categories: list[str]
    erase_by: At | None
    consents: list[Ref]
    approvals: list[Ref]


class Core(Header):
    """Everything outside the sealed parts, as it was signed."""

    channel: str
    type: str
    conversation: Ref
    in_reply_to: Digest | None
    issued_at: At
    expires_at: At
    policy: Digest
    directory_size: Count
    identity_part: bool


class Row(TypedDict):
    """One value of a document with its place."""

    path: str
    value: Any


class Proof(TypedDict):
    """One piece of evidence with the bytes that prove it."""

    event: str
    issuer: str
    recipient: str | None
    leaf_lost: bool
    at: At
    logged_at: At | None
    statement: Bytes64 | None
    proof: Bytes64


class Told(TypedDict):
    """A sentence with its article and what to do."""

    sentence: Words
    article: str | None
    remedy: Words


class Field(TypedDict):
    """One field that is wrong: where, a stable code, why, and what may stand there."""

    path: Annotated[str, Meta(description="JSON pointer into the request")]
    code: Code
    sentence: Words
    values: NotRequired[list["Value"]]
    needs: NotRequired[list[str]]


class Value(TypedDict):
    """A code that a field may hold, with its words."""

    code: str
    words: Words


class Problem(TypedDict):
    """A refusal (RFC 9457): `code` is stable, `title` says what happened, `remedy` what to do."""

    type: Annotated[str, Meta(pattern="^urn:problem:[A-Z0-9_]+$")]
    status: Annotated[int, Meta(ge=400, le=599)]
    code: Annotated[str, Meta(description="stable code; see the table of codes at the component")]
    title: Words
    remedy: Words
    article: NotRequired[str]
    findings: NotRequired[list[Finding]]
    fields: NotRequired[list[Field]]


class Closed(TypedDict):
    """Why the hub takes no messages for now."""

    code: Code
    title: Words
    remedy: Words


class Given(TypedDict):
    """The reason for a decision."""

    reason: Reason


class State(TypedDict):
    """What became of it."""

    state: Literal["released", "returned"]
