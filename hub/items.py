"""What goes through the one write path, and what comes back: values between the HTTP side and the writer's thread."""

from collections.abc import Callable
from dataclasses import dataclass

from hub.act_rules import ActState
from hub.admission import Candidate
from hub.admission_checks import Refuse
from hub.wakeups import Place
from protocol.anchor import SignedAnchor
from protocol.evidence import SignedReceipt
from protocol.ids import NodeId
from protocol.leaf import LeafKind
from protocol.tokens import SignedToken
from protocol.voids import SignedVoid


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message that admission let through under the state of ``version``; ``size`` is its bytes."""

    candidate: Candidate
    version: tuple[int, int]
    size: int


@dataclass(frozen=True, slots=True)
class NewReceipt:
    """A recipient's receipt whose signatures were verified."""

    receipt: SignedReceipt


@dataclass(frozen=True, slots=True)
class NewVoid:
    """A sender's void whose signatures were verified."""

    void: SignedVoid


@dataclass(frozen=True, slots=True)
class NewToken:
    """A consent or approval token whose signatures were verified."""

    token: SignedToken


@dataclass(frozen=True, slots=True)
class NewAnchor:
    """A node's anchor of its own log whose signatures were verified."""

    anchor: SignedAnchor


@dataclass(frozen=True, slots=True)
class NewAct:
    """An act under all its signatures; ``adopt`` is told what is in force after its commit, in the writer's thread."""

    raw: bytes
    adopt: Callable[[ActState], None]


@dataclass(frozen=True, slots=True)
class NewUnserved:
    """What is due to be logged as never handed out, at most ``limit`` of it; which that is, is judged in the batch."""

    limit: int


@dataclass(frozen=True, slots=True)
class NewNote:
    """A leaf of the hub's own: restarts and acts of administration; ``count`` leaves of the same digest."""

    kind: LeafKind
    digest: bytes
    count: int = 1


Item = NewMessage | NewReceipt | NewVoid | NewToken | NewAnchor | NewUnserved | NewNote | NewAct


@dataclass(frozen=True, slots=True)
class Logged:
    """Where an item stands in the message log; ``fresh`` is False for a repeat. ``places`` have news."""

    index: int
    entry: bytes
    fresh: bool
    places: tuple[Place, ...] = ()


class Refused(Exception):
    """Carries a refusal to the HTTP side; the refusal itself is a value."""

    def __init__(self, refuse: Refuse, node: NodeId | None = None) -> None:
        super().__init__(str(refuse.code))
        self.refuse = refuse
        self.node = node
