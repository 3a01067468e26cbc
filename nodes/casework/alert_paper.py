"""Urgent messages that wait because the hub does not answer: offered for the telephone, and never sent twice unasked.

Whoever begins to pass a message on another way lets it rest. Then a person says whether it still goes. A withdrawn one
ends once the hub says that it never had it: an answer may have been lost before the line broke.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select

from nodes.case_event_tables import case_file, case_message
from nodes.casework.alert import MINUTE
from nodes.casework.case_threads import find_message
from nodes.config import AlertSettings
from nodes.gateway import outbox
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.gateway import Gateway
from nodes.gateway.outbox import OutRow, OutState
from nodes.gateway.resting import Rest, Word, begin_rest, decide_rest, end_rest, rests
from nodes.people.acting import PersonId
from nodes.schema import outbox as sent
from protocol.cbor import decode
from protocol.ids import MessageId, NodeId
from protocol.shapes import as_int

PASSING_ON: Final = "passing-on"
"""The name of the loop."""
BEGUN: Final = "pass-on"
DECIDED: Final = "pass-on-decided"
_LISTED: Final = 50
_LOOKED_AT: Final = 500  # waiting messages of other cases, of which the header is opened
_FAR_S: Final = 3_600.0
_AGAIN_S: Final = 30.0
_FURTHEST: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Stuck:
    """An urgent message that waits. ``rest`` is set once somebody passes it on another way."""

    message: MessageId
    type: str
    reference: str | None
    since: int
    rest: Rest | None


@dataclass(frozen=True, slots=True)
class Silence:
    """What Today says of the hub: when it last answered, whether that is long ago, and the messages concerned."""

    answered_at: int
    silent: bool
    stuck: tuple[Stuck, ...]


class PaperBook:
    """What one node passes on without the hub."""

    def __init__(self, gateway: Gateway, settings: AlertSettings) -> None:
        self._gateway = gateway
        self._silent_s = settings.hub_silent_minutes * MINUTE

    async def silence(self) -> Silence:
        """Return the urgent messages that the hub has not taken in time, and those that rest."""
        now, answered = self._gateway.here.clock(), self._gateway.network.replica.synced_at
        silent = now - answered >= self._silent_s
        since = now if silent else now - self._silent_s
        stuck = await self._gateway.store.database.read(lambda connection: _stuck(connection, since))
        return Silence(answered, silent, stuck)

    async def begin(self, message: MessageId, by: PersonId) -> bool:
        """Tell whether a message waits and rests from now on; False for one that has left, or is not here."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> bool:
            row = outbox.find(connection, message)
            if row is None or row.state is not OutState.READY:
                return False
            if begin_rest(connection, message, by, now):
                self._note(connection, row, BEGUN, Word.BEGUN)
            return True

        return await self._gateway.store.database.write(work)

    async def decide(self, message: MessageId, word: Word, by: PersonId) -> bool:
        """Tell whether a person's word about a message that rests is noted; False where none was needed any more."""
        now = self._gateway.here.clock()

        def work(connection: Connection) -> bool:
            row = outbox.find(connection, message)
            noted = decide_rest(connection, message, word, by, now)
            if noted and row is not None:
                self._note(connection, row, DECIDED, word)
            return noted

        return await self._gateway.store.database.write(work)

    def _note(self, connection: Connection, row: OutRow, deed: str, word: Word) -> None:
        """Write into the processing log what was said: a disclosure once the recipients are said to have been told."""
        told = word in (Word.KEEP, Word.WITHDRAW)
        act = Act(
            operation=Operation.DISCLOSURE if told else Operation.ALTERATION,
            deed=deed,
            objects=(row.message,),
            recipients=tuple(each.node for each in outbox.addressees(connection, row.message)) if told else (),
            channel=row.channel,
            type=row.type,
            verdict=word.value,
        )
        self._gateway.store.journal.note(connection, act)

    async def turn(self) -> float:
        """Return the seconds until the next look, after withdrawn messages ended. Raises the hub's troubles."""
        database = self._gateway.store.database
        found = await database.read(rests)
        for each in found:
            row = await database.read(lambda connection, each=each: outbox.find(connection, each.message))  # type: ignore[misc]
            if row is None or row.state is not OutState.READY:
                await database.write(lambda connection, each=each: end_rest(connection, each.message))  # type: ignore[misc]
            elif each.word is Word.WITHDRAW:
                await self._withdraw(row)
        return _AGAIN_S if found else _FAR_S

    async def _withdraw(self, row: OutRow) -> None:
        """End a message that the hub never had; offer one that it has once more, which brings its evidence."""
        people = await self._gateway.store.database.read(lambda c: outbox.addressees(c, row.message))
        known = [(who.sequence, await self._highest(row, who.node)) for who in people]
        if all(highest < sequence for sequence, highest in known):
            await self._gateway.submitter.give_up(row)
        elif any(highest > sequence for sequence, highest in known):
            # Later ones were logged meanwhile: nothing tells whether this one was, so nothing is signed about it.
            await self._gateway.store.database.write(lambda c: outbox.mark_expired(c, row.message))
        await self._gateway.store.database.write(lambda c: end_rest(c, row.message))

    async def _highest(self, row: OutRow, node: NodeId) -> int:
        raw = await self._gateway.network.hub.highest(row.channel, node)
        return as_int(decode(raw), "sequence", 0, _FURTHEST)


def _stuck(connection: Connection, since: int) -> tuple[Stuck, ...]:
    resting = {each.message: each for each in rests(connection)}
    asked = {message for message, each in resting.items() if each.word is Word.BEGUN}
    offered = [message for message in _urgent(connection, since) if message not in resting]
    rows = (outbox.find(connection, message) for message in (*sorted(asked), *offered[:_LISTED]))
    return tuple(
        Stuck(row.message, row.type, row.reference, row.created_at, resting.get(row.message))
        for row in rows
        if row is not None and row.state is OutState.READY
    )


def _urgent(connection: Connection, since: int) -> list[MessageId]:
    """Return the messages waiting since ``since`` that state that they are urgent, or belong to a case that is."""
    waits = (sent.c.state == OutState.READY.value, sent.c.created_at <= since)
    rows = connection.execute(select(sent.c.message).where(*waits).order_by(sent.c.number).limit(_LOOKED_AT)).all()
    joined = select(case_message.c.message).join_from(case_message, case_file)
    joined = joined.join(sent, sent.c.message == case_message.c.message).where(*waits, case_file.c.urgent.is_(True))
    in_urgent_cases = set(connection.execute(joined).scalars())
    found = [row.message for row in rows if row.message in in_urgent_cases or _says_urgent(connection, row.message)]
    return [MessageId(each) for each in dict.fromkeys((*found, *sorted(in_urgent_cases)))]


def _says_urgent(connection: Connection, message: bytes) -> bool:
    found = find_message(connection, MessageId(message))
    return found is not None and found.urgent


def family_kind(family: str) -> str:
    """Return what kind of exchange a message was, as the record of it says (code list ``mirror_kind``)."""
    return {"MT-01": "request", "MT-03": "answer", "MT-04": "answer", "MT-05": "spontaneous", "MT-10": "refusal"}.get(
        family, "other"
    )


def by_state(stuck: Sequence[Stuck]) -> tuple[list[Stuck], list[Stuck]]:
    """Return the messages that are offered for the telephone, and those about which somebody has to decide."""
    return [each for each in stuck if each.rest is None], [each for each in stuck if each.rest is not None]
