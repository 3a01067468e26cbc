"""What an operator has to look at: what the hub or a peer should never do, or a limit that is reached; all its SQL.

Codes, node ids and channels only. The same finding is counted, not listed again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from nodes.schema import alarm

_LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class Alarm:
    """One finding. ``subject`` says whom or what it concerns, in ids."""

    code: str
    subject: str
    first_at: int
    last_at: int
    times: int


def raise_alarm(connection: Connection, code: str, subject: str, at: int) -> None:
    """Note a finding, or that it was seen once more."""
    subject = subject[:_LONGEST]
    where = (alarm.c.code == code, alarm.c.subject == subject)
    changed = connection.execute(update(alarm).where(*where).values(last_at=at, times=alarm.c.times + 1))
    if changed.rowcount == 0:
        values = {"code": code, "subject": subject, "first_at": at, "last_at": at, "times": 1}
        connection.execute(insert(alarm).values(values))


def clear_alarm(connection: Connection, code: str, subject: str) -> None:
    """Forget a finding that is no longer true."""
    connection.execute(delete(alarm).where(alarm.c.code == code, alarm.c.subject == subject[:_LONGEST]))


def alarms(connection: Connection) -> Sequence[Alarm]:
    """Return all findings, the latest first."""
    rows = connection.execute(select(alarm).order_by(alarm.c.last_at.desc(), alarm.c.number.desc()))
    return [Alarm(row.code, row.subject, row.first_at, row.last_at, row.times) for row in rows]
