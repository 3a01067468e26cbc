"""Answers to a correction in any order give the same case, and one more answer never takes a holder back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from nodes.casework.corrections import CaseFacts, Reach, Said, Stage, Told, fold_correction
from protocol.ids import MessageId, NodeId

NODES = [NodeId(f"{name}.ilecu") for name in "abcd"]
nodes = st.sampled_from(NODES)
told = st.builds(Told, nodes, delivered=st.booleans(), failed=st.booleans())
said = st.builds(
    Said,
    nodes,
    applied=st.booleans(),
    holders=st.lists(st.tuples(nodes, st.sampled_from(Reach)), max_size=3).map(tuple),
)
facts = st.builds(
    CaseFacts,
    about=st.just(MessageId(b"m" * 32)),
    subject=st.just(b"s"),
    raised_at=st.integers(0, 1_000),
    confirm_by=st.integers(0, 1_000_000),
    issuer=st.none() | nodes,
    holders=st.frozensets(nodes),
    told=st.lists(told, max_size=4),
    said=st.lists(said, max_size=4),
    applied_at=st.none() | st.integers(0, 9),
    verified_at=st.none() | st.integers(0, 9),
)
ORDER = list(Stage)


@given(facts, st.randoms())
def test_the_order_of_what_came_makes_no_difference(known: CaseFacts, chance: object) -> None:
    mixed = [list(known.told), list(known.said)]
    for each in mixed:
        chance.shuffle(each)  # type: ignore[attr-defined]
    other = fold_correction(replace(known, told=mixed[0], said=mixed[1]))
    found = fold_correction(known)
    assert (other.holders, other.stage, other.own_due_at) == (found.holders, found.stage, found.own_due_at)


@given(facts, said)
def test_one_more_answer_takes_no_holder_back(known: CaseFacts, more: Said) -> None:
    before = {(each.node, each.via): each.reach for each in fold_correction(known).holders}
    after = {
        (each.node, each.via): each.reach for each in fold_correction(replace(known, said=[*known.said, more])).holders
    }
    assert all(after[who] >= reach for who, reach in before.items())


@given(facts, st.integers(0, 2_000_000))
def test_nobody_is_forgotten_and_a_closed_case_has_nobody_missing(known: CaseFacts, now: int) -> None:
    found = fold_correction(known)
    assert known.holders <= {each.node for each in found.holders}
    if found.stage is Stage.VERIFIED:
        assert not found.unfinished
        assert not found.overdue(now)
    if ORDER.index(found.stage) < ORDER.index(Stage.CONFIRMED):
        assert found.unfinished
