"""What people do about corrections: raise one, confirm it, carry it out, pass it on, verify it.

Every notice and every answer goes through the ordinary sending, under its rules, and only because a person asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from nodes.casework.correction_facts import load_case
from nodes.casework.correction_notes import Answer, Wording, answer_wish, relay_wishes
from nodes.casework.corrections import CorrectionCase
from nodes.casework.legal_hold import ON_HOLD
from nodes.casework.retention import Ground
from nodes.gateway import inbox, outbox
from nodes.gateway.contents import parse_body
from nodes.gateway.corrections import (
    Action,
    CorrectionStep,
    Noted,
    NoticeBox,
    all_notices,
    header_of,
    is_restricted,
    notices_about,
    notices_of,
    put_step,
)
from nodes.gateway.deeds import Act, Operation
from nodes.gateway.erasing import Erasing
from nodes.gateway.gateway import Gateway
from nodes.gateway.retaining import held_among
from nodes.gateway.send import Options, Result
from nodes.gateway.wishes import InputFault, Wish, parse_wish
from nodes.people.refusals import NotDone
from protocol.catalogue.rows import unflatten
from protocol.ids import MessageId, NodeId

_MOST: Final = 1_000  # notices of one look


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One correction as it is listed. ``restricted`` tells whether the message is out of the search here now."""

    case: CorrectionCase
    action: Action
    items: tuple[str, ...]  # the entries concerned, none for the whole message
    binding: bool
    here: bool
    restricted: bool
    notices: tuple[MessageId, ...]


@dataclass(frozen=True, slots=True)
class Posted:
    """What came of one message that was to be sent."""

    node: NodeId
    result: Result


@dataclass(frozen=True, slots=True)
class Carried:
    """What was done: how many messages were erased here, and what was sent about it."""

    erased: int = 0
    sent: tuple[Posted, ...] = ()


NOT_SENT_HERE: Final = NotDone(
    "NOT_SENT_HERE",
    "This node did not send that message.",
    "Only the sender of data corrects them; tell the sender what is wrong",
)
UNKNOWN: Final = NotDone("UNKNOWN_CORRECTION", "No correction with this id is known here.", "See: corrections")
_WHOLE: Final = NotDone(
    "WHOLE_MESSAGE",
    "The notice names one entry, and the content of a message is kept, and erased, as a whole.",
    "Ask the issuer for what remains, then say that the whole message is to be erased",
)
NO_NOTE: Final = NotDone("NO_NOTE", "It is not said what was done.", "Write it in a sentence.", "note")
_TOLD: Final = NotDone("NOBODY_TO_TELL", "Everybody who had it from this node has been told.", "Nothing is left to do.")
_OWN: Final = NotDone("RAISED_HERE", "This node raised the correction: there is nobody to answer.", "Tell the holders")
_NOBODY: Final = NotDone("NO_HOLDERS", "Nobody received that message.", "Nothing is to be corrected elsewhere")


_GROUND: Final = Ground.NOTICE.value
_OWN_PART: Final = NotDone(
    "NOT_APPLIED",
    "This node has not said that it carried the correction out itself.",
    "Carry it out here first; then close it.",
)


def _not_applied(missing: Sequence[NodeId]) -> NotDone:
    names = ", ".join(missing)
    return NotDone("NOT_APPLIED", f"Not carried out yet, as far as is known here: {names}.", f"Remind {names}")


@dataclass(frozen=True, slots=True)
class Doing:
    """What a person says with an act: the unit that deals with it, what was done, and whether all may be erased."""

    unit: str = ""
    note: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class _Loaded:
    entries: tuple[Entry, ...]
    noted: tuple[Noted, ...] = field(default=())


