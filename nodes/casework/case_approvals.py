"""Releases that need a second person: who asked, what exactly would go out, and what another one decided.

What is approved is a digest, so a draft that was changed afterwards is not approved. Nobody decides about what he
asked for himself, whatever roles he holds, nor about what belongs to a case that is closed to him (need-to-know).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, insert, select, update

from nodes.case_event_tables import case_approval, case_file
from nodes.casework.case_acts import LONG_REASON, NO_REASON, NO_RIGHT, SECOND_PERSON, Denied
from nodes.casework.case_book import Opened, none_opened
from nodes.casework.case_list import Scope, scope_of, visible
from nodes.casework.release_copies import ReleaseCopy, copies_of, drop_open, erase_copies, put_copy
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting, PersonId
from nodes.people.refusals import LONGEST_REASON
from nodes.people.roles import Permission
from protocol.ids import Reference

CHANGED: Final = Denied(
    "CHANGED", "It was changed since you looked at it.", "Look at what would go out now, then decide", "NET"
)
DECIDED: Final = Denied("DECIDED", "Somebody else has decided.", "See who decided what, and when", "NET")
_LEAST: Final = 3
_MOST: Final = 200
_RULES: Final = 400  # characters


class Verdict(StrEnum):
    """What was decided; ``dropped`` is what was given up before that."""

    APPROVED = "approved"
    RETURNED = "returned"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What somebody wants released: a draft or a case by its id, the digest of exactly what would go out, and why.

    ``rules`` are the rules that ask for a second person, ``copy`` what a later version is compared with.
    """

    kind: str
    subject: str
    digest: bytes
    note: str = ""
    case: bytes | None = None
    rules: tuple[str, ...] = ()
    copy: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One release with what came of it."""

    number: int
    kind: str
    subject: str
    digest: bytes
    case: Reference | None
    rules: tuple[str, ...]
    asked_by: PersonId
    asked_at: int
    note: str
    verdict: Verdict | None
    decided_by: PersonId | None
    decided_at: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decides. ``digest`` is that of what was on the page; a return needs a reason."""

    verdict: Verdict
    digest: bytes
    reason: str = ""


