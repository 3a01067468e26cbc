"""Times that people type: the local time of the contact point, as a browser's date field writes it."""

import re
from datetime import UTC, datetime
from typing import Final

from nodes.desk.moments import LocalTime

_TYPED: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?", re.ASCII)


def read_local(text: str, local: LocalTime) -> int | None:
    """Return the moment of a local time in seconds UTC; None for what is no time.

    Of the hour that the end of summer time repeats, the second one; one that its beginning leaves out is moved on.
    """
    if _TYPED.fullmatch(text) is None:
        return None
    try:
        naive = int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None
    in_winter = naive - local.zone.winter
    offset = local.zone.offset(in_winter)
    return naive - offset if local.zone.offset(naive - offset) == offset else in_winter


def write_local(at: int, local: LocalTime) -> str:
    """Return a moment as a date field takes it."""
    return datetime.fromtimestamp(at + local.zone.offset(at), UTC).strftime("%Y-%m-%dT%H:%M")
