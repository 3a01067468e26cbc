import asyncio

import pytest

from nodes.casework.counted_reports import CountedReports
from nodes.casework.statistics import Facts, Report, fold

NOW = 1_800_000_000


class Book:
    """Counts when it is let."""

    def __init__(self) -> None:
        self.counted = 0
        self.let = asyncio.Event()
        self.broken = False

    async def report(self, year: int) -> Report:
        self.counted += 1
        await self.let.wait()
        if self.broken:
            raise RuntimeError("no database")
        return fold(year, Facts((), (), None))


class Clock:
    """Tells the time that a test set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> int:
        return self.now


async def test_what_is_counted_at_once_is_counted_for_each_page() -> None:
    book, clock = Book(), Clock()
    reports = CountedReports(book, clock, patience_s=30)
    book.let.set()
    for at in (NOW, NOW + 1):
        clock.now = at
        found = await reports.find(2026)
        assert found is not None
        assert (found.at, found.anew, found.report.year) == (at, False, 2026)
    assert book.counted == 2


async def test_a_page_does_not_wait_and_shows_what_was_counted_last() -> None:
    book, clock = Book(), Clock()
    reports = CountedReports(book, clock, patience_s=0)
    assert await reports.find(2026) is None
    assert await reports.find(2026) is None
    assert book.counted == 1, "one at a time"
    book.let.set()
    await asyncio.gather(*(each for each in asyncio.all_tasks() if each is not asyncio.current_task()))
    clock.now += 599
    found = await reports.find(2026)
    assert found is not None
    assert (found.at, found.anew, book.counted) == (NOW, False, 1)
    clock.now += 1
    book.let.clear()
    again = await reports.find(2026)
    assert again is not None
    assert (again.at, again.anew, book.counted) == (NOW, True, 2)
    await reports.stop()


async def test_a_fault_is_told_and_the_next_page_counts_again() -> None:
    book = Book()
    reports = CountedReports(book, Clock(), patience_s=30)
    book.broken = True
    book.let.set()
    with pytest.raises(RuntimeError, match="no database"):
        await reports.find(2026)
    book.broken = False
    assert await reports.find(2026) is not None
    await reports.stop()
