"""Accounts over a real database: invitations, changes, two persons, signing keys, and what a restart keeps."""

import pytest

from keys.identity import IdentitySeeds
from keys.private_keys import PersonalSeed
from nodes.gateway.erasing import Erasing, evidence_of
from nodes.people import refusals
from nodes.people.acting import PersonId
from nodes.people.changes import Change
from nodes.people.departed import forget_departed
from nodes.people.factors import PassphraseFactor, Way
from nodes.people.invitations import Invited
from nodes.people.people_book import PeopleBook
from nodes.people.person import PROPOSAL_S, Details, Kind, PersonRecord, Standing
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission, Role
from policies.clocks.zones import months_later
from protocol.ids import Reference
from tests.simulators.node import MK, TestClock, TestWorld
from tests.simulators.staff import PHRASE, Staff, token_of

KEY = Reference(b"p" * 16)
NOBODY = PersonId("0" * 32)


def done(found: PersonRecord | NotDone) -> PersonRecord:
    assert isinstance(found, PersonRecord), found
    return found


async def test_somebody_is_invited_joins_and_works(staff: Staff) -> None:
    keeper = await staff.administrator()
    found = await staff.invited(keeper.id, "b.second", [Role.CASE_OFFICER])
    offer = await staff.invitations.look(token_of(found.link))
    assert offer is not None
    assert offer.record == found.record
    assert offer.expires_at == staff.now + 86_400
    assert await staff.book.acting(found.record.id) is None
    who = await staff.join(token_of(found.link), "b.second")
    acting = await staff.acting(who)
    assert (acting.name, acting.may(Permission.ANSWER)) == ("B Second", True)
    record = await staff.book.find(who.id)
    assert record is not None
    assert [(each.kind, each.by, each.why) for each in record.events] == [
        (Kind.INVITED, keeper.id, "starts work"),
        (Kind.JOINED, who.id, ""),
    ]
    assert list(await staff.book.all()) == [keeper.id, who.id]


async def test_what_is_wrong_with_an_invitation_is_said(staff: Staff) -> None:
    keeper = await staff.administrator()
    other = await staff.member(keeper.id, "b.second", Role.SUPERVISOR)
    good = Details(name="New", sign_in="n.new", roles=frozenset({Role.AUDITOR}))
    assert await staff.invitations.invite(good, "x", other.id) == refusals.NOT_YOURS
    assert await staff.invitations.invite(good, " ", keeper.id) == refusals.NO_REASON
    taken = Details(name="New", sign_in="B.Second", roles=good.roles)
    assert await staff.invitations.invite(taken, "x", keeper.id) == refusals.SIGN_IN_TAKEN
    assert len(await staff.book.all()) == 2


async def test_a_newer_link_takes_the_place_of_an_older_one(staff: Staff) -> None:
    keeper = await staff.administrator()
    former = await staff.invited(keeper.id, "b.second", [Role.AUDITOR])
    newer = await staff.invitations.again(former.record.id, keeper.id)
    assert isinstance(newer, Invited)
    assert await staff.invitations.look(token_of(former.link)) is None
    who = await staff.join(token_of(newer.link), "b.second")
    assert await staff.invitations.again(who.id, keeper.id) == refusals.JOINED_BEFORE
    assert await staff.invitations.again(who.id, who.id) == refusals.NOT_YOURS
    assert await staff.invitations.again(NOBODY, keeper.id) == refusals.UNKNOWN_PERSON


async def test_after_a_refusal_the_link_is_as_good_as_before(staff: Staff) -> None:
    link = await staff.invitations.first()
    assert link is not None
    token, weak = token_of(link), PassphraseFactor("password1234", "000000")
    for first in (None, Details(name="Ana"), Details(name="Ana", sign_in="a b")):
        refused = await staff.invitations.accept(token, PassphraseFactor(PHRASE, "0"), first)
        assert isinstance(refused, NotDone)
    told = Details(name="Ana", sign_in="ana")
    assert await staff.invitations.accept(token, weak, told) == refusals.TOO_COMMON
    assert await staff.invitations.accept(token, PassphraseFactor(PHRASE, "0"), told) == refusals.WRONG_CODE
    grants = Details(name="Ana", sign_in="ana", roles=frozenset({Role.SUPERVISOR}), ends_at=5, reference="ff")
    who = await staff.join(token, "ana", grants)
    record = await staff.book.find(who.id)
    assert record is not None
    assert (record.roles, record.ends_at, record.reference) == ({Role.ADMINISTRATOR}, None, "")


