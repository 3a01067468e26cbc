"""A calendar year of a contact point, hour by hour, both changes of the clock included: thousands of requests.

A ledger that knows nothing of folding counts every hour of every open request; the clocks must say the same all along.
"""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from nodes.casework.clock_cases import Case, Heard, Pair, cases_of
from nodes.casework.reminders import proposed_reminder
from policies.clocks.clock import Escalation
from policies.clocks.limits import Regime, review_due
from policies.clocks.zones import CENTRAL, DAY, HOUR
from protocol.cbor import Item
from protocol.ids import MessageId, NodeId

BEGIN: Final = int(datetime(2025, 1, 1, tzinfo=UTC).timestamp())
HOURS: Final = 365 * 24
CHECKED: Final = 61  # hours between two comparisons; every hour of the day has its turn
REQUESTS: Final = 3_000
RS: Final = NodeId("rs.ilecu")
PEERS: Final = tuple(NodeId(f"{each}.ilecu") for each in ("mk", "al", "ba", "me", "hr"))
BELGRADE: Final = ZoneInfo("Europe/Belgrade")
LIMITS: Final = {"urgent_direct": 8, "urgent_indirect": 72, "other": 168}
CALENDAR: Final = {"urgent_indirect": 3, "other": 7}


@dataclass
class Entry:
    """One request in the ledger: what happens to it at which hour, and what the ledger counted."""

    request: Heard
    due_class: str
    history: list[Heard] = field(default_factory=list)
    asked: bool = False
    used: int = 0
    closed: int | None = None
    late: bool = False

    def budget(self) -> int:
        """Hours until it is due, by the earlier reading, from the table of time zones."""
        if self.due_class not in CALENDAR:
            return LIMITS[self.due_class] * HOUR
        day = datetime.fromtimestamp(self.request.at, BELGRADE).date() + timedelta(days=CALENDAR[self.due_class] + 1)
        midnight = int(datetime(day.year, day.month, day.day, tzinfo=BELGRADE).timestamp())
        return min(LIMITS[self.due_class] * HOUR, midnight - self.request.at)


def answer(entry: Entry, family: str, hour: int, said: dict[str, Item], *, to: str | None = None) -> Heard:
    about = entry.request.message if to is None else MessageId(to.encode().ljust(32, b"."))
    return Heard(
        message=MessageId(f"{entry.request.message[:12].hex()}{family}{hour}".encode().ljust(32, b".")[:32]),
        at=BEGIN + hour * HOUR,
        family=family,
        sender=entry.request.sender if family == "MT-08" else RS,
        to=(),
        in_reply_to=about,
        said=said,
    )


def entries(chance: random.Random) -> Iterator[Entry]:
    """Yield the requests of a year with everything that happens to them, at whole hours."""
    for number in range(REQUESTS):
        hour = chance.randrange(HOURS)
        urgent = chance.random() < 0.2
        request = Heard(
            message=MessageId(number.to_bytes(12, "big").ljust(32, b"r")),
            at=BEGIN + hour * HOUR,
            family="MT-01",
            sender=chance.choice(PEERS),
            to=(RS,),
            in_reply_to=None,
            urgent=urgent,
        )
        entry = Entry(request, "urgent_direct" if urgent else "other")
        if urgent and chance.random() < 0.5:
            entry.due_class = "urgent_indirect"
            entry.history.append(answer(entry, "MT-02", hour, {"/due_class": "urgent_indirect"}))
        at = hour
        if chance.random() < 0.3:
            at += chance.randrange(1, 100)
            question = f"question {number}"
            asked = replace(answer(entry, "MT-07", at, {}), message=MessageId(question.encode().ljust(32, b".")))
            entry.history.append(asked)
            if chance.random() < 0.9:
                at += chance.randrange(1, 300)
                entry.history.append(answer(entry, "MT-08", at, {"/complete": True}, to=question))
        if chance.random() < 0.98:
            at += chance.randrange(1, 220)
            if chance.random() < 0.2:
                entry.history.append(answer(entry, "MT-03", at, {"/completeness": "partial"}))
                at += chance.randrange(1, 50)
            said: dict[str, Item] = {"/completeness": "complete"}
            entry.history.append(answer(entry, "MT-03", at, said))
        yield entry


def turn(entry: Entry, hour: int) -> None:
    """Count one hour of an entry: first what happens at its beginning, then the hour itself."""
    now = BEGIN + hour * HOUR
    for each in (each for each in entry.history if each.at == now):
        if each.family == "MT-07":
            entry.asked = entry.used < entry.budget()  # what is over is not stopped
        elif each.family == "MT-08":
            entry.asked = False
        elif each.family == "MT-03" and each.said == {"/completeness": "complete"}:
            entry.closed, entry.late = now, entry.used > entry.budget()
    if entry.closed is None and not entry.asked:
        entry.used += HOUR


def folded(entry: Entry, now: int, chance: random.Random) -> Case:
    """Return the clock of what was heard until now, in any order."""
    known = [each for each in entry.history if each.at <= now]
    chance.shuffle(known)
    [found] = cases_of(entry.request, known, lambda *_: Pair(Regime.DIRECTIVE, CENTRAL))
    return found


def test_a_year_of_requests_is_counted_like_a_ledger_counts_it() -> None:
    chance = random.Random(365)
    waiting = sorted(entries(chance), key=lambda each: -each.request.at)
    running: list[Entry] = []
    done: list[Entry] = []
    seen: Counter[str] = Counter()
    for hour in range(HOURS):
        now = BEGIN + hour * HOUR
        while waiting and waiting[-1].request.at == now:
            running.append(waiting.pop())
        if hour % CHECKED == 0:
            for each in running:
                seen[compare(each, now, chance)] += 1
        for each in running:
            turn(each, hour)
        done += [each for each in running if each.closed is not None]
        running = [each for each in running if each.closed is None]
    assert not waiting
    assert len(done) + len(running) == REQUESTS
    assert set(seen) == {*Escalation, "rests"}
    check_end(done, running, chance)


def compare(entry: Entry, now: int, chance: random.Random) -> str:
    """Hold a clock against the ledger at the beginning of an hour."""
    case = folded(entry, now, chance)
    started_now = any(each.at == now for each in entry.history)
    if started_now:
        return Escalation.NONE  # the ledger counts what happens at this hour only afterwards
    clock, budget = case.clock, entry.budget()
    assert clock.closed_at is None
    assert clock.used(now) == entry.used
    assert clock.suspended(now) == entry.asked
    assert clock.overdue(now) == (entry.used > budget)
    assert clock.due(now) == now + budget - entry.used or entry.used > budget
    if entry.asked:
        assert proposed_reminder(case, entry.request.sender, now) is None
        return "rests"
    share = entry.used / budget
    step = clock.escalation(now)
    assert (step is Escalation.OVERDUE) == (share > 1)
    assert (step is Escalation.NONE) == (share < 0.5)
    assert (proposed_reminder(case, entry.request.sender, now) is not None) == (share > 1)
    return step


def check_end(done: list[Entry], running: list[Entry], chance: random.Random) -> None:
    """Hold every clock of the year against the ledger: none is lost, and the late ones are the ledger's."""
    end = BEGIN + HOURS * HOUR
    for each in done:
        clock = folded(each, end + 400 * DAY, chance).clock
        assert clock.closed_at == each.closed
        assert clock.overdue(end) == each.late
        assert review_due(clock.closed_at or 0) <= (clock.closed_at or 0) + 184 * DAY
    assert all(folded(each, end, chance).clock.closed_at is None for each in running)
    assert 0 < sum(each.late for each in done) < len(done)
