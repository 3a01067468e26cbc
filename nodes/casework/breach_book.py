"""Keeps breaches: what is concerned, what was noted when, and the drafts of the notices. It sends nothing."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from nodes.case_tables import breach, breach_message, breach_step
from nodes.casework.breaches import Breach, BreachFacts, Party, Step, Trace, fold_breach
from nodes.casework.correction_facts import onward_of
from nodes.casework.correction_notes import written
from nodes.gateway import outbox
from nodes.gateway.contents import parse_body
from nodes.gateway.corrections import header_of
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.gateway.outbox import OutState
from nodes.people.refusals import NotDone
from nodes.schema import inbox
from nodes.schema import outbox as sent
from policies.documents import text_at
from protocol.catalogue.content import summarise
from protocol.catalogue.rows import unflatten
from protocol.core import Core
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId

NOTICE: Final = "MT-S2/1"
_LIVING: Final = (OutState.READY.value, OutState.ACCEPTED.value)
_TO_COMPLETE: Final = ("kinds", "description", "consequences", "measures", "contact")
"""Fields of a notice that only people can fill in: a draft without them is refused if anybody sends it as it is."""


UNKNOWN: Final = NotDone("UNKNOWN_BREACH", "No breach with this reference is known here.", "See: breaches")
_TWICE: Final = NotDone("BREACH_EXISTS", "A breach with this reference is recorded.", "Choose another reference")
_NONE: Final = NotDone("UNKNOWN_MESSAGE", "One of the messages is not here.", "Name messages of this node")
_ORDER: Final = NotDone("NOT_ASSESSED", "The breach was not assessed yet.", "Note the assessment first")
_DONE: Final = NotDone("NOTED_BEFORE", "This step was noted before.", "See: breaches")
_LATER: Final = NotDone("NOT_YET", "A breach is not detected in the future.", "Give the time when it was noticed")


class BreachBook:
    """The breaches that one node recorded."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    async def record(self, reference: str, detected_at: int, messages: Sequence[MessageId]) -> Breach | NotDone:
        """Return the breach once it is stored, with everybody who is concerned."""
        now = self._gateway.here.clock()
        if detected_at > now:
            return _LATER

        def work(connection: Connection) -> Breach | NotDone:
            if _found(connection, reference):
                return _TWICE
            if not messages or any(header_of(connection, each) is None for each in messages):
                return _NONE
            connection.execute(insert(breach).values(reference=reference, detected_at=detected_at, recorded_at=now))
            rows = [{"reference": reference, "message": each} for each in sorted(set(messages))]
            connection.execute(insert(breach_message), rows)
            return self._fold(connection, reference)

        return await self._gateway.store.database.write(work)

    async def note(self, reference: str, step: Step, text: str) -> Breach | NotDone:
        """Return the breach once a step is stored as done now; what was said about it is kept in the vault."""
        now, vault = self._gateway.here.clock(), self._gateway.store.vault

        def work(connection: Connection) -> Breach | NotDone:
            if not _found(connection, reference):
                return UNKNOWN
            steps = _steps(connection, reference)
            if step in steps:
                return _DONE
            if step is not Step.ASSESSED and Step.ASSESSED not in steps:
                return _ORDER
            kept = vault.put(connection, text.encode())
            connection.execute(insert(breach_step).values(reference=reference, step=step.value, at=now, note=kept))
            return self._fold(connection, reference)

        return await self._gateway.store.database.write(work)

    async def list(self) -> tuple[Breach, ...]:
        """Return every breach recorded here, the newest first."""

        def load(connection: Connection) -> tuple[Breach, ...]:
            query = select(breach.c.reference).order_by(breach.c.detected_at.desc(), breach.c.reference)
            return tuple(self._fold(connection, row.reference) for row in connection.execute(query).all())

        return await self._gateway.store.database.read(load)

    async def find(self, reference: str) -> Breach | None:
        """Return one breach."""

        def work(connection: Connection) -> Breach | None:
            if not _found(connection, reference):
                return None
            found = self._fold(connection, reference)
            concerned = select(breach_message.c.message).where(breach_message.c.reference == reference)
            objects = tuple(sorted(connection.execute(concerned).scalars()))
            act = Act(operation=Operation.CONSULTATION, deed="show-breach", objects=objects)
            self._gateway.store.journal.note(connection, act)
            return found

        return await self._gateway.store.database.write(work)

    def _fold(self, connection: Connection, reference: str) -> Breach:
        row = connection.execute(select(breach).where(breach.c.reference == reference)).one()
        named = select(breach_message.c.message).where(breach_message.c.reference == reference)
        messages = [MessageId(each.message) for each in connection.execute(named.order_by(breach_message.c.message))]
        traces = [trace for each in messages if (trace := self._trace(connection, each)) is not None]
        facts = BreachFacts(
            reference=reference,
            detected_at=row.detected_at,
            traces=traces,
            steps=_steps(connection, reference),
            told=self._told(connection, reference),
        )
        return fold_breach(facts, self._gateway.here.node)

    def _trace(self, connection: Connection, message: MessageId) -> Trace | None:
        core = header_of(connection, message)
        if core is None:
            return None
        people = outbox.addressees(connection, message)
        return Trace(
            message=message,
            owner=core.sender,
            addressed=frozenset(each.node for each in core.to),
            received=frozenset(each.node for each in people if each.handed_over_at is not None),
            opened=frozenset(each.node for each in people if each.read_at is not None),
            forwarded_to=onward_of(connection, message),
            categories=self._categories(connection, message, core),
        )

    def _categories(self, connection: Connection, message: MessageId, core: Core) -> frozenset[str]:
        """Return the categories that the header states, or on channels whose headers state none, the content's."""
        bundle = self._gateway.network.replica.bundle
        item = connection.execute(
            select(inbox.c.item)
            .where(inbox.c.message == message)
            .union(select(sent.c.item).where(sent.c.message == message))
        ).scalar()
        content = self._gateway.store.vault.get(connection, item)
        if core.data_categories or bundle is None or content is None:
            return frozenset(core.data_categories)
        try:
            type_ = bundle.catalogue.type(core.type)
            return frozenset(summarise(bundle.catalogue, type_, unflatten(parse_body(content))).data_categories)
        except Fault:
            return frozenset()

    def _told(self, connection: Connection, reference: str) -> Mapping[NodeId, int]:
        """Return when each participant was first sent a notice of this node with the reference."""
        query = select(sent.c.message, sent.c.item, sent.c.created_at).where(
            sent.c.type == NOTICE, sent.c.state.in_(_LIVING)
        )
        told: dict[NodeId, int] = {}
        for row in connection.execute(query.order_by(sent.c.number)).all():
            content = self._gateway.store.vault.get(connection, row.item)
            if content is None or text_at(unflatten(parse_body(content)), "/reference") != reference:
                continue
            for each in outbox.addressees(connection, MessageId(row.message)):
                told.setdefault(each.node, row.created_at)
        return told


def draft_for(found: Breach, party: Party) -> dict[str, Any]:
    """Return the request of a notice to one party as far as it can be known; people complete and send it."""
    facts = found.facts
    document: dict[str, Any] = {
        "phase": "first",
        "reference": facts.reference,
        "detected_at": written(facts.detected_at),
        "items": [{"message_id": each.hex()} for each in party.messages],
        "categories": list(party.categories),
        "persons": "unknown",
    }
    if Step.AUTHORITY in facts.steps:
        document["authority_told_at"] = written(facts.steps[Step.AUTHORITY])
    return {"type": NOTICE, "to": [party.node], "document": document, "to_complete": list(_TO_COMPLETE)}


def _found(connection: Connection, reference: str) -> bool:
    return connection.execute(select(breach.c.reference).where(breach.c.reference == reference)).first() is not None


def _steps(connection: Connection, reference: str) -> dict[Step, int]:
    rows = connection.execute(select(breach_step).where(breach_step.c.reference == reference))
    return {Step(row.step): row.at for row in rows}
