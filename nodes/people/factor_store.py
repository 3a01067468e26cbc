"""Ways to sign in, in the database: what is secret about them in the vault, the id of a passkey as a keyed hash."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, delete, insert, select, update

from nodes.gateway.search import SearchKey
from nodes.gateway.vault import Vault, erase_item
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.challenges import Challenge
from nodes.people.factors import FactorShown, Way
from nodes.people.refusals import NotDone
from nodes.people_tables import factor, spent_challenge


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is kept of a way to sign in: the digest of a passphrase with the secret of its codes, or a passkey's key."""

    label: str = ""
    digest: str = field(default="", repr=False)
    secret: bytes = field(default=b"", repr=False)
    key: bytes = field(default=b"", repr=False)
    id: bytes = field(default=b"", repr=False)  # by which a browser recognises that the device has a passkey already


@dataclass(frozen=True, slots=True)
class NewFactor:
    """A way to sign in that was checked and is to be stored; a passkey spends its challenge with that."""

    way: Way
    kept: Kept
    counter: int
    tag: bytes | None = None
    challenge: Challenge | None = None


@dataclass(frozen=True, slots=True)
class At:
    """Under which random id and when a way to sign in is stored."""

    id: bytes
    now: int


@dataclass(frozen=True, slots=True)
class StoredFactor:
    """A way to sign in as it is stored."""

    id: bytes
    person: PersonId
    way: Way
    counter: int
    kept: Kept


def passkey_tag(search: SearchKey, credential: bytes) -> bytes:
    """Return under which keyed hash a passkey is found."""
    return search.tag(f"people:passkey:{credential.hex()}")


def refuse_factor(connection: Connection, new: NewFactor, now: int) -> NotDone | None:
    """Return why a way to sign in cannot be stored: its challenge was used before, or the passkey is registered.

    The challenge is spent with that, whatever comes after.
    """
    if new.challenge is not None and not spend_challenge(connection, new.challenge, now):
        return refusals.PASSKEY_NOT_ADDED
    return refusals.PASSKEY_KNOWN if new.tag is not None and _is_known(connection, new.tag) else None


def put_factor(connection: Connection, vault: Vault, who: PersonId, new: NewFactor, at: At) -> None:
    """Store a way to sign in; a new passphrase takes the place of the former one."""
    if new.way is Way.PASSPHRASE:
        erase_factors(connection, factors_of(connection, who, Way.PASSPHRASE))
    kept = vault.put(connection, msgspec.json.encode(new.kept))
    values = {"kind": new.way.value, "tag": new.tag, "counter": new.counter, "since": at.now, "item": kept}
    connection.execute(insert(factor).values(id=at.id, person=who, **values))


def find_passphrase(connection: Connection, vault: Vault, who: PersonId) -> StoredFactor | None:
    """Return the passphrase of a person with its codes."""
    query = select(factor).where(factor.c.person == who, factor.c.kind == Way.PASSPHRASE.value)
    return _stored(connection, vault, connection.execute(query).one_or_none())


def find_passkey(connection: Connection, vault: Vault, tag: bytes) -> StoredFactor | None:
    """Return the passkey whose id has this keyed hash."""
    return _stored(connection, vault, connection.execute(select(factor).where(factor.c.tag == tag)).one_or_none())


def use_factor(connection: Connection, identifier: bytes, counter: int, now: int, *, may_stay: bool = False) -> bool:
    """Note a use and return True; False when the counter was there before, or the way to sign in is gone.

    With ``may_stay`` a counter of 0 may stay 0: authenticators without one always say 0.
    """
    row = connection.execute(select(factor.c.counter).where(factor.c.id == identifier)).one_or_none()
    if row is None or not (counter > row.counter or (may_stay and counter == row.counter == 0)):
        return False
    connection.execute(update(factor).where(factor.c.id == identifier).values(counter=counter, used_at=now))
    return True


def shown_factors(connection: Connection, vault: Vault, who: PersonId) -> tuple[FactorShown, ...]:
    """Return the ways to sign in of a person, the oldest first, without what is secret about them."""
    query = select(factor).where(factor.c.person == who).order_by(factor.c.since, factor.c.id)
    return tuple(
        FactorShown(row.id, Way(row.kind), stored.kept.label, row.since, row.used_at)
        for row in connection.execute(query).all()
        if (stored := _stored(connection, vault, row)) is not None
    )


def erase_factors(connection: Connection, rows: Sequence[bytes]) -> None:
    """Erase ways to sign in with their secrets."""
    for row in connection.execute(select(factor.c.item).where(factor.c.id.in_(rows))).all():
        if row.item is not None:
            erase_item(connection, row.item)
    connection.execute(delete(factor).where(factor.c.id.in_(rows)))


def factors_of(connection: Connection, who: PersonId, way: Way | None = None) -> tuple[bytes, ...]:
    """Return the ids of a person's ways to sign in."""
    query = select(factor.c.id).where(factor.c.person == who)
    narrowed = query if way is None else query.where(factor.c.kind == way.value)
    return tuple(row.id for row in connection.execute(narrowed).all())


def passkeys_known(connection: Connection, vault: Vault, who: PersonId) -> tuple[bytes, ...]:
    """Return the ids of a person's passkeys, by which a browser tells that a device has one already."""
    query = select(factor).where(factor.c.person == who, factor.c.kind == Way.PASSKEY.value)
    found = (_stored(connection, vault, row) for row in connection.execute(query).all())
    return tuple(each.kept.id for each in found if each is not None)


def spend_challenge(connection: Connection, challenge: Challenge, now: int) -> bool:
    """Return True the first time a challenge is used; what is too old to be used is forgotten."""
    connection.execute(delete(spent_challenge).where(spent_challenge.c.until <= now))
    if (
        connection.execute(select(spent_challenge).where(spent_challenge.c.nonce == challenge.nonce)).first()
        is not None
    ):
        return False
    connection.execute(insert(spent_challenge).values(nonce=challenge.nonce, until=challenge.until))
    return True


def _is_known(connection: Connection, tag: bytes) -> bool:
    return connection.execute(select(factor.c.id).where(factor.c.tag == tag)).first() is not None


def _stored(connection: Connection, vault: Vault, row: Row[Any] | None) -> StoredFactor | None:
    raw = None if row is None else vault.get(connection, row.item)
    if row is None or raw is None:
        return None
    kept = msgspec.json.decode(raw, type=Kept)
    return StoredFactor(row.id, PersonId(row.person), Way(row.kind), row.counter, kept)
