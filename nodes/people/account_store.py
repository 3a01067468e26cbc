"""Accounts in the database: their events, with names and reasons in the vault, and the keyed hash of a sign-in name."""

from collections.abc import Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from nodes.gateway.search import SearchKey
from nodes.gateway.vault import SealedItem, Vault
from nodes.people.acting import PersonId
from nodes.people.changes import sign_in_key
from nodes.people.person import NOTHING, Details, Kind, PersonEvent
from nodes.people_tables import person, person_event
from nodes.schema import item

_UNSAID: Final = ("", NOTHING)


def put_person(connection: Connection, identifier: PersonId, sign_in: bytes, now: int) -> None:
    """Store an account that has no events yet."""
    connection.execute(insert(person).values(id=identifier, sign_in=sign_in, created_at=now))


def free_sign_in(connection: Connection, identifier: PersonId) -> None:
    """Let somebody else have the sign-in name of an account that has ended."""
    connection.execute(update(person).where(person.c.id == identifier).values(sign_in=None))


def sign_in_tag(search: SearchKey, name: str) -> bytes:
    """Return under which keyed hash a sign-in name is found."""
    return search.tag(f"people:name:{sign_in_key(name)}")


def find_by_sign_in(connection: Connection, tag: bytes) -> PersonId | None:
    """Return whose sign-in name has this keyed hash."""
    found = connection.execute(select(person.c.id).where(person.c.sign_in == tag)).scalar_one_or_none()
    return None if found is None else PersonId(found)


def put_event(connection: Connection, vault: Vault, event: PersonEvent) -> int:
    """Append an event and return its number; the number that it has already does not count."""
    kept = vault.put(connection, msgspec.json.encode((event.why, event.details)))
    values = {"kind": event.kind.value, "at": event.at, "actor": event.by, "item": kept}
    stored = insert(person_event).values(person=event.person, **values).returning(person_event.c.number)
    return int(connection.execute(stored).scalar_one())


def last_number(connection: Connection) -> int:
    """Return the number of the latest event of any account, 0 when there is none."""
    return connection.execute(select(func.max(person_event.c.number))).scalar_one() or 0


def load_events(connection: Connection, vault: Vault) -> Sequence[PersonEvent]:
    """Return every event of every account; of one whose content was erased only kind, time and person are left."""
    joined = person_event.outerjoin(item, item.c.id == person_event.c.item)
    columns = (person_event, item.c.id.label("item_id"), item.c.epoch, item.c.wrapped_key, item.c.content)
    found = []
    for row in connection.execute(select(*columns).select_from(joined).order_by(person_event.c.number)):
        sealed = None if row.item_id is None else SealedItem(row.item_id, row.epoch, row.wrapped_key, row.content)
        why, details = _UNSAID if sealed is None or vault.is_gone(sealed) else _said(vault.open(sealed))
        found.append(
            PersonEvent(
                number=row.number,
                person=PersonId(row.person),
                kind=Kind(row.kind),
                at=row.at,
                by=None if row.actor is None else PersonId(row.actor),
                why=why,
                details=details,
            )
        )
    return found


def _said(raw: bytes) -> tuple[str, Details]:
    return msgspec.json.decode(raw, type=tuple[str, Details])
