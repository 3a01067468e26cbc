"""Links that let a person in for the first time, or again after a reset: shown once, used once, good for 24 hours."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.account_store import put_person, sign_in_tag
from nodes.people.acting import PersonId
from nodes.people.changes import may_keep, refuse_newcomer
from nodes.people.enrolment import Candidate, Enrolment
from nodes.people.factor_store import At, NewFactor, put_factor, refuse_factor
from nodes.people.factors import Factor, NewSecret, Site
from nodes.people.own_factors import FACTOR_ID
from nodes.people.passphrases import WORK, Work
from nodes.people.people_book import PeopleBook, is_new
from nodes.people.person import Details, Kind, PersonEvent, PersonRecord, Standing
from nodes.people.refusals import NotDone
from nodes.people.roles import Role
from nodes.people.security import enter_event
from nodes.people.session_store import StoredLink, digest_of, find_link, new_token, put_link, use_link

JOIN: Final = "/join/"
"""Where the page for a link stands: ``origin + JOIN + token``."""
LIFE_S: Final = 86_400
_PERSON: Final = 16  # bytes of an id


@dataclass(frozen=True, slots=True)
class Offer:
    """What a live link is good for. ``record`` is None for the first administrator, who gives name and sign-in name."""

    record: PersonRecord | None
    expires_at: int


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who was invited, with the link; it cannot be shown again."""

    record: PersonRecord
    link: str


