import pytest

from nodes.casework import case_acts
from nodes.casework.case_acts import Act, Denied, Moved, Situation, decide, lacks, offers
from nodes.casework.case_view import Entry, View, begin, fold_case
from nodes.casework.machine import Transition
from nodes.casework.machine_parts import ERASE
from nodes.casework.police_answer import POLICE_ANSWER
from nodes.casework.police_request import POLICE_REQUEST
from nodes.casework.screening import Lane
from nodes.people.acting import Acting, PersonId
from nodes.people.refusals import LONGEST_REASON
from nodes.people.roles import Role

ANA, BO = PersonId("ana"), PersonId("bo")
PLAIN = Situation()


def somebody(person: PersonId = ANA, *roles: Role) -> Acting:
    return Acting(person, "A name", frozenset(roles or (Role.CASE_OFFICER,)))


def case(*names: str, who: PersonId = ANA) -> View:
    entries = [Entry(number=at, at=at, noted_at=at, name=each, who=who) for at, each in enumerate(names, 1)]
    return fold_case(POLICE_ANSWER, entries)


def done(view: View, name: str, acting: Acting, situation: Situation = PLAIN, **more: str) -> object:
    to = PersonId(more["to"]) if "to" in more else None
    found = decide(view, Act(name=name, seen=view.last, reason=more.get("reason", ""), to=to), acting, situation)
    return found.name if isinstance(found, Transition) else found


def test_an_act_on_a_state_that_nobody_saw_shows_what_happened_meanwhile() -> None:
    view = case("take-over", "work")
    found = decide(view, Act(name="draft-reply", seen=1), somebody(), PLAIN)
    assert isinstance(found, Moved)
    assert [each.entry.name for each in found.steps] == ["work"]
    assert found.view is view
    ahead = decide(view, Act(name="draft-reply", seen=9), somebody(), PLAIN)
    assert isinstance(ahead, Moved)
    assert not ahead.steps


def test_whoever_has_the_case_and_the_right_goes_on() -> None:
    view = case("take-over", "work")
    assert done(view, "draft-reply", somebody()) == "draft-reply"
    assert done(view, "draft-reply", somebody(BO)) is case_acts.NOT_YOURS


def test_what_is_no_act_of_now_is_refused_with_its_reason() -> None:
    view = case("take-over")
    assert done(view, "fly", somebody()) is case_acts.UNKNOWN_ACT
    assert done(view, "answer", somebody()) is case_acts.BY_MESSAGE
    assert done(view, "approve", somebody()) is case_acts.NOT_NOW
    assert done(view, "triage", somebody(ANA, Role.AUDITOR)) is case_acts.NO_RIGHT


@pytest.mark.parametrize(
    ("lane", "role", "expected"),
    [
        (Lane.GREEN, Role.DUTY_OFFICER, "draft-reply"),
        (Lane.AMBER, Role.DUTY_OFFICER, case_acts.RED_LANE),
        (Lane.RED, Role.DUTY_OFFICER, case_acts.RED_LANE),
        (None, Role.DUTY_OFFICER, case_acts.RED_LANE),
        (Lane.RED, Role.CASE_OFFICER, "draft-reply"),
        (Lane.GREEN, Role.INVESTIGATOR, case_acts.NO_RIGHT),
    ],
)
def test_a_duty_officer_answers_the_green_lane_only(lane: Lane | None, role: Role, expected: object) -> None:
    assert done(case("take-over", "work"), "draft-reply", somebody(ANA, role), Situation(lane)) == expected


def test_nobody_approves_what_it_drafted_whatever_roles_it_holds() -> None:
    view = case("take-over", "work", "draft-reply", "ask-check")
    both = Role.SUPERVISOR, Role.CASE_OFFICER
    assert done(view, "approve", somebody(ANA, *both)) is case_acts.SECOND_PERSON
    assert done(view, "approve", somebody(BO, *both)) == "approve"


def test_a_reason_and_a_person_are_asked_for() -> None:
    view = case("take-over", "work")
    assert done(view, "note", somebody()) is case_acts.NO_REASON
    assert done(view, "note", somebody(), reason="  x ") is case_acts.NO_REASON
    assert done(view, "note", somebody(), reason="x" * (LONGEST_REASON + 1)) is case_acts.LONG_REASON
    assert done(view, "note", somebody(), reason="They called.") == "note"
    assert done(view, "assign", somebody()) is case_acts.NO_PERSON
    assert done(view, "assign", somebody(), to="bo") == "assign"
    hand = POLICE_ANSWER.transition("hand-over")
    assert hand is not None
    assert lacks(hand, Act(name="hand-over", seen=0)) == (case_acts.NO_PERSON, case_acts.NO_REASON)
    long = Act(name="hand-over", seen=0, reason="x" * (LONGEST_REASON + 1))
    assert lacks(hand, long) == (case_acts.NO_PERSON, case_acts.LONG_REASON)
    assert lacks(hand, Act(name="hand-over", seen=0, reason="It is late.", to=BO)) == ()


def test_a_case_is_not_filed_while_another_country_waits_for_it() -> None:
    view = case("take-over")
    assert done(view, "file", somebody(), Situation(owed=True), reason="A copy.") is case_acts.STILL_OWED
    assert done(view, "file", somebody(), reason="A copy.") == "file"


def test_nobody_stops_waiting_before_the_time_is_over() -> None:
    sent = begin(POLICE_REQUEST)
    sent = View(machine=sent.machine, state="sent")
    assert done(sent, "wait-no-longer", somebody(), Situation(waiting=True), reason="No.") is case_acts.STILL_TIME
    assert done(sent, "wait-no-longer", somebody(), reason="No longer needed.") == "wait-no-longer"


def test_nothing_is_erased_while_a_legal_hold_stands() -> None:
    closed, reviewer = View(machine=POLICE_ANSWER, state="closed"), somebody(ANA, Role.SUPERVISOR)
    assert done(closed, ERASE, reviewer, Situation(held=True), reason="Over.") is case_acts.ON_HOLD
    assert done(closed, ERASE, reviewer, reason="Needed no more.") == ERASE


def test_what_is_offered_is_what_is_then_allowed_and_says_why_not() -> None:
    view = case("take-over", "work")
    found = {each.transition.name: each.denied for each in offers(view, somebody(), PLAIN)}
    assert found["draft-reply"] is None
    assert found["answer"] is None  # by a message that this person may write
    assert found["refuse"] is case_acts.NO_RIGHT
    assert "held" not in found  # nobody does that
    assert "approve" not in found  # not from here


def test_every_refusal_has_a_code_a_sentence_and_a_way_on() -> None:
    refusals = [each for each in vars(case_acts).values() if isinstance(each, Denied)]
    assert len({each.code for each in refusals}) == len(refusals) >= 11
    assert all(each.sentence.endswith(".") and each.remedy and "{" not in each.sentence for each in refusals)


def test_whoever_sees_a_case_through_broken_glass_lets_nobody_in_unless_a_supervisor() -> None:
    glass, view = Situation(glass=True), case("take-over")
    for name in ("take-over", "assign", "hand-over", "add-person"):
        assert done(view, name, somebody(), glass, to="bo", reason="It is late.") is case_acts.THROUGH_GLASS
    assert done(view, "work", somebody(), glass) == "work"
    both = somebody(ANA, Role.CASE_OFFICER, Role.SUPERVISOR)
    assert done(view, "add-person", both, glass, to="bo") == "add-person"
