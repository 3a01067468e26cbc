import asyncio

import pytest

from runtime.lifecycle import Lifecycle


def test_a_service_is_ready_when_it_says_so_and_never_again_once_it_closes() -> None:
    lifecycle = Lifecycle()
    assert (lifecycle.ready, lifecycle.reason) == (False, "starting")
    lifecycle.set_ready()
    assert lifecycle.ready
    lifecycle.set_ready("disk")
    assert lifecycle.reason == "disk"
    lifecycle.close()
    lifecycle.set_ready()
    assert lifecycle.reason == "closing"
    assert lifecycle.closing


async def test_kept_work_survives_its_caller() -> None:
    lifecycle, go, done = Lifecycle(), asyncio.Event(), []

    async def work() -> int:
        await go.wait()
        done.append(1)
        return 7

    caller = asyncio.ensure_future(lifecycle.keep(work()))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    go.set()
    assert await lifecycle.drain(30) == 0
    assert done == [1]
    assert await lifecycle.keep(work()) == 7


async def test_a_kept_failure_reaches_the_caller_and_is_forgotten_without_one() -> None:
    lifecycle = Lifecycle()

    async def fail() -> None:
        raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        await lifecycle.keep(fail())
    caller = asyncio.ensure_future(lifecycle.keep(fail()))
    await asyncio.sleep(0)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)
    assert await lifecycle.drain(30) == 0


async def test_what_does_not_end_in_time_is_cancelled() -> None:
    lifecycle = Lifecycle()
    caller = asyncio.ensure_future(lifecycle.keep(asyncio.Event().wait()))
    await asyncio.sleep(0)
    assert await lifecycle.drain(0) == 1
    with pytest.raises(asyncio.CancelledError):
        await caller


async def test_a_poll_ends_by_its_event_by_time_or_by_closing() -> None:
    lifecycle, wake = Lifecycle(), asyncio.Event()
    assert not await lifecycle.rest(wake, 0)
    waiting = asyncio.ensure_future(lifecycle.rest(wake, 30))
    await asyncio.sleep(0)
    wake.set()
    assert await waiting
    assert await lifecycle.rest(wake, 30)
    wake.clear()
    waiting = asyncio.ensure_future(lifecycle.rest(wake, 30))
    await asyncio.sleep(0)
    lifecycle.close()
    assert not await waiting
    assert not await lifecycle.rest(wake, 30)
