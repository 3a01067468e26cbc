"""A node's own lists for screening, as keyed tags: they cannot be read back, only asked for; all their SQL."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from nodes.casework.subjects import Mark
from nodes.gateway.search import SearchKey
from nodes.holding_tables import holding_list, holding_tag


@dataclass(frozen=True, slots=True)
class HoldingList:
    """One list: its name, how many entries it has, and until when it is kept."""

    name: str
    entries: int
    imported_at: int
    erase_by: int


def tags_of(key: SearchKey, words: Iterable[str]) -> frozenset[bytes]:
    """Return the tags of list keys; no word of an item's search has the same tag."""
    return frozenset(key.tag(f"holding {each}") for each in words)


def put_list(connection: Connection, found: HoldingList, tags: Sequence[frozenset[bytes]]) -> None:
    """Store a list in place of an earlier one of its name; ``tags`` are those of each entry in order."""
    drop_list(connection, found.name)
    connection.execute(
        insert(holding_list).values(
            name=found.name, entries=found.entries, imported_at=found.imported_at, erase_by=found.erase_by
        )
    )
    rows = [{"tag": tag, "list": found.name, "entry": n} for n, each in enumerate(tags, 1) for tag in sorted(each)]
    if rows:
        connection.execute(insert(holding_tag), rows)


def drop_list(connection: Connection, name: str) -> bool:
    """Erase a list with every tag of it; False when there was none."""
    connection.execute(delete(holding_tag).where(holding_tag.c.list == name))
    return connection.execute(delete(holding_list).where(holding_list.c.name == name)).rowcount == 1


def drop_old_lists(connection: Connection, now: int) -> int:
    """Erase the lists whose time is over; return how many."""
    over = [row.name for row in connection.execute(select(holding_list.c.name).where(holding_list.c.erase_by <= now))]
    return sum(drop_list(connection, name) for name in over)


def all_lists(connection: Connection) -> Sequence[HoldingList]:
    """Return every list in the order of their names."""
    rows = connection.execute(select(holding_list).order_by(holding_list.c.name))
    return [HoldingList(row.name, row.entries, row.imported_at, row.erase_by) for row in rows]


def lists_with(connection: Connection, key: SearchKey, marks: Iterable[Mark]) -> frozenset[str]:
    """Return the names of the lists that have an entry for one of the marks."""
    tags = tags_of(key, (word for each in marks for word in each.asked()))
    query = select(holding_tag.c.list).where(holding_tag.c.tag.in_(sorted(tags))).distinct()
    return frozenset(row.list for row in connection.execute(query))
