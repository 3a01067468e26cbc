"""What an attacker of the sign-in tries, and what each attempt is answered with."""

import asyncio
import itertools

from sqlalchemy import select

from nodes.people import passphrases, refusals
from nodes.people import sign_in as signing
from nodes.people.backoff import ALL, HERE, NAME
from nodes.people.changes import Change
from nodes.people.codes import STEP_S, code_at, secret_text
from nodes.people.factors import PasskeyFactor, PassphraseFactor, Way
from nodes.people.invitations import Invited
from nodes.people.own_factors import FRESH_S
from nodes.people.person import PROPOSAL_S, Details, Kind, PersonRecord
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission, Role
from nodes.people.session_store import digest_of
from nodes.schema import metadata
from tests.simulators.authenticator import Authenticator
from tests.simulators.node import TestClock
from tests.simulators.staff import HERE as HOME
from tests.simulators.staff import ORIGIN, PHRASE, Member, Staff, secret_of, token_of


async def test_attack_v13_a_right_that_ends_ends_its_sessions_at_once(staff: Staff, clock: TestClock) -> None:
    keeper = await staff.administrator()
    who = await staff.member(keeper.id, "b.second", Role.SUPERVISOR)
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    found = await staff.sessions.find(token)
    assert found is not None
    assert found.acting.may(Permission.APPROVE)
    more = Details(roles=frozenset({Role.SUPERVISOR, Role.CASE_OFFICER}))
    await staff.book.change(Change(who.id, Kind.ROLES, "more work", more), keeper.id)
    assert await staff.sessions.find(token) is not None, "a right that is added ends nothing"
    less = Details(roles=frozenset({Role.DUTY_OFFICER}))
    await staff.book.change(Change(who.id, Kind.ROLES, "other work", less), keeper.id)
    assert await staff.sessions.find(token) is None
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    found = await staff.sessions.find(token)
    assert found is not None
    assert not found.acting.may(Permission.APPROVE)
    await staff.book.change(Change(who.id, Kind.ENDED, "left"), keeper.id)
    assert await staff.sessions.find(token) is None
    clock.advance(STEP_S)
    assert await staff.enter(who) == refusals.NOT_SIGNED_IN
    assert await staff.factors.of(who.id) == (), "secrets of an account that ended are erased"


async def test_attack_v13_a_term_that_runs_out_ends_its_sessions(staff: Staff, clock: TestClock) -> None:
    keeper = await staff.administrator()
    who = await staff.member(keeper.id, "b.second", Role.INVESTIGATOR)
    times = Details(starts_at=0, ends_at=clock() + 300)
    await staff.book.change(Change(who.id, Kind.TIMES, "for one case", times), keeper.id)
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    clock.advance(299)
    assert await staff.sessions.find(token) is not None
    clock.advance(1)
    assert await staff.sessions.find(token) is None


