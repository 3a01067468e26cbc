"""What the rules say about a draft before it is sent: to whom it may go, why not to others, and which fields go where.

The same composing and the same rules as in sending, without sealing anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.casework.crosscheck import AGAIN_S, About, OwnHit, find_hits, wanted
from nodes.casework.lists import lists_with
from nodes.casework.rule_words import rule_label
from nodes.casework.subjects import marks_of
from nodes.casework.writing import Prepared
from nodes.gateway import outbox
from nodes.gateway.gateway import Gateway
from nodes.gateway.inbox import find as find_received
from nodes.gateway.send import Conflict, Faulty, Options, Queued, Stopped, WouldGo
from nodes.gateway.wishes import InputFault, Wish, parse_wish
from policies.explain import Explanation, explain
from protocol.decision import Decision, Verdict
from protocol.errors import Code, Fault
from protocol.ids import Channel, MessageId, NodeId, PolicyDigest
from protocol.meanings import MEANINGS
from protocol.stages import Draft

_NOBODY: Final = MessageId(bytes(32))
"""Stands for the draft, which has no id yet, where others of this node are compared with it."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a draft cannot go at all, apart from rules: what, and what to do."""

    code: str
    sentence: str
    remedy: str
    name: str = ""  # the field outside the document that it is about


@dataclass(frozen=True, slots=True)
class Reader:
    """One recipient with what the rules say about it. ``goes`` tells whether the message may go there."""

    node: NodeId
    label: str
    country: str
    goes: bool
    findings: tuple[Explanation, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the rules say. ``findings`` concern the message itself; ``fields`` is how many fields would go."""

    readers: tuple[Reader, ...] = ()
    findings: tuple[Explanation, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    draft: Draft | None = None
    decision: Decision | None = None

    @property
    def goes(self) -> bool:
        """Whether the message may go to everybody it is addressed to."""
        return not self.troubles and bool(self.readers) and all(each.goes for each in self.readers)

    @property
    def needs_second(self) -> bool:
        """Whether a second person's approval is all that is missing."""
        found = (*self.findings, *(each for reader in self.readers for each in reader.findings))
        stopping = [each for each in found if each.verdict is not Verdict.ALLOW]
        return not self.troubles and bool(stopping) and all(each.verdict is Verdict.APPROVE for each in stopping)

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that say something about the draft, each once."""
        found = (*self.findings, *(each for reader in self.readers for each in reader.findings))
        return tuple(dict.fromkeys(each.rule for each in found))

    @property
    def fields(self) -> int:
        """How many fields of the document go."""
        return 0 if self.draft is None else len(self.draft.body)


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A message here that names a subject of the draft. ``asked`` tells that this node asked the same lately."""

    message: MessageId
    mine: bool
    type: str
    others: tuple[NodeId, ...]
    at: int
    reference: str | None
    asked: bool


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known here of the subjects of a draft: messages, and this node's own lists by name."""

    messages: tuple[Known, ...] = ()
    lists: tuple[str, ...] = ()


async def judge(gateway: Gateway, prepared: Prepared, author: str, language: str) -> Judged:
    """Return what the rules say about a draft now. Nothing of it leaves, and no message is made."""
    wish = parse_wish(prepared.request)
    if not isinstance(wish, Wish):
        return Judged(troubles=tuple(map(_trouble, wish)))
    try:
        result = await gateway.sending.send(wish, Options(dry_run=True, author=author))
    except Fault as fault:
        meaning = MEANINGS.get(fault.code, MEANINGS[Code.INTERNAL])
        return Judged(troubles=(Trouble(str(fault.code), meaning.sentence, meaning.remedy),))
    match result:
        case WouldGo():
            return _judged(gateway, result.draft, result.decision, language)
        case Stopped():
            found = _judged(gateway, result.draft, result.refused.decision, language)
            if found.findings or any(each.findings for each in found.readers):
                return found
            meaning = MEANINGS[result.refused.code]
            return replace(found, troubles=(Trouble(str(result.refused.code), meaning.sentence, meaning.remedy),))
        case Faulty():
            return Judged(troubles=tuple(map(_trouble, result.faults)))
        case Queued() | Conflict():
            raise RuntimeError("a dry run sent something")


async def know(gateway: Gateway, prepared: Prepared, type_: str, channel: Channel) -> Knowledge:
    """Return the messages and lists of this node that name a subject of the draft, the newest first."""
    store, here = gateway.store, gateway.here
    marks = marks_of(prepared.document)
    if not marks:
        return Knowledge()
    asked = wanted(store.search, marks)
    about = About(_NOBODY, channel, here.node, type_, here.clock())

    def load(connection: Connection) -> Knowledge:
        hits = find_hits(connection, about, asked)
        known = [found for each in hits if (found := _known(connection, each, about)) is not None]
        known.sort(key=lambda each: -each.at)
        return Knowledge(tuple(known), tuple(sorted(lists_with(connection, store.search, marks))))

    return await store.database.read(load)


def _judged(gateway: Gateway, draft: Draft, decision: Decision | None, language: str) -> Judged:
    replica = gateway.network.replica
    bundle = None if decision is None else replica.find_bundle(PolicyDigest(decision.policy)) or replica.bundle
    found: tuple[Explanation, ...] = ()
    if bundle is not None and decision is not None:
        named = rule_label(bundle, replica.directory.participants(), language)
        found = explain(decision, bundle.texts, language, named)
    general = tuple(each for each in found if each.recipient is None)
    stopped = decision is None or any(each.verdict is not Verdict.ALLOW for each in general)
    readers = []
    for who in draft.to:
        participant = replica.directory.participant(who.node, gateway.here.clock())
        own = tuple(each for each in found if each.recipient == who.node)
        goes = not stopped and all(each.verdict is Verdict.ALLOW for each in own)
        label, country = (who.node, "") if participant is None else (participant.label, participant.country)
        readers.append(Reader(who.node, label, country, goes, own))
    return Judged(readers=tuple(readers), findings=general, draft=draft, decision=decision)


def _known(connection: Connection, hit: OwnHit, about: About) -> Known | None:
    received = find_received(connection, hit.message)
    if received is not None:
        others = () if received.sender is None else (received.sender,)
        return Known(
            message=hit.message,
            mine=False,
            type=str(received.type or ""),
            others=others,
            at=received.received_at,
            reference=received.reference,
            asked=False,
        )
    sent = outbox.find(connection, hit.message)
    if sent is None:
        return None
    return Known(
        message=hit.message,
        mine=True,
        type=sent.type,
        others=tuple(each.node for each in outbox.addressees(connection, hit.message)),
        at=sent.created_at,
        reference=sent.reference,
        asked=sent.type == about.type and about.at - sent.created_at <= AGAIN_S,
    )


def _trouble(fault: InputFault) -> Trouble:
    name = fault.path.removeprefix("/document") if fault.path.startswith("/document/") else fault.path.strip("/")
    return Trouble(fault.code, fault.sentence, "", name.partition("/")[0] if not name.startswith("/") else name)


def asked_lately(knowledge: Knowledge, to: Sequence[NodeId]) -> tuple[Known, ...]:
    """Return the questions about the same subject that this node asked one of the recipients lately."""
    return tuple(each for each in knowledge.messages if each.asked and set(each.others) & set(to))
