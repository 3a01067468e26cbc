"""Times in words."""

import pytest

from nodes.desk.moments import LocalTime, clock_time, day, left, length, machine_time, when
from nodes.desk.texts import Speech

SUMMER, WINTER = 1_782_835_800, 1_795_363_800  # 30 June 2026 16:10 UTC, 22 November 2026 16:10 UTC
ENGLISH = Speech("en")


@pytest.mark.parametrize(
    ("country", "at", "words"),
    [
        ("RS", SUMMER, "30 Jun 2026, 18:10 CEST"),
        ("RS", WINTER, "22 Nov 2026, 17:10 CET"),
        ("GR", WINTER, "22 Nov 2026, 18:10 EET"),
        ("GB", SUMMER, "30 Jun 2026, 17:10 BST"),
        ("TR", WINTER, "22 Nov 2026, 19:10 TRT"),
        ("ZZ", WINTER, "22 Nov 2026, 16:10 UTC"),
        ("", SUMMER, "30 Jun 2026, 16:10 UTC"),
    ],
)
def test_a_time_names_its_zone(country: str, at: int, words: str) -> None:
    assert when(at, ENGLISH, LocalTime(country)) == words
    assert clock_time(at, LocalTime(country)) == words.split(", ")[1]


@pytest.mark.parametrize("country", ["RS", "GR", "ZZ"])
def test_a_time_that_no_calendar_has_fails_no_page(country: str) -> None:
    for at in ((1 << 53) - 1, (1 << 63) - 1):
        assert when(at, ENGLISH, LocalTime(country)).startswith("31 Dec 9999, ")
        assert machine_time(at) == "9999-12-31T00:00:00Z"


def test_the_region_writes_days_in_numbers() -> None:
    belgrade = LocalTime("RS")
    assert day(WINTER, Speech("sr-Cyrl"), belgrade) == "22.11.2026."
    assert day(WINTER, Speech("mk"), belgrade) == "22.11.2026"
    assert when(WINTER, Speech("sr-Cyrl"), belgrade) == "22.11.2026. 17:10 CET"
    assert when(WINTER, Speech("mk"), belgrade) == "22.11.2026, 17:10 CET"
    assert machine_time(WINTER) == "2026-11-22T16:10:00Z"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 min"),
        (59, "0 min"),
        (22_320, "6 h 12 min"),
        (86_400, "1 day"),
        (90_000, "1 day 1 h"),
        (2 * 86_400 + 7_200, "2 days 2 h"),
        (3 * 86_400 + 7_200, "3 days"),
    ],
)
def test_a_length_says_no_more_than_matters(seconds: int, words: str) -> None:
    assert length(seconds, ENGLISH) == words
    if seconds:
        assert left(WINTER + seconds, WINTER, ENGLISH) == f"{words} left"
    assert left(WINTER - seconds, WINTER, ENGLISH) == f"overdue by {words}"
