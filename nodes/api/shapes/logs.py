"""The processing log and what it proves."""

from typing import Any, Literal, TypedDict

from nodes.api.shapes.common import At, Count, Digest
from nodes.gateway.deeds import Door, Operation


class Said(TypedDict, total=False):
    """What an act says beside its operation; only what it does say."""

    deed: str
    door: Door
    roles: list[str]
    reason: str
    objects: list[str]
    recipients: list[str]
    channel: str
    type: str
    purpose: str
    handling: list[str]
    person_roles: list[str]
    categories: list[str]
    consents: list[str]
    policy: Digest
    verdict: str
    rules: list[str]
    digest: Digest
    terms: str
    count: Count
    opening: Count
    ground: str


class EntryRow(Said):
    """One entry; one whose bytes were changed so that they cannot be read says so."""

    number: Count
    at: At
    hash: Digest
    operation: Operation
    who: str
    readable: bool


class Entries(TypedDict):
    """Entries, the newest first; `next` is the `before` of the following page, null at the end."""

    entries: list[EntryRow]
    next: int | None


class Head(TypedDict):
    """The log's head: how many entries, and the hash of the last."""

    number: Count
    hash: Digest


class Start(Head):
    """Where a log that was shortened begins."""

    shortened_at: At


class AnchorShape(TypedDict):
    """An anchor in the network's log: which entry it covers last, since when, and in which leaf."""

    count: Count
    at: At
    leaf: Count


class Between(TypedDict):
    """The anchors around something; null where there is none."""

    after: AnchorShape | None
    upto: AnchorShape | None


class Standing(TypedDict):
    """Where the log stands, and how far the network's log holds it; `waiting` is the count of an anchor on its way."""

    head: Head
    begins_after: Start | None
    anchored: AnchorShape | None
    waiting: int | None


class Holds(TypedDict):
    """The chain holds; what was covered. It is the log that was anchored unless `wrong` names entries that are not."""

    holds: bool
    entries: Count
    begins_after: Head
    head: Head
    first_at: At | None
    last_at: At | None
    anchored: AnchorShape | None
    wrong: list[Between]


class Breaks(TypedDict):
    """The first entry that does not hold, and why."""

    holds: Literal[False]
    broken_at: Any
    why: str
    between: Between
    anchored: AnchorShape | None
    wrong: list[Between]
