"""Threads for signatures and parsing: many small jobs, handed over in handfuls so that a hop costs little.

A signature check takes 0.2 ms; handing one job to a thread and its answer back costs a third of that. Workers take
what waits, up to a handful, and answer it with one wake-up of the loop.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Final, TypeVar

from protocol.errors import Code, Fault

A = TypeVar("A")
T = TypeVar("T")

_HANDFUL: Final = 8  # jobs a worker takes at once: 4 ms of work, so that nobody waits long behind it

Job = tuple["asyncio.Future[Any]", Callable[[Any], Any], Any]
Answer = tuple["asyncio.Future[Any]", Any, BaseException | None]


class Crew:
    """A fixed number of worker threads behind one bounded queue."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._threads = threads
        self._waiting = waiting
        self._jobs: deque[Job] = deque()
        self._wake = threading.Condition()
        self._stopping = False
        self._running: list[threading.Thread] = []

    def start(self) -> None:
        """Return when the threads run."""
        for number in range(self._threads):
            thread = threading.Thread(target=self._work, name=f"crew-{number}", daemon=True)
            thread.start()
            self._running.append(thread)

    def stop(self) -> None:
        """Return when everything queued is done and the threads have ended."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._running:
            thread.join()
        self._running.clear()

    def depth(self) -> int:
        """Return how many jobs wait."""
        return len(self._jobs)

    async def run(self, function: Callable[[A], T], argument: A) -> T:
        """Return ``function(argument)`` computed in a thread. Refused with BUSY when too many jobs wait."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._wake:
            if self._stopping:
                raise Fault(Code.NOT_READY, "closing")
            if len(self._jobs) >= self._waiting:
                raise Fault(Code.BUSY, "too many jobs wait")
            self._jobs.append((future, function, argument))
            self._wake.notify()
        return await future

    def _work(self) -> None:
        while jobs := self._take():
            _deliver([_answer(job) for job in jobs])

    def _take(self) -> list[Job]:
        """Return the next handful, none at the end."""
        with self._wake:
            while not self._jobs:
                if self._stopping:
                    return []
                self._wake.wait()
            share = max(1, min(_HANDFUL, len(self._jobs) // self._threads))
            return [self._jobs.popleft() for _ in range(share)]


def _answer(job: Job) -> Answer:
    future, function, argument = job
    try:
        return future, function(argument), None
    except StopIteration as err:  # a future takes none, and who waits behind it would wait for ever
        return future, None, RuntimeError(f"a job raised {err!r}")
    except Exception as err:  # noqa: BLE001 - carried over to whoever asked
        return future, None, err


def _deliver(answers: list[Answer]) -> None:
    loops = {future.get_loop() for future, _, _ in answers}
    for loop in loops:
        mine = [answer for answer in answers if answer[0].get_loop() is loop]
        if not loop.is_closed():  # whoever waited there is gone
            loop.call_soon_threadsafe(_resolve, mine)


def _resolve(answers: list[Answer]) -> None:
    for future, value, error in answers:
        if future.done():
            continue
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(value)
