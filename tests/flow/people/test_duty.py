"""The roster and broken glass over a real database: who may enter what, and what is kept."""

from nodes.people import refusals
from nodes.people.glass import Ground, Opening, Outcome
from nodes.people.refusals import NotDone
from nodes.people.roles import Role
from nodes.people.roster import Entry, Roster, Span, Turn
from tests.simulators.node import TestClock
from tests.simulators.staff import Member, Staff

HOUR = 3_600
REASON = "A child is missing and nobody of the case is there"


def turn(person: Member, deputy: Member | None, start: int, hours: int = 8) -> Turn:
    return Turn(0, person.id, None if deputy is None else deputy.id, Span(start, start + hours * HOUR))


async def team(staff: Staff) -> tuple[Member, Member, Member]:
    keeper = await staff.administrator()
    supervisor = await staff.member(keeper.id, "s.visor", Role.SUPERVISOR)
    officer = await staff.member(keeper.id, "o.fficer", Role.DUTY_OFFICER)
    return keeper, supervisor, officer


async def test_a_supervisor_keeps_the_roster(staff: Staff, clock: TestClock) -> None:
    keeper, supervisor, officer = await team(staff)
    now = clock()
    found = await staff.roster.put_duty(turn(officer, supervisor, now), supervisor.id)
    assert isinstance(found, Roster)
    assert found.on_duty(now) == officer.id
    for wanted, by, refused in (
        (turn(officer, None, now), supervisor.id, refusals.OVERLAPS),
        (turn(officer, None, now + 8 * HOUR), officer.id, refusals.NOT_YOUR_ROSTER),
        (turn(keeper, None, now + 8 * HOUR), supervisor.id, refusals.NOT_ON_DUTY),
        (turn(officer, keeper, now + 8 * HOUR), supervisor.id, refusals.NOT_ON_DUTY.at("deputy")),
    ):
        assert await staff.roster.put_duty(wanted, by) == refused
    (duty,) = found.duties
    assert await staff.roster.cancel(duty.number, officer.id) == refusals.NOT_YOUR_ROSTER
    assert await staff.roster.cancel(99, supervisor.id) == refusals.NO_ENTRY
    clock.advance(HOUR)
    found = await staff.roster.cancel(duty.number, supervisor.id)
    assert isinstance(found, Roster)
    assert [each.span for each in found.duties] == [Span(now, now + HOUR)], "what has passed stays"
    assert await staff.roster.cancel(duty.number, supervisor.id) == refusals.NO_ENTRY
    assert await staff.roster.roster() == found
    assert [(each.entry, each.by) for each in await staff.roster.history()] == [
        (Entry.DUTY, supervisor.id),
        (Entry.CANCELLED, supervisor.id),
    ]


async def test_an_absence_hands_the_work_over_and_ends_early(staff: Staff, clock: TestClock) -> None:
    keeper, supervisor, officer = await team(staff)
    now = clock()
    found = await staff.roster.note_absence(turn(officer, supervisor, now), officer.id)
    assert isinstance(found, Roster)
    assert found.stands_for(supervisor.id, now) == {officer.id}
    assert found.stands_for(supervisor.id, now + 8 * HOUR) == frozenset()
    for wanted, by, refused in (
        (turn(supervisor, officer, now), officer.id, refusals.NOT_YOUR_ABSENCE),
        (turn(supervisor, officer, now), supervisor.id, refusals.DEPUTY_AWAY),
        (turn(supervisor, keeper, now), supervisor.id, refusals.DEPUTY_CANNOT),
        (turn(officer, supervisor, now), supervisor.id, refusals.OVERLAPS),
        (Turn(0, officer.id, "0" * 32, Span(now, now + 1)), officer.id, refusals.UNKNOWN_PERSON.at("deputy")),  # type: ignore[arg-type]
    ):
        assert await staff.roster.note_absence(wanted, by) == refused
    clock.advance(60)
    (absence,) = found.absences
    assert await staff.roster.cancel(absence.number, keeper.id) == refusals.NOT_YOUR_ROSTER
    found = await staff.roster.cancel(absence.number, officer.id)
    assert isinstance(found, Roster)
    assert found.stands_for(supervisor.id, clock()) == frozenset()


async def test_broken_glass_is_seen_and_reviewed_by_another_supervisor(staff: Staff, clock: TestClock) -> None:
    keeper, supervisor, officer = await team(staff)
    other = await staff.member(keeper.id, "t.visor", Role.SUPERVISOR)
    refused = await staff.glass.break_glass("case-1", Ground.DANGER, "quick", await staff.acting(officer))
    assert refused == refusals.SHORT_REASON
    opened = await staff.glass.break_glass("case-1", Ground.DANGER, REASON, await staff.acting(officer))
    own = await staff.glass.break_glass("case-2", Ground.URGENT, REASON, await staff.acting(supervisor))
    assert isinstance(opened, Opening)
    assert isinstance(own, Opening)
    found = await staff.glass.openings()
    assert [(each.number, each.case, each.reason) for each in found.unreviewed] == [
        (opened.number, "case-1", REASON),
        (own.number, "case-2", REASON),
    ]
    assert found.lets_in(officer.id, "case-1", clock())
    clock.advance(71 * HOUR)
    assert not found.unreviewed[0].is_overdue(clock())
    for number, who, refusal in (
        (opened.number, officer, refusals.NOT_REVIEWER),
        (own.number, supervisor, refusals.OWN_OPENING),
        (99, supervisor, refusals.NO_OPENING),
    ):
        assert await staff.glass.review(number, Outcome.JUSTIFIED, "fine", await staff.acting(who)) == refusal
    done = await staff.glass.review(opened.number, Outcome.NOT_JUSTIFIED, "was not", await staff.acting(supervisor))
    assert not isinstance(done, NotDone)
    assert (done.outcome, done.reviewed_by, done.finding) == (Outcome.NOT_JUSTIFIED, supervisor.id, "was not")
    again = await staff.glass.review(opened.number, Outcome.JUSTIFIED, "fine", await staff.acting(other))
    assert again == refusals.NO_OPENING
    assert [each.number for each in (await staff.glass.openings()).unreviewed] == [own.number]
