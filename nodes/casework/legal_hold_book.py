"""Keeps legal holds: placed by a person on the order of an authority, lifted with a reason, over at their end."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from nodes.case_event_tables import case_file
from nodes.casework.legal_hold import NO_HOLD, NOTHING_THERE, Hold, HoldCode, Wanted, refuse_hold, refuse_lifting
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.gateway.journal import doer_now
from nodes.people.refusals import NotDone
from nodes.retention_tables import legal_hold
from nodes.schema import inbox, outbox
from protocol.ids import DIGEST_SIZE

_SHOWN: Final = 200


class LegalHoldBook:
    """The holds of one node. Whoever acts is whoever the log names at that moment."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def place(self, wanted: Wanted) -> Hold | NotDone:
        """Return the hold once it is stored: from then on nothing of its subject is erased until it ends."""
        now, store = self._gateway.here.clock(), self._gateway.store
        refused = refuse_hold(wanted, now)
        if refused is not None:
            return refused

        def work(connection: Connection) -> Hold | NotDone:
            if wanted.code is None or not _is_here(connection, wanted.subject):
                return NOTHING_THERE
            values = {
                "subject": wanted.subject,
                "code": wanted.code.value,
                "placed_at": now,
                "placed_by": doer_now().who,
                "expires_at": wanted.expires_at,
                "item": store.vault.put(connection, wanted.authority.strip().encode()),
            }
            number = int(
                connection.execute(insert(legal_hold).values(**values).returning(legal_hold.c.number)).scalar_one()
            )
            self._note(connection, "hold", wanted.subject)
            return self._find(connection, number) or NO_HOLD

        return await store.database.write(work)

    async def lift(self, number: int, why: str) -> Hold | NotDone:
        """Return the hold once it is lifted: what fell due meanwhile goes with the next round."""
        now, store = self._gateway.here.clock(), self._gateway.store

        def work(connection: Connection) -> Hold | NotDone:
            hold = self._find(connection, number)
            refused = refuse_lifting(hold, why, now)
            if refused is not None or hold is None:
                return refused or NO_HOLD
            kept = store.vault.put(connection, why.strip().encode())
            values = {"lifted_at": now, "lifted_by": doer_now().who, "why": kept}
            connection.execute(update(legal_hold).where(legal_hold.c.number == number).values(values))
            self._note(connection, "lift-hold", hold.subject)
            return self._find(connection, number) or hold

        return await store.database.write(work)

    async def on(self, *subjects: bytes) -> Sequence[Hold]:
        """Return every hold that was ever placed on any of the subjects, the newest first."""
        query = select(legal_hold).where(legal_hold.c.subject.in_(subjects))
        return await self._read(query.order_by(legal_hold.c.number.desc()))

    async def latest(self) -> Sequence[Hold]:
        """Return the newest holds, the newest first; those that stand are among them."""
        return await self._read(select(legal_hold).order_by(legal_hold.c.number.desc()).limit(_SHOWN))

    async def _read(self, query: Any) -> Sequence[Hold]:  # noqa: ANN401 - a query of whole rows
        def load(connection: Connection) -> Sequence[Hold]:
            return [self._hold(connection, row) for row in connection.execute(query)]

        return await self._gateway.store.database.read(load)

    def _find(self, connection: Connection, number: int) -> Hold | None:
        row = connection.execute(select(legal_hold).where(legal_hold.c.number == number)).one_or_none()
        return None if row is None else self._hold(connection, row)

    def _hold(self, connection: Connection, row: Row[Any]) -> Hold:
        vault = self._gateway.store.vault
        return Hold(
            number=row.number,
            subject=bytes(row.subject),
            code=HoldCode(row.code),
            placed_at=row.placed_at,
            placed_by=row.placed_by,
            expires_at=row.expires_at,
            authority=(vault.get(connection, row.item) or b"").decode(),
            lifted_at=row.lifted_at,
            lifted_by=row.lifted_by,
            why=(vault.get(connection, row.why) or b"").decode(),
        )

    def _note(self, connection: Connection, deed: str, subject: bytes) -> None:
        act = Act(operation=Operation.ALTERATION, deed=deed, objects=(subject,))
        self._gateway.store.journal.note(connection, act)


def _is_here(connection: Connection, subject: bytes) -> bool:
    if len(subject) == DIGEST_SIZE:
        queries = [select(table.c.message).where(table.c.message == subject) for table in (inbox, outbox)]
    else:
        queries = [select(case_file.c.id).where(case_file.c.id == subject)]
    return any(connection.execute(query).first() is not None for query in queries)
