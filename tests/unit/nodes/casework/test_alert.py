"""Who is told of an urgent item, in which order and when."""

from dataclasses import replace

from nodes.casework.alert import Alert, End, Hands, Level, Pace, Step, next_at, next_step
from nodes.people.acting import PersonId

ANA, BEN, EVA, ZOE = (PersonId(letter * 32) for letter in "abez")
PACE = Pace(600, 300)
RAISED = 1_000
ALERT = Alert(number=1, message=b"m", life=False, raised_at=RAISED)
HANDS = Hands((ANA, BEN), (EVA,), (ANA, BEN, EVA))


def told(alert: Alert, hands: Hands = HANDS, *, reached: bool = True) -> Alert:
    step = next_step(alert, hands, PACE)
    assert step is not None
    return replace(alert, steps=(*alert.steps, replace(step, reached=reached)))


def test_the_roster_is_told_one_after_the_other_then_the_supervisors_then_all_anew() -> None:
    alert = ALERT
    for _ in range(5):
        alert = told(alert)
    assert [(step.level, step.round, step.at - RAISED, step.persons) for step in alert.steps] == [
        (Level.ROSTER, 1, 0, (ANA,)),
        (Level.ROSTER, 1, 600, (BEN,)),
        (Level.SUPERVISORS, 1, 1_200, (EVA,)),
        (Level.ROSTER, 2, 1_800, (ANA,)),
        (Level.ROSTER, 2, 2_400, (BEN,)),
    ]
    assert [told(ALERT).is_loud, alert.is_loud] == [False, True]
    assert alert.told == {ANA, BEN, EVA}


def test_a_threat_to_life_goes_on_faster() -> None:
    step = next_step(told(replace(ALERT, life=True)), HANDS, PACE)
    assert step is not None
    assert (step.at, step.persons) == (RAISED + 300, (BEN,))


def test_after_a_step_that_reached_nobody_the_next_one_is_told_within_a_minute() -> None:
    step = next_step(told(ALERT, reached=False), HANDS, PACE)
    assert step is not None
    assert step.at == RAISED + 60


def test_a_step_that_was_begun_is_taken_once_more_and_no_other() -> None:
    step = next_step(ALERT, HANDS, PACE)
    assert step is not None
    begun = replace(ALERT, steps=(step,))
    assert begun.unfinished == step
    assert next_step(begun, Hands((ZOE,)), PACE) == step


def test_whoever_takes_the_item_ends_it() -> None:
    taken = replace(told(ALERT), ended_at=RAISED + 5, ended_by=ANA, end=End.TAKEN)
    assert not taken.waits
    assert next_step(taken, HANDS, PACE) is None
    assert next_at([taken], HANDS, PACE) is None
    assert next_at([taken, ALERT, told(ALERT)], HANDS, PACE) == RAISED


def test_with_nobody_on_the_roster_the_supervisors_hear_at_once_then_everybody_and_at_last_the_house() -> None:
    found = [next_step(ALERT, hands, PACE) for hands in (replace(HANDS, line=()), Hands(everybody=(ANA, BEN)), Hands())]
    assert [None if step is None else (step.level, step.persons, step.at) for step in found] == [
        (Level.SUPERVISORS, (EVA,), RAISED),
        (Level.EVERYBODY, (ANA, BEN), RAISED),
        (Level.HOUSE, (), RAISED),
    ]


def test_a_change_of_shift_reaches_whoever_is_on_duty_now() -> None:
    alert = told(ALERT)
    step = next_step(alert, Hands((ZOE, ANA)), PACE)
    assert step == Step(2, Level.ROSTER, 1, RAISED + 600, (ZOE,))
