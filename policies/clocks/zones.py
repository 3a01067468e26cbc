"""The local day of a country, for the calendar-day reading of a time limit. Arithmetic only, no table of a machine.

The countries listed share the rule of Directive 2000/84/EC, by agreement or by imitation: summer time runs from 01:00
UTC on the last Sunday of March to 01:00 UTC on the last Sunday of October. A country that leaves the rule changes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

HOUR: Final = 3_600
DAY: Final = 86_400
_EPOCH: Final = date(1970, 1, 1).toordinal()
_MARCH, _OCTOBER, _LAST_DAY = 3, 10, 31


@dataclass(frozen=True, slots=True)
class Zone:
    """A country's legal time: seconds before UTC in winter, and whether it has summer time."""

    winter: int
    summer: bool = True

    def offset(self, at: int) -> int:
        """Return how many seconds local time is before UTC at ``at``, seconds since the epoch UTC."""
        year = date.fromordinal(_EPOCH + at // DAY).year
        if self.summer and _change(year, _MARCH) <= at < _change(year, _OCTOBER):
            return self.winter + HOUR
        return self.winter

    def end_of_day(self, at: int, days: int) -> int:
        """Return 24:00 local time of the day that lies ``days`` days after the local day of ``at``, in UTC."""
        local = (at + self.offset(at)) // DAY * DAY + (days + 1) * DAY
        return local - self.offset(local - self.winter)


CENTRAL: Final = Zone(HOUR)
EASTERN: Final = Zone(2 * HOUR)
WESTERN: Final = Zone(0)
TURKISH: Final = Zone(3 * HOUR, summer=False)

ZONES: Final[Mapping[str, Zone]] = {
    **dict.fromkeys(("AL", "BA", "ME", "MK", "RS", "XK"), CENTRAL),
    **dict.fromkeys(("AT", "BE", "CH", "CZ", "DE", "DK", "ES", "FR", "HR", "HU", "IT", "LI", "LU"), CENTRAL),
    **dict.fromkeys(("MT", "NL", "NO", "PL", "SE", "SI", "SK"), CENTRAL),
    **dict.fromkeys(("BG", "CY", "EE", "FI", "GR", "LT", "LV", "RO"), EASTERN),
    **dict.fromkeys(("GB", "IE", "PT"), WESTERN),
    "TR": TURKISH,
}
"""Legal time by country code. A country that is missing has no calendar-day reading here; seconds count alone."""


def _change(year: int, month: int) -> int:
    """Return 01:00 UTC of the last Sunday of March or October."""
    last = date(year, month, _LAST_DAY)
    return (last.toordinal() - last.isoweekday() % 7 - _EPOCH) * DAY + HOUR


def months_later(at: int, months: int) -> int:
    """Return the same time of day ``months`` calendar months after ``at`` in UTC, on the month's last day at most."""
    day = date.fromordinal(_EPOCH + at // DAY)
    years, month = divmod(day.month - 1 + months, 12)
    first = date(day.year + years, month + 1, 1)
    following = date(first.year + month // 11, (month + 1) % 12 + 1, 1)
    length = following.toordinal() - first.toordinal()
    return (first.toordinal() + min(day.day, length) - 1 - _EPOCH) * DAY + at % DAY
