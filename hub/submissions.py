"""A submission from bytes to acceptance evidence: parse, screen, verify, admit, take, cover, prove."""

from dataclasses import dataclass

from sqlalchemy import Connection

from hub.admission import Admit, Candidate, admit, screen, verify_signatures
from hub.admission_checks import Refuse
from hub.crew import Crew
from hub.intake import Intake
from hub.items import Logged, NewMessage, Refused
from hub.log_store import read_entry_at
from hub.logs import LedgerLog
from hub.message_store import known_messages, read_signed
from hub.rejections import Rejections
from hub.roster import Roster
from hub.wire_answers import logged_answer
from policies.facts import ReplyFacts
from protocol.api import MESSAGE_LOG
from protocol.cose import parse as parse_signed
from protocol.envelope import Envelope, parse_envelope, parse_manifest
from protocol.errors import Code, Fault, Malformed
from protocol.ids import MessageId, NodeId
from protocol.limits import MAX_SIGNED
from protocol.ports import Clock, IdentityPublic
from runtime.database import Database


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
    clock: Clock


@dataclass(frozen=True, slots=True)
class _Checked:
    envelope: Envelope
    identity: IdentityPublic


async def submit(desk: Desk, raw: bytes, named: MessageId, caller: NodeId) -> Answer:
    """Return the acceptance evidence of the envelope in ``raw``; a repeat gets the bytes of the first answer.

    Returns only after the message, its leaf and its mailbox items are committed and a checkpoint over them is stored.
    Raises ``Fault`` and ``Refused``.
    """
    checked = await desk.crew.run(lambda body: _check(desk, body, named, caller), raw)
    envelope = checked.envelope
    reply = await _find_reply(desk, envelope)
    candidate = Candidate(envelope, caller, checked.identity, reply)
    snapshot = desk.roster.current
    outcome = admit(candidate, snapshot.view(desk.clock()))
    if isinstance(outcome, Admit):
        logged = await _take(desk, NewMessage(candidate, snapshot.version, len(raw)))
    else:
        logged = await _stored(desk, envelope, outcome)
    checkpoint = await desk.log.cover(logged.index)
    inclusion = await desk.log.include(logged.index, logged.entry, checkpoint.size)
    return Answer(logged.fresh, logged_answer(envelope.id, inclusion, checkpoint.raw))


def _check(desk: Desk, raw: bytes, named: MessageId, caller: NodeId) -> _Checked:
    envelope = parse_envelope(raw)
    if envelope.id != named:
        raise Malformed("the path names another message")
    snapshot = desk.roster.current
    identity = screen(envelope.manifest.core, caller, snapshot.view(desk.clock()))
    if isinstance(identity, Refuse):
        raise Refused(identity, caller)
    verify_signatures(envelope, identity, snapshot.directory.network_id)
    return _Checked(envelope, identity)


async def _take(desk: Desk, item: NewMessage) -> Logged:
    try:
        return await desk.intake.take(item, item.size)
    except Fault as fault:
        if fault.code is Code.SENDER_EQUIVOCATION:
            await desk.rejections.keep_equivocation(item.candidate.envelope)
        raise


async def _stored(desk: Desk, envelope: Envelope, refusal: Refuse) -> Logged:
    """A message that was accepted once keeps its answer, whatever became of keys or policy since."""

    def read(connection: Connection) -> Logged | None:
        known = known_messages(connection, [envelope.id]).get(envelope.id)
        if known is None or known.sender != envelope.manifest.core.sender:
            return None
        return Logged(known.leaf, read_entry_at(connection, MESSAGE_LOG, [known.leaf])[known.leaf], fresh=False)

    logged = await desk.database.read(read)
    if logged is None:
        raise Refused(refusal, envelope.manifest.core.sender)
    return logged


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
