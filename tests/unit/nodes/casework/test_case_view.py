from nodes.casework.case_view import Entry, View, begin, fold_case, follow, name_of
from nodes.casework.machine import Signal, Stand
from nodes.casework.police_answer import POLICE_ANSWER
from nodes.people.acting import PersonId
from policies.clocks.limits import review_due

ANA, BO = PersonId("ana"), PersonId("bo")


def act(number: int, name: str, who: PersonId | None = ANA, to: PersonId | None = None, at: int = 0) -> Entry:
    return Entry(number=number, at=at or number, noted_at=at or number, name=name, who=who, to=to)


def heard(number: int, signal: Signal, at: int = 0) -> Entry:
    return Entry(number=number, at=at or number, noted_at=at or number, name="", signal=signal)


def answered() -> View:
    return fold_case(POLICE_ANSWER, [act(2, "work"), act(1, "take-over"), heard(3, Signal.ANSWERED)])


def test_entries_are_folded_in_the_order_of_their_numbers() -> None:
    view = answered()
    assert (view.state, view.last, view.assignee) == ("answered", 3, ANA)
    assert [each.after for each in view.steps] == ["received", "assigned", "answered"]
    assert view.did == {"take-over": {ANA}, "work": {ANA}}
    assert view.since(1) == view.steps[1:]
    assert begin(POLICE_ANSWER).last == 0


def test_an_act_that_no_longer_fits_moves_nothing_and_is_seen() -> None:
    view = fold_case(POLICE_ANSWER, [act(1, "approve"), act(2, "was-in-an-earlier-release"), act(3, "answer")])
    assert view.state == "received"
    assert [each.aside for each in view.steps] == [True, True, True]
    assert not view.did


def test_a_signal_that_changes_nothing_stands_in_the_list_and_is_not_aside() -> None:
    view = fold_case(POLICE_ANSWER, [heard(1, Signal.WROTE)])
    assert (view.state, view.steps[0].aside) == ("received", False)
    assert name_of(view, Signal.WROTE) == "wrote"
    assert name_of(view, Signal.ANSWERED) == "answer"


def test_whose_a_case_is_and_who_may_know_of_it() -> None:
    view = fold_case(POLICE_ANSWER, [act(1, "assign", to=BO)])
    assert (view.assignee, view.people) == (BO, {ANA, BO})
    assert view.knows(BO)
    carl = PersonId("carl")
    view = follow(view, act(2, "add-person", who=BO, to=carl))
    assert (view.assignee, view.people) == (BO, {ANA, BO, carl})
    view = follow(view, act(3, "hand-over", who=BO, to=carl))
    assert view.assignee == carl
    view = follow(view, act(4, "limit"))
    assert view.limited
    assert not follow(view, act(5, "unlimit")).limited
    assert follow(view, act(5, "assign")).assignee == carl  # an entry that names nobody gives it to nobody


def test_the_review_is_counted_from_the_end_and_again_after_each_review() -> None:
    view = follow(answered(), act(4, "close", at=1_790_000_000))
    assert view.stand is Stand.RESTING
    assert view.review_at == review_due(1_790_000_000)
    view = follow(view, heard(5, Signal.REVIEW_DUE, at=1_800_000_000))
    assert (view.state, view.review_at) == ("review", review_due(1_790_000_000))
    view = follow(view, act(6, "extend", at=1_800_000_001))
    assert view.review_at == review_due(1_800_000_001, again=True)
    assert follow(view, heard(7, Signal.ERASED)).review_at is None
    reopened = follow(view, act(7, "reopen"))
    assert (reopened.state, reopened.closed_at, reopened.reviews) == ("assigned", None, 0)
    assert answered().review_at is None


def test_what_comes_after_the_end_wakes_the_case() -> None:
    view = follow(follow(answered(), act(4, "close")), heard(5, Signal.WROTE))
    assert (view.state, view.stand) == ("assigned", Stand.OURS)
