"""Slows down guessing: every attempt is counted before it is looked at, under keyed hashes of name and address.

Three counts per attempt: this name from this address, this name from anywhere, and all together. Where a person has
signed in before, only the first one counts, so that strangers cannot lock anybody out. A passkey needs no such count.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from nodes.gateway.search import SearchKey
from nodes.people.backoff import ALL, HERE, NAME, Failures, Patience
from nodes.people.changes import sign_in_key
from nodes.people_tables import attempt

KNOWN_S: Final = 90 * 86_400  # for which an address stays known as one where a person signs in


@dataclass(frozen=True, slots=True)
class Attempt:
    """The counts that one attempt is held against."""

    here: bytes
    name: bytes
    all: bytes
    known: bytes

    @classmethod
    def of(cls, search: SearchKey, sign_in: str, source: str) -> "Attempt":
        """Return the counts of a sign-in name, whether anybody has it or not, and an address."""
        name = sign_in_key(sign_in)
        return cls(
            here=search.tag(f"people:attempt:here:{name}:{source}"),
            name=search.tag(f"people:attempt:name:{name}"),
            all=search.tag("people:attempt:all"),
            known=search.tag(f"people:attempt:known:{name}:{source}"),
        )


def count_attempt(connection: Connection, tried: Attempt, now: int) -> bool:
    """Count an attempt as failed and return True; return False, and count nothing, while the next one has to wait."""
    limits: list[tuple[bytes, Patience]] = [(tried.here, HERE)]
    known = _find(connection, tried.known)
    if not known.times or now - known.last_at >= KNOWN_S:
        limits += [(tried.name, NAME), (tried.all, ALL)]
    found = [(key, patience, _find(connection, key)) for key, patience in limits]
    if any(now < failures.next_at(patience) for _, patience, failures in found):
        return False
    for key, patience, failures in found:
        _put(connection, key, failures.after(now, patience))
    return True


def forgive(connection: Connection, tried: Attempt, now: int) -> None:
    """Forget the counts of a name after a success, and know the address from now on."""
    connection.execute(delete(attempt).where(attempt.c.key.in_((tried.here, tried.name))))
    connection.execute(
        update(attempt).where(attempt.c.key == tried.all, attempt.c.times > 0).values(times=attempt.c.times - 1)
    )
    connection.execute(delete(attempt).where(attempt.c.last_at < now - KNOWN_S))
    _put(connection, tried.known, Failures(1, now))


def _find(connection: Connection, key: bytes) -> Failures:
    row = connection.execute(select(attempt).where(attempt.c.key == key)).one_or_none()
    return Failures() if row is None else Failures(row.times, row.last_at)


def _put(connection: Connection, key: bytes, failures: Failures) -> None:
    values = {"times": failures.times, "last_at": failures.last_at}
    if connection.execute(update(attempt).where(attempt.c.key == key).values(values)).rowcount == 0:
        connection.execute(insert(attempt).values(key=key, **values))
