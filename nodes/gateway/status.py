"""How the node is doing, for people and monitoring: counts, ages and findings; no content and no names of persons."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from nodes.gateway.alarms import Alarm, alarms
from nodes.gateway.duties import Count, count_duties
from nodes.gateway.heads import find_head
from nodes.gateway.here import Here
from nodes.gateway.outbox import OutState
from nodes.gateway.rotation import my_channels
from nodes.gateway.sequences import Gap, gaps
from nodes.gateway.stores import Network, Store
from nodes.gateway.voids import Closed, closed
from nodes.gateway.watch import Health
from nodes.gateway.witness_store import load_kept
from nodes.schema import cursor, inbox, outbox, posting
from protocol.api import MESSAGE_LOG
from protocol.errors import Code
from protocol.ids import Channel, NodeId


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One channel: how many items were taken, how many the hub signed for, and when it was last looked at."""

    channel: Channel
    taken: int
    total: int
    fetched_at: int
    key_weeks_ahead: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One picture of the node. Times are seconds UTC."""

    node: NodeId
    enrolled: bool
    network: bytes
    now: int
    directory_size: int
    log_size: int  # of the largest head of the message log that was verified here; a restart statement asks for it
    synced_at: int
    hub_answered_at: int
    hub_offset_s: int | None
    policy: bytes | None
    policy_here: bool
    outbox: dict[str, int]
    inbox: dict[str, int]
    postings: dict[str, int]
    mailboxes: Sequence[Mailbox]
    gaps: Sequence[Gap]
    closed: Sequence[Closed]  # numbers that others declared unused, the newest few
    alarms: Sequence[Alarm]
    duties: Count
    troubles: dict[str, str]
    hub_closed: Code | None  # why the hub signs nothing until its operator or the registrars acted


@dataclass(frozen=True, slots=True)
class _Counted:
    outbox: dict[str, int]
    inbox: dict[str, int]
    postings: dict[str, int]
    cursors: dict[str, tuple[int, int, int]]
    gaps: Sequence[Gap]
    closed: Sequence[Closed]
    alarms: Sequence[Alarm]
    log_size: int
    duties: Count
    closed_for: Code | None


_WEEK = 7 * 86_400
_CLOSED = frozenset({Code.LOG_FORK, Code.RESTART_NEEDED})
"""With these a hub answers whatever needs its signature; messages wait meanwhile (docs/restart.md)."""


async def read_status(here: Here, network: Network, store: Store, health: Health) -> Status:
    """Return the picture of this moment."""
    replica, now = network.replica, here.clock()
    counted = await store.database.read(lambda connection: _count(connection, now))
    directory = replica.directory
    me = directory.participant(here.node, now)
    digest = replica.policy_digest()
    return Status(
        node=here.node,
        enrolled=me is not None and not me.revoked,
        network=here.network,
        now=now,
        directory_size=directory.size,
        log_size=counted.log_size,
        synced_at=replica.synced_at,
        hub_answered_at=health.hub_answered_at,
        hub_offset_s=replica.hub_offset,
        policy=digest,
        policy_here=replica.bundle is not None,
        outbox=counted.outbox,
        inbox=counted.inbox,
        postings=counted.postings,
        mailboxes=[_mailbox(each, counted, network, here) for each in my_channels(network, here)],
        gaps=counted.gaps,
        closed=counted.closed,
        alarms=counted.alarms,
        duties=counted.duties,
        troubles={name: code.value for name, code in sorted(health.troubles.items())},
        hub_closed=_closed_by(health) or counted.closed_for,
    )


async def why_closed(store: Store, health: Health) -> Code | None:
    """Return with which code the hub refuses to sign anything for now, None while it takes messages."""
    return _closed_by(health) or await store.database.read(_waiting_for)


def _closed_by(health: Health) -> Code | None:
    return next((code for code in health.troubles.values() if code in _CLOSED), None)


def _waiting_for(connection: Connection) -> Code | None:
    """Return what the hub answered to a message that waits for it."""
    waits = (outbox.c.state == OutState.READY.value, outbox.c.code.in_([code.value for code in sorted(_CLOSED)]))
    found = connection.execute(select(outbox.c.code).where(*waits).limit(1)).scalar_one_or_none()
    return None if found is None else Code(found)


def _mailbox(channel: Channel, counted: _Counted, network: Network, here: Here) -> Mailbox:
    taken, total, fetched_at = counted.cursors.get(channel, (0, 0, 0))
    keys = network.replica.directory.recipient_keys(here.node, channel)
    last = max((key.not_after for key in keys), default=0)
    return Mailbox(channel, taken, total, fetched_at, max(0, (last - here.clock()) // _WEEK))


def _count(connection: Connection, now: int) -> _Counted:
    def by_state(column: object) -> dict[str, int]:
        query = select(column, func.count()).group_by(column)  # type: ignore[call-overload]  # a column
        return {str(state): int(number) for state, number in connection.execute(query)}

    rows = connection.execute(select(cursor))
    head = find_head(connection)
    return _Counted(
        by_state(outbox.c.state),
        by_state(inbox.c.state),
        by_state(posting.c.state),
        {row.channel: (row.number, row.total, row.fetched_at) for row in rows},
        gaps(connection),
        closed(connection),
        alarms(connection),
        max(0 if head is None else head.size, load_kept(connection, MESSAGE_LOG).size),
        count_duties(connection, now),
        _waiting_for(connection),
    )
