import pytest

from nodes.casework.machine import Condition, Machine, Signal, Stand, State, Transition, among, states
from nodes.casework.machines import MACHINES, machine_for, starts_anew
from nodes.casework.writing_rights import GREEN, NEEDED
from nodes.people.roles import Permission

A, B, END = "a", "b", "end"
STATES = (*states(Stand.OURS, A, B), *states(Stand.OVER, END))
GO = Transition(name="go", before=among(A), after=B, permission=Permission.ANSWER)
STOP = Transition(name="stop", before=among(B), after=END, permission=Permission.CLOSE)


def build(*transitions: Transition, initial: str = A, named: tuple[State, ...] = STATES) -> Machine:
    return Machine("test", "WF-0", initial, named, transitions)


def test_a_sound_machine_builds_and_answers() -> None:
    heard = Transition(name="heard", before=among(A, B), signal=Signal.DELIVERED)
    machine = build(GO, STOP, heard)
    assert [each.name for each in machine.out_of(A)] == ["go", "heard"]
    assert machine.transition("go") is GO
    assert machine.transition("fly") is None
    assert machine.heard(A, Signal.DELIVERED) is heard
    assert machine.heard(END, Signal.DELIVERED) is None
    assert (GO.leads(A), heard.leads(A)) == (B, A)
    assert (GO.by_hand, heard.by_hand) == (True, False)
    assert (GO.key, machine.state(A).key) == ("act.go", "state.a")


WRONG = (
    ("go twice", (GO, GO, STOP)),
    ("two things in b", tuple(Transition(name=n, before=among(B), signal=Signal.SENT) for n in "xy")),
    ("no initial state", (GO, STOP)),
    ("go is between unknown states", (Transition(name="go", before=among(A), after="c", permission=Permission.ASK),)),
    ("go is between unknown states", (Transition(name="go", before=among(), after=B, permission=Permission.ASK),)),
    ("go needs no permission", (Transition(name="go", before=among(A), after=B), STOP)),
    ("b is never reached", (Transition(name="go", before=among(A), after=END, permission=Permission.ASK),)),
    ("b has no end", (GO, Transition(name="stop", before=among(A), after=END, permission=Permission.ASK))),
    ("end is over and goes on", (GO, STOP, Transition(name="on", before=among(END), permission=Permission.ASK))),
    ("sends without", (Transition(name="go", before=among(A), after=B, signal=Signal.SENT, sends="MT-01"), STOP)),
    ("sends without", (Transition(name="go", before=among(A), after=B, permission=Permission.ASK, sends="MT-01"),)),
    (
        "sends without",
        (Transition(name="go", before=among(A), after=B, permission=Permission.ASK, signal=Signal.SENT), STOP),
    ),
    (
        "a lesser permission and no other",
        (Transition(name="go", before=among(A), after=B, signal=Signal.SENT, green=Permission.ANSWER_GREEN), STOP),
    ),
    (
        "apart from whom",
        (
            GO,
            Transition(
                name="stop",
                before=among(B),
                after=END,
                permission=Permission.APPROVE,
                conditions=frozenset({Condition.SECOND_PERSON}),
            ),
        ),
    ),
    (
        "apart from whom",
        (
            GO,
            Transition(
                name="stop",
                before=among(B),
                after=END,
                permission=Permission.APPROVE,
                conditions=frozenset({Condition.SECOND_PERSON}),
                apart_from=frozenset({"unknown"}),
            ),
        ),
    ),
)


@pytest.mark.parametrize(("fault", "transitions"), WRONG)
def test_an_unsound_machine_does_not_exist(fault: str, transitions: tuple[Transition, ...]) -> None:
    with pytest.raises(ValueError, match=fault):
        build(*transitions, initial="nowhere" if fault == "no initial state" else A)


def test_a_state_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="a twice"):
        build(GO, STOP, named=(*STATES, State(A, Stand.OURS)))


def test_names_fit_the_columns_they_are_stored_in() -> None:
    names = [each.name for machine in MACHINES.values() for each in (*machine.states, *machine.transitions)]
    assert max(len(each) for each in (*names, *(each.value for each in Signal))) <= 24
    assert max(map(len, MACHINES)) <= 32
    assert all(len(each.value) <= 8 for each in Stand)


@pytest.mark.parametrize(
    ("family", "mine", "name"),
    [
        ("MT-01", True, "police-request"),
        ("MT-01", False, "police-answer"),
        ("MT-11", True, "consent-asked"),
        ("MT-11", False, "consent-owed"),
        ("MT-12", True, "police-correction"),
        ("MT-12", False, "police-correction"),
        ("MT-05", True, "information-given"),
        ("MT-05", False, "information-received"),
    ],
)
def test_the_first_message_says_which_machine_a_case_follows(family: str, name: str, *, mine: bool) -> None:
    assert machine_for(family, mine=mine) is MACHINES[name]


@pytest.mark.parametrize(
    ("family", "answers", "anew"),
    [
        ("MT-01", None, True),
        ("MT-03", "MT-01", False),
        ("MT-11", "MT-03", True),
        ("MT-11", "MT-11", False),
        ("MT-12", "MT-03", True),
        ("MT-02", "MT-12", False),
    ],
)
def test_consent_and_correction_have_cases_of_their_own(family: str, answers: str | None, *, anew: bool) -> None:
    assert starts_anew(family, answers) is anew


def test_who_worked_on_a_release_never_approves_it_in_any_machine() -> None:
    approvals = [
        each for machine in MACHINES.values() for each in machine.transitions if each.permission is Permission.APPROVE
    ]
    named = [each for each in approvals if each.name == "approve"]
    assert named
    assert all(Condition.SECOND_PERSON in each.conditions and each.apart_from for each in named)


def test_a_message_needs_the_same_right_from_a_case_as_from_its_form() -> None:
    sending = [each for machine in MACHINES.values() for each in machine.transitions if each.sends is not None]
    assert sending
    for each in sending:
        assert each.permission is NEEDED[str(each.sends)], each.name
        assert (each.green is None) or each.sends in GREEN
