"""What the processing log is told of (LED Article 25): who acts, and what was done with which objects. Pure.

There is no field for content: ids, codes, counts and digests only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from protocol.core import Core
from protocol.decision import Decision
from protocol.ids import Channel, MessageId, NodeId, TypeId
from protocol.stages import Draft


class Operation(StrEnum):
    """The kinds of processing that have to be logged. A transfer is the disclosure that leaves this node sealed.

    What concerns the security of the node alone stands in the same chain under a kind of its own.
    """

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    TRANSFER = "transfer"
    COMBINATION = "combination"
    ERASURE = "erasure"
    SECURITY = "security"  # no processing: who came in or tried to, and whose rights changed


class Door(StrEnum):
    """Where whoever acts came in."""

    DESK = "desk"
    API = "api"
    NODE = "node"  # nobody did: the node works by itself


@dataclass(frozen=True, slots=True)
class Doer:
    """Who acts: a person's opaque id, ``program`` for the holder of the API's token, or ``node``.

    ``reason`` is the code with which the act is justified; ``roles`` are those in force at that moment.
    """

    who: str
    door: Door
    reason: str
    roles: tuple[str, ...] = ()


REASONS: Final = frozenset(
    {
        "own-case",  # somebody works on the case
        "new-message",  # acknowledging and assigning what came in
        "on-duty",
        "supervision",
        "review",  # of retention, of access in an emergency
        "correction",
        "person-concerned",  # a request of the person whose data they are
        "oversight",  # data protection officer, supervisory authority
        "break-glass",
    }
)
"""Codes with which an act can be justified at the door."""
PROGRAM: Final = "program"
ITSELF: Final = Doer("node", Door.NODE, "automatic")
SOMEBODY: Final = Doer("somebody", Door.DESK, "automatic")
"""Whoever stands before the desk and has not signed in."""
UNSTATED: Final = "unstated"
"""The reason of a program that gave none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What was done with which objects. Ids, codes, counts and digests; there is no field for content.

    ``deed`` says it more closely than the operation: show, print, search, send, forward. ``digest`` is that of what
    was handed out. ``terms`` is a keyed hash of what was searched for, ``count`` how much was found or shown.
    ``reason`` takes the place of the one that was given at the door. ``opening`` is the number of the broken glass
    through which it was reached, ``ground`` the code that was given for that.
    """

    operation: Operation
    deed: str
    objects: tuple[bytes, ...] = ()
    recipients: tuple[NodeId, ...] = ()
    channel: Channel | None = None
    type: TypeId | None = None
    purpose: str | None = None
    handling: tuple[str, ...] = ()
    person_roles: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    consents: tuple[bytes, ...] = ()
    policy: bytes | None = None
    verdict: str | None = None
    rules: tuple[str, ...] = ()
    digest: bytes | None = None
    terms: bytes | None = None
    count: int | None = None
    reason: str | None = None
    opening: int | None = None
    ground: str | None = None


def act_on(
    operation: Operation, deed: str, message: MessageId, header: Core | Draft, decision: Decision | None = None
) -> Act:
    """Return an act on one message with what its header says of it, and the rules that decided."""
    codes = sorted({*header.handling, *filter(None, (header.classification,))})
    return Act(
        operation=operation,
        deed=deed,
        objects=(message,),
        channel=header.channel,
        type=header.type,
        purpose=header.purpose,
        handling=tuple(codes),
        person_roles=tuple(header.person_roles),
        categories=tuple(header.data_categories),
        consents=tuple(header.consents),
        policy=None if decision is None else decision.policy,
        verdict=None if decision is None else decision.verdict.value,
        rules=() if decision is None else _rules(decision),
    )


def restricting(messages: Sequence[MessageId]) -> Act:
    """Return that messages are restricted from now on, as a notice of their sender asks."""
    return Act(operation=Operation.ALTERATION, deed="restrict", objects=tuple(messages), count=len(messages))


def _rules(decision: Decision) -> tuple[str, ...]:
    return tuple(sorted({each.rule for each in decision.findings}))
