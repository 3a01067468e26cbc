"""Gathers the facts of one received request from its header, its document, the directory and what was found. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from keys.directory import Directory
from nodes.casework.crosscheck import OwnHit
from nodes.casework.screening import Holdings, RequestFacts
from nodes.casework.subjects import is_thin
from protocol.catalogue.content import VICTIMS, ContentSummary
from protocol.catalogue.documents import JSON
from protocol.catalogue.types import Catalogue
from protocol.core import Core, Mode
from protocol.decision import Finding
from protocol.errors import Code, Fault
from protocol.ids import NodeId

_URGENT: Final = "urgent"
_GROUNDS: Final = frozenset("abcd")
_OPEN: Final = frozenset((None, "BPL"))
_ROGATORY: Final = "rogatory"
_QUESTION: Final = "MT-01"


@dataclass(frozen=True, slots=True)
class Received:
    """A request at this node: its header, when it came, and the rules that hold it back."""

    core: Core
    node: NodeId
    at: int
    held: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Content:
    """The document of a request that a reader may see."""

    document: dict[str, JSON]
    summary: ContentSummary


def facts_of(
    received: Received, directory: Directory, catalogue: Catalogue, content: Content | None, holdings: Holdings
) -> RequestFacts:
    """Return the facts; ``content`` is None while the request is held. NOT_A_RECIPIENT where it is for others."""
    core = received.core
    me = core.recipient(received.node)
    if me is None:
        raise Fault(Code.NOT_A_RECIPIENT)
    agreements = directory.agreements_between(core.sender, received.node, core.channel, received.at)
    document = {} if content is None else content.document
    summary = ContentSummary() if content is None else content.summary
    urgency = document.get("urgency")
    reason = urgency.get("reason") if isinstance(urgency, dict) else None
    others = document.get("other_channels")
    return RequestFacts(
        held=received.held,
        query=str(document.get("query", "")),
        missing=() if content is None else missing_of(core, document),
        thin=is_thin(document),
        late=_is_late(document.get("answer_needed_by"), received.at),
        agreement=bool(agreements),
        purpose=any(core.purpose in each.purposes for each in agreements),
        competent=_is_competent(received, directory, catalogue),
        action=me.mode is Mode.ACTION,
        urgent=core.urgency == _URGENT,
        ground=core.urgency_ground in _GROUNDS,
        urgency_reason=len(reason.strip()) if isinstance(reason, str) else 0,
        special=summary.special_categories,
        victims=bool(VICTIMS & (summary.person_roles | set(core.person_roles))) or summary.child,
        judicial=core.channel == _ROGATORY,
        classified=core.classification not in _OPEN,
        other_channels=len(others) if isinstance(others, list) else 0,
        holdings=holdings,
    )


def missing_of(core: Core, document: dict[str, JSON]) -> tuple[str, ...]:
    """Return the label ids of what a question has to say and does not (Directive (EU) 2023/977 art. 4(5))."""
    if core.type.partition("/")[0] != _QUESTION:
        return ()
    needed = ["facts", "specification", "availability", "necessity", "answer_needed_by"]
    subjects = document.get("subjects")
    if isinstance(subjects, dict) and {"persons", "organisations"} & set(subjects):
        needed.append("connection")
    if core.urgency == _URGENT:
        needed.append("urgency")
    return tuple(f"{_QUESTION}.{each}" for each in needed if not document.get(each))


def holdings_of(hits: Sequence[OwnHit], lists: frozenset[str]) -> Holdings:
    """Return in numbers and names of organisations what the node holds."""
    return Holdings(
        items=sum(not each.again for each in hits),
        owners=frozenset(each.owner for each in hits if each.owner is not None),
        lists=lists,
        duplicates=sum(each.again for each in hits),
    )


def _is_competent(received: Received, directory: Directory, catalogue: Catalogue) -> bool:
    """Tell whether this node is of a kind that may answer the type, and is in good standing on its channel."""
    core = received.core
    me = directory.participant(received.node, received.at)
    if me is None or me.suspended or me.revoked or core.channel not in me.channels:
        return False
    return any(core.type in each.reply_to and me.kind in each.sender_kinds for each in catalogue.types.values())


def _is_late(text: JSON, at: int) -> bool:
    if not isinstance(text, str):
        return False
    try:
        return datetime.fromisoformat(text).timestamp() < at
    except ValueError:
        return True
