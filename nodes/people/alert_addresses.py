"""Where people want to be told of urgent items: one mail address each, encrypted, theirs to change and to take away."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from nodes.alert_tables import alert_address
from nodes.gateway.stores import Store
from nodes.gateway.vault import Vault, erase_item
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone

_LONGEST: Final = 254  # characters of an address (RFC 5321)
_FORM: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")
BAD_ADDRESS: Final = NotDone(
    "BAD_ADDRESS",
    "This is no mail address.",
    "Write it as name@organisation.example, with no blanks, or leave the field empty.",
    "address",
)


class AlertAddresses:
    """The addresses of one node."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of(self, person: PersonId) -> str:
        """Return the address of a person, empty without one."""
        found = await self._store.database.read(lambda c: load_addresses(c, self._store.vault, [person]))
        return found.get(person, "")

    async def put(self, person: PersonId, address: str, now: int) -> NotDone | None:
        """Return None once the address is stored in place of the former one, which is erased; empty text ends it."""
        if address and (len(address) > _LONGEST or _FORM.fullmatch(address) is None):
            return BAD_ADDRESS

        def work(connection: Connection) -> None:
            drop_address(connection, person)
            if address:
                kept = self._store.vault.put(connection, address.encode())
                connection.execute(insert(alert_address).values(person=person, item=kept, at=now))

        await self._store.database.write(work)
        return None


def drop_address(connection: Connection, person: PersonId) -> None:
    """Erase the address of a person."""
    query = select(alert_address.c.item).where(alert_address.c.person == person)
    kept = connection.execute(query).scalar_one_or_none()
    if kept is not None:
        erase_item(connection, kept)
    connection.execute(delete(alert_address).where(alert_address.c.person == person))


def load_addresses(connection: Connection, vault: Vault, persons: Iterable[PersonId]) -> Mapping[PersonId, str]:
    """Return the addresses of those of the persons who have one."""
    rows = connection.execute(select(alert_address).where(alert_address.c.person.in_(list(persons)))).all()
    opened = ((row.person, vault.get(connection, row.item)) for row in rows)
    return {PersonId(person): raw.decode() for person, raw in opened if raw is not None}
