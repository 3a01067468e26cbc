"""Drafts a letter rogatory from a thread that is kept here. Nothing is sent: the draft is for people to complete.

Every piece goes through the decision about quoting it to the authority for which the letter is drafted. What stays out
is named with its rule and the lawful way, and where a consent would help, with the question to its owner ready to send.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from nodes.casework.letters import Composed, Contact, Ground, Passed, Piece, Say, compose_letter, pieces_of
from nodes.gateway.bundles import Bundle
from nodes.gateway.disclosure_judge import Answer, DisclosureJudge, Showing
from nodes.gateway.here import Here
from nodes.gateway.reading import Message, Reading, ReceivedMessage, wholly
from nodes.gateway.replica import Replica
from policies.clocks.limits import CONSENT
from policies.explain import explain_finding
from policies.facts import Use
from policies.texts import Library
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.catalogue.validate import validate
from protocol.decision import Finding, Verdict
from protocol.ids import MessageId, NodeId, TypeId
from protocol.records import Participant
from protocol.stages import Refused

LETTER: Final = TypeId("MT-R1/1")
CONSENT_TYPE: Final = TypeId("MT-11/1")
PURPOSE: Final = "proceedings"
_HELPED: Final = frozenset({"use-lead", "use-lead-unquoted", "disclose-restricted"})
"""Texts of refusals that the owner's consent ends."""
_EXCHANGE: Final = ("MT-02", "MT-11", "MT-12", "MT-15", "MT-16")
"""Types about the exchange itself: no contact that a letter has to name."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A piece that stays out: the refusal of the rules, or None where the letter had no room for it.

    ``ask`` is the question for consent that would help, as a request of the API but for its reason.
    """

    contact: Contact
    piece: Piece
    refused: Refused | None
    ask: dict[str, JSON] | None = None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft with what stays out of it and the fields that are still to be filled."""

    letter: dict[str, JSON]
    contacts: tuple[Contact, ...]
    unnamed: tuple[Contact, ...]
    left_out: tuple[LeftOut, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NoThread:
    """Nothing is here to draft from: no message of this id, no police thread, or nobody of this name to draft for."""

    what: str


class Drafting:
    """Drafts letters for one node."""

    def __init__(self, here: Here, replica: Replica, reading: Reading, judge: DisclosureJudge) -> None:
        self._here = here
        self._replica = replica
        self._reading = reading
        self._judge = judge

    async def draft(self, message: MessageId, recipient: NodeId, language: str) -> Drafted | NoThread:
        """Return the letter that the thread of ``message`` permits, for ``recipient`` to complete, sign and send."""
        bundle, now = self._replica.bundle, self._here.clock()
        asking = self._replica.directory.participant(recipient, now)
        found = await self._thread(message)
        if bundle is None or LETTER not in bundle.catalogue.types:
            return NoThread("The network's policy and message types are not here yet")
        if asking is None:
            return NoThread(f"The directory knows nobody called {recipient}")
        if not found:
            return NoThread("There is no police thread with this message")
        pairs = [(each, self._contact(each)) for each in found]
        passed: list[Passed] = []
        left: list[LeftOut] = []
        for each, contact in pairs:
            for piece in await asyncio.to_thread(_pieces, bundle, each, language):
                answer = await self._judge.ask(_quoting(each, piece, recipient))
                self._sort(contact, piece, answer, (passed, left), asking)
        ground = Ground(
            requesting={"name": asking.label, "country": asking.country},
            contacts=[contact for _, contact in pairs],
            passed=passed,
            offence=next((_offence(each) for each, contact in pairs if contact.own and _offence(each)), None),
        )
        made = compose_letter(ground, _say(bundle.texts, language))
        left += [LeftOut(each.contact, each.piece, None) for each in made.unsaid]
        return Drafted(made.letter, tuple(ground.contacts), made.unnamed, tuple(left), _missing(bundle, made))

    def _sort(
        self,
        contact: Contact,
        piece: Piece,
        answer: Answer,
        into: tuple[list[Passed], list[LeftOut]],
        asking: Participant,
    ) -> None:
        passed, left = into
        if isinstance(answer.verdict, Refused):
            left.append(LeftOut(contact, piece, answer.verdict, self._ask(contact, piece, answer.verdict, asking)))
            return
        consent = None if contact.own or not answer.quotes else answer.quotes[0].message
        passed.append(Passed(contact, piece, consent, answer.conditions))

    def _ask(self, contact: Contact, piece: Piece, refused: Refused, asking: Participant) -> dict[str, JSON] | None:
        """Return the question to the owner that may end the refusal; None where consent would not end it."""
        findings = () if refused.decision is None else refused.decision.findings
        if contact.own or not findings or not all(each.text in _HELPED for each in findings):
            return None
        item: dict[str, JSON] = {"message_id": contact.message.hex()}
        if piece.item is not None:
            item["item"] = piece.item
        until = datetime.fromtimestamp(self._here.clock() + CONSENT.seconds, UTC)
        document: dict[str, JSON] = {
            "phase": "ask",
            "items": [item],
            "use": "judicial",
            "target": {"name": asking.label, "country": asking.country, "node": asking.node, "purpose": PURPOSE},
            "answer_by": until.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return {"type": CONSENT_TYPE, "to": [contact.sender], "document": document}

    def _contact(self, found: Message) -> Contact:
        row, sender = found.row, self._here.node
        if isinstance(found, ReceivedMessage):
            sender, at = found.row.sender or sender, found.row.logged_at
        else:
            at = found.row.accepted_at or found.row.created_at
        who = self._replica.directory.participant(sender, self._here.clock())
        message = MessageId(row.message or b"")
        return Contact(
            message=message,
            reference=row.reference or message.hex()[:16],
            sender=sender,
            authority=sender if who is None else who.label,
            at=at,
            own=not isinstance(found, ReceivedMessage),
        )

    async def _thread(self, message: MessageId) -> Sequence[Message]:
        """Return the messages that ask, answer and follow each other around ``message``, of the police channel."""
        first = await self._reading.find(message)
        if first is None or first.row.channel != "police" or first.row.conversation is None:
            return ()
        thread = await self._reading.thread(first.row.conversation)
        links = {each.message: each.in_reply_to for each in thread.sent}
        links |= {each.message: each.in_reply_to for each in thread.received if each.message is not None}
        wanted = _joined(message, links)
        found = [await self._reading.find(MessageId(each)) for each in links if each in wanted]
        return [each for each in found if each is not None and not str(each.row.type).startswith(_EXCHANGE)]


def _joined(message: MessageId, links: dict[MessageId, MessageId | None]) -> set[MessageId]:
    """Return every message that is joined to one by answers, in either direction."""
    wanted, before = {message}, 0
    while len(wanted) > before:
        before = len(wanted)
        wanted |= {answer for answer, asked in links.items() if asked in wanted}
        wanted |= {asked for answer, asked in links.items() if answer in wanted and asked in links and asked}
    return wanted


def _pieces(bundle: Bundle, found: Message, language: str) -> tuple[Piece, ...]:
    showing = wholly(found, NodeId(""), Use.QUOTE)
    type_ = None if showing is None else bundle.catalogue.types.get(showing.core.type)
    if showing is None or type_ is None or not showing.fields:
        return ()
    return tuple(pieces_of(bundle.catalogue, type_, unflatten(showing.fields), language))


def _offence(found: Message) -> JSON:
    showing = wholly(found, NodeId(""), Use.QUOTE)
    return None if showing is None or not showing.fields else unflatten(showing.fields).get("offence")


def _quoting(found: Message, piece: Piece, recipient: NodeId) -> Showing:
    showing = wholly(found, recipient, Use.QUOTE)
    if showing is None:
        raise ValueError("nothing is here to be quoted")
    return replace(showing, shown=piece.paths, purpose=PURPOSE, item=piece.item)


def _missing(bundle: Bundle, made: Composed) -> tuple[str, ...]:
    faults = validate(bundle.catalogue.type(LETTER), "body", made.letter)
    return tuple(dict.fromkeys(each.path for each in faults))


def _say(library: Library, language: str) -> Say:
    def say(text: str, values: dict[str, str]) -> str:
        finding = Finding(text, "NET", text, Verdict.ALLOW, None, tuple(values.items()))
        return explain_finding(finding, library, language, lambda _, written: written).sentence

    return say