async def test_attack_v23_a_code_is_not_accepted_twice(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    assert await staff.enter(who) == refusals.NOT_SIGNED_IN, "the code with which somebody joined is used"
    clock.advance(STEP_S)
    seen = code_at(who.secret, clock())
    answers = await asyncio.gather(*(staff.enter(who, code=seen, source=f"192.0.2.{each}") for each in range(3)))
    assert sorted(answers, key=str) == sorted([who.id, refusals.NOT_SIGNED_IN, refusals.NOT_SIGNED_IN], key=str)
    clock.advance(STEP_S)
    assert await staff.enter(who, code=seen) == refusals.NOT_SIGNED_IN, "tolerated by the clock, used before"
    assert await staff.enter(who) == who.id
    earlier = code_at(who.secret, clock() - STEP_S)
    assert await staff.enter(who, code=earlier) == refusals.NOT_SIGNED_IN


async def test_attack_v23_an_answer_of_a_passkey_is_not_accepted_twice(staff: Staff) -> None:
    who = await staff.administrator()
    for device in (Authenticator(ORIGIN, "counting"), Authenticator(ORIGIN, "without", counts=False)):
        answer = device.create(await staff.factors.passkey_options(who.id))
        assert await staff.factors.add(await staff.live(who), PasskeyFactor(answer)) is None
        seen = device.get(await staff.sign_in.passkey_options())
        assert await staff.sign_in.by_passkey(seen) == who.id
        assert await staff.sign_in.by_passkey(seen) == refusals.PASSKEY_NOT_ACCEPTED
    cloned = Authenticator(ORIGIN, "counting", key=device.key)
    assert await staff.sign_in.by_passkey(cloned.get(await staff.sign_in.passkey_options())) != who.id


async def test_attack_v23_a_copy_of_a_passkey_is_noticed_by_its_counter(staff: Staff) -> None:
    who, device = await staff.administrator(), Authenticator(ORIGIN)
    answer = device.create(await staff.factors.passkey_options(who.id))
    await staff.factors.add(await staff.live(who), PasskeyFactor(answer))
    copy = Authenticator(ORIGIN, key=device.key, owner=device.owner)
    for _ in range(2):
        assert await staff.sign_in.by_passkey(device.get(await staff.sign_in.passkey_options())) == who.id
    stolen = copy.get(await staff.sign_in.passkey_options())
    assert await staff.sign_in.by_passkey(stolen) == refusals.PASSKEY_NOT_ACCEPTED


async def test_attack_v23_an_answer_for_one_ceremony_does_not_serve_another(staff: Staff) -> None:
    who, device = await staff.administrator(), Authenticator(ORIGIN)
    other = await staff.member(who.id, "b.second", Role.AUDITOR)
    offered = await staff.factors.passkey_options(who.id)
    answer = PasskeyFactor(device.create(offered))
    assert await staff.factors.add(await staff.live(other), answer) == refusals.PASSKEY_NOT_ADDED
    assert await staff.factors.add(await staff.live(who), answer) is None
    challenge = device.create(await staff.factors.passkey_options(who.id))
    assert await staff.sign_in.by_passkey(challenge) == refusals.PASSKEY_NOT_ACCEPTED


async def test_attack_v23_guessing_waits_longer_and_longer(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    clock.advance(STEP_S)
    for _ in range(HERE.free):
        assert await staff.enter(who, passphrase="a guess at it") == refusals.NOT_SIGNED_IN
    assert await staff.enter(who) == refusals.TOO_OFTEN, "even what is right is not looked at"
    guesses = 0
    for _ in range(360):
        clock.advance(10)
        guesses += await staff.enter(who, code="000000") != refusals.TOO_OFTEN
    assert 5 < guesses < 15
    clock.advance(HERE.cap_s)
    assert await staff.enter(who) == who.id
    clock.advance(STEP_S)
    assert await staff.enter(who) == who.id, "a success is a new beginning"


async def test_attack_v23_guesses_at_the_same_time_are_counted_before_they_are_looked_at(staff: Staff) -> None:
    who = await staff.administrator()
    answers = await asyncio.gather(*(staff.enter(who, passphrase=f"a guess {each}") for each in range(10)))
    assert answers.count(refusals.NOT_SIGNED_IN) <= HERE.free
    assert answers.count(refusals.TOO_OFTEN) >= 10 - HERE.free


async def test_attack_v23_many_addresses_do_not_lock_a_person_out(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    clock.advance(STEP_S)
    assert await staff.enter(who) == who.id
    for each in range(NAME.free):
        assert await staff.enter(who, source=f"198.51.100.{each}", code="0") == refusals.NOT_SIGNED_IN
    clock.advance(STEP_S)
    assert await staff.enter(who, source="203.0.113.9", code="0") == refusals.NOT_SIGNED_IN
    assert await staff.enter(who, source="203.0.113.10") == refusals.TOO_OFTEN, "from where nobody signed in before"
    assert await staff.enter(who, source=HOME) == who.id


async def test_attack_v23_one_passphrase_over_many_names_is_slowed_down(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    for each in range(ALL.free):
        tried = await staff.enter(who, sign_in=f"name.{each}", source=f"addr {each}")
        assert tried == refusals.NOT_SIGNED_IN
    assert await staff.enter(who, sign_in="next.one", source="addr next one") == refusals.TOO_OFTEN
    clock.advance(ALL.cap_s)
    assert await staff.enter(who, sign_in="next.one", source="addr next one") == refusals.NOT_SIGNED_IN


async def test_attack_v17_an_unknown_name_gets_the_same_answer_after_the_same_work(
    staff: Staff, clock: TestClock, monkeypatch: object
) -> None:
    who = await staff.administrator()
    worked: list[str] = []

    def counted(passphrase: str, kept: str) -> bool:
        worked.append(kept.rpartition("$")[0].rpartition("$")[0])
        return passphrases.verify(passphrase, kept)

    monkeypatch.setattr(signing, "verify", counted)  # type: ignore[attr-defined]
    clock.advance(STEP_S)
    known = [await staff.enter(who, passphrase="a guess at it") for _ in range(HERE.free + 1)]
    unknown = [await staff.enter(who, sign_in="no.body", passphrase="a guess at it") for _ in range(HERE.free + 1)]
    assert known == unknown == [refusals.NOT_SIGNED_IN] * HERE.free + [refusals.TOO_OFTEN]
    assert len(worked) == 2 * HERE.free
    assert len(set(worked)) == 1, "the same Argon2id with the same cost"


async def test_attack_v17_links_tell_nothing(staff: Staff, clock: TestClock) -> None:
    keeper = await staff.administrator()
    used = await staff.invited(keeper.id, "b.second", [Role.AUDITOR])
    await staff.join(token_of(used.link), "b.second")
    old = await staff.invited(keeper.id, "c.third", [Role.AUDITOR])
    clock.advance(86_400)
    guess = PassphraseFactor(PHRASE, "000000")
    for token in (token_of(used.link), token_of(old.link), "unknown", ""):
        assert await staff.invitations.look(token) is None
        assert await staff.invitations.new_secret(token) is None
        assert await staff.invitations.passkey_options(token, "x") is None
        assert await staff.invitations.accept(token, guess) == refusals.LINK_DEAD


async def test_a_session_from_before_the_sign_in_is_not_taken_over(staff: Staff) -> None:
    who = await staff.administrator()
    planted = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE, planted)
    assert token != planted
    assert await staff.sessions.find(planted) is None
    assert await staff.sessions.find(token) is not None
    assert await staff.sessions.find("chosen-by-somebody") is None


async def test_attack_v28_nothing_in_the_database_signs_in_or_names_anybody(staff: Staff) -> None:
    link = await staff.invitations.first()
    assert link is not None
    who = await staff.administrator("a.secretname")
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE)

    def load(connection: object) -> bytes:
        found = []
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)).all():  # type: ignore[attr-defined]
                found += [value if isinstance(value, bytes) else str(value).encode() for value in row]
        return b"|".join(found)

    stored = await staff.gateway.store.database.read(load)
    words = (token, token_of(link), PHRASE, "secretname", "Ana First", "argon2id", secret_text(who.secret))
    assert not [each for each in words if each.encode() in stored]
    assert who.secret not in stored
    assert digest_of(token) in stored, "the digest alone"