async def test_somebody_who_was_ended_before_joining_does_not_join(staff: Staff) -> None:
    keeper = await staff.administrator()
    found = await staff.invited(keeper.id, "b.second", [Role.AUDITOR])
    done(await staff.book.change(Change(found.record.id, Kind.ENDED, "mistake"), keeper.id))
    assert await staff.invitations.look(token_of(found.link)) is None
    assert await staff.invitations.again(found.record.id, keeper.id) == refusals.ENDED_BEFORE
    await staff.member(keeper.id, "b.second", Role.AUDITOR)  # the sign-in name is free again


async def test_changes_are_kept_with_who_when_and_why(staff: Staff, clock: TestClock) -> None:
    keeper = await staff.administrator()
    who = await staff.member(keeper.id, "b.second", Role.CASE_OFFICER)
    clock.advance(5)
    for kind, details in (
        (Kind.NAMED, Details(name="Bogdan")),
        (Kind.PLACED, Details(units=("Skopje",), languages=("mk", "sq"))),
        (Kind.ROLES, Details(roles=frozenset({Role.CASE_OFFICER, Role.DIRECTORY_EDITOR}))),
    ):
        done(await staff.book.change(Change(who.id, kind, f"because {kind}", details), keeper.id))
    found = done(await staff.book.change(Change(who.id, Kind.LANGUAGE, "", Details(language="sq")), who.id))
    assert (found.name, found.units, found.languages, found.language) == ("Bogdan", ("Skopje",), ("mk", "sq"), "sq")
    assert found.events[2].why == "because named"
    assert (found.events[2].at, found.events[2].by) == (clock(), keeper.id)
    refused = await staff.book.change(Change(who.id, Kind.NAMED, "x", Details(name="Me")), who.id)
    assert refused == refusals.NOT_YOURS
    assert await staff.book.find(who.id) == found


async def test_a_reset_takes_two_and_then_a_new_link(staff: Staff, clock: TestClock) -> None:
    first = await staff.administrator()
    second = await staff.member(first.id, "b.second", Role.ADMINISTRATOR)
    who = await staff.member(first.id, "c.third", Role.SUPERVISOR)
    clock.advance(PROPOSAL_S)
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    asked = done(await staff.book.change(Change(who.id, Kind.RESET, "lost telephone"), first.id))
    (waiting,) = asked.waiting(staff.now)
    assert asked.standing is Standing.JOINED
    assert await staff.book.confirm(who.id, waiting.number, who.id) == refusals.NOT_YOURS
    assert await staff.book.confirm(who.id, 999, second.id) == refusals.NO_PROPOSAL
    assert await staff.book.confirm(NOBODY, 1, second.id) == refusals.NO_PROPOSAL
    reset = done(await staff.book.confirm(who.id, waiting.number, second.id))
    assert (reset.standing, reset.waiting(staff.now)) == (Standing.INVITED, ())
    assert await staff.sessions.find(token) is None
    assert await staff.factors.of(who.id) == ()
    link = await staff.invitations.again(who.id, first.id)
    assert isinstance(link, Invited)
    again = await staff.join(token_of(link.link), "c.third")
    assert again.id == who.id
    assert again.secret != who.secret
    assert (await staff.acting(again)).may(Permission.APPROVE)


async def test_what_was_asked_is_dropped_or_lapses(staff: Staff, clock: TestClock) -> None:
    first = await staff.administrator()
    who = await staff.member(first.id, "b.second", Role.SUPERVISOR)
    asked = done(await staff.book.change(Change(who.id, Kind.RESET, "lost"), first.id))
    (waiting,) = asked.waiting(staff.now)
    assert await staff.book.drop(who.id, waiting.number, who.id) == refusals.NOT_YOURS
    assert done(await staff.book.drop(who.id, waiting.number, first.id)).proposals == ()
    assert await staff.book.drop(who.id, waiting.number, first.id) == refusals.NO_PROPOSAL
    asked = done(await staff.book.change(Change(who.id, Kind.RESET, "lost"), first.id))
    clock.advance(PROPOSAL_S)
    assert asked.waiting(staff.now) == ()
    assert await staff.book.confirm(who.id, asked.proposals[0].number, None) == refusals.NO_PROPOSAL


async def test_what_was_asked_is_judged_again_when_it_is_confirmed(staff: Staff) -> None:
    first = await staff.administrator()
    second = await staff.member(first.id, "b.second", Role.ADMINISTRATOR)
    mine = done(await staff.book.change(Change(first.id, Kind.ENDED, "left"), second.id)).proposals[0]
    yours = done(await staff.book.change(Change(second.id, Kind.ENDED, "left"), first.id)).proposals[0]
    done(await staff.book.confirm(first.id, mine.number, None))
    assert await staff.book.confirm(second.id, yours.number, None) == refusals.LAST_ADMINISTRATOR


