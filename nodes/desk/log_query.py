"""What a visitor asks of the processing log, read from the address: the purpose, and which entries."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final
from urllib.parse import urlencode

from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_store import Wanted
from nodes.desk.moments import LocalTime
from nodes.desk.texts import sentence
from nodes.gateway.deeds import Operation
from policies.clocks.zones import DAY

SHOWN: Final = 50
FILTERS: Final = ("operation", "who", "about", "since", "until")
_ID: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")  # of a case, of a message
_PERSON: Final = re.compile(r"[A-Za-z0-9._-]{1,80}")
_NUMBER: Final = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A filter that cannot be read: which field, what is wrong, what to write."""

    field: str
    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Query:
    """What was asked, as typed and as understood; ``wanted`` is None when something cannot be read."""

    purpose: LogPurpose | None
    typed: Mapping[str, str]
    wanted: Wanted | None
    wrong: tuple[Wrong, ...] = ()

    def address(self, **changes: str) -> str:
        """Return the query of an address that asks the same with these changes; empty ones are left out."""
        purpose = "" if self.purpose is None else self.purpose.value
        values = {"purpose": purpose, **self.typed, **changes}
        return urlencode({name: value for name, value in values.items() if value})

    @property
    def is_filtered(self) -> bool:
        """Whether less than everything is asked for."""
        return any(self.typed.get(name) for name in FILTERS)


def read_query(given: Mapping[str, str], local: LocalTime) -> Query:
    """Return what an address or a form asks of the log; dates are whole days by the legal time here."""
    typed = {name: given.get(name, "").strip() for name in FILTERS}
    purpose = next((each for each in LogPurpose if each.value == given.get("purpose")), None)
    wrong: list[Wrong] = []
    since, until = (whole_day(typed[name], name, local, wrong) for name in ("since", "until"))
    about, who = _about(typed["about"], wrong), _who(typed["who"], wrong)
    before = given.get("before", "")
    if wrong:
        return Query(purpose, typed, None, tuple(wrong))
    operation = next((each for each in Operation if each.value == typed["operation"]), None)
    wanted = Wanted(
        limit=SHOWN,
        before=int(before) if _NUMBER.fullmatch(before) else None,
        since=since,
        until=None if until is None else until + DAY,
        operation=operation,
        who=who,
        about=about,
    )
    return Query(purpose, typed, wanted)


def whole_day(text: str, field: str, local: LocalTime, wrong: list[Wrong]) -> int | None:
    """Return the first second of a day as typed; None for nothing, or with what is wrong noted."""
    if not text:
        return None
    try:
        first = date.fromisoformat(text)
        midnight = int(datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp())
    except (ValueError, OverflowError):
        wrong.append(Wrong(field, sentence("This is no date."), sentence("Write year, month and day: 2026-03-01")))
        return None
    return midnight - local.zone.offset(midnight)


def _about(text: str, wrong: list[Wrong]) -> bytes | None:
    if not text:
        return None
    if _ID.fullmatch(text) is None:
        wrong.append(Wrong("about", sentence("This is no id of a message."), sentence("Copy all its 64 characters.")))
        return None
    return bytes.fromhex(text)


def _who(text: str, wrong: list[Wrong]) -> str | None:
    if not text:
        return None
    if _PERSON.fullmatch(text) is None:
        wrong.append(Wrong("who", sentence("This is nobody's id."), sentence("Choose somebody from the list.")))
        return None
    return text