async def test_attack_v29_an_administrator_is_removed_by_two_persons(staff: Staff) -> None:
    first = await staff.administrator()
    second = await staff.member(first.id, "b.second", Role.ADMINISTRATOR)
    token = await staff.sessions.begin(second.id, Way.PASSPHRASE)
    asked = await staff.book.change(Change(second.id, Kind.ENDED, "left"), first.id)
    assert not isinstance(asked, refusals.NotDone)
    (waiting,) = asked.waiting(staff.now)
    assert await staff.sessions.find(token) is not None
    assert await staff.book.confirm(second.id, waiting.number, first.id) == refusals.SAME_PERSON
    done = await staff.book.confirm(second.id, waiting.number, None)
    assert not isinstance(done, refusals.NotDone)
    assert await staff.sessions.find(token) is None
    assert [(each.kind, each.by) for each in done.events][-2:] == [(Kind.PROPOSED, first.id), (Kind.ENDED, None)]


async def test_attack_v29_nobody_is_two_persons_by_letting_himself_in(staff: Staff, clock: TestClock) -> None:
    first = await staff.administrator()
    officer = await staff.member(first.id, "o.officer", Role.SUPERVISOR)
    one = await staff.member(first.id, "b.second", Role.ADMINISTRATOR)
    other = await staff.member(one.id, "c.third", Role.ADMINISTRATOR)
    invited = await staff.invited(None, "d.fourth", [Role.ADMINISTRATOR])
    taken = await staff.invitations.again(invited.record.id, other.id)
    assert isinstance(taken, Invited)
    guests = (one, other, await staff.join(token_of(taken.link), "d.fourth"))
    by_console = await staff.member(None, "e.fifth", Role.ADMINISTRATOR)

    async def confirmed(asks: Member, confirms: Member) -> PersonRecord | NotDone:
        asked = await staff.book.change(Change(officer.id, Kind.RESET, "lost telephone"), asks.id)
        assert isinstance(asked, PersonRecord)
        return await staff.book.confirm(officer.id, asked.proposals[-1].number, confirms.id)

    for asks, confirms in itertools.permutations((first, *guests), 2):
        assert await confirmed(asks, confirms) == refusals.NEW_ACCOUNT, (asks.sign_in, confirms.sign_in)
    clock.advance(PROPOSAL_S - 1)
    assert await confirmed(first, one) == refusals.NEW_ACCOUNT
    assert isinstance(await confirmed(first, by_console), PersonRecord), "the operator holds the node itself"
    clock.advance(1)
    second = await staff.member(first.id, "f.sixth", Role.SUPERVISOR)
    asked = await staff.book.change(Change(second.id, Kind.RESET, "lost telephone"), first.id)
    assert isinstance(asked, PersonRecord)
    done = await staff.book.confirm(second.id, asked.proposals[-1].number, one.id)
    assert isinstance(done, PersonRecord), "two administrators work together after a week"


