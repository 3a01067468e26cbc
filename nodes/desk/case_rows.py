"""Cases as lists show them: one row each, with everything in words, ready for a template, a table or a file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.case_lines import Line
from nodes.casework.case_subjects import Subject
from nodes.desk.case_words import KINDS, LANES, STATES
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.person import PersonRecord
from nodes.people.roles import Permission
from protocol.ids import NodeId

_PEOPLE: Final = web.RequestKey("people", Mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case. ``state``, ``lane`` and ``kind`` are English; ``partners`` are names as the directory has them."""

    line: Line
    id: str
    path: str
    subject: Subject
    query: str
    kind: str
    state: str
    lane: str
    partners: tuple[str, ...]
    assignee: str
    mine: bool  # of whoever looks

    @property
    def title(self) -> str:
        """What tells the case from others: its subject, the sender's number of it, or the short reference."""
        return self.subject.text or self.subject.number or self.line.reference or self.id[:8]


async def people_of(visit: Visit) -> Mapping[PersonId, PersonRecord]:
    """Return the accounts of this contact point, looked up once in a visit."""
    found: Mapping[PersonId, PersonRecord] | None = visit.request.get(_PEOPLE)
    if found is None:
        found = visit.request[_PEOPLE] = await visit.desk.people.all()
    return found


async def names_of(visit: Visit) -> Mapping[PersonId, str]:
    """Return what the people of this contact point are called."""
    return {person: record.name for person, record in (await people_of(visit)).items()}


async def colleagues(visit: Visit, *, working: bool = True) -> Sequence[PersonRecord]:
    """Return who may be given a case now, without whoever looks; or everybody in force, by name."""
    now = visit.desk.now()
    people = (await people_of(visit)).values()
    found = [
        each
        for each in people
        if each.id != visit.acting.person
        and (each.may(Permission.RECEIVE, now) if working else each.may(Permission.SEE_OWN, now))
    ]
    return sorted(found, key=lambda each: each.name.casefold())


def labels_of(visit: Visit) -> Mapping[NodeId, str]:
    """Return how the directory calls the participants."""
    return {each.node: each.label for each in visit.gateway.network.replica.directory.participants()}


async def rows_of(visit: Visit, lines: Iterable[Line]) -> list[Row]:
    """Return rows for lines; what is decrypted for them is written down as a reading of this person."""
    listed = list(lines)
    subjects = await visit.desk.cases.subjects(listed) if listed else {}
    names, labels = await names_of(visit), labels_of(visit)
    return [_row(visit, line, subjects[line.number], names, labels) for line in listed]


def _row(
    visit: Visit, line: Line, subject: Subject, names: Mapping[PersonId, str], labels: Mapping[NodeId, str]
) -> Row:
    bundle = visit.gateway.network.replica.bundle
    catalogue = None if bundle is None else bundle.catalogue
    query = "" if catalogue is None or not subject.kind else _code(visit, line, subject.kind)
    return Row(
        line=line,
        id=line.id.hex(),
        path=f"/cases/{line.id.hex()}",
        subject=subject,
        query=query,
        kind=KINDS[line.machine.name],
        state=STATES[line.state],
        lane="" if line.lane is None else LANES[line.lane],
        partners=tuple(labels.get(each, each) for each in line.partners),
        assignee="" if line.assignee is None else names.get(line.assignee, ""),
        mine=line.assignee == visit.acting.person,
    )


def _code(visit: Visit, line: Line, kind: str) -> str:
    bundle = visit.gateway.network.replica.bundle
    lists = {"MT-12": "correction_action", "MT-11": "consent_request"}
    return "" if bundle is None else bundle.catalogue.code(lists.get(line.family, "query_kind"), kind, visit.language)
