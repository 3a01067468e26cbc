"""Doing several things side by side while what shares a lane stays in order."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to do, and the lanes in which it keeps its place."""

    lanes: frozenset[Hashable]
    work: Callable[[], Awaitable[None]]


async def run_in_lanes(jobs: Sequence[Job], room: int) -> None:
    """Return when all jobs are done, at most ``room`` of them at a time.

    A job begins when every earlier job with a lane of its own has ended, however it ended; others pass it.
    """
    slots = asyncio.Semaphore(room)
    last: dict[Hashable, asyncio.Task[None]] = {}

    async def run(job: Job, earlier: frozenset[asyncio.Task[None]]) -> None:
        if earlier:
            await asyncio.wait(earlier)
        async with slots:
            await job.work()

    async with asyncio.TaskGroup() as group:
        for job in jobs:
            task = group.create_task(run(job, frozenset(last[lane] for lane in job.lanes if lane in last)))
            last.update(dict.fromkeys(job.lanes, task))