class ApprovalBook:
    """The releases of one node."""

    def __init__(self, gateway: Gateway, opened: Opened = none_opened) -> None:
        self._gateway = gateway
        self._opened = opened

    async def ask(self, acting: Acting, asking: Asking) -> Approval | Denied:
        """Return the release once it is stored; an open one of the same subject is given up for it."""
        if len(asking.note) > LONGEST_REASON:
            return LONG_REASON
        now, vault = self._gateway.here.clock(), self._gateway.store.vault

        def work(connection: Connection) -> Approval:
            self._drop(connection, asking.subject, acting, now)
            case = None
            if asking.case is not None:
                case = connection.execute(select(case_file.c.number).where(case_file.c.id == asking.case)).scalar()
            made = connection.execute(
                insert(case_approval).values(
                    kind=asking.kind,
                    subject=asking.subject,
                    digest=asking.digest,
                    case=case,
                    rules=" ".join(asking.rules)[:_RULES],
                    asked_by=acting.person,
                    asked_at=now,
                    note=vault.put(connection, asking.note.encode()),
                )
            )
            number = (made.inserted_primary_key or (0,))[0]
            if asking.copy:
                put_copy(connection, vault, number, asking.copy)
            return self._one(connection, number)

        return await self._gateway.store.database.write(work)

    async def decide(self, acting: Acting, number: int, decision: Decision) -> Approval | Denied | None:
        """Return the release once the decision is stored; or why it may not be made.

        None for one that is not here, or that belongs to a case of which this person may not know.
        """
        now, vault = self._gateway.here.clock(), self._gateway.store.vault
        scope = await self._scope(acting)

        def work(connection: Connection) -> Approval | Denied | None:
            found = self._find(connection, number)
            if found is None or not _may_know(connection, scope, found):
                return None
            denied = refusal(found, acting, decision)
            if denied is not None:
                return denied
            values = {
                "verdict": decision.verdict.value,
                "decided_by": acting.person,
                "decided_at": now,
                "reason": vault.put(connection, decision.reason.strip().encode()),
            }
            connection.execute(update(case_approval).where(case_approval.c.number == number).values(values))
            deed = Act(
                operation=Operation.ALTERATION,
                deed=f"release-{decision.verdict.value}",
                objects=() if found.case is None else (found.case,),
                digest=found.digest,
            )
            self._gateway.store.journal.note(connection, deed)
            return self._one(connection, number)

        return await self._gateway.store.database.write(work)

    async def drop(self, acting: Acting, subject: str) -> None:
        """Return when nothing of a subject waits any more, because it was sent or given up."""
        now = self._gateway.here.clock()
        await self._gateway.store.database.write(lambda connection: self._drop(connection, subject, acting, now))

    async def settle(self, acting: Acting, subject: str) -> None:
        """Return when nothing of a subject waits, and what was asked about it is erased: it has left."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> None:
            self._drop(connection, subject, acting, now)
            erase_copies(connection, subject)

        await self._gateway.store.database.write(work)

    async def waiting(self, acting: Acting) -> Sequence[Approval]:
        """Return what waits for a second person and this one may know of, the longest first."""
        open_ones = (case_approval.c.verdict.is_(None), _known_to(await self._scope(acting)))
        return await self._load(select(case_approval).where(*open_ones).order_by(case_approval.c.asked_at))

    async def to_review(self, acting: Acting, kind: str, subject: str) -> Approval | None:
        """Return what this person was asked last about a subject; None for whoever may not decide about it."""
        if not acting.may(Permission.APPROVE):
            return None
        scope = await self._scope(acting)
        asked = select(case_approval).where(case_approval.c.subject == subject, case_approval.c.kind == kind)
        dropped = case_approval.c.verdict.is_distinct_from(Verdict.DROPPED.value)
        found = await self._load(asked.where(dropped, _known_to(scope)).order_by(case_approval.c.number.desc()))
        return next(iter(found), None)

    async def of(self, subject: str) -> Sequence[Approval]:
        """Return every release of a subject, the newest first."""
        query = select(case_approval).where(case_approval.c.subject == subject)
        return await self._load(query.order_by(case_approval.c.number.desc()))

    async def asked_by(self, person: PersonId) -> Sequence[Approval]:
        """Return what a person asked to be released, the newest first."""
        query = select(case_approval).where(case_approval.c.asked_by == person)
        return await self._load(query.order_by(case_approval.c.number.desc()))

    async def find(self, acting: Acting, number: int) -> Approval | None:
        """Return one release for whoever asked for it, or may decide about it and know of its case."""
        scope = await self._scope(acting)

        def load(connection: Connection) -> Approval | None:
            found = self._find(connection, number)
            if found is None or found.asked_by == acting.person:
                return found
            return found if acting.may(Permission.APPROVE) and _may_know(connection, scope, found) else None

        return await self._gateway.store.database.read(load)

    async def approved(self, subject: str, digest: bytes) -> Approval | None:
        """Return the approval of exactly this; None where nobody approved it, or what was approved has changed."""
        found = await self.of(subject)
        return next((each for each in found if each.verdict is Verdict.APPROVED and each.digest == digest), None)

    async def copies(self, subject: str) -> Sequence[ReleaseCopy]:
        """Return what the releases of a subject were asked for, the newest first, as long as that is kept."""
        vault = self._gateway.store.vault
        return await self._gateway.store.database.read(lambda connection: copies_of(connection, vault, subject))

    async def _scope(self, acting: Acting) -> Scope:
        return scope_of(acting, await self._opened(acting))

    def _drop(self, connection: Connection, subject: str, acting: Acting, now: int) -> None:
        drop_open(connection, subject, acting.person, now)

    async def _load(self, query: Select[Any]) -> Sequence[Approval]:
        def load(connection: Connection) -> Sequence[Approval]:
            return [self._approval(connection, row) for row in connection.execute(query.limit(_MOST)).all()]

        return await self._gateway.store.database.read(load)

    def _find(self, connection: Connection, number: int) -> Approval | None:
        row = connection.execute(select(case_approval).where(case_approval.c.number == number)).one_or_none()
        return None if row is None else self._approval(connection, row)

    def _one(self, connection: Connection, number: int) -> Approval:
        found = self._find(connection, number)
        if found is None:
            raise RuntimeError("a release was not stored")
        return found

    def _approval(self, connection: Connection, row: Row[Any]) -> Approval:
        vault = self._gateway.store.vault
        note, reason = vault.get(connection, row.note), vault.get(connection, row.reason)
        case = None
        if row.case is not None:
            case = connection.execute(select(case_file.c.id).where(case_file.c.number == row.case)).scalar()
        return Approval(
            number=row.number,
            kind=row.kind,
            subject=row.subject,
            digest=row.digest,
            case=None if case is None else Reference(case),
            rules=tuple(row.rules.split()),
            asked_by=PersonId(row.asked_by),
            asked_at=row.asked_at,
            note=(note or b"").decode(),
            verdict=None if row.verdict is None else Verdict(row.verdict),
            decided_by=None if row.decided_by is None else PersonId(row.decided_by),
            decided_at=row.decided_at,
            reason=(reason or b"").decode(),
        )


def _known_to(scope: Scope) -> ColumnElement[bool]:
    """Return the condition for a release of no case, or of one that somebody may know of."""
    mine = select(case_file.c.number).where(case_file.c.number == case_approval.c.case, visible(scope))
    return case_approval.c.case.is_(None) | mine.correlate(case_approval).exists()


def _may_know(connection: Connection, scope: Scope, found: Approval) -> bool:
    query = select(case_approval.c.number).where(case_approval.c.number == found.number, _known_to(scope))
    return connection.execute(query).one_or_none() is not None


def refusal(found: Approval, acting: Acting, decision: Decision) -> Denied | None:
    """Return why a person may not make a decision, None where it may: never about what it asked for itself."""
    if not acting.may(Permission.APPROVE):
        return NO_RIGHT
    if found.asked_by == acting.person:
        return SECOND_PERSON
    if found.verdict is not None:
        return DECIDED
    if found.digest != decision.digest:
        return CHANGED
    reason = decision.reason.strip()
    if decision.verdict is Verdict.RETURNED and len(reason) < _LEAST:
        return NO_REASON
    return LONG_REASON if len(reason) > LONGEST_REASON else None
