"""A submission from bytes to acceptance evidence: parse, screen, verify, admit, take, cover, prove."""

from collections.abc import Awaitable
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlalchemy import Connection

from hub.admission import AdmissionView, Admit, Candidate, admit, screen
from hub.admission_checks import Refuse
from hub.crew import Crew
from hub.examination import Question, examine
from hub.intake import Intake
from hub.items import Logged, NewMessage, Refused
from hub.log_store import read_entry_at
from hub.logs import LedgerLog
from hub.message_store import known_messages, read_signed
from hub.rejections import Rejections
from hub.reservations import Reservations
from hub.roster import Roster
from hub.wire_answers import logged_answer
from policies.facts import ReplyFacts
from protocol.api import MESSAGE_LOG
from protocol.cose import parse as parse_signed
from protocol.envelope import Envelope, parse_manifest
from protocol.errors import Code, Fault
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_SIGNED
from protocol.ports import Clock
from protocol.uploads import UploadState
from runtime.database import Database

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    """The acceptance evidence, and whether the message is new."""

    fresh: bool
    body: bytes


@dataclass(frozen=True, slots=True)
class Desk:
    """What a submission needs of the hub."""

    database: Database
    log: LedgerLog
    roster: Roster
    intake: Intake
    crew: Crew
    rejections: Rejections
    reservations: Reservations
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Asked:
    """A submission and the state under which it is judged. ``version`` was read before the state that it counts."""

    question: Question
    version: tuple[int, int]
    view: AdmissionView


@dataclass(frozen=True, slots=True)
class _Judged:
    item: NewMessage
    outcome: Admit | Refuse


async def submit(desk: Desk, raw: bytes, named: MessageId, caller: NodeId) -> Answer | UploadState:
    """Return the acceptance evidence of the envelope in ``raw``; a repeat gets the bytes of the first answer.

    Returns only after the message, its leaf and its mailbox items are committed and a checkpoint over them is stored.
    A message with attachments is reserved instead, and the answer tells how far their upload has come; ``commit`` then
    logs it. Raises ``Fault`` and ``Refused``.
    """
    judged = await _judge(desk, raw, named, caller)
    envelope = judged.item.candidate.envelope
    if not isinstance(judged.outcome, Admit):
        logged = await find_logged(desk, envelope.id, caller)
        if logged is None:
            raise _refused(desk, judged.item, judged.outcome)
    elif envelope.manifest.attachments:
        logged = await find_logged(desk, envelope.id, caller)
        if logged is None:
            return await _keeping_equivocation(desk, envelope, desk.reservations.reserve(envelope))
    else:
        logged = await _take(desk, judged.item)
    return await prove(desk, envelope.id, logged)


async def log_reserved(desk: Desk, raw: bytes, named: MessageId, caller: NodeId) -> Answer:
    """Return the acceptance evidence of a reserved message whose parts are all here, as ``submit`` does.

    It is admitted anew: keys, policy and tokens are those of this moment. ATT_MISSING when parts are missing.
    """
    judged = await _judge(desk, raw, named, caller)
    if not isinstance(judged.outcome, Admit):
        raise _refused(desk, judged.item, judged.outcome)
    return await prove(desk, named, await _take(desk, judged.item))


async def prove(desk: Desk, message: MessageId, logged: Logged) -> Answer:
    """Return the acceptance evidence of a logged message, once a checkpoint covers it."""
    checkpoint = await desk.log.cover(logged.index)
    inclusion = await desk.log.include(logged.index, logged.entry, checkpoint.size)
    return Answer(logged.fresh, logged_answer(message, inclusion, checkpoint.raw))


async def find_logged(desk: Desk, message: MessageId, sender: NodeId) -> Logged | None:
    """Return where a sender's message is logged: accepted once, it keeps its answer, whatever became of keys since."""

    def read(connection: Connection) -> Logged | None:
        known = known_messages(connection, [message]).get(message)
        if known is None or known.sender != sender:
            return None
        return Logged(known.leaf, read_entry_at(connection, MESSAGE_LOG, [known.leaf])[known.leaf], fresh=False)

    return await desk.database.read(read)


async def _judge(desk: Desk, raw: bytes, named: MessageId, caller: NodeId) -> _Judged:
    snapshot = desk.roster.current
    version, view = snapshot.version, snapshot.view(desk.clock())
    sender = view.directory.participant(caller, view.now)
    question = Question(raw, named, caller, None if sender is None else sender.identity, view.directory.network_id)
    asked = _Asked(question, version, view)
    found = await desk.crew.run(_examine, asked)
    if isinstance(found, _Judged):
        return found
    candidate = replace(found, reply=await _find_reply(desk, found.envelope))
    return await desk.crew.run(_admit, (asked, candidate))


def _examine(asked: _Asked) -> _Judged | Candidate:
    """Return the verdict over a submission whose form, hashes and signatures are good; CPU work for a thread.

    One that replies to another is returned without a verdict: what it replies to has to be read first.
    """
    caller = asked.question.caller
    finding = examine(asked.question)
    if finding.envelope is None:
        raise Fault(finding.code or Code.INTERNAL, finding.detail)
    identity = screen(finding.envelope.manifest.core, caller, asked.view)
    if isinstance(identity, Refuse):
        raise Refused(identity, caller)
    candidate = Candidate(finding.verified(), caller, identity)
    if candidate.envelope.manifest.core.in_reply_to is not None:
        return candidate
    return _admit((asked, candidate))


def _admit(what: tuple[_Asked, Candidate]) -> _Judged:
    asked, candidate = what
    item = NewMessage(candidate, asked.version, len(asked.question.raw))
    return _Judged(item, admit(candidate, asked.view))


def _refused(desk: Desk, item: NewMessage, refuse: Refuse) -> Refused:
    """Return the refusal of a message, once its rules are counted."""
    core = item.candidate.envelope.manifest.core
    if refuse.decision is not None:
        desk.rejections.count_rules(refuse.decision, core.sender, core.channel)
    return Refused(refuse, core.sender)


async def _take(desk: Desk, item: NewMessage) -> Logged:
    return await _keeping_equivocation(desk, item.candidate.envelope, desk.intake.take(item, item.size))


async def _keeping_equivocation(desk: Desk, envelope: Envelope, work: Awaitable[T]) -> T:
    try:
        return await work
    except Fault as fault:
        if fault.code is Code.SENDER_EQUIVOCATION:
            await desk.rejections.keep_equivocation(envelope)
        raise


async def _find_reply(desk: Desk, envelope: Envelope) -> ReplyFacts | None:
    reference = envelope.manifest.core.in_reply_to
    if reference is None:
        return None
    signed = await desk.database.read(lambda connection: read_signed(connection, reference))
    if signed is None:
        return None
    core = parse_manifest(parse_signed(signed, MAX_SIGNED).payload).core
    parties = frozenset((core.sender, *(each.node for each in core.to)))
    return ReplyFacts(core.channel, core.type, core.language, parties)
