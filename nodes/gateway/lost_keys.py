"""What an older copy of the database brought back: items whose keys ended with their epoch. They open no more.

An erased item comes back as bytes that nobody can read, and so do all others of that copy: their survivors were wrapped
anew later. Which messages that are is told by ids, so that their senders can be asked to send them again.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from nodes.gateway.alarms import clear_alarm, raise_alarm
from nodes.schema import inbox, item, outbox
from protocol.errors import Code
from protocol.ids import MessageId

SUBJECT: Final = "items of an older copy of the database"
_SHOWN: Final = 1_000


@dataclass(frozen=True, slots=True)
class Lost:
    """How many stored items open no more, and the ids of the messages whose content is among them."""

    items: int
    messages: tuple[MessageId, ...]


def lost_items(connection: Connection, oldest: int) -> Lost:
    """Return what is wrapped under epochs before ``oldest``, the oldest one that the keystore holds."""
    count = connection.execute(select(func.count()).select_from(item).where(item.c.epoch < oldest)).scalar_one()
    found: list[MessageId] = []
    for table in (inbox, outbox):
        query = select(table.c.message).join(item, item.c.id == table.c.item).where(item.c.epoch < oldest)
        rows = connection.execute(query.where(table.c.message.is_not(None)).limit(_SHOWN))
        found += [MessageId(each) for each in rows.scalars()]
    return Lost(count, tuple(sorted(found)))


def tell_lost(connection: Connection, oldest: int, now: int) -> Lost:
    """Return the same, after the alarm about it was raised, or taken back where nothing is lost."""
    lost = lost_items(connection, oldest)
    if lost.items:
        raise_alarm(connection, Code.UNKNOWN_DECRYPTION_KEY.value, SUBJECT, now)
    else:
        clear_alarm(connection, Code.UNKNOWN_DECRYPTION_KEY.value, SUBJECT)
    return lost
