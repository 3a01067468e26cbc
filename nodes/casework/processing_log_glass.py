"""Which acts reached a case through broken glass: they are written down as that, with the ground given there.

LED Article 25 asks for the reason of each consultation. Whoever sees a case only because he broke the glass reads it
for the reason that he gave then, whichever page or file it is; what he may see anyway stays under its usual reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file, case_message
from nodes.casework.case_list import Scope, visible
from nodes.gateway.deeds import Act, Doer, Door, Operation
from nodes.people.acting import PersonId
from nodes.people.glass import OPEN_S, Outcome
from nodes.people.roles import Permission, Role, permissions
from nodes.people_tables import glass_event
from protocol.ids import REFERENCE_SIZE

GLASS: Final = "break-glass"
"""The reason under which such acts stand, and the deed of the opening itself."""


@dataclass(frozen=True, slots=True)
class Broken:
    """One opening that lets its person in now: its number and the ground."""

    number: int
    ground: str


def parted(connection: Connection, doer: Doer, act: Act, now: int) -> Iterator[Act]:
    """Yield an act as it is written down: as it is, or what was reached through broken glass apart from the rest."""
    openings = _openings(connection, doer.who, now) if _may_concern(doer, act) else {}
    through = _through(connection, doer, act.objects, openings) if openings else {}
    rest = tuple(each for each in act.objects if each not in through)
    if rest or not through:
        yield _part(act, rest) if through else act
    for case in dict.fromkeys(through.values()):
        objects = tuple(each for each in act.objects if through.get(each) == case)
        opening = openings[case]
        part = replace(_part(act, objects), reason=GLASS, opening=opening.number, ground=opening.ground)
        yield replace(part, objects=tuple(dict.fromkeys((*objects, case))))


def _may_concern(doer: Doer, act: Act) -> bool:
    return doer.door is Door.DESK and bool(doer.roles) and bool(act.objects) and act.operation is not Operation.SECURITY


def _part(act: Act, objects: tuple[bytes, ...]) -> Act:
    """Return the act on some of its objects; a count of all of them becomes that of these."""
    return replace(act, objects=objects, count=len(objects) if act.count == len(act.objects) else act.count)


def _openings(connection: Connection, who: str, now: int) -> Mapping[bytes, Broken]:
    """Return the openings of a person that let it in now, the latest of each case."""
    glass = glass_event.c
    query = select(glass_event).where(glass.actor == who, glass.at > now - OPEN_S, glass.ground.is_not(None))
    rows = connection.execute(query.order_by(glass.number)).all()
    if not rows:
        return {}
    refused = select(glass.about).where(glass.outcome == Outcome.NOT_JUSTIFIED.value)
    bad = set(connection.execute(refused.where(glass.about.in_([row.number for row in rows]))).scalars())
    kept = [row for row in rows if row.number not in bad and len(row.subject) == 2 * REFERENCE_SIZE]
    return {bytes.fromhex(row.subject): Broken(row.number, row.ground) for row in kept}


def _through(
    connection: Connection, doer: Doer, objects: Sequence[bytes], openings: Mapping[bytes, Broken]
) -> Mapping[bytes, bytes]:
    """Return those of the objects that only an opening lets the person see, each with its case."""
    may = permissions(Role(each) for each in doer.roles)
    scope = Scope(PersonId(doer.who), Permission.SEE_ALL in may, Permission.SEE_OWN in may)
    opened = case_file.c.id.in_(sorted(openings))
    anyway = set(connection.execute(select(case_file.c.id).where(opened, visible(scope))).scalars())
    only = openings.keys() - anyway
    joined = case_message.join(case_file, case_file.c.number == case_message.c.case)
    query = select(case_message.c.message, case_file.c.id).select_from(joined)
    named = query.where(case_message.c.message.in_(list(objects)), case_file.c.id.in_(sorted(only)))
    return {each: each for each in objects if each in only} | {row.message: row.id for row in connection.execute(named)}
