"""Whom mail waits for at the hub, or waited for in vain: who fetched nothing, whom to call (protocol decision 11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from keys.directory import Directory
from nodes.gateway.outbox import OutState
from nodes.schema import addressee, outbox
from policies.clocks.limits import FETCHING
from policies.clocks.zones import DAY
from protocol.ids import MessageId, NodeId

SILENCE_DAYS = FETCHING.seconds // DAY


@dataclass(frozen=True, slots=True)
class Silent:
    """One message that one recipient has not fetched since the hub took it, or until it ran out then, seconds UTC."""

    message: MessageId
    reference: str | None
    node: NodeId
    since: int


def silent_recipients(connection: Connection, now: int, limit: int) -> Sequence[Silent]:
    """Return what waits at the hub for ``SILENCE_DAYS`` or longer and is still alive, the oldest first."""
    said = (addressee.c.handed_over_at, addressee.c.failed_at, addressee.c.rejected_at, addressee.c.unserved_at)
    waiting = [each.is_(None) for each in said]
    query = (
        select(outbox.c.message, outbox.c.reference, addressee.c.node, outbox.c.accepted_at)
        .join(addressee, addressee.c.message == outbox.c.message)
        .where(outbox.c.state == OutState.ACCEPTED.value, outbox.c.expires_at > now, *waiting)
        .where(outbox.c.accepted_at <= now - FETCHING.seconds)
        .order_by(outbox.c.accepted_at, outbox.c.number, addressee.c.node)
        .limit(limit)
    )
    rows = connection.execute(query)
    return [Silent(MessageId(row.message), row.reference, NodeId(row.node), row.accepted_at) for row in rows]


def never_fetched(connection: Connection, after: int, limit: int) -> Sequence[Silent]:
    """Return what ran out unfetched, as the hub logged after a time, the newest first."""
    query = (
        select(outbox.c.message, outbox.c.reference, addressee.c.node, addressee.c.unserved_at)
        .join(addressee, addressee.c.message == outbox.c.message)
        .where(addressee.c.unserved_at > after, addressee.c.handed_over_at.is_(None), addressee.c.read_at.is_(None))
        .order_by(addressee.c.unserved_at.desc(), outbox.c.number, addressee.c.node)
        .limit(limit)
    )
    rows = connection.execute(query)
    return [Silent(MessageId(row.message), row.reference, NodeId(row.node), row.unserved_at) for row in rows]


def labels_of(directory: Directory) -> Mapping[NodeId, str]:
    """Return how the directory calls each participant: whom to ask for on the telephone. It names no person."""
    return {each.node: each.label for each in directory.participants()}
