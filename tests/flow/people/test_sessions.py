"""Sessions: how long they last, and who ends them."""

from nodes.people.factors import Way
from nodes.people.roles import Role
from nodes.people.session_store import KEPT_S
from nodes.people.sessions import SessionLimits
from tests.simulators.node import TestClock
from tests.simulators.staff import Staff

LIMITS = SessionLimits(idle_s=100, whole_s=350)


async def test_a_session_lives_while_it_is_used_and_not_for_ever(staff: Staff, clock: TestClock) -> None:
    staff = Staff(staff.gateway, LIMITS)
    who = await staff.administrator()
    token, start = await staff.sessions.begin(who.id, Way.PASSKEY), clock()
    for _ in range(3):
        clock.advance(99)
        found = await staff.sessions.find(token)
        assert found is not None
        assert (found.way, found.started_at, found.ends_at) == (Way.PASSKEY, start, start + 350)
        assert found.idle_until == min(clock() + 100, start + 350)
    clock.advance(53)
    assert await staff.sessions.find(token) is None, "the whole time is over"


async def test_a_session_that_is_left_alone_ends(staff: Staff, clock: TestClock) -> None:
    staff = Staff(staff.gateway, LIMITS)
    who = await staff.administrator()
    token = await staff.sessions.begin(who.id, Way.PASSKEY)
    clock.advance(100)
    assert await staff.sessions.find(token) is None
    clock.advance(-50)
    assert await staff.sessions.find(token) is None, "what has ended does not come back with the clock"


async def test_signing_out_ends_one_session_and_the_person_all_of_them(staff: Staff, clock: TestClock) -> None:
    who = await staff.administrator()
    other = await staff.member(who.id, "b.second", Role.AUDITOR)
    tokens = []
    for _ in range(3):
        clock.advance(1)
        tokens.append(await staff.sessions.begin(who.id, Way.PASSPHRASE))
    theirs = await staff.sessions.begin(other.id, Way.PASSPHRASE)
    await staff.sessions.end(tokens[0])
    live = await staff.sessions.of(who.id)
    assert [each.started_at for each in live] == [clock(), clock() - 1]
    assert await staff.sessions.end_all(who.id, live[0].session) == 1
    assert [await staff.sessions.find(each) is not None for each in tokens] == [False, False, True]
    assert await staff.sessions.end_all(who.id) == 1
    assert await staff.sessions.of(who.id) == ()
    assert await staff.sessions.find(theirs) is not None
    assert await staff.sessions.of("0" * 32) == ()  # type: ignore[arg-type]


async def test_sessions_of_long_ago_are_forgotten(staff: Staff, clock: TestClock) -> None:
    from sqlalchemy import func, select

    from nodes.people_tables import session

    who = await staff.administrator()
    for ended in (True, False):
        token = await staff.sessions.begin(who.id, Way.PASSPHRASE)
        if ended:
            await staff.sessions.end(token)
    clock.advance(KEPT_S + 1)
    await staff.sessions.begin(who.id, Way.PASSPHRASE)
    count = select(func.count()).select_from(session)
    stored = await staff.gateway.store.database.read(lambda connection: connection.execute(count).scalar_one())
    assert stored == 1
