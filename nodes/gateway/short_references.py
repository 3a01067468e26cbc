"""Finds the message whose short reference a person heard over the telephone."""

from collections.abc import Sequence

from sqlalchemy import Connection, select

from nodes.schema import inbox, outbox
from protocol.ids import MessageId


def find_by_reference(connection: Connection, reference: str) -> Sequence[MessageId]:
    """Return every message of either box with this reference, received ones first.

    Senders choose references at random, so more than one is chance or malice, and a person decides.
    """
    received = select(inbox.c.message).where(inbox.c.reference == reference, inbox.c.message.is_not(None))
    sent = select(outbox.c.message).where(outbox.c.reference == reference, outbox.c.replaced_by.is_(None))
    rows = [
        *connection.execute(received.order_by(inbox.c.id)),
        *connection.execute(sent.order_by(outbox.c.number)),
    ]
    return [MessageId(row.message) for row in rows]
