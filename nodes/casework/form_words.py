"""How single values are written in a form and read from it: days, times, numbers, yes and no. Pure.

Days are written day.month.year, times in the legal time of this node's country; the forms of the catalogue are read
too. What cannot be read is told apart from what is not there, and never guessed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

from policies.clocks.zones import Zone
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec

YES: Final = "yes"
NO: Final = "no"
_DAY: Final = re.compile(r"([0-9]{1,2})[./] ?([0-9]{1,2})[./] ?([0-9]{4})\.?")
_ISO_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_MONTH: Final = re.compile(r"([0-9]{1,2})[./] ?([0-9]{4})\.?")
_PARTIAL: Final = re.compile(r"[0-9]{4}(-[0-9]{2})?")
_TIME: Final = re.compile(r"(.{8,12}?),?[ T]+([0-9]{1,2})[:.]([0-9]{2})(?::([0-9]{2}))? ?(Z|[+-][0-9]{2}:[0-9]{2})?")
_INTEGER: Final = re.compile(r"-?[0-9]{1,16}")
_BETWEEN: Final = re.compile(r"[ ()/.-]+")
_DIALLED: Final = re.compile(r"\+?[0-9]+")
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
_FOUR_DIGITS: Final = 1_000
_CAPITALS: Final = frozenset(("plate", "vin", "case_number", "case_ref"))
"""Names of fields that hold capital letters only."""


class Unreadable(StrEnum):
    """Why something typed is no value of its field."""

    NUMBER = "NO_NUMBER"
    DAY = "NO_DAY"
    PARTIAL_DAY = "NO_PARTIAL_DAY"
    TIME = "NO_TIME"
    TRUTH = "NO_TRUTH"


@dataclass(frozen=True, slots=True)
class Unread:
    """Something typed that its field cannot hold."""

    why: Unreadable


def write_value(field: FieldSpec, value: JSON, zone: Zone) -> str:
    """Return a value as a form shows it; reading that returns the value again."""
    if isinstance(value, bool):
        return YES if value else NO
    text = str(value)
    shown = _shown(field.form, text, zone)
    return shown if shown == text or read_value(field, shown, zone) == value else text


def read_value(field: FieldSpec, typed: str, zone: Zone) -> JSON | Unread:
    """Return the value that something typed stands for, or why it is none. Blank is not asked of this function."""
    match field.kind, field.form:
        case "boolean", _:
            return {YES: True, NO: False}.get(typed.strip(), Unread(Unreadable.TRUTH))
        case "integer", _:
            return read_number(typed)
        case _, "date":
            return _read_day(typed.strip()) or Unread(Unreadable.DAY)
        case _, "partial_date":
            return _read_partial(typed.strip()) or Unread(Unreadable.PARTIAL_DAY)
        case _, "instant":
            return _read_time(typed.strip(), zone) or Unread(Unreadable.TIME)
        case _, "text":
            return typed.replace("\r\n", "\n").replace("\r", "\n")
        case _, "phone":
            return _read_phone(typed.strip())
    return typed.strip().upper() if field.name in _CAPITALS else typed.strip()


def read_number(typed: str) -> int | Unread:
    """Return the whole number that was typed; blanks between digits do not matter."""
    bare = typed.replace(" ", "").replace("\u00a0", "")
    return int(bare) if _INTEGER.fullmatch(bare) else Unread(Unreadable.NUMBER)


def _shown(form: str, text: str, zone: Zone) -> str:
    if form in ("date", "partial_date"):
        return ".".join(reversed(text.split("-")))
    return _local(text, zone) if form == "instant" else text


def _local(text: str, zone: Zone) -> str:
    try:
        at = datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    except ValueError:
        return text
    local = at + timedelta(seconds=zone.offset(int(at.timestamp())))
    return local.strftime("%d.%m.%Y %H:%M:%S" if local.second else "%d.%m.%Y %H:%M")


def _read_day(typed: str) -> str | None:
    found = _day(typed)
    return None if found is None else found.isoformat()


def _day(typed: str) -> date | None:
    european, iso = _DAY.fullmatch(typed), _ISO_DAY.fullmatch(typed)
    match = european or iso
    if match is None:
        return None
    numbers = [int(each) for each in match.groups()]
    year, month, day = numbers if iso else reversed(numbers)
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _read_partial(typed: str) -> str | None:
    month = _MONTH.fullmatch(typed)
    if month is not None:
        return f"{month[2]}-{int(month[1]):02}"
    return typed if _PARTIAL.fullmatch(typed) else _read_day(typed)


def _read_time(typed: str, zone: Zone) -> str | None:
    match = _TIME.fullmatch(typed)
    day = None if match is None else _day(match[1].strip())
    if match is None or day is None:
        return None
    try:
        local = datetime(day.year, day.month, day.day, int(match[2]), int(match[3]), int(match[4] or 0), tzinfo=UTC)
        at = local - _ahead(match[5], local, zone)
    except (ValueError, OverflowError):
        return None
    return at.strftime(_INSTANT) if at.year >= _FOUR_DIGITS else None


def _ahead(stated: str | None, local: datetime, zone: Zone) -> timedelta:
    """Return how far a typed time is before UTC: as it says itself, or else in this zone on that day."""
    if stated is None:
        return timedelta(seconds=zone.offset(int(local.timestamp()) - zone.winter))
    if stated == "Z":
        return timedelta()
    ahead = timedelta(hours=int(stated[1:3]), minutes=int(stated[4:]))
    return -ahead if stated[0] == "-" else ahead


def _read_phone(typed: str) -> str:
    """Return a number as the catalogue writes it; whatever is not dialled stays as it was typed."""
    bare = _BETWEEN.sub("", typed)
    if not _DIALLED.fullmatch(bare):
        return typed
    return f"+{bare[2:]}" if bare.startswith("00") else bare
