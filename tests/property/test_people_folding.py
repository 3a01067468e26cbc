"""Whatever happens to accounts, roster and broken glass, what must never be, never is."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from nodes.people.acting import Acting, PersonId
from nodes.people.changes import CHANGES, Change, needs_second, refuse_change
from nodes.people.glass import GlassEvent, Ground, Outcome, fold_openings, refuse_review
from nodes.people.person import Details, Kind, PersonEvent, PersonRecord, Standing, after, fold_people
from nodes.people.refusals import NotDone
from nodes.people.roles import Role, is_separable
from nodes.people.roster import Entry, RosterEvent, Span, Turn, fold_roster, refuse_absence, refuse_duty

PEOPLE = [PersonId(letter * 32) for letter in "abcd"]
persons = st.sampled_from(PEOPLE)
times = st.integers(0, 40)
roles = st.frozensets(st.sampled_from(Role), max_size=3)
details = st.builds(
    Details,
    name=st.sampled_from(["Ana", "Ben", ""]),
    roles=roles,
    starts_at=times,
    ends_at=st.none() | times,
    reference=st.sampled_from(["", "aa", "bb"]),
    act=st.none() | st.sampled_from(Kind),
    about=st.integers(0, 9),
)
events = st.builds(
    PersonEvent,
    number=st.integers(1, 99),
    person=persons,
    kind=st.sampled_from(Kind),
    at=times,
    by=st.none() | persons,
    details=details,
)
histories = st.lists(events, unique_by=lambda event: event.number, max_size=20)
changes = st.builds(Change, persons, st.sampled_from(sorted(CHANGES)), st.sampled_from(["", "because"]), details)
START = {
    PEOPLE[0]: PersonRecord(id=PEOPLE[0], name="Ana", roles=frozenset({Role.ADMINISTRATOR}), standing=Standing.JOINED),
    PEOPLE[1]: PersonRecord(id=PEOPLE[1], name="Ben", roles=frozenset({Role.SUPERVISOR}), standing=Standing.JOINED),
    PEOPLE[2]: PersonRecord(id=PEOPLE[2], name="Eva", roles=frozenset({Role.ADMINISTRATOR}), standing=Standing.JOINED),
}


@given(histories, st.randoms())
def test_the_numbers_order_the_events_and_nothing_else(history: list[PersonEvent], chance: object) -> None:
    mixed = list(history)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    assert fold_people(mixed) == fold_people(history)


@given(histories)
def test_no_event_is_lost_and_an_account_that_ended_never_acts_again(history: list[PersonEvent]) -> None:
    found = fold_people(history)
    assert sorted(each.number for record in found.values() for each in record.events) == sorted(
        each.number for each in history
    )
    for record in found.values():
        if any(each.kind is Kind.ENDED for each in record.events):
            assert all(record.acting(now) is None for now in range(0, 50, 7))


@given(st.lists(st.tuples(changes, st.none() | persons), max_size=25))
def test_whatever_is_asked_an_administrator_remains_and_no_role_is_taken_by_oneself(
    asked: list[tuple[Change, PersonId | None]],
) -> None:
    people = dict(START)
    for number, (change, by) in enumerate(asked, start=1):
        now = 50
        if refuse_change(people, change, by, now) is not None:
            continue
        before = people[change.person]
        event = PersonEvent(
            number=number, person=change.person, kind=change.kind, at=now, by=by, details=change.details
        )
        people[change.person] = after(before, event)
        assert any(Role.ADMINISTRATOR in each.acting(now).roles for each in people.values() if each.acting(now))  # type: ignore[union-attr]
        if by == change.person:
            assert people[by].roles <= before.roles
        removed = Role.ADMINISTRATOR in before.roles and Role.ADMINISTRATOR not in people[change.person].roles
        if before.is_in_force(now) and (removed or change.kind in (Kind.ENDED, Kind.RESET)):
            was_administrator = Role.ADMINISTRATOR in before.roles
            assert needs_second({**people, change.person: before}, change) is (
                was_administrator or change.kind is Kind.RESET
            )
    assert all(is_separable(each.roles) for each in people.values())


spans = st.tuples(times, times).map(lambda pair: Span(min(pair), max(pair)))
entries = st.builds(
    RosterEvent,
    number=st.integers(1, 99),
    entry=st.sampled_from(Entry),
    at=times,
    by=persons,
    person=persons,
    deputy=st.none() | persons,
    span=spans,
    about=st.integers(0, 99),
)
rosters = st.lists(entries, unique_by=lambda entry: entry.number, max_size=15).map(fold_roster)


@given(rosters, times)
def test_whoever_is_on_duty_is_there_and_is_alerted_first(roster: object, at: int) -> None:
    who = roster.on_duty(at)  # type: ignore[attr-defined]
    line = roster.line(at)  # type: ignore[attr-defined]
    assert all(not roster.is_away(each, at) for each in line)  # type: ignore[attr-defined]
    assert len(set(line)) == len(line)
    if who is not None:
        assert not roster.is_away(who, at)  # type: ignore[attr-defined]
        assert line[0] == who


@given(rosters, times)
def test_work_of_somebody_away_is_done_by_at_most_one_who_is_there(roster: object, at: int) -> None:
    for each in PEOPLE:
        standing = [other for other in PEOPLE if each in roster.stands_for(other, at)]  # type: ignore[attr-defined]
        deputy = roster.deputy_of(each, at)  # type: ignore[attr-defined]
        assert standing == ([deputy] if deputy not in (None, each) else [])
        assert deputy is None or not roster.is_away(deputy, at)  # type: ignore[attr-defined]


@given(rosters, spans)
def test_gaps_are_exactly_the_times_without_anybody(roster: object, within: Span) -> None:
    gaps = roster.gaps(within)  # type: ignore[attr-defined]
    for at in range(within.starts_at, within.ends_at):
        assert any(gap.holds(at) for gap in gaps) is (roster.on_duty(at) is None)  # type: ignore[attr-defined]
    assert all(one.ends_at < other.starts_at for one, other in pairwise(gaps))


@given(st.lists(st.tuples(st.booleans(), persons, st.none() | persons, spans), max_size=12))
def test_what_is_accepted_never_overlaps_and_always_has_a_deputy_at_its_start(
    asked: list[tuple[bool, PersonId, PersonId | None, Span]],
) -> None:
    kept: list[RosterEvent] = []
    for number, (duty, who, deputy, span) in enumerate(asked, start=1):
        roster, turn = fold_roster(kept), Turn(number, who, deputy, span)
        refused = (refuse_duty if duty else refuse_absence)(roster, turn, 0)
        if isinstance(refused, NotDone):
            continue
        entry = Entry.DUTY if duty else Entry.AWAY
        kept.append(RosterEvent(number=number, entry=entry, at=0, by=who, person=who, deputy=deputy, span=span))
        if not duty:
            assert fold_roster(kept).deputy_of(who, span.starts_at) is not None
    duties = fold_roster(kept).duties
    assert all(one.span.ends_at <= other.span.starts_at for one, other in pairwise(duties))


glass = st.builds(
    GlassEvent,
    number=st.integers(1, 30),
    at=times,
    by=persons,
    case=st.sampled_from(["c1", "c2"]),
    ground=st.none() | st.sampled_from(Ground),
    outcome=st.sampled_from(Outcome),
    about=st.integers(0, 30),
)


@given(st.lists(glass, unique_by=lambda event: event.number, max_size=15), st.randoms())
def test_no_opening_is_lost_and_its_first_review_stands(history: list[GlassEvent], chance: object) -> None:
    mixed = list(history)
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    found = fold_openings(mixed)
    assert found == fold_openings(history)
    assert [each.number for each in found.all] == sorted(each.number for each in history if each.ground is not None)
    later = GlassEvent(number=99, at=50, by=PEOPLE[3], case="c1", outcome=Outcome.JUSTIFIED, about=0)
    for each in found.all:
        if each.outcome is not None:
            again = fold_openings([*history, replace(later, about=each.number, outcome=Outcome.NOT_JUSTIFIED)])
            assert again.find(each.number) == each
        own = Acting(each.by, "x", frozenset({Role.SUPERVISOR}))
        assert refuse_review(own, each, "fine") is not None
