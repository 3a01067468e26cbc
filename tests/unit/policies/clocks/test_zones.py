"""Local days by arithmetic agree with the table of time zones that everybody uses."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from policies.clocks.zones import DAY, HOUR, ZONES, months_later

NAMES = {
    "RS": "Europe/Belgrade",
    "AL": "Europe/Tirane",
    "BG": "Europe/Sofia",
    "PT": "Europe/Lisbon",
    "TR": "Europe/Istanbul",
}
FIRST = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp())


@pytest.mark.parametrize("country", NAMES)
def test_the_offset_agrees_with_the_time_zone_table_in_every_hour_of_years(country: str) -> None:
    zone, table = ZONES[country], ZoneInfo(NAMES[country])
    for at in range(FIRST - 1, FIRST + 2 * 366 * DAY, HOUR):
        offset = datetime.fromtimestamp(at, table).utcoffset()
        assert offset is not None
        assert zone.offset(at) == offset.total_seconds(), at


@pytest.mark.parametrize("country", NAMES)
@pytest.mark.parametrize("days", [0, 3, 7])
def test_a_day_ends_at_midnight_of_the_country_also_over_a_change(country: str, days: int) -> None:
    zone, table = ZONES[country], ZoneInfo(NAMES[country])
    for at in range(FIRST, FIRST + 366 * DAY, 11 * HOUR):
        day = datetime.fromtimestamp(at, table).date() + timedelta(days=days + 1)
        midnight = datetime(day.year, day.month, day.day, tzinfo=table)
        assert zone.end_of_day(at, days) == int(midnight.timestamp()), at


@pytest.mark.parametrize(
    ("at", "months", "due"),
    [
        ("2026-01-15T10:00", 6, "2026-07-15T10:00"),
        ("2026-08-31T23:59", 6, "2027-02-28T23:59"),
        ("2027-08-29T00:00", 6, "2028-02-29T00:00"),
        ("2026-06-30T12:00", 6, "2026-12-30T12:00"),
        ("2026-07-01T12:00", 12, "2027-07-01T12:00"),
        ("2026-12-31T12:00", 6, "2027-06-30T12:00"),
    ],
)
def test_months_are_calendar_months_and_end_with_a_shorter_one(at: str, months: int, due: str) -> None:
    begin, end = (int(datetime.fromisoformat(each).replace(tzinfo=UTC).timestamp()) for each in (at, due))
    assert months_later(begin, months) == end
