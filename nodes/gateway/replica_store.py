"""The stored half of the replica: directory entries, content-addressed blobs, small facts about the hub; all SQL."""

import hashlib
from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, insert, select, update

from nodes.schema import blob, directory_entry, fact

_PAGE = 256


def put_entries(connection: Connection, start: int, entries: Sequence[bytes]) -> None:
    """Store directory entries from position ``start`` on."""
    rows = [{"position": start + at, "body": body} for at, body in enumerate(entries)]
    if rows:
        connection.execute(insert(directory_entry), rows)


def entry_page(connection: Connection, start: int) -> Sequence[tuple[int, bytes]]:
    """Return up to 256 stored entries from position ``start`` on, with their positions."""
    query = select(directory_entry).where(directory_entry.c.position >= start)
    rows = connection.execute(query.order_by(directory_entry.c.position).limit(_PAGE))
    return [(row.position, row.body) for row in rows]


def put_blobs(connection: Connection, bodies: Sequence[bytes]) -> None:
    """Store blobs under their digests; those already there stay."""
    named = {hashlib.sha256(body).digest(): body for body in bodies}
    known = find_blobs(connection, list(named))
    rows = [{"digest": digest, "body": body} for digest, body in named.items() if digest not in known]
    if rows:
        connection.execute(insert(blob), rows)


def find_blobs(connection: Connection, digests: Sequence[bytes]) -> Mapping[bytes, bytes]:
    """Return the blobs among ``digests`` that are stored, by their SHA-256."""
    rows = connection.execute(select(blob).where(blob.c.digest.in_(digests)))
    return {row.digest: row.body for row in rows}


def put_fact(connection: Connection, name: str, value: int) -> None:
    """Store a number about the network or this node under a name."""
    raw = str(value).encode()
    changed = connection.execute(update(fact).where(fact.c.name == name).values(value=raw))
    if changed.rowcount == 0:
        connection.execute(insert(fact).values(name=name, value=raw))


def find_fact(connection: Connection, name: str) -> int | None:
    """Return a stored number, None before the first."""
    found: bytes | None = connection.execute(select(fact.c.value).where(fact.c.name == name)).scalar_one_or_none()
    return None if found is None else int(found)
