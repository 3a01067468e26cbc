"""Takes a small local list for screening: what can be compared becomes keyed tags, the list itself is not kept."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.casework.lists import HoldingList, all_lists, drop_list, put_list, tags_of
from nodes.casework.subjects import NUMBER, PERSON, PHONE, PLATE, Mark, mark_of
from nodes.gateway.here import Here
from nodes.gateway.stores import Store
from protocol.catalogue.documents import JSON

MAX_ENTRIES: Final = 5_000
MAX_DAYS: Final = 366  # a number of this network: a list is reviewed and imported again at least once a year
DAY: Final = 86_400
NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_KINDS: Final = {
    "person": PERSON,
    "vehicle": PLATE,
    "plate": PLATE,
    "phone": PHONE,
    "document": NUMBER,
    "account": NUMBER,
    "firearm": NUMBER,
    "number": NUMBER,
}
_FIELDS: Final = frozenset({"kind", "value", "birth_date"})
_DATE: Final = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_LONGEST: Final = 200  # characters of a value
_MOST_FAULTS: Final = 20


@dataclass(frozen=True, slots=True)
class ListFault:
    """What is wrong with an entry, counted from 1; 0 is the list itself. The sentence never repeats a value."""

    entry: int
    sentence: str


class HoldingsBook:
    """The lists of one node."""

    def __init__(self, here: Here, store: Store) -> None:
        self._here = here
        self._store = store

    async def put(self, name: str, days: int, entries: Sequence[JSON]) -> HoldingList | tuple[ListFault, ...]:
        """Return the list once its tags are stored in place of an earlier one; or every fault, and nothing is stored.

        It is erased by itself after ``days``.
        """
        faults = list_faults(name, days, entries)
        if faults:
            return faults
        tags = await asyncio.to_thread(self._tags, entries)
        now = self._here.clock()
        found = HoldingList(name, len(entries), now, now + days * DAY)
        await self._store.database.write(lambda connection: put_list(connection, found, tags))
        return found

    async def drop(self, name: str) -> bool:
        """Erase a list; False when there is none of this name."""
        return await self._store.database.write(lambda connection: drop_list(connection, name))

    async def all(self) -> Sequence[HoldingList]:
        """Return every list."""
        return await self._store.database.read(all_lists)

    def _tags(self, entries: Sequence[JSON]) -> Sequence[frozenset[bytes]]:
        marks = [_mark(each) for each in entries if isinstance(each, dict)]
        return [tags_of(self._store.search, each.written()) for each in marks if each is not None]


def list_faults(name: str, days: int, entries: Sequence[JSON]) -> tuple[ListFault, ...]:
    """Return what is wrong with a list, the first faults only."""
    if NAME.fullmatch(name) is None:
        return (ListFault(0, "The name of a list has 1 to 64 characters of a-z, 0-9, dot and hyphen."),)
    if not 1 <= days <= MAX_DAYS:
        return (ListFault(0, f"A list is kept for 1 to {MAX_DAYS} days."),)
    if not 1 <= len(entries) <= MAX_ENTRIES:
        return (ListFault(0, f"A list has 1 to {MAX_ENTRIES} entries."),)
    found = (ListFault(n, sentence) for n, each in enumerate(entries, 1) if (sentence := _fault(each)) is not None)
    return tuple(fault for fault, _ in zip(found, range(_MOST_FAULTS), strict=False))


def _fault(entry: JSON) -> str | None:
    if not isinstance(entry, dict) or not {"kind", "value"} <= set(entry) <= _FIELDS:
        return "An entry has kind, value and, for a person, birth_date."
    kind = entry["kind"]
    if not isinstance(kind, str) or kind not in _KINDS:
        return f"The kind is one of {', '.join(_KINDS)}."
    value, born = entry["value"], entry.get("birth_date")
    if not isinstance(value, str) or len(value) > _LONGEST:
        return f"The value is a text of at most {_LONGEST} characters."
    if born is not None and (kind != PERSON or not isinstance(born, str) or _DATE.fullmatch(born) is None):
        return "Only a person has a birth_date, written YYYY, YYYY-MM or YYYY-MM-DD."
    if _mark(entry) is None:
        return "The value says too little: a name has two words, a plate or number four characters."
    return None


def _mark(entry: Mapping[str, JSON]) -> Mark | None:
    born = entry.get("birth_date")
    return mark_of(_KINDS[str(entry["kind"])], str(entry["value"]), born if isinstance(born, str) else None)
