"""What proves the steps of a message: the hub's acceptance, the recipients' receipts, our own; all their SQL.

``proof`` has the shape of an acceptance (``protocol.evidence``): leaf, inclusion and the checkpoint that covers it, so
that anyone can verify it later without this node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, insert, select

from nodes.gateway.witnessed_store import await_leaf
from nodes.schema import evidence
from protocol.cbor import decode
from protocol.evidence import Event, parse_inclusion
from protocol.ids import MessageId, NodeId
from protocol.leaf import parse_leaf
from protocol.limits import MAX_CHECKPOINT, MAX_STATEMENT
from protocol.shapes import as_map
from protocol.unserved import UNSERVED_EVENT

HUB: Final = "hub"
ACCEPTANCE: Final = 0
"""Stands for SubmissionAcceptance; the recipients' events have the numbers of ``protocol.evidence.Event``."""


UNSERVED: Final = UNSERVED_EVENT
"""Stands for the hub's ContentHandoverFailure: it never handed a message to one of its recipients."""
_HUB_ABOUT: Final = f"{HUB}:"


def hub_about(node: NodeId) -> str:
    """Return the issuer under which the hub's evidence about one recipient is kept: there may be one for each."""
    return f"{_HUB_ABOUT}{node}"


def subject_of(issuer: str) -> NodeId | None:
    """Return about which recipient the hub's evidence is; None for evidence of any other kind."""
    return NodeId(issuer.removeprefix(_HUB_ABOUT)) if issuer.startswith(_HUB_ABOUT) else None


@dataclass(frozen=True, slots=True)
class Proof:
    """One piece of evidence. ``raw`` is the issuer's signed statement, empty for what the hub says by its log."""

    subject: bytes
    issuer: str
    event: int
    raw: bytes
    proof: bytes
    at: int
    logged_at: int


def put_proof(connection: Connection, new: Proof) -> bool:
    """Store evidence once; return whether it is new. The first stays: a repeat never replaces what was shown."""
    if find_proof(connection, new.subject, new.issuer, new.event) is not None:
        return False
    connection.execute(
        insert(evidence).values(
            subject=new.subject,
            issuer=new.issuer,
            event=new.event,
            raw=new.raw,
            proof=new.proof,
            at=new.at,
            logged_at=new.logged_at,
        )
    )
    if new.proof:
        await_leaf(connection, *leaf_of(new.proof))
    return True


def leaf_of(proof: bytes) -> tuple[int, int]:
    """Return where the leaf of a stored proof stands, and its time."""
    fields = as_map(decode(proof, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    inclusion = parse_inclusion(fields[2])
    return inclusion.index, parse_leaf(inclusion.entry).time


def find_proof(connection: Connection, subject: bytes, issuer: str, event: int) -> Proof | None:
    """Return one piece of evidence."""
    query = select(evidence).where(
        evidence.c.subject == subject, evidence.c.issuer == issuer, evidence.c.event == event
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Proof(*row)


def proofs(connection: Connection, message: MessageId) -> Sequence[Proof]:
    """Return all evidence about a message in the order of the log."""
    query = select(evidence).where(evidence.c.subject == message)
    rows = connection.execute(query.order_by(evidence.c.logged_at, evidence.c.event, evidence.c.issuer))
    return [Proof(*row) for row in rows]


def events_of(connection: Connection, message: MessageId, issuer: str) -> list[Event]:
    """Return what an issuer has said about a message so far."""
    query = select(evidence.c.event).where(evidence.c.subject == message, evidence.c.issuer == issuer)
    return [Event(each) for each in connection.execute(query).scalars()]
