"""Signing in with both ways: what is asked, what is refused, and that both give the same."""

import pytest

from nodes.people import refusals
from nodes.people.challenges import LIFE_S
from nodes.people.changes import Change
from nodes.people.codes import STEP_S, code_at
from nodes.people.factors import Factor, PasskeyFactor, PassphraseFactor, Way
from nodes.people.person import Details, Kind
from nodes.people.roles import Role
from tests.simulators.authenticator import PRESENT, Authenticator
from tests.simulators.node import TestClock
from tests.simulators.staff import ORIGIN, PHRASE, Member, Staff, secret_of, token_of


async def with_passkey(staff: Staff, who: Member, device: Authenticator, label: str = "blue key") -> None:
    answer = device.create(await staff.factors.passkey_options(who.id))
    assert await staff.factors.add(await staff.live(who), PasskeyFactor(answer, label)) is None


async def by_passkey(staff: Staff, device: Authenticator, **changes: object) -> object:
    return await staff.sign_in.by_passkey(device.get(await staff.sign_in.passkey_options(), **changes))


async def test_passphrase_and_code_let_in(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    clock.advance(STEP_S)
    assert await staff.enter(who) == who.id
    clock.advance(STEP_S)
    assert await staff.enter(who, sign_in=" A.First ") == who.id, "capitals and blanks around make no other name"
    (shown,) = await staff.factors.of(who.id)
    assert (shown.way, shown.used_at) == (Way.PASSPHRASE, clock())


async def test_a_code_of_a_neighbouring_step_is_taken(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    clock.advance(10 * STEP_S)
    assert await staff.enter(who, code=code_at(who.secret, clock() - STEP_S)) == who.id
    assert await staff.enter(who, code=code_at(who.secret, clock() + STEP_S)) == who.id
    clock.advance(10 * STEP_S)
    for steps in (-2, 2):
        code = code_at(who.secret, clock() + steps * STEP_S)
        assert await staff.enter(who, code=code) == refusals.NOT_SIGNED_IN


@pytest.mark.parametrize(
    "changes", [{"passphrase": "another one"}, {"code": "000000"}, {"code": ""}, {"sign_in": "b.first"}]
)
async def test_whatever_is_wrong_the_answer_is_one(staff: Staff, clock: TestClock, changes: dict[str, str]) -> None:
    who = await staff.administrator()
    clock.advance(STEP_S)
    assert await staff.enter(who, **changes) == refusals.NOT_SIGNED_IN


async def test_a_passkey_lets_in_the_person_who_joined_with_it(staff: Staff) -> None:
    link = await staff.invitations.first()
    assert link is not None
    token, device = token_of(link), Authenticator(ORIGIN)
    options = await staff.invitations.passkey_options(token, "Ana First")
    assert options is not None
    answer = PasskeyFactor(device.create(options), "blue key")
    person = await staff.invitations.accept(token, answer, Details(name="Ana First", sign_in="a.first"))
    assert not isinstance(person, refusals.NotDone), person
    (shown,) = await staff.factors.of(person)
    assert (shown.way, shown.label, shown.used_at) == (Way.PASSKEY, "blue key", None)
    assert await by_passkey(staff, device) == person


async def test_both_ways_give_the_same_person_and_rights(staff: Staff, clock: TestClock) -> None:
    who, device = await staff.administrator(), Authenticator(ORIGIN)
    await with_passkey(staff, who, device)
    clock.advance(STEP_S)
    entered = await staff.enter(who)
    assert await by_passkey(staff, device) == entered == who.id
    tokens = [await staff.sessions.begin(who.id, way) for way in Way]
    found = [await staff.sessions.find(token) for token in tokens]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].acting == found[1].acting


async def test_an_authenticator_without_a_counter_signs_in_again_and_again(staff: Staff) -> None:
    who, device = await staff.administrator(), Authenticator(ORIGIN, counts=False)
    await with_passkey(staff, who, device)
    for _ in range(2):
        assert await by_passkey(staff, device) == who.id


async def test_a_passkey_answers_our_origin_our_challenge_and_a_verified_user_only(
    staff: Staff, clock: TestClock
) -> None:
    who, device = await staff.administrator(), Authenticator(ORIGIN)
    await with_passkey(staff, who, device)
    for changes in (
        {"origin": "https://desk.example.com"},
        {"type": "webauthn.create"},
        {"challenge": "AAAA"},
        {"crossOrigin": True},
    ):
        assert await by_passkey(staff, device, **changes) == refusals.PASSKEY_NOT_ACCEPTED
    device.flags = PRESENT
    assert await by_passkey(staff, device) == refusals.PASSKEY_NOT_ACCEPTED, "the device did not verify its user"
    options = await staff.sign_in.passkey_options()
    device.flags = Authenticator(ORIGIN).flags
    clock.advance(LIFE_S)
    assert await staff.sign_in.by_passkey(device.get(options)) == refusals.PASSKEY_NOT_ACCEPTED
    stranger = Authenticator(ORIGIN, seed="other")
    assert await by_passkey(staff, stranger) == refusals.PASSKEY_NOT_ACCEPTED
    stranger = Authenticator(ORIGIN)  # the same id with another key
    assert await by_passkey(staff, stranger) == refusals.PASSKEY_NOT_ACCEPTED
    device.owner = bytes(16)
    assert await by_passkey(staff, device) == refusals.PASSKEY_NOT_ACCEPTED
    for text in ("", "{}", "[1]", "null", "{", "x" * 70_000, '{"id": 1}'):
        assert await staff.sign_in.by_passkey(text) == refusals.PASSKEY_NOT_ACCEPTED


async def test_a_registration_that_is_no_fresh_answer_is_not_stored(staff: Staff, clock: TestClock) -> None:
    who, other = await staff.administrator(), Authenticator(ORIGIN, flags=PRESENT)
    device = Authenticator(ORIGIN)
    options = await staff.factors.passkey_options(who.id)
    answers = [
        device.create(options, origin="https://evil.example"),
        device.create(options, challenge="AAAA"),
        device.create(options, crossOrigin=True),
        other.create(options),
        "{}",
        "x" * 70_000,
    ]
    for answer in answers:
        assert await staff.factors.add(await staff.live(who), PasskeyFactor(answer)) == refusals.PASSKEY_NOT_ADDED
    good = PasskeyFactor(device.create(options))
    assert await staff.factors.add(await staff.live(who), good) is None
    assert await staff.factors.add(await staff.live(who), good) == refusals.PASSKEY_NOT_ADDED, (
        "its challenge is used up"
    )
    again = PasskeyFactor(device.create(await staff.factors.passkey_options(who.id)))
    assert await staff.factors.add(await staff.live(who), again) == refusals.PASSKEY_KNOWN
    old = device.create(await staff.factors.passkey_options(who.id))
    clock.advance(LIFE_S)
    assert await staff.factors.add(await staff.live(who), PasskeyFactor(old)) == refusals.PASSKEY_NOT_ADDED


async def test_the_last_way_in_stays(staff: Staff) -> None:
    who, device = await staff.administrator(), Authenticator(ORIGIN)
    (phrase,) = await staff.factors.of(who.id)
    assert await staff.factors.remove(await staff.live(who), phrase.id) == refusals.LAST_FACTOR
    await with_passkey(staff, who, device)
    assert await staff.factors.remove(await staff.live(who), b"none") == refusals.NO_WAY
    assert await staff.factors.remove(await staff.live(who), phrase.id) is None
    assert [each.way for each in await staff.factors.of(who.id)] == [Way.PASSKEY]
    record = await staff.book.find(who.id)
    assert record is not None
    assert [each.kind for each in record.events][-2:] == [Kind.WAY_ADDED, Kind.WAY_REMOVED]


async def test_a_new_passphrase_takes_the_place_of_the_old_one_and_ends_other_sessions(
    staff: Staff, clock: TestClock
) -> None:
    who = await staff.administrator()
    here, elsewhere = [await staff.sessions.begin(who.id, Way.PASSPHRASE) for _ in range(2)]
    mine = await staff.sessions.find(here)
    assert mine is not None
    secret = secret_of(await staff.factors.new_secret(mine))
    assert secret == secret_of(await staff.factors.new_secret(mine)) != who.secret
    wrong: list[tuple[Factor, refusals.NotDone]] = [
        (PassphraseFactor("short", "1"), refusals.TOO_SHORT),
        (PassphraseFactor("ana first ana first", "1"), refusals.OWN_NAME),
        (PassphraseFactor("four words of another", code_at(who.secret, clock())), refusals.WRONG_CODE),
    ]
    for factor, refused in wrong:
        assert await staff.factors.add(mine, factor) == refused
    new = PassphraseFactor("four words of another", code_at(secret, clock()))
    assert await staff.factors.add(mine, new) is None
    assert await staff.sessions.find(elsewhere) is None
    assert await staff.sessions.find(here) is not None
    assert secret_of(await staff.factors.new_secret(mine)) != secret
    clock.advance(STEP_S)
    assert await staff.enter(who) == refusals.NOT_SIGNED_IN
    assert await staff.enter(Member(who.id, who.sign_in, secret, new.passphrase)) == who.id


async def test_whoever_has_not_begun_or_is_over_does_not_get_in(staff: Staff, clock: TestClock) -> None:
    keeper = await staff.administrator()
    who, device = await staff.member(keeper.id, "b.second", Role.DUTY_OFFICER), Authenticator(ORIGIN)
    await with_passkey(staff, who, device)
    now = clock()
    for times in (Details(starts_at=now + 3_600), Details(starts_at=0, ends_at=now)):
        changed = await staff.book.change(Change(who.id, Kind.TIMES, "leave", times), keeper.id)
        assert not isinstance(changed, refusals.NotDone)
        clock.advance(STEP_S)
        assert await staff.enter(who) == refusals.NOT_SIGNED_IN
        assert await by_passkey(staff, device) == refusals.PASSKEY_NOT_ACCEPTED
    clock.advance(3_600)
    times = Details(starts_at=now, ends_at=now + 86_400)
    await staff.book.change(Change(who.id, Kind.TIMES, "back", times), keeper.id)
    assert await staff.enter(who) == who.id


async def test_a_passphrase_is_typed_alike_on_every_keyboard(staff: Staff, clock: TestClock) -> None:
    link = await staff.invitations.first()
    assert link is not None
    offered = await staff.invitations.new_secret(token_of(link))
    assert offered is not None
    secret, first = secret_of(offered), Details(name="Ana", sign_in="ana")
    typed = PassphraseFactor("четири ре\u0447и \u00e9 kettle", code_at(secret, clock()))
    person = await staff.invitations.accept(token_of(link), typed, first)
    assert isinstance(person, str)
    clock.advance(STEP_S)
    who = Member(person, "ana", secret, "четири ре\u0447и e\u0301 kettle")
    assert await staff.enter(who) == person
    assert PHRASE not in repr(typed)
