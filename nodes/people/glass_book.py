"""Keeps who opened a case of others with which reason, and what the review of it found."""

import re
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, insert, select

from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.people import refusals
from nodes.people.acting import Acting, PersonId
from nodes.people.glass import (
    GlassEvent,
    Ground,
    Opening,
    Openings,
    Outcome,
    fold_openings,
    refuse_opening,
    refuse_review,
)
from nodes.people.refusals import NotDone
from nodes.people_tables import glass_event

_HEX: Final = re.compile(r"([0-9a-f]{2})+")


class GlassBook:
    """The openings at one contact point."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def openings(self) -> Openings:
        """Return every opening; ``unreviewed`` is the supervisors' notice, ``lets_in`` what an opening gives."""
        return await self._gateway.store.database.read(self._folded)

    async def break_glass(self, case: str, ground: Ground, reason: str, acting: Acting) -> Opening | NotDone:
        """Return the opening once it is stored; the case may be shown to nobody before that."""
        refused = refuse_opening(acting, reason)
        if refused is not None:
            return refused
        event = GlassEvent(
            number=0, at=self._gateway.here.clock(), by=acting.person, case=case, ground=ground, words=reason.strip()
        )

        def work(connection: Connection) -> Opening:
            number = self._put(connection, event)
            self._note(connection, Operation.CONSULTATION, "break-glass", case)
            return fold_openings([replace(event, number=number)]).all[0]

        return await self._gateway.store.database.write(work)

    async def review(self, number: int, outcome: Outcome, finding: str, acting: Acting) -> Opening | NotDone:
        """Return the opening once its review is stored. Nobody reviews an opening of his own."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> Opening | NotDone:
            opening = self._folded(connection).find(number)
            refused = refuse_review(acting, opening, finding)
            if refused is not None or opening is None:
                return refused or refusals.NO_OPENING
            event = GlassEvent(
                number=0,
                at=now,
                by=acting.person,
                case=opening.case,
                outcome=outcome,
                words=finding.strip(),
                about=number,
            )
            self._put(connection, event)
            self._note(connection, Operation.SECURITY, "review-glass", opening.case)
            return self._folded(connection).find(number) or opening

        return await self._gateway.store.database.write(work)

    def _folded(self, connection: Connection) -> Openings:
        vault = self._gateway.store.vault
        rows = connection.execute(select(glass_event).order_by(glass_event.c.number)).all()
        return fold_openings(
            GlassEvent(
                number=row.number,
                at=row.at,
                by=PersonId(row.actor),
                case=row.subject,
                ground=None if row.ground is None else Ground(row.ground),
                outcome=None if row.outcome is None else Outcome(row.outcome),
                words=(vault.get(connection, row.item) or b"").decode(),
                about=row.about,
            )
            for row in rows
        )

    def _note(self, connection: Connection, operation: Operation, deed: str, case: str) -> None:
        objects = (bytes.fromhex(case),) if _HEX.fullmatch(case) else ()
        act = Act(operation=operation, deed=deed, objects=objects, reason="break-glass")
        self._gateway.store.journal.note(connection, act)

    def _put(self, connection: Connection, event: GlassEvent) -> int:
        kept = self._gateway.store.vault.put(connection, event.words.encode())
        values = {"at": event.at, "actor": event.by, "subject": event.case, "item": kept, "about": event.about}
        ground, outcome = event.ground, event.outcome
        codes = {"ground": ground and ground.value, "outcome": outcome and outcome.value}
        stored = insert(glass_event).values(**values, **codes).returning(glass_event.c.number)
        return int(connection.execute(stored).scalar_one())