class Invitations:
    """Makes links and lets people in."""

    def __init__(self, gateway: Gateway, people: PeopleBook, site: Site, work: Work = WORK) -> None:
        self._gateway = gateway
        self._people = people
        self._site = site
        self._enrolment = Enrolment(gateway, site, work)

    async def first(self) -> str | None:
        """Return the link for the first administrator, None when somebody has joined.

        The node prints it on its console at each start until it was used; an earlier one is not valid any more.
        """
        token, link = self._new_link(self._new_id(), first=True)

        def work(connection: Connection) -> bool:
            if not is_new(self._people.folded(connection)):
                return False
            put_link(connection, link, None)
            return True

        return self._address(token) if await self._gateway.store.database.write(work) else None

    async def invite(self, new: Details, why: str, by: PersonId | None) -> Invited | NotDone:
        """Return the new account with its link, once it is stored. Nobody can sign in before the link is used."""
        person = self._new_id()
        token, link = self._new_link(person, first=False)

        def work(connection: Connection) -> PersonRecord | NotDone:
            people = self._people.folded(connection)
            if not may_keep(people, by, link.made_at):
                return refusals.NOT_YOURS
            refused = refuse_newcomer(people, new) or refusals.refuse_reason(why)
            if refused is not None:
                return refused
            self._put_account(connection, person, new)
            event = PersonEvent(
                number=0, person=person, kind=Kind.INVITED, at=link.made_at, by=by, why=why, details=new
            )
            enter_event(connection, self._gateway.store, event)
            put_link(connection, link, by)
            return self._people.folded(connection)[person]

        return self._invited(await self._gateway.store.database.write(work), token)

    async def again(self, person: PersonId, by: PersonId | None) -> Invited | NotDone:
        """Return a new link for somebody who has not joined, or whose ways to sign in were reset."""
        token, link = self._new_link(person, first=False)

        def work(connection: Connection) -> PersonRecord | NotDone:
            people = self._people.folded(connection)
            record = people.get(person)
            if not may_keep(people, by, link.made_at):
                return refusals.NOT_YOURS
            if record is None:
                return refusals.UNKNOWN_PERSON
            if record.standing is not Standing.INVITED:
                return refusals.ENDED_BEFORE if record.standing is Standing.ENDED else refusals.JOINED_BEFORE
            put_link(connection, link, by)
            return record

        return self._invited(await self._gateway.store.database.write(work), token)

    async def look(self, token: str) -> Offer | None:
        """Return what a link is good for; None alike for an unknown, a used and an old one."""
        found = await self._found(token)
        return None if found is None else Offer(found[1], found[0].expires_at)

    async def new_secret(self, token: str) -> NewSecret | None:
        """Return the secret for one-time codes that ``accept`` will expect with this link."""
        found = await self._found(token)
        if found is None:
            return None
        name = "administrator" if found[1] is None else found[1].sign_in
        return self._enrolment.new_secret(_occasion(found[0]), name)

    async def passkey_options(self, token: str, name: str) -> str | None:
        """Return the options for ``navigator.credentials.create`` as JSON; ``name`` is shown on the device."""
        found = await self._found(token)
        if found is None:
            return None
        shown = name if found[1] is None else found[1].sign_in
        return self._enrolment.passkey_options(Candidate(found[0].person, shown, shown))

    async def accept(self, token: str, factor: Factor, first: Details | None = None) -> PersonId | NotDone:
        """Return who joined, once the account and its way to sign in are stored and the link is used up.

        ``first`` is what the first administrator says about himself: name, sign-in name, language; it is ignored for
        everybody else. After a refusal the link is as good as before.
        """
        found = await self._found(token)
        if found is None:
            return refusals.LINK_DEAD
        link, record = found
        told = _administrator(first, link.made_at)
        names = (told.name, told.sign_in) if record is None else (record.name, record.sign_in)
        refused = refuse_newcomer(await self._people.all(), told) if record is None else None
        if refused is not None:
            return refused
        checked = await self._enrolment.check(Candidate(link.person, *names), factor, _occasion(link))
        if isinstance(checked, NotDone):
            return checked
        new = checked
        return await self._gateway.store.database.write(
            lambda connection: self._join(connection, link, new, told if record is None else None)
        )

    def _join(
        self, connection: Connection, link: StoredLink, new: NewFactor, told: Details | None
    ) -> PersonId | NotDone:
        now, people = self._gateway.here.clock(), self._people.folded(connection)
        if find_link(connection, link.digest, now) is None or (told is not None and not is_new(people)):
            return refusals.LINK_DEAD
        refused = None if told is None else refuse_newcomer(people, told)
        refused = refused or refuse_factor(connection, new, now)
        if refused is not None:
            return refused
        person, vault = link.person, self._gateway.store.vault
        if told is not None:
            self._put_account(connection, person, told)
            event = PersonEvent(number=0, person=person, kind=Kind.INVITED, at=now, by=None, details=told)
            enter_event(connection, self._gateway.store, event)
        details = Details(link_by=link.by)
        joined = PersonEvent(number=0, person=person, kind=Kind.JOINED, at=now, by=person, details=details)
        enter_event(connection, self._gateway.store, joined)
        put_factor(connection, vault, person, new, At(self._gateway.here.entropy(FACTOR_ID), now))
        use_link(connection, link.digest, now)
        return person

    async def _found(self, token: str) -> tuple[StoredLink, PersonRecord | None] | None:
        """Return a live link with the account it is for; None when the account cannot be joined any more."""
        now, people = self._gateway.here.clock(), await self._people.all()
        database = self._gateway.store.database
        link = await database.read(lambda connection: find_link(connection, digest_of(token), now))
        if link is None:
            return None
        record = people.get(link.person)
        joinable = is_new(people) if link.first else record is not None and record.standing is Standing.INVITED
        return (link, record) if joinable else None

    def _new_id(self) -> PersonId:
        return PersonId(self._gateway.here.entropy(_PERSON).hex())

    def _new_link(self, person: PersonId, *, first: bool) -> tuple[str, StoredLink]:
        now, token = self._gateway.here.clock(), new_token(self._gateway.here.entropy)
        return token, StoredLink(digest_of(token), person, first, now, now + LIFE_S)

    def _address(self, token: str) -> str:
        return f"{self._site.origin}{JOIN}{token}"

    def _invited(self, found: PersonRecord | NotDone, token: str) -> Invited | NotDone:
        return found if isinstance(found, NotDone) else Invited(found, self._address(token))

    def _put_account(self, connection: Connection, person: PersonId, new: Details) -> None:
        put_person(connection, person, sign_in_tag(self._gateway.store.search, new.sign_in), self._gateway.here.clock())


def _administrator(told: Details | None, now: int) -> Details:
    """Return what the first administrator says of himself, with the one role that he gets."""
    given = told or Details()
    return replace(
        given, roles=frozenset({Role.ADMINISTRATOR}), starts_at=now, ends_at=None, reference="", act=None, about=0
    )


def _occasion(link: StoredLink) -> str:
    return f"link:{link.digest.hex()}"
