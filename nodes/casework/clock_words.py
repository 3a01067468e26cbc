"""What is said of a clock: by when, by which law, what stops it, what to do. In the reader's language. Pure."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from nodes.casework.clock_cases import Awaited, Case
from policies.clocks.limits import REVIEW, review_due
from policies.clocks.words import tell
from policies.explain import Explanation
from policies.texts import Library

_ANSWER: Final = "clock.answer"
_CONSENT: Final = "clock.consent"
_DELAY: Final = "D977 5(2)"
_STOP: Final = "D977 6(3)"
_PART: Final = "D977 6(1)"


def words_of(case: Case, now: int, library: Library, language: str) -> tuple[Explanation, ...]:
    """Return the sentences about a clock, the most important first; times are UTC."""
    return tuple(tell(text, article, values, library, language) for text, article, values in _sentences(case, now))


def _sentences(case: Case, now: int) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    clock, article = case.clock, case.clock.limit.article
    values = {"who": case.owed_by, "due": moment(clock.due(now))}
    if clock.closed_at is not None:
        if clock.overdue(now) and case.text != _CONSENT:
            yield "clock.late", article, {"due": values["due"]}
        if case.awaited is Awaited.ANSWER:
            yield "clock.review", REVIEW, {"due": moment(review_due(clock.closed_at))}
        return
    if clock.suspended(now):
        yield "clock.suspended", _STOP, {"who": case.owed_by, "since": moment(_since(case, now))}
    elif clock.overdue(now):
        yield "clock.consent-over" if case.text == _CONSENT else "clock.overdue", article, values
    elif clock.delay is not None and clock.due(now) > clock.operational(now):
        yield "clock.delayed", _DELAY, values
    else:
        yield from _running(case, now, values)
    if clock.late_notice:
        yield "clock.late-notice", _DELAY, {}
    if clock.part:
        yield "clock.part", _PART, {}


def _running(case: Case, now: int, values: Mapping[str, str]) -> Iterator[tuple[str, str, Mapping[str, str]]]:
    legal, article = case.clock.legal(now), case.clock.limit.article
    if legal is not None:
        yield case.text, article, {**values, "due": moment(case.clock.operational(now)), "legal": moment(legal)}
    else:
        yield "clock.answer-hours" if case.text == _ANSWER else case.text, article, values


def _since(case: Case, now: int) -> int:
    return next(each.since for each in case.clock.rests if each.covers(now))


def moment(seconds: int) -> str:
    """Return a time in UTC for a person."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
