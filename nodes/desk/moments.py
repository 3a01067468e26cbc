"""Times as people read them: the local date with its zone, and how much of a term is left, in words. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from nodes.desk.texts import Speech
from policies.clocks.zones import DAY, HOUR, ZONES, Zone

_MINUTE: Final = 60
_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NAMES: Final = {0: ("GMT", "BST"), HOUR: ("CET", "CEST"), 2 * HOUR: ("EET", "EEST"), 3 * HOUR: ("TRT", "TRT")}
_DAYS_ALONE: Final = 3  # from so many days on, hours are not said
_UTC: Final = Zone(0, summer=False)
_LAST: Final = 253_402_214_400  # the last day a calendar has; whoever states a later time never makes a page fail


@dataclass(frozen=True, slots=True)
class LocalTime:
    """The legal time of a country by its code; UTC for one whose time is not known here."""

    country: str

    @property
    def zone(self) -> Zone:
        """The zone."""
        return ZONES.get(self.country, _UTC)

    def name(self, at: int) -> str:
        """Return the short name of the time that holds then, such as CEST."""
        if self.country not in ZONES:
            return "UTC"
        winter, summer = _NAMES[self.zone.winter]
        return winter if self.zone.offset(at) == self.zone.winter else summer


def when(at: int, speech: Speech, local: LocalTime) -> str:
    """Return date, time and zone: ``22 Nov 2026, 18:10 CET``, or in numbers as the region writes them."""
    date = day(at, speech, local)
    return f"{date}{'' if date.endswith('.') else ','} {clock_time(at, local)}"


def clock_time(at: int, local: LocalTime) -> str:
    """Return the time of day with its zone."""
    at = min(at, _LAST)
    found = datetime.fromtimestamp(at + local.zone.offset(at), UTC)
    return f"{found:%H:%M} {local.name(at)}"


def day(at: int, speech: Speech, local: LocalTime) -> str:
    """Return the date alone."""
    at = min(at, _LAST)
    found = datetime.fromtimestamp(at + local.zone.offset(at), UTC)
    if speech.language == "en":
        return f"{found.day} {_MONTHS[found.month - 1]} {found.year}"
    last = "." if speech.language in ("sr-Latn", "sr-Cyrl", "bs") else ""
    return f"{found.day}.{found.month}.{found.year}{last}"


def left(until: int, now: int, speech: Speech) -> str:
    """Return what remains until a time, or by how much it has passed, in words."""
    if until <= now:
        return speech.say("overdue by %(time)s", {"time": length(now - until, speech)})
    return speech.say("%(time)s left", {"time": length(until - now, speech)})


def length(seconds: int, speech: Speech) -> str:
    """Return a length of time: days, days and hours, hours and minutes, or minutes."""
    days, hours, minutes = seconds // DAY, seconds % DAY // HOUR, seconds % HOUR // _MINUTE
    if days >= _DAYS_ALONE or (days and not hours):
        return speech.say_many("%(num)s day", "%(num)s days", days)
    if days:
        return speech.say_many("%(num)s day %(hours)s h", "%(num)s days %(hours)s h", days, hours=hours)
    if hours:
        return speech.say("%(hours)s h %(minutes)s min", {"hours": hours, "minutes": minutes})
    return speech.say("%(minutes)s min", {"minutes": minutes})


def machine_time(at: int) -> str:
    """Return the time as programs read it."""
    return datetime.fromtimestamp(min(at, _LAST), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
