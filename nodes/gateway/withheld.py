"""Mail of this node that waits at the hub under a key that was revoked since: the hub withholds it, and we say so."""

from typing import Final

from sqlalchemy import ColumnElement, Connection, select

from keys.directory import Directory
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.outbox import OutState, signed_bytes
from nodes.schema import addressee, outbox
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.errors import Code
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_SIGNED

_SHOWN: Final = 8  # bytes of a message id in an alarm; the whole id would not help anybody to read it


def withheld_from(connection: Connection, message: MessageId, directory: Directory) -> frozenset[NodeId]:
    """Return the addressees of a sent message whose key for it was revoked before they confirmed anything."""
    waiting = select(addressee.c.node).where(addressee.c.message == message, *_unconfirmed())
    nodes = set(connection.execute(waiting).scalars())
    raw = signed_bytes(connection, message) if nodes else None
    if raw is None:
        return frozenset()
    core = parse_manifest(parse_signed(raw, MAX_SIGNED).payload).core
    return frozenset(each.node for each in core.to if each.node in nodes and directory.is_key_revoked(each.key_id))


def note_withheld(connection: Connection, directory: Directory, now: int) -> int:
    """Raise an alarm for every message that is withheld from somebody, and return how many there are."""
    query = (
        select(outbox.c.message)
        .join(addressee, addressee.c.message == outbox.c.message)
        .where(outbox.c.state == OutState.ACCEPTED.value, outbox.c.expires_at > now, *_unconfirmed())
        .distinct()
    )
    found = 0
    for message in connection.execute(query).scalars().all():
        for node in sorted(withheld_from(connection, MessageId(message), directory)):
            raise_alarm(connection, Code.KEY_REVOKED.value, f"{message[:_SHOWN].hex()} withheld from {node}", now)
            found += 1
    return found


def _unconfirmed() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return addressee.c.handed_over_at.is_(None), addressee.c.failed_at.is_(None)
