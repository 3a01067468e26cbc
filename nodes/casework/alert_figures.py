"""What a screen on a wall shows: how many and how long, never what. Numbers and times from the lines of cases."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, func, select

from nodes.alert_tables import resting
from nodes.case_event_tables import case_file
from nodes.casework import alert_store
from nodes.gateway.outbox import OutState
from nodes.schema import outbox
from policies.clocks.zones import HOUR

SOON_S: Final = 6 * HOUR
_TIMES: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """The numbers of one moment. ``due`` are the soonest terms of this node, the first one first."""

    waiting: int
    since: int | None  # the oldest alert that nobody took
    overdue: int
    soon: int
    held: int
    queued: int
    resting: int
    due: tuple[int, ...]


def read_figures(connection: Connection, now: int) -> Figures:
    """Return the numbers of this moment."""

    def count(*where: ColumnElement[bool]) -> int:
        query = select(func.count()).select_from(case_file).where(*where)
        return int(connection.execute(query).scalar_one())

    alerts = alert_store.waiting(connection)
    due = case_file.c.due_at
    soonest = select(due).where(due.is_not(None)).order_by(due, case_file.c.number).limit(_TIMES)
    ready = select(func.count()).select_from(outbox).where(outbox.c.state == OutState.READY.value)
    return Figures(
        waiting=len(alerts),
        since=min((each.raised_at for each in alerts), default=None),
        overdue=count(due <= now),
        soon=count(due > now, due <= now + SOON_S),
        held=count(case_file.c.held.is_(True)),
        queued=int(connection.execute(ready).scalar_one()),
        resting=int(connection.execute(select(func.count()).select_from(resting)).scalar_one()),
        due=tuple(row.due_at for row in connection.execute(soonest)),
    )
