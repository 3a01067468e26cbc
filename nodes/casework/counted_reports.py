"""Reports of Article 18 for a page, which does not wait for them: with very many cases counting takes a minute."""

import asyncio
from dataclasses import dataclass
from typing import Final, Protocol

from nodes.casework.statistics import Report
from protocol.ports import Clock

PATIENCE_S: Final = 0.1
_FRESH_S: Final = 600


class Book(Protocol):
    """Counts a report."""

    async def report(self, year: int) -> Report:
        """Return the report of a calendar year."""
        ...


@dataclass(frozen=True, slots=True)
class Counted:
    """A report and when counting it began; ``anew`` where it is being counted once more."""

    report: Report
    at: int
    anew: bool = False


class CountedReports:
    """Keeps the last report of each year that was asked for, and counts at most one of a year at a time."""

    def __init__(self, book: Book, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self.book: Final = book
        self._clock = clock
        self._patience_s = patience_s
        self._kept: dict[int, Counted] = {}
        self._slow: set[int] = set()
        self._tasks: dict[int, asyncio.Task[Counted]] = {}

    async def find(self, year: int) -> Counted | None:
        """Return the report as it is now, or as it was last counted; None while it is counted for the first time.

        One that takes longer than the patience of a page is counted again only when it is ten minutes old.
        """
        kept = self._kept.get(year)
        if kept is not None and year in self._slow and self._clock() - kept.at < _FRESH_S:
            return kept
        task = self._tasks.get(year)
        if task is None:
            task = self._tasks[year] = asyncio.create_task(self._count(year))
            task.add_done_callback(lambda done: self._forget(year, done))
        await asyncio.wait({task}, timeout=self._patience_s)
        if task.done():
            return task.result()
        self._slow.add(year)
        return None if kept is None else Counted(kept.report, kept.at, anew=True)

    async def stop(self) -> None:
        """Return when nothing is counted any more."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, year: int, done: asyncio.Task[Counted]) -> None:
        self._tasks.pop(year, None)
        if not done.cancelled():
            done.exception()  # read here: the page that asked may have gone on, and the next one counts again

    async def _count(self, year: int) -> Counted:
        at = self._clock()
        counted = Counted(await self.book.report(year), at)
        self._kept[year] = counted
        return counted