class CorrectionBook:
    """The corrections of one node."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._erasing = Erasing(gateway.here, gateway.store)

    async def list(self, limit: int) -> tuple[Entry, ...]:
        """Return the corrections known here, the newest first."""

        def load(connection: Connection) -> tuple[Entry, ...]:
            seen: dict[tuple[MessageId, bytes], None] = {}
            for each in reversed(all_notices(connection, _MOST)):
                seen.setdefault((each.about, each.subject))
            return tuple(self._entry(connection, *key) for key in list(seen)[:limit])

        return await self._gateway.store.database.read(load)

    async def of(self, notice: MessageId) -> tuple[Entry, ...]:
        """Return the corrections that a notice says, one for each message that it names; none for another message."""
        return (await self._load(notice)).entries

    async def raise_(self, message: MessageId, wording: Wording, *, dry_run: bool = False) -> Carried | NotDone:
        """Return what came of one notice to each holder of a message that this node sent."""
        database = self._gateway.store.database
        row = await database.read(lambda connection: outbox.find(connection, message))
        core = await database.read(lambda connection: header_of(connection, message))
        if row is None or core is None:
            return NOT_SENT_HERE
        people = await database.read(lambda connection: outbox.addressees(connection, message))
        holders = [each.node for each in people if each.has_it]
        if not holders:
            return _NOBODY
        wishes = wording.wishes(core, message, holders, self._gateway.here.clock())
        return Carried(sent=await self._send(wishes, dry_run=dry_run))

    async def confirm(self, notice: MessageId, doing: Doing) -> Carried | NotDone:
        """Return what came of the answer to whoever sent the notice: how far this node and its holders are."""
        found = await self._load(notice)
        if not found.entries:
            return UNKNOWN
        came = [each for each in found.noted if each.origin.box is NoticeBox.IN]
        if not came:
            return _OWN
        row = await self._gateway.store.database.read(lambda connection: inbox.find(connection, notice))
        received_at = came[0].origin.at if row is None else row.received_at
        answer = Answer(notice, came[0].origin.issuer, received_at, doing.unit)
        return Carried(sent=await self._send([answer_wish(answer, [each.case for each in found.entries])]))

    async def apply(self, notice: MessageId, doing: Doing) -> Carried | NotDone:
        """Return how many messages were erased, after the step is stored; the issuer is answered where there is one.

        An erasure is durable before the answer leaves, and its keys end with the next round of the node's keys.
        """
        found = await self._load(notice)
        if not found.entries:
            return UNKNOWN
        erasing = [each for each in found.entries if each.action is Action.ERASE and each.binding and each.here]
        if any(each.items for each in erasing) and not doing.whole:
            return _WHOLE
        now, vault = self._gateway.here.clock(), self._gateway.store.vault

        def work(connection: Connection) -> int | None:
            gone = [each.case.facts.about for each in erasing]
            if held_among(connection, gone, now):  # looked at where it counts: a hold may be placed at any moment
                return None
            journal = self._gateway.store.journal
            for act in _acts(notice, found.entries, erasing):
                journal.note(connection, act)
            erased = sum(self._erasing.erase(connection, [each], _GROUND, logged=True) > 0 for each in gone)
            for each in found.noted:
                put_step(connection, each, CorrectionStep.APPLIED, now, vault.put(connection, doing.note.encode()))
            return erased

        erased = await self._gateway.store.database.write(work)
        if erased is None:
            return ON_HOLD
        answered = await self.confirm(notice, doing)
        return Carried(erased, answered.sent if isinstance(answered, Carried) else ())

    async def pass_on(self, notice: MessageId, wording: Mapping[str, str]) -> Carried | NotDone:
        """Return what came of one notice to each of those that had the data from this node and were not told."""
        found = await self._load(notice)
        if not found.entries:
            return UNKNOWN
        if not any(each.case.to_tell for each in found.entries):
            return _TOLD
        database, vault, now = self._gateway.store.database, self._gateway.store.vault, self._gateway.here.clock()
        directory = self._gateway.network.replica.directory

        def load(connection: Connection) -> Sequence[Wish | tuple[InputFault, ...]]:
            row, sent = inbox.find(connection, notice), outbox.find(connection, notice)
            content = vault.get(connection, row.item if row is not None else None if sent is None else sent.item)
            core = header_of(connection, notice)
            if content is None or core is None:
                return ()
            said = (core, unflatten(parse_body(content)))
            wishes = relay_wishes(connection, vault, said, [each.case for each in found.entries])
            return [parse_wish(each.request(wording, directory, now)) for each in wishes]

        return Carried(sent=await self._send(await database.read(load)))

    async def verify(self, notice: MessageId, doing: Doing) -> Carried | NotDone:
        """Return when a person's word is stored that the correction is everywhere; refused while it is not."""
        found = await self._load(notice)
        if not found.entries:
            return UNKNOWN
        cases = [each.case for each in found.entries]
        if any(each.facts.applied_at is None for each in cases):
            return _OWN_PART
        if missing := sorted({holder.node for each in cases for holder in each.unfinished}):
            return _not_applied(missing)
        now, vault = self._gateway.here.clock(), self._gateway.store.vault

        def work(connection: Connection) -> None:
            for each in found.noted:
                put_step(connection, each, CorrectionStep.VERIFIED, now, vault.put(connection, doing.note.encode()))

        await self._gateway.store.database.write(work)
        return Carried()

    async def _send(
        self, wishes: Sequence[Wish | tuple[InputFault, ...]], *, dry_run: bool = False
    ) -> tuple[Posted, ...]:
        out = []
        for wish in wishes:
            if isinstance(wish, Wish):
                result = await self._gateway.sending.send(wish, Options(dry_run=dry_run))
                out.append(Posted(wish.to[0].node, result))
        return tuple(out)

    async def _load(self, notice: MessageId) -> _Loaded:
        def load(connection: Connection) -> _Loaded:
            noted = tuple(notices_of(connection, notice))
            return _Loaded(tuple(self._entry(connection, each.about, each.subject) for each in noted), noted)

        return await self._gateway.store.database.read(load)

    def _entry(self, connection: Connection, about: MessageId, subject: bytes) -> Entry:
        noted = [each for each in notices_about(connection, about) if each.subject == subject]
        case = load_case(connection, self._gateway.store.vault, about, subject)
        if case is None:
            raise RuntimeError("a notice without its case")
        return Entry(
            case=case,
            action=noted[0].action,
            items=noted[0].entries,
            binding=any(each.binding for each in noted),
            here=inbox.find(connection, about) is not None or outbox.find(connection, about) is not None,
            restricted=is_restricted(connection, about),
            notices=tuple(each.origin.notice for each in noted),
        )


def _acts(notice: MessageId, entries: Sequence[Entry], erasing: Sequence[Entry]) -> Iterator[Act]:
    """Yield what is written down of a correction that is carried out."""
    for each in entries:
        gone = each in erasing
        operation = Operation.ERASURE if gone else Operation.ALTERATION
        objects = (each.case.facts.about, notice)
        yield Act(operation=operation, deed=each.action.value, objects=objects, reason="correction")
