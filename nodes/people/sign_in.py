"""Signing in: with a passkey, or with sign-in name, passphrase and one-time code in one step.

A failure never tells which part was wrong, and unknown names get the same answer after the same work (no enumeration).
"""

import asyncio
import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection

from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.account_store import find_by_sign_in, sign_in_tag
from nodes.people.acting import PersonId
from nodes.people.attempts import Attempt, count_attempt, forgive
from nodes.people.codes import SECRET, accepted_step
from nodes.people.enrolment import passkeys_of
from nodes.people.factor_store import (
    Kept,
    StoredFactor,
    find_passkey,
    find_passphrase,
    passkey_tag,
    spend_challenge,
    use_factor,
)
from nodes.people.factors import Site, Way
from nodes.people.passphrases import SALT, WORK, Work, verify
from nodes.people.people_book import PeopleBook
from nodes.people.refusals import NotDone
from nodes.people.security import note_failure

if TYPE_CHECKING:  # see ``enrolment``
    from nodes.people.passkeys import Presented

_NOBODY: Final = PersonId("")
_WAITING: Final = 16  # attempts that wait for the one that is worked on; more would only fill memory


@dataclass(frozen=True, slots=True)
class Typed:
    """What somebody typed, and from where: the address of the connection, which is kept as a keyed hash only."""

    sign_in: str
    passphrase: str = field(repr=False)
    code: str = field(repr=False)
    source: str


class SignIn:
    """Tells who somebody is. It begins no session: give what it returns to ``Sessions.begin``."""

    def __init__(self, gateway: Gateway, people: PeopleBook, site: Site, work: Work = WORK) -> None:
        self._gateway = gateway
        self._people = people
        self._passkeys = passkeys_of(gateway, site)
        self._decoy = StoredFactor(
            b"", _NOBODY, Way.PASSPHRASE, 0, Kept(digest=_digest_of_nobody(work), secret=bytes(SECRET))
        )
        self._turn = asyncio.Semaphore(1)  # one at a time: each takes the memory of ``passphrases.WORK``
        self._waiting = 0

    async def by_passphrase(self, typed: Typed) -> PersonId | NotDone:
        """Return who signed in; ``NOT_SIGNED_IN`` for anything wrong, ``TOO_MANY_ATTEMPTS`` unread after too many."""
        if self._waiting >= _WAITING:
            return refusals.TOO_OFTEN
        store, now = self._gateway.store, self._gateway.here.clock()
        tried = Attempt.of(store.search, typed.sign_in, typed.source)

        def begin(connection: Connection) -> StoredFactor | None:
            return self._claimed(connection, typed.sign_in) if count_attempt(connection, tried, now) else None

        claimed = await store.database.write(begin)
        if claimed is None:
            return refusals.TOO_OFTEN
        self._waiting += 1
        try:
            async with self._turn:
                right = await asyncio.to_thread(verify, typed.passphrase, claimed.kept.digest)
        finally:
            self._waiting -= 1

        def finish(connection: Connection) -> PersonId | NotDone:
            step = accepted_step(claimed.kept.secret, typed.code, now, claimed.counter)
            record = self._people.folded(connection).get(claimed.person)
            fits = right and step is not None and record is not None and record.is_in_force(now)
            # The counter is raised in the transaction that lets in: of two who show one code, one gets in.
            if not use_factor(connection, claimed.id if fits else b"", step or 0, now):
                note_failure(connection, store, claimed.person or None)
                return refusals.NOT_SIGNED_IN
            forgive(connection, tried, now)
            return claimed.person

        return await store.database.write(finish)

    async def passkey_options(self) -> str:
        """Return the options for ``navigator.credentials.get`` as JSON, good for five minutes and one use."""
        return self._passkeys.authentication()

    async def by_passkey(self, response: str) -> PersonId | NotDone:
        """Return who signed in with what the browser returned as JSON; ``NOT_SIGNED_IN`` for anything else."""
        presented = self._passkeys.presented(response)
        if presented is None:
            return refusals.PASSKEY_NOT_ACCEPTED
        store = self._gateway.store
        tag = passkey_tag(store.search, presented.id)
        stored = await store.database.read(lambda connection: find_passkey(connection, store.vault, tag))
        if stored is None or presented.owner not in (None, b"", bytes.fromhex(stored.person)):
            return refusals.PASSKEY_NOT_ACCEPTED
        counter = await asyncio.to_thread(self._passkeys.verify, presented, stored.kept.key, stored.counter)
        if counter is None:
            await store.database.write(lambda connection: note_failure(connection, store, stored.person))
            return refusals.PASSKEY_NOT_ACCEPTED
        return await self._let_in(stored, presented, counter)

    async def _let_in(self, stored: StoredFactor, presented: "Presented", counter: int) -> PersonId | NotDone:
        now = self._gateway.here.clock()

        def finish(connection: Connection) -> PersonId | NotDone:
            if not spend_challenge(connection, presented.challenge, now):
                return refusals.PASSKEY_NOT_ACCEPTED
            record = self._people.folded(connection).get(stored.person)
            if record is None or not record.is_in_force(now):
                return refusals.PASSKEY_NOT_ACCEPTED
            if not use_factor(connection, stored.id, counter, now, may_stay=True):
                return refusals.PASSKEY_NOT_ACCEPTED
            return stored.person

        return await self._gateway.store.database.write(finish)

    def _claimed(self, connection: Connection, sign_in: str) -> StoredFactor:
        """Return the passphrase of the name, or one that nobody has and that takes as long to be refused."""
        store = self._gateway.store
        who = find_by_sign_in(connection, sign_in_tag(store.search, sign_in))
        found = find_passphrase(connection, store.vault, who or _NOBODY)
        if found is None:
            store.vault.open(store.vault.seal(self._decoy.kept.secret))
        return found or self._decoy


def _digest_of_nobody(work: Work) -> str:
    salt, tag = (base64.b64encode(bytes(size)).rstrip(b"=").decode() for size in (SALT, 32))
    return f"$argon2id$v=19$m={work.memory},t={work.passes},p={work.lanes}${salt}${tag}"
