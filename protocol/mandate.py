"""What an auditor may see of messages: the countries, channels and period that the registrars entrusted it with.

A mandate stands in an auditor's enrolment and nowhere else. Without one an auditor reads the logs and no header: what
is not written is not entrusted. Nothing in a mandate is empty; ``*`` alone says all. Bytes: docs/wire.md section 6.4.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from protocol.cbor import Item
from protocol.errors import Malformed
from protocol.ids import Channel, parse_channel
from protocol.limits import MAX_CODES
from protocol.shapes import as_int, as_map, as_sorted_texts

ALL: Final = ("*",)
_COUNTRY: Final = 2
_UNTIL: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Mandate:
    """Countries and channels, ascending, or ``ALL``; and the times of leaves, from ``since`` to before ``until``."""

    countries: tuple[str, ...]
    channels: tuple[str, ...]
    since: int
    until: int | None = None

    def covers(self, countries: Collection[str], channel: Channel | None, time: int) -> bool:
        """Return whether an object logged at ``time`` between parties of these countries may be shown.

        One party within is enough: an exchange is reviewed on either side. An object that stands in no channel (None)
        is shown to those who may see all of them.
        """
        placed = self.channels == ALL or channel in self.channels
        party = self.countries == ALL or bool(set(countries) & set(self.countries))
        return placed and party and self.covers_time(time)

    def covers_time(self, time: int) -> bool:
        """Return whether ``time`` is within the period."""
        return self.since <= time and (self.until is None or time < self.until)


def encode_mandate(mandate: Mandate) -> dict[int, Item]:
    """Return the map of a mandate."""
    out: dict[int, Item] = {1: list(mandate.countries), 2: list(mandate.channels), 3: mandate.since}
    return out if mandate.until is None else out | {_UNTIL: mandate.until}


def parse_mandate(item: Item) -> Mandate:
    """Return the mandate in a map; MALFORMED for an empty list, or ``*`` beside anything else."""
    fields = as_map(item, "mandate", (1, 2, 3), (_UNTIL,))
    countries = as_sorted_texts(fields[1], "countries", MAX_CODES)
    channels = as_sorted_texts(fields[2], "channels", MAX_CODES)
    if not countries or not channels:
        raise Malformed("an empty list in a mandate")
    if countries != ALL and not all(is_country(each) for each in countries):
        raise Malformed("country")
    if channels != ALL:
        channels = tuple(parse_channel(each) for each in channels)
    since = as_int(fields[3], "since")
    until = as_int(fields[_UNTIL], "until", since + 1) if _UNTIL in fields else None
    return Mandate(countries=countries, channels=channels, since=since, until=until)


def is_country(text: str) -> bool:
    """Return whether this is a country as enrolments write it: two capital letters."""
    return len(text) == _COUNTRY and text.isascii() and text.isalpha() and text.isupper()
