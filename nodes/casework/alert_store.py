"""Alerts, their steps and how the channels do, as rows; all their SQL, in the transaction of whoever calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from nodes.alert_tables import alert, alert_channel, alert_person, alert_step, alert_test
from nodes.casework.alert import Alert, End, Level, Step
from nodes.people.acting import PersonId

_MOST: Final = 200  # alerts that wait, looked at together


@dataclass(frozen=True, slots=True)
class ChannelState:
    """How a channel did when it was last tried; ``code`` is None when it took what it was given."""

    name: str
    tried_at: int
    reached_at: int | None
    code: str | None


def put_alert(connection: Connection, message: bytes, at: int, *, life: bool) -> None:
    """Raise the alert of an item; one that was raised before stays as it is."""
    known = connection.execute(select(alert.c.number).where(alert.c.message == message)).scalar_one_or_none()
    if known is None:
        connection.execute(insert(alert).values(message=message, life=life, raised_at=at))


def note_test(connection: Connection, who: str, at: int, apart_s: int) -> int:
    """Return 0 once it is noted that somebody tests now; or in how many seconds that may be."""
    tested = select(alert_test.c.at).where(alert_test.c.who == who)
    last: int | None = connection.execute(tested).scalar_one_or_none()
    if last is not None and last <= at < last + apart_s:
        return last + apart_s - at
    connection.execute(delete(alert_test).where(alert_test.c.who == who))
    connection.execute(insert(alert_test).values(who=who, at=at))
    return 0


def waiting(connection: Connection) -> Sequence[Alert]:
    """Return the alerts that nobody has taken, the oldest first, with their steps."""
    query = select(alert).where(alert.c.ended_at.is_(None)).order_by(alert.c.number).limit(_MOST)
    return _alerts(connection, connection.execute(query).all())


def ended(connection: Connection, limit: int) -> Sequence[Alert]:
    """Return the alerts that ended, the latest first."""
    query = select(alert).where(alert.c.ended_at.is_not(None)).order_by(alert.c.ended_at.desc(), alert.c.number.desc())
    return _alerts(connection, connection.execute(query.limit(limit)).all())


def find_alert(connection: Connection, number: int) -> Alert | None:
    """Return one alert."""
    rows = connection.execute(select(alert).where(alert.c.number == number)).all()
    return next(iter(_alerts(connection, rows)), None)


def put_step(connection: Connection, number: int, step: Step) -> None:
    """Note that a step begins; the same step again changes nothing."""
    where = (alert_step.c.alert == number, alert_step.c.number == step.number)
    if connection.execute(select(alert_step.c.number).where(*where)).scalar_one_or_none() is not None:
        return
    values = {"level": step.level.value, "round": step.round, "at": step.at}
    connection.execute(insert(alert_step).values(alert=number, number=step.number, **values))
    rows = [
        {"alert": number, "step": step.number, "person": person, "place": place}
        for place, person in enumerate(step.persons)
    ]
    if rows:
        connection.execute(insert(alert_person), rows)


def end_step(connection: Connection, number: int, step: int, *, reached: bool) -> None:
    """Note what came of a step."""
    where = (alert_step.c.alert == number, alert_step.c.number == step)
    connection.execute(update(alert_step).where(*where).values(reached=reached))


def end_alert(connection: Connection, number: int, end: End, by: PersonId | None, at: int) -> None:
    """End an alert; one that had ended before stays as it is."""
    where = (alert.c.number == number, alert.c.ended_at.is_(None))
    connection.execute(update(alert).where(*where).values(ended_at=at, ended_by=by, end=end.value))


def note_channel(connection: Connection, name: str, at: int, code: str | None) -> None:
    """Note how a channel did."""
    values: dict[str, Any] = {"tried_at": at, "code": code} | ({"reached_at": at} if code is None else {})
    changed = connection.execute(update(alert_channel).where(alert_channel.c.name == name).values(values))
    if changed.rowcount == 0:
        connection.execute(insert(alert_channel).values(name=name, **values))


def channels(connection: Connection) -> Mapping[str, ChannelState]:
    """Return how every channel did that was ever tried, by its name."""
    rows = connection.execute(select(alert_channel))
    return {row.name: ChannelState(row.name, row.tried_at, row.reached_at, row.code) for row in rows}


def _alerts(connection: Connection, rows: Sequence[Row[Any]]) -> Sequence[Alert]:
    numbers = [row.number for row in rows]
    persons: dict[tuple[int, int], list[PersonId]] = {}
    told = select(alert_person).where(alert_person.c.alert.in_(numbers)).order_by(alert_person.c.place)
    for row in connection.execute(told):
        persons.setdefault((row.alert, row.step), []).append(PersonId(row.person))
    steps: dict[int, list[Step]] = {number: [] for number in numbers}
    taken = select(alert_step).where(alert_step.c.alert.in_(numbers)).order_by(alert_step.c.number)
    for row in connection.execute(taken):
        named = tuple(persons.get((row.alert, row.number), ()))
        steps[row.alert].append(Step(row.number, Level(row.level), row.round, row.at, named, row.reached))
    return [_alert(row, tuple(steps[row.number])) for row in rows]


def _alert(row: Row[Any], steps: tuple[Step, ...]) -> Alert:
    return Alert(
        number=row.number,
        message=row.message,
        life=row.life,
        raised_at=row.raised_at,
        steps=steps,
        ended_at=row.ended_at,
        ended_by=None if row.ended_by is None else PersonId(row.ended_by),
        end=None if row.end is None else End(row.end),
    )