async def test_a_lost_administrator_is_replaced_from_the_console(staff: Staff) -> None:
    lost = await staff.administrator()
    assert await staff.book.change(Change(lost.id, Kind.ENDED, "lost"), None) == refusals.LAST_ADMINISTRATOR
    new = await staff.member(None, "b.second", Role.ADMINISTRATOR)
    asked = done(await staff.book.change(Change(lost.id, Kind.RESET, "lost the telephone"), None))
    done(await staff.book.confirm(lost.id, asked.proposals[0].number, new.id))
    assert not (await staff.book.all())[lost.id].is_in_force(staff.now)


async def test_a_person_approves_with_the_key_that_is_bound(world: TestWorld) -> None:
    seed = PersonalSeed(KEY, "supervisor", IdentitySeeds(b"e" * 32, b"m" * 32))
    machine = world.machine(MK, people=(seed,))
    async with machine.running(synced=False) as skopje:
        staff = Staff(skopje.gateway)
        keeper = await staff.administrator()
        who = await staff.member(keeper.id, "b.second", Role.SUPERVISOR)
        assert await staff.book.signing_reference(who.id) is None
        unknown = Change(who.id, Kind.BOUND, "approves", Details(reference="ff" * 16))
        assert await staff.book.change(unknown, keeper.id) == refusals.UNKNOWN_KEY
        bound = Change(who.id, Kind.BOUND, "approves", Details(reference=KEY.hex()))
        done(await staff.book.change(bound, keeper.id))
        assert await staff.book.signing_reference(who.id) == KEY
        other = Change(keeper.id, Kind.BOUND, "approves", Details(reference=KEY.hex()))
        assert await staff.book.change(other, keeper.id) == refusals.KEY_TAKEN
        done(await staff.book.change(Change(who.id, Kind.BOUND, "left", Details()), keeper.id))
        assert await staff.book.signing_reference(who.id) is None


async def test_a_restart_keeps_accounts_and_sessions_but_not_the_first_link(world: TestWorld) -> None:
    machine = world.machine(MK)
    async with machine.running(synced=False) as skopje:
        staff = Staff(skopje.gateway)
        who = await staff.administrator()
        token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    async with world.machine(MK, hub=machine.hub).running(synced=False) as skopje:
        staff = Staff(skopje.gateway)
        assert not await staff.book.is_empty()
        found = await staff.sessions.find(token)
        assert found is not None
        assert found.acting.person == who.id


async def test_one_book_sees_what_another_one_wrote(staff: Staff) -> None:
    keeper = await staff.administrator()
    other = PeopleBook(staff.gateway)
    assert set(await other.all()) == {keeper.id}
    who = await staff.member(keeper.id, "b.second", Role.AUDITOR)
    assert set(await other.all()) == {keeper.id, who.id}


@pytest.mark.parametrize("missing", ["0" * 32, ""])
async def test_nobody_is_found_under_an_unknown_id(staff: Staff, missing: str) -> None:
    await staff.administrator()
    assert await staff.book.find(missing) is None  # type: ignore[arg-type]
    assert await staff.book.acting(missing) is None  # type: ignore[arg-type]
    assert await staff.book.signing_reference(missing) is None  # type: ignore[arg-type]
    with pytest.raises(LookupError):
        await staff.factors.passkey_options(missing)  # type: ignore[arg-type]


async def test_names_of_ended_accounts_go_when_their_time_is_over(staff: Staff, clock: TestClock) -> None:
    keeper = await staff.administrator()
    other = await staff.member(keeper.id, "b.second", Role.SUPERVISOR)
    erasing = Erasing(staff.gateway.here, staff.gateway.store)

    async def forget() -> int:
        write = staff.gateway.store.database.write
        return await write(lambda connection: forget_departed(connection, erasing, clock(), 36))

    done(await staff.book.change(Change(other.id, Kind.ENDED, "left the service"), keeper.id))
    ended = clock()
    assert (await staff.book.all())[other.id].name == "B Second"
    clock.now = months_later(ended, 36) - 1
    assert await forget() == 0
    clock.advance(1)
    assert await forget() == 1
    record = (await staff.book.all())[other.id]
    assert (record.name, record.sign_in, record.standing) == ("", "", Standing.ENDED)
    assert [each.why for each in record.events] == [""] * 4
    assert record.events[-1].kind is Kind.FORGOTTEN
    assert (await staff.book.all())[keeper.id].name != ""
    evidence = await staff.gateway.store.database.read(lambda c: evidence_of(c, bytes.fromhex(other.id)))
    assert evidence is not None
    assert evidence.ground == "account-ended"
    assert await forget() == 0
