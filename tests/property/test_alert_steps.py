"""Whatever the roster does meanwhile: an urgent item always has somebody to be told next, until somebody takes it."""

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from nodes.casework.alert import Alert, End, Hands, Level, Pace, next_step
from nodes.people.acting import PersonId

PEOPLE = [PersonId(letter * 32) for letter in "abcdef"]
crowds = st.lists(st.sampled_from(PEOPLE), max_size=6, unique=True).map(tuple)
hands = st.builds(Hands, crowds, crowds, crowds)
paces = st.builds(Pace, st.integers(60, 7_200), st.integers(60, 7_200))
looks = st.lists(st.tuples(hands, st.booleans(), st.integers(0, 900)), min_size=1, max_size=25)


def run(pace: Pace, life: bool, given_looks: list[tuple[Hands, bool, int]]) -> tuple[Alert, list[Hands]]:
    alert, seen, now = Alert(number=1, message=b"m", life=life, raised_at=0), [], 0
    for found, reached, late in given_looks:
        step = next_step(alert, found, pace)
        assert step is not None
        now = max(now, step.at) + late
        alert = replace(alert, steps=(*alert.steps, replace(step, at=now, reached=reached)))
        seen.append(found)
    return alert, seen


@given(paces, st.booleans(), looks)
@example(Pace(60, 60), False, [(Hands(), False, 0), (Hands((PEOPLE[0],)), False, 0), (Hands((PEOPLE[0],)), False, 0)])
def test_every_step_has_somebody_where_there_is_anybody(
    pace: Pace,
    life: bool,
    given_looks: list[tuple[Hands, bool, int]],
) -> None:
    alert, seen = run(pace, life, given_looks)
    for step, found in zip(alert.steps, seen, strict=True):
        there = found.line or found.supervisors or found.everybody
        assert bool(step.persons) == bool(there)
        assert (step.level is Level.HOUSE) == (not there)
        assert len(set(step.persons)) == len(step.persons)
        assert set(step.persons) <= {*found.line, *found.supervisors, *found.everybody}


@given(paces, st.booleans(), looks)
def test_no_round_tells_a_person_of_the_roster_twice_and_every_round_ends_beyond_the_roster(
    pace: Pace,
    life: bool,
    given_looks: list[tuple[Hands, bool, int]],
) -> None:
    alert, _ = run(pace, life, given_looks)
    assert [step.number for step in alert.steps] == list(range(1, len(alert.steps) + 1))
    for round_ in {step.round for step in alert.steps}:
        levels = [step.level for step in alert.steps if step.round == round_]
        named = [step.persons for step in alert.steps if step.round == round_ and step.level is Level.ROSTER]
        assert len(set(named)) == len(named)
        assert all(each is Level.ROSTER for each in levels[:-1])
        if round_ < alert.steps[-1].round:
            assert levels[-1] is not Level.ROSTER


@given(paces, st.booleans(), looks, hands)
def test_nobody_waits_longer_than_the_pace_and_taking_it_ends_it(
    pace: Pace,
    life: bool,
    given_looks: list[tuple[Hands, bool, int]],
    last: Hands,
) -> None:
    alert, _ = run(pace, life, given_looks)
    step = next_step(alert, last, pace)
    assert step is not None
    waited = step.at - alert.steps[-1].at
    assert 0 < waited <= (pace.life_s if life else pace.usual_s)
    for end in End:
        assert next_step(replace(alert, ended_at=step.at, end=end), last, pace) is None


@given(paces, looks, hands)
def test_a_node_that_stops_in_a_step_repeats_that_one_and_loses_none(
    pace: Pace, given_looks: list[tuple[Hands, bool, int]], later: Hands
) -> None:
    whole, _ = run(pace, False, given_looks)
    stopped = replace(whole, steps=(*whole.steps[:-1], replace(whole.steps[-1], reached=None)))
    assert next_step(stopped, later, pace) == stopped.steps[-1]
    assert next_step(whole, later, pace) != whole.steps[-1]
