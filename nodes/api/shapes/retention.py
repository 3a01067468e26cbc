"""Keeping and erasing: what goes when, legal holds, evidence of erasures."""

from typing import TypedDict

from nodes.api.shapes.common import At, Count, Digest


class Going(TypedDict):
    """A message that has to go, when, and why; `held_until` is the end of the longest hold on it."""

    message: Digest
    type: str
    channel: str
    erase_at: At
    ground: str
    article: str
    held_until: At | None


class HoldRow(TypedDict):
    """A legal hold; `stands` tells whether it keeps anything now."""

    number: Count
    subject: str
    code: str
    article: str
    placed_at: At
    placed_by: str
    expires_at: At
    lifted_at: At | None
    stands: bool


class Holds(TypedDict):
    """Legal holds, the newest first."""

    holds: list[HoldRow]


class Limits(TypedDict):
    """The limits of national law in months, by the family of channels, and of what nobody sent."""

    police: Count
    judicial: Count
    civil: Count
    requests: Count
    drafts: Count


class UnsentKind(TypedDict):
    """How much of a kind was written and never sent, and when the first of it goes by itself."""

    count: Count
    next_at: At | None


class Unsent(TypedDict):
    """Drafts, and requests of investigators, that nobody sent."""

    drafts: UnsentKind
    requests: UnsentKind


class Evidence(TypedDict):
    """Signed evidence of an erasure: ids, time, ground, who; never what was in it."""

    id: Digest
    node: str
    at: At
    ground: str
    article: str | None
    by: str
    epoch: Count
    items: Count
    ids: list[str]
    signed: str


class Lost(TypedDict):
    """What came back with an older copy of the database and opens no more."""

    items: Count
    messages: list[Digest]


class Retention(TypedDict):
    """What has to go within 90 days, what was erased last, what opens no more, and the limits of the law here."""

    coming: list[Going]
    erased: list[Evidence]
    lost: Lost
    unsent: Unsent
    limits: Limits


class HoldWish(TypedDict):
    """A hold on a case (32 hex digits) or a message (64), ordered by an authority, up to a moment in seconds UTC."""

    subject: str
    code: str
    authority: str
    expires_at: At


class LiftWish(TypedDict):
    """Why a hold is lifted."""

    why: str
