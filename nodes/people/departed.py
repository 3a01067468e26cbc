"""Erases the names of people whose account ended long ago: what they were called, and what was written about them.

Kinds and times of the events stay, so that the account's history can still be read; the processing log always held the
id alone.
"""

from typing import Final

from sqlalchemy import Connection, exists, insert, select

from nodes.gateway.erasing import Erasing
from nodes.gateway.vault import erase_item
from nodes.people.acting import PersonId, raw_id
from nodes.people.person import Kind
from nodes.people_tables import person_event
from policies.clocks.zones import months_later

_GROUND: Final = "account-ended"


def forget_departed(connection: Connection, erasing: Erasing, now: int, months: int) -> int:
    """Return how many accounts lost their names, because they ended at least ``months`` ago."""
    event = person_event.c
    said = person_event.alias("said").c
    left = exists().where(said.person == event.person, said.item.is_not(None))
    query = select(event.person, event.at).where(event.kind == Kind.ENDED.value, left)
    gone = 0
    for row in connection.execute(query.order_by(event.number)).all():
        if months_later(row.at, months) <= now:
            _forget(connection, erasing, row.person, now)
            gone += 1
    return gone


def _forget(connection: Connection, erasing: Erasing, person: PersonId, now: int) -> None:
    query = select(person_event.c.item).where(person_event.c.person == person, person_event.c.item.is_not(None))
    items = list(connection.execute(query).scalars())
    for item in items:
        erase_item(connection, item)
    # The event tells whoever holds the folded accounts in memory that they are others now.
    connection.execute(insert(person_event).values(person=person, kind=Kind.FORGOTTEN.value, at=now))
    identifier = raw_id(person)
    if identifier is not None:
        erasing.note(connection, [identifier], _GROUND, len(items))
