"""Erases the names of people whose account ended long ago: what they were called, and what was written about them.

Kinds and times of the events stay, so that the account's history can still be read; the processing log always held the
id alone.
"""

from sqlalchemy import Connection, exists, insert, select

from nodes.gateway.erasing import Erasing
from nodes.gateway.vault import erase_item
from nodes.people.person import Kind
from nodes.people_tables import person_event
from policies.clocks.zones import months_later
from protocol.ids import REFERENCE_SIZE

_GROUND = "account-ended"


def forget_departed(connection: Connection, erasing: Erasing, now: int, months: int) -> int:
    """Return how many accounts lost their names, because they ended at least ``months`` ago."""
    event = person_event.c
    left = exists().where(person_event.alias("said").c.person == event.person)
    query = select(event.person, event.at).where(event.kind == Kind.ENDED.value, left)
    gone = 0
    for row in connection.execute(query.order_by(event.number)).all():
        if months_later(row.at, months) <= now:
            gone += _forget(connection, erasing, row.person, now)
    return gone


def _forget(connection: Connection, erasing: Erasing, person: str, now: int) -> bool:
    query = select(person_event.c.item).where(person_event.c.person == person, person_event.c.item.is_not(None))
    items = list(connection.execute(query).scalars())
    if not items:
        return False
    for item in items:
        erase_item(connection, item)
    # The event tells whoever holds the folded accounts in memory that they are others now.
    connection.execute(insert(person_event).values(person=person, kind=Kind.FORGOTTEN.value, at=now))
    identifier = _reference(person)
    if identifier is not None:
        erasing.note(connection, [identifier], _GROUND, len(items))
    return True


def _reference(person: str) -> bytes | None:
    """Return an account's id as bytes; None for one that an early release named otherwise."""
    try:
        raw = bytes.fromhex(person)
    except ValueError:
        return None
    return raw if len(raw) == REFERENCE_SIZE else None
