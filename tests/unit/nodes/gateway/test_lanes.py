"""Lanes: what shares one stays in order, the rest passes, and never more at a time than there is room for."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.gateway.lanes import Job, run_in_lanes


class Course:
    """Notes when jobs begin and end; a job ends when its gate opens."""

    def __init__(self) -> None:
        self.events: list[tuple[str, int]] = []
        self.gates: dict[int, asyncio.Event] = {}
        self.running = 0
        self.most = 0

    def job(self, number: int, *lanes: str) -> Job:
        gate = self.gates[number] = asyncio.Event()

        async def work() -> None:
            self.events.append(("begin", number))
            self.running += 1
            self.most = max(self.most, self.running)
            await gate.wait()
            self.running -= 1
            self.events.append(("end", number))

        return Job(frozenset(lanes), work)

    def begun(self) -> list[int]:
        return [number for what, number in self.events if what == "begin"]


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_job_waits_for_the_earlier_ones_of_its_lanes_only() -> None:
    course = Course()
    jobs = [course.job(0, "a"), course.job(1, "b"), course.job(2, "a", "b"), course.job(3, "c")]
    running = asyncio.create_task(run_in_lanes(jobs, 8))
    await settle()
    assert course.begun() == [0, 1, 3]
    course.gates[0].set()
    await settle()
    assert course.begun() == [0, 1, 3]
    course.gates[1].set()
    await settle()
    assert course.begun() == [0, 1, 3, 2]
    for gate in course.gates.values():
        gate.set()
    await running


async def test_there_is_room_for_so_many_only() -> None:
    course = Course()
    jobs = [course.job(number, str(number)) for number in range(9)]
    running = asyncio.create_task(run_in_lanes(jobs, 3))
    await settle()
    assert course.begun() == [0, 1, 2]
    for gate in course.gates.values():
        gate.set()
    await running
    assert (course.most, len(course.begun())) == (3, 9)


async def test_a_failure_ends_all_and_is_told() -> None:
    async def fail() -> None:
        raise ValueError("no")

    with pytest.raises(ExceptionGroup) as caught:
        await run_in_lanes([Job(frozenset("a"), fail)], 1)
    assert isinstance(caught.value.exceptions[0], ValueError)


@given(st.lists(st.frozensets(st.sampled_from("abcd"), max_size=3), max_size=12), st.integers(1, 4))
def test_every_lane_keeps_its_order(lanes: list[frozenset[str]], room: int) -> None:
    course = Course()
    jobs = [course.job(number, *sorted(each)) for number, each in enumerate(lanes)]
    for gate in course.gates.values():
        gate.set()
    asyncio.run(run_in_lanes(jobs, room))
    for lane in "abcd":
        mine = [number for number, each in enumerate(lanes) if lane in each]
        assert [event for event in course.events if event[1] in mine] == [
            event for number in mine for event in (("begin", number), ("end", number))
        ]
    assert sorted(course.begun()) == list(range(len(lanes)))
    assert course.most <= room