async def test_attack_v32_nobody_gets_in_before_the_first_link_and_by_it_once(staff: Staff, clock: TestClock) -> None:
    assert await staff.book.is_empty()
    former, link = await staff.invitations.first(), await staff.invitations.first()
    assert former is not None
    assert link is not None
    assert await staff.invitations.look(token_of(former)) is None, "a newer link takes the place of an older one"
    clock.advance(86_400)
    assert await staff.invitations.look(token_of(link)) is None
    who = await staff.administrator()
    record = await staff.book.find(who.id)
    assert record is not None
    assert record.roles == {Role.ADMINISTRATOR}
    assert not await staff.book.is_empty()
    assert await staff.invitations.first() is None


async def test_nobody_prolongs_the_own_account(staff: Staff, clock: TestClock) -> None:
    first = await staff.administrator()
    other = await staff.member(first.id, "b.second", Role.ADMINISTRATOR)
    until = clock() + 86_400
    times = Details(starts_at=0, ends_at=until)
    asked = await staff.book.change(Change(other.id, Kind.TIMES, "stands in for a day", times), first.id)
    assert isinstance(asked, PersonRecord)
    await staff.book.confirm(other.id, asked.proposals[-1].number, None)
    for longer in (Details(starts_at=0), Details(starts_at=0, ends_at=until + 1)):
        refused = await staff.book.change(Change(other.id, Kind.TIMES, "likes it here", longer), other.id)
        assert isinstance(refused, NotDone)
        assert refused.code == "OWN_ROLE"
    found = await staff.book.find(other.id)
    assert found is not None
    assert found.ends_at == until


async def test_a_desk_left_open_is_not_enough_to_stay(staff: Staff, clock: TestClock) -> None:
    """Whoever sits down at it adds no key of an own, sees no new secret that counts, and takes nothing away."""
    who, device = await staff.administrator(), Authenticator(ORIGIN)
    first = PasskeyFactor(device.create(await staff.factors.passkey_options(who.id)))
    assert await staff.factors.add(await staff.live(who), first) is None
    token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    clock.advance(FRESH_S - 1)
    left = await staff.sessions.find(token)
    assert left is not None
    assert staff.factors.refuse_stale(left) is None
    secret = secret_of(await staff.factors.new_secret(left))
    options = await staff.factors.passkey_options(who.id)
    clock.advance(1)
    there = await staff.factors.of(who.id)
    theirs = PasskeyFactor(Authenticator(ORIGIN, "theirs").create(options))
    assert await staff.factors.add(left, theirs) == refusals.SIGN_IN_AGAIN
    phrase = PassphraseFactor("four words of another", code_at(secret, clock()))
    assert await staff.factors.add(left, phrase) == refusals.SIGN_IN_AGAIN
    assert await staff.factors.remove(left, there[0].id) == refusals.SIGN_IN_AGAIN
    assert await staff.factors.of(who.id) == there
    assert await staff.factors.add(await staff.live(who), theirs) is None, "after a sign-in of the person"


async def test_a_way_to_sign_in_that_is_taken_away_keeps_no_other_session(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    options = await staff.factors.passkey_options(who.id)
    lost = Authenticator(ORIGIN)
    mine = await staff.sessions.begin(who.id, Way.PASSPHRASE)
    here = await staff.sessions.find(mine)
    assert here is not None
    assert await staff.factors.add(here, PasskeyFactor(lost.create(options), "lost laptop")) is None
    theirs = await staff.sessions.begin(who.id, Way.PASSKEY)
    (gone,) = (each.id for each in await staff.factors.of(who.id) if each.way is Way.PASSKEY)
    assert await staff.factors.remove(here, gone) is None
    assert await staff.sessions.find(theirs) is None, "whoever has the laptop"
    assert await staff.sessions.find(mine) is not None
