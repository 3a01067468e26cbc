"""Whatever people try and messages say, in whatever order: cases end, rights hold, entries stay, clocks are kept."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given
from hypothesis import strategies as st

from nodes.casework.case_acts import Act, Denied, Moved, Situation, decide, offers
from nodes.casework.case_view import Entry, View, begin, fold_case, follow, name_of
from nodes.casework.clock_cases import Heard, Pair, cases_of
from nodes.casework.machine import Condition, Machine, Signal, Stand, Transition
from nodes.casework.machines import MACHINES
from nodes.casework.screening import Lane
from nodes.people.acting import Acting, PersonId
from nodes.people.roles import Role
from policies.clocks.limits import Regime
from protocol.ids import MessageId, NodeId

PEOPLE = tuple(PersonId(each) for each in ("ana", "bo", "cem"))
ROLES = st.frozensets(st.sampled_from(list(Role)), min_size=1, max_size=3)
machines = st.sampled_from(list(MACHINES.values()))
situations = st.builds(
    Situation, st.sampled_from([None, *Lane]), st.booleans(), st.booleans(), st.booleans(), st.booleans()
)
actors = st.builds(lambda who, roles: Acting(who, "x", roles), st.sampled_from(PEOPLE), ROLES)


@dataclass
class Walk:
    """A case on which people and messages act, as the book of cases lets them."""

    machine: Machine
    entries: list[Entry] = field(default_factory=list)

    @property
    def view(self) -> View:
        return fold_case(self.machine, self.entries)

    def add(self, entry: Entry) -> None:
        self.entries.append(replace(entry, number=len(self.entries) + 1))

    def hear(self, signal: Signal) -> None:
        self.add(Entry(number=0, at=1, noted_at=1, name=name_of(self.view, signal), signal=signal))

    def attempt(self, act: Act, acting: Acting, situation: Situation) -> Transition | Denied | Moved:
        found = decide(self.view, act, acting, situation)
        if isinstance(found, Transition):
            self.add(Entry(number=0, at=1, noted_at=1, name=found.name, who=acting.person, to=act.to))
        return found


@st.composite
def steps(draw: st.DrawFn, machine: Machine) -> tuple[Act, Acting, Situation] | Signal:
    if draw(st.booleans()):
        return draw(st.sampled_from(list(Signal)))
    names = st.sampled_from([each.name for each in machine.transitions])
    reason, to = draw(st.sampled_from(["", "Because it is so."])), draw(st.sampled_from([None, *PEOPLE]))
    act = Act(name=draw(names), seen=draw(st.integers(-1, 1)), reason=reason, to=to)
    return act, draw(actors), draw(situations)


def attempted(walk: Walk, step: tuple[Act, Acting, Situation] | Signal) -> Transition | Denied | Moved | None:
    if isinstance(step, Signal):
        walk.hear(step)
        return None
    act, acting, situation = step
    return walk.attempt(replace(act, seen=walk.view.last + min(act.seen, 0)), acting, situation)


@given(st.data(), machines)
def test_no_act_without_its_permission_and_no_release_by_who_worked_on_it(
    data: st.DataObject, machine: Machine
) -> None:
    walk = Walk(machine)
    for _ in range(data.draw(st.integers(1, 25))):
        before, step = walk.view, data.draw(steps(machine))
        done = attempted(walk, step)
        if isinstance(done, Transition) and not isinstance(step, Signal):
            act, acting, situation = step
            assert done.permission is not None
            lesser = done.green is not None and acting.may(done.green) and situation.lane is Lane.GREEN
            assert acting.may(done.permission) or lesser
            assert before.state in done.before
            assert not any(acting.person in before.did.get(each, ()) for each in done.apart_from)
            assert act.reason or Condition.REASON not in done.conditions
            assert before.assignee == acting.person or Condition.ASSIGNEE not in done.conditions
            assert not situation.owed or Condition.NOTHING_OWED not in done.conditions
            assert not situation.held or Condition.NOT_HELD not in done.conditions
            assert not situation.waiting or Condition.WAITED not in done.conditions
            assert done in [each.transition for each in offers(before, acting, situation) if each.denied is None]


@given(st.data(), machines)
def test_entries_are_only_added_and_always_fold_to_the_same_case(data: st.DataObject, machine: Machine) -> None:
    walk = Walk(machine)
    for _ in range(data.draw(st.integers(1, 25))):
        kept, done = tuple(walk.entries), attempted(walk, data.draw(steps(machine)))
        assert tuple(walk.entries[: len(kept)]) == kept
        assert len(walk.entries) == len(kept) + (done is None or isinstance(done, Transition))
    shuffled = data.draw(st.permutations(walk.entries))
    one_by_one = begin(machine)
    for entry in walk.entries:
        one_by_one = follow(one_by_one, entry)
    assert fold_case(machine, shuffled) == walk.view == one_by_one
    assert [each.number for each in walk.entries] == list(range(1, walk.view.last + 1))
    assert not any(each.aside for each in walk.view.steps)


@given(st.data(), machines)
def test_who_saw_another_state_changes_nothing_and_is_shown_what_happened(
    data: st.DataObject, machine: Machine
) -> None:
    walk = Walk(machine)
    for _ in range(data.draw(st.integers(1, 10))):
        attempted(walk, data.draw(steps(machine)))
    seen = data.draw(st.integers(0, max(0, walk.view.last - 1)))
    for transition in machine.transitions:
        act = Act(name=transition.name, seen=seen, reason="Because it is so.", to=PEOPLE[0])
        found = decide(walk.view, act, data.draw(actors), Situation())
        if seen != walk.view.last:
            assert isinstance(found, Moved)
            assert [each.entry.number for each in found.steps] == list(range(seen + 1, walk.view.last + 1))


@given(st.data(), machines)
def test_from_wherever_a_case_stands_it_can_come_to_its_end(data: st.DataObject, machine: Machine) -> None:
    walk = Walk(machine)
    for _ in range(data.draw(st.integers(0, 20))):
        attempted(walk, data.draw(steps(machine)))
    reached, ring = {walk.view.state}, {walk.view.state}
    while ring:
        ring = {each.leads(state) for state in ring for each in machine.out_of(state)} - reached
        reached |= ring
    assert any(machine.state(each).stand is Stand.OVER for each in reached)
    assert walk.view.stand is Stand.OVER or machine.out_of(walk.view.state)


ME, RS = NodeId("mk.ilecu"), NodeId("rs.ilecu")
ANSWERS = (("MT-02", {}), ("MT-03", {"/completeness": "partial"}), ("MT-07", {}), ("MT-09", {}), ("MT-10", {}))


def heard(number: int, family: str, said: dict[str, object], start: Heard) -> Heard:
    return Heard(
        message=MessageId(bytes([number]) * 32), at=number, family=family, sender=RS, to=(ME,),
        in_reply_to=start.message, said=said,  # type: ignore[arg-type]
    )  # fmt: skip


@given(st.data(), st.lists(st.sampled_from(ANSWERS), max_size=4))
def test_no_act_of_anybody_stops_a_clock(data: st.DataObject, said: Sequence[tuple[str, dict[str, object]]]) -> None:
    start = Heard(message=MessageId(b"s" * 32), at=0, family="MT-01", sender=ME, to=(RS,), in_reply_to=None)
    answers = [heard(at, family, words, start) for at, (family, words) in enumerate(said, 1)]
    clocks = cases_of(start, answers, lambda _a, _b: Pair(Regime.DIRECTIVE, None))
    walk = Walk(MACHINES["police-answer"])
    for _ in range(data.draw(st.integers(1, 20))):
        owed = any(each.clock.closed_at is None for each in clocks)
        step = data.draw(steps(walk.machine))
        if not isinstance(step, Signal):
            step = (*step[:2], replace(step[2], owed=owed))
        attempted(walk, step if not isinstance(step, Signal) or step is Signal.PART else Signal.WROTE)
        again = cases_of(start, answers, lambda _a, _b: Pair(Regime.DIRECTIVE, None))
        assert again == clocks
        assert owed
        assert walk.view.state != "closed"
