"""Passes rows of a received message on to a third participant, in an ordinary message through the ordinary way.

First the rules about showing the rows are asked, then those about the message that brings them. What is shown is
written down before the message is sealed: should this machine stop in between, the list says too much and never too
little.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from nodes.gateway.disclosing import Disclosing, Outcome, Proposal, Wanted, note_shown, shown_act
from nodes.gateway.here import Here
from nodes.gateway.passing_on import DISCLOSURE, OWN_PART, Cover, Say, Source, cover_document, request_of
from nodes.gateway.reading import Reading, ReceivedMessage
from nodes.gateway.saving import Saving
from nodes.gateway.send import Options, Queued, Result, Sending, Stopped, WouldGo
from nodes.gateway.stash import Stash, Waiting
from nodes.gateway.stores import Network, Store
from nodes.gateway.wishes import InputFault, Wish, parse_wish
from policies.documents import text_at, value_at
from policies.explain import explain_finding
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.decision import Finding, Verdict
from protocol.errors import Code, Fault
from protocol.ids import MessageId, Reference

_ALWAYS: Final = ("/restrictions*", "/evidence_consent*")
"""Rows that go along whichever are chosen: what the owner restricted is never left behind."""
_CATEGORY: Final = "CA"


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """What to pass on, to whom, with which words around it, and which files of the message go along.

    ``approve_as`` are the personal keys of those who approved it, ``author`` is who passes it on, as rules about a
    second person know people.
    """

    wanted: Wanted
    cover: Cover
    language: str = "en"
    files: tuple[str, ...] = ()
    approve_as: tuple[Reference, ...] = ()
    author: str | None = None


@dataclass(frozen=True, slots=True)
class Forwarded:
    """What is on its way; ``message`` is None for a dry run."""

    proposal: Proposal
    message: MessageId | None


@dataclass(frozen=True, slots=True)
class NeedsSecond:
    """Nothing but a second person is missing: ``request`` with the rows of ``proposal`` is what would be approved."""

    proposal: Proposal
    request: Mapping[str, JSON]
    stopped: Stopped


@dataclass(frozen=True, slots=True)
class ForwardTools:
    """What forwarding is made of."""

    disclosing: Disclosing
    sending: Sending
    reading: Reading
    saving: Saving
    stash: Stash


class Forwarding:
    """Passes rows on."""

    def __init__(self, here: Here, network: Network, store: Store, tools: ForwardTools) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._tools = tools

    async def forward(self, asked: Forward, *, dry_run: bool = False) -> Forwarded | NeedsSecond | Outcome | Result:
        """Return what is on its way, or what stops it: the rules about the rows, or those about the message.

        Where a second person's approval is all that is missing, that is said apart. ATT_HASH for a file of the message
        that is not the one its rows tell of.
        """
        found = await self._tools.reading.find(asked.wanted.message)
        body = dict(found.body) if isinstance(found, ReceivedMessage) else {}
        document = unflatten(sorted(body.items())) if body else {}
        listed = _listed(document, asked.files)
        if isinstance(listed, InputFault):
            return listed
        pairs = tuple((name, f"att-{number:02}") for number, name in enumerate(sorted(asked.files), 1))
        rows = tuple(f"/attachments/{at}/*" for at in listed.values())
        wanted = replace(asked.wanted, carried=pairs, always=(*_ALWAYS, *rows))
        proposal = await self._tools.disclosing.propose(wanted)
        if not isinstance(proposal, Proposal):
            return proposal
        request = self._request(asked, proposal, document, None if found is None else found.row.reference)
        signed = request | {"approve_as": [each.hex() for each in asked.approve_as]} if asked.approve_as else request
        wish = parse_wish(signed)
        if not isinstance(wish, Wish):
            return wish[0]
        tried = await self._tools.sending.send(wish, Options(dry_run=True, author=asked.author))
        if isinstance(tried, Stopped) and _lacks_second(tried):
            return NeedsSecond(proposal, request, tried)
        if dry_run or not isinstance(tried, WouldGo):
            return Forwarded(proposal, None) if isinstance(tried, WouldGo) else tried
        files = await self._take_files(proposal, wanted, document, listed)
        now = self._here.clock()

        def note(connection: Connection) -> None:
            note_shown(connection, asked.wanted.recipient, proposal, now)
            self._store.journal.note(connection, shown_act("forward", asked.wanted.recipient, proposal))

        await self._store.database.write(note)
        whole = parse_wish(signed | {"attachments": files})
        if not isinstance(whole, Wish):
            return whole[0]
        sent = await self._tools.sending.send(whole, Options(author=asked.author))
        return Forwarded(proposal, sent.message) if isinstance(sent, Queued) else sent

    def _request(
        self, asked: Forward, proposal: Proposal, document: dict[str, JSON], reference: str | None
    ) -> dict[str, JSON]:
        core, answer = proposal.core, proposal.answer
        owner = self._network.replica.directory.participant(core.sender, self._here.clock())
        source = Source(
            core=core,
            purpose=proposal.purpose,
            document=document,
            reference=reference or proposal.disclosure.message.hex()[:16],
            label=core.sender if owner is None else owner.label,
            grants=() if answer is None else answer.grants,
            conditions=() if answer is None else answer.conditions,
            special=() if answer is None else answer.special,
        )
        body = cover_document(source, asked.cover, self._say(asked.language))
        return request_of(source, asked.wanted.recipient, body, asked.language)

    async def _take_files(
        self, proposal: Proposal, wanted: Wanted, document: dict[str, JSON], listed: Mapping[str, int]
    ) -> list[JSON]:
        """Take in the disclosure and the files that go along, each checked against the row that its owner signed."""
        name = f"{proposal.disclosure.message.hex()[:16]}.disclosure"
        made = await self._tools.stash.take(name, DISCLOSURE, _pieces(proposal.raw))
        files: list[JSON] = [_file(made, OWN_PART, _CATEGORY)]
        for ours, theirs in wanted.carried:
            told = value_at(document, f"/attachments/{listed[ours]}")
            taken = await self._again(wanted.message, ours, told)
            files.append(_file(taken, theirs, text_at(told, "/category")))
        return files

    async def _again(self, message: MessageId, part: str, told: object) -> Waiting:
        found = await self._tools.saving.find(message, part)
        if found is None or found.stored is None:
            raise Fault(Code.ATT_MISSING, part)
        secret = found.stored.secret
        pieces = self._tools.saving.read(found.stored, 0, secret.size)
        taken = await self._tools.stash.take(secret.name, secret.media_type, pieces)
        if taken.stored.secret.sha256.hex() != text_at(told, "/sha256"):
            raise Fault(Code.ATT_HASH, part)
        return taken

    def _say(self, language: str) -> Say:
        bundle = self._network.replica.bundle

        def say(text: str, values: Mapping[str, str]) -> str:
            finding = Finding(text, "NET", text, Verdict.ALLOW, None, tuple(values.items()))
            return text if bundle is None else explain_finding(finding, bundle.texts, language, _verbatim).sentence

        return say


def _lacks_second(stopped: Stopped) -> bool:
    decision = stopped.refused.decision
    found = () if decision is None else decision.findings
    stopping = [each for each in found if each.verdict is not Verdict.ALLOW]
    return bool(stopping) and all(each.verdict is Verdict.APPROVE for each in stopping)


def _verbatim(_name: str, written: str) -> str:
    return written


def _listed(document: Mapping[str, JSON], files: Sequence[str]) -> dict[str, int] | InputFault:
    """Return the place of each file in the list of the document, or which one the message does not have."""
    told = document.get("attachments")
    places = {text_at(each, "/part"): at for at, each in enumerate(told if isinstance(told, list) else ())}
    missing = sorted(set(files) - places.keys())
    if missing:
        return InputFault("/files", "NO_SUCH_PART", f"The message has no file {', '.join(missing)}.")
    return {each: places[each] for each in files}


def _file(taken: Waiting, part: str, category: str) -> dict[str, JSON]:
    return {"id": taken.id.hex(), "part": part, "category": category}


async def _pieces(raw: bytes) -> AsyncIterator[bytes]:
    yield raw
