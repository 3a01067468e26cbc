"""Every refusal says what is the matter and what to do, without values in it."""

from nodes.people import refusals
from nodes.people.refusals import NotDone


def test_every_refusal_is_whole() -> None:
    every = [each for each in vars(refusals).values() if isinstance(each, NotDone)]
    assert len(every) > 40
    for each in every:
        assert each.sentence.endswith("."), each
        assert each.remedy.endswith("."), each
        assert "{" not in each.sentence + each.remedy
        assert each.code == each.code.upper()


def test_a_refusal_moves_to_another_field() -> None:
    moved = refusals.NO_REASON.at("finding")
    assert (moved.code, moved.field) == (refusals.NO_REASON.code, "finding")
