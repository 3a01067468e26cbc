"""Asks the rules of a channel whether a message that is kept here may be put to a use: read, printed, quoted, shown.

The rules are those in force now, with this node's own laid over them. They judge what is used, not the whole message;
who owns it, who had it, and what the owner and the person consented to come from this node's store.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Connection

from nodes.gateway import gate
from nodes.gateway.bundles import Bundle
from nodes.gateway.consent_store import references_of
from nodes.gateway.corrections import is_restricted
from nodes.gateway.here import Here
from nodes.gateway.knowledge import Asked, Knowledge, find_out
from nodes.gateway.overlay import Overlaid, Overlay
from nodes.gateway.permissions import About, Permitted, find_permitted, given_at_provision
from nodes.gateway.redaction import shown_document
from nodes.gateway.stores import Network, Store
from policies.consent_uses import JUDICIAL, Item, Word
from policies.documents import text_at
from policies.facts import Addressed, Disclosed, Evidence, InnerFacts, OuterFacts, Side, Use
from policies.gather import NO_POLICY, choose_agreement, evidence_asked
from policies.header import Header
from policies.predicates.uses import standing
from protocol.catalogue.content import ContentSummary, summarise
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.core import Core, Mode
from protocol.decision import Decision
from protocol.envelope import BODY
from protocol.fields import Field
from protocol.ids import MessageId, NodeId, Reference
from protocol.records import PolicyState
from protocol.stages import Draft, Refused

_AT_HOME: Final = frozenset({Use.READ, Use.PRINT})
"""Uses for which nobody else's word is asked."""
_DECISION: Final = "/evidence_consent/decision"
_CONDITIONS: Final = "/evidence_consent/conditions"


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What is to be used: rows of one part of a message, by or for one participant, for one purpose.

    ``accepted`` says that the person took the owner's conditions on, ``basis`` what the use serves where it is limited.
    """

    message: MessageId
    core: Core | Draft
    part: str
    fields: tuple[Field, ...]
    shown: frozenset[str]
    recipient: NodeId
    purpose: str
    use: Use = Use.FORWARD
    accepted: bool = False
    basis: str | None = None
    despite: bool = False  # the person gave the reason for which what is restricted is kept
    item: str | None = None  # what is used is this item of the message alone


@dataclass(frozen=True, slots=True)
class Answer:
    """What the rules said of a use, and the owner's grants on which it relies with all that they ask.

    ``special`` are the special categories of data among what is used.
    """

    verdict: Decision | Refused
    conditions: tuple[str, ...] = ()
    grants: tuple[Word, ...] = ()
    evidence: Evidence = Evidence.NONE
    special: tuple[str, ...] = ()

    @property
    def quotes(self) -> tuple[Word, ...]:
        """The grants that make what is used a quotation for proceedings, and no restatement of a lead."""
        return tuple(each for each in self.grants if each.use == JUDICIAL and self.evidence is Evidence.GRANTED)


@dataclass(frozen=True, slots=True)
class _Content:
    """The part: what is used of it as the rules see it, and the whole document."""

    summary: ContentSummary
    whole: dict[str, JSON]


@dataclass(frozen=True, slots=True)
class _Found:
    """What the store knows around a use."""

    consents: tuple[Reference, ...] = ()
    known: Knowledge = field(default_factory=Knowledge)
    permitted: Permitted = field(default_factory=Permitted)
    restricted: bool = False


class DisclosureJudge:
    """Answers with the verdicts of the rules about uses."""

    def __init__(self, here: Here, network: Network, store: Store, overlay: Overlay | None = None) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._overlay = overlay

    async def judge(self, showing: Showing) -> Decision | Refused:
        """Return the decision that allows the use, or the refusal with every rule that objects."""
        return (await self.ask(showing)).verdict

    async def ask(self, showing: Showing) -> Answer:
        """Return what the rules say of the use, and what the owner's consent asks of whoever relies on it."""
        state = self._network.replica.policy_state()
        bundle = None if state is None else self._bundle(state, showing)
        if state is None or bundle is None:
            return Answer(gate.refuse_unjudged(NO_POLICY if state is None else state.active))
        rules = self._rules(bundle, showing)
        if rules is None:
            return Answer(gate.refuse_unfit(bundle.digest))
        content = await asyncio.to_thread(_read, bundle, showing)
        found = _Found()
        if showing.use not in _AT_HOME:
            found = await self._store.database.read(lambda connection: self._find_out(connection, showing, content))
        restricted = await self._store.database.read(lambda connection: is_restricted(connection, showing.message))
        facts = self._facts(showing, content, replace(found, restricted=restricted), state)
        verdict = await asyncio.to_thread(gate.allow_use, gate.Question(rules.policies, facts))
        about = frozenset({showing.recipient})
        relied = tuple(each for each in found.permitted.grants if each.target in about)
        conditions = found.permitted.conditions_for(about)
        evidence = Evidence.NONE if facts.disclosed is None else standing(facts.disclosed)
        return Answer(verdict, conditions, relied, evidence, tuple(sorted(content.summary.special_categories)))

    def _bundle(self, state: PolicyState, showing: Showing) -> Bundle | None:
        """Return the bundle in force. While it is on its way, what is here stays readable under the one before."""
        find, before = self._network.replica.find_bundle, state.previous
        return find(state.active) or (find(before) if before is not None and showing.use in _AT_HOME else None)

    def _rules(self, bundle: Bundle, showing: Showing) -> Overlaid | None:
        home = showing.use in _AT_HOME  # an overlay has no rules about these
        if home or self._overlay is None or self._overlay.channel != showing.core.channel:
            return Overlaid(bundle.policies, frozenset())
        return self._overlay.over(bundle)

    def _find_out(self, connection: Connection, showing: Showing, content: _Content) -> _Found:
        vault, now = self._store.vault, self._here.clock()
        consents = tuple(_own_references(connection, content.summary, (self._here.node, showing.recipient)))
        asked = Asked(
            channel=showing.core.channel,
            sender=self._here.node,
            to=frozenset({showing.recipient}),
            in_reply_to=None,
            consents=consents,
            approvals=(),
            content=content.summary,
            body=content.whole,
            now=now,
        )
        known = find_out(connection, vault, asked)
        given = self._given(showing, content)
        permitted = find_permitted(
            connection, vault, About(Item(showing.message, showing.item), showing.core.sender, given), now
        )
        return _Found(consents, known, permitted)

    def _given(self, showing: Showing, content: _Content) -> Word | None:
        """Return the owner's consent at provision, which is one to the judicial authorities of this node's country."""
        directory, now, core = self._network.replica.directory, self._here.clock(), showing.core
        here, there = (directory.participant(node, now) for node in (self._here.node, showing.recipient))
        if text_at(content.whole, _DECISION) != Evidence.GRANTED or here is None or there is None:
            return None
        if here.country != there.country:
            return None
        conditions = text_at(content.whole, _CONDITIONS)
        return given_at_provision(showing.message, core.sender, showing.recipient, conditions)

    def _facts(
        self,
        showing: Showing,
        content: _Content,
        found: _Found,
        state: PolicyState,
    ) -> InnerFacts:
        known = found.known
        core, now, directory = showing.core, self._here.clock(), self._network.replica.directory
        header = Header(
            sender=self._here.node,
            channel=core.channel,
            type=core.type,
            purpose=showing.purpose,
            language=core.language,
            policy=state.active,
            issued_at=now,
            expires_at=core.expires_at if isinstance(core, Core) else now + core.life,
            classification=core.classification,
            handling=core.handling,
            person_roles=tuple(sorted(content.summary.person_roles)),
            data_categories=tuple(sorted(content.summary.data_categories)),
            erase_by=core.erase_by,
            consents=found.consents,
            identity=showing.part != BODY,
        )
        participant = directory.participant(showing.recipient, now)
        between = directory.agreements_between(self._here.node, showing.recipient, core.channel, now)
        agreement = choose_agreement(between, header, now)
        outer = OuterFacts(
            side=Side.SENDER,
            header=header,
            sender=directory.participant(self._here.node, now),
            recipients=(Addressed(showing.recipient, Mode.INFORMATION, participant, agreement),),
            policy=state,
            now=now,
            tokens=known.tokens,
        )
        return InnerFacts(
            outer=outer,
            content=content.summary,
            documents={showing.part: content.whole},
            citations=known.citations,
            matrices=known.matrices,
            disclosed=self._disclosed(showing, content, found),
        )

    def _disclosed(self, showing: Showing, content: _Content, found: _Found) -> Disclosed:
        core, permitted, now = showing.core, found.permitted, self._here.clock()
        owned = self._network.replica.directory.agreements_between(core.sender, self._here.node, core.channel, now)
        return Disclosed(
            part=showing.part,
            owner=core.sender,
            handling=frozenset(core.handling),
            addressees=frozenset(each.node for each in core.to),
            consented=permitted.consented,
            evidential=permitted.evidential,
            asks=evidence_asked(owned, core.sender, now),
            use=showing.use,
            evidence=_evidence(showing, content, permitted),
            conditions=permitted.conditions_for(frozenset({showing.recipient})),
            accepted=showing.accepted,
            restricted=found.restricted,
            despite=showing.despite,
            basis=showing.basis,
            limits=frozenset(_limits(content.whole.get("use_limits"))),
        )


def _evidence(showing: Showing, content: _Content, permitted: Permitted) -> Evidence:
    """Return what the owner said about proceedings: by a consent that holds for the recipient, else at provision."""
    if showing.recipient in permitted.evidential:
        return Evidence.GRANTED
    asked = text_at(content.whole, _DECISION) == Evidence.INSTRUMENT
    return Evidence.INSTRUMENT if asked else Evidence.NONE


def _limits(listed: JSON) -> Iterator[str]:
    """Yield the codes of use limits: bare in a letter, each with its words in a result."""
    for each in listed if isinstance(listed, list) else ():
        yield each if isinstance(each, str) else text_at(each, "/limit")


def _read(bundle: Bundle, showing: Showing) -> _Content:
    """Return the used rows as a document under the catalogue in force; UNKNOWN_TYPE for a type it does not have.

    What can only be read or printed is known by its rows alone, so that old types stay readable.
    """
    whole = unflatten(showing.fields) if showing.fields else {}
    if showing.use in _AT_HOME:
        return _Content(ContentSummary(), whole)
    type_ = bundle.catalogue.type(showing.core.type)
    schema = type_.part(showing.part)
    document = {} if schema is None else shown_document(schema.fields, whole, showing.shown)
    body, identity = (document, None) if showing.part == BODY else ({}, document)
    return _Content(summarise(bundle.catalogue, type_, body, identity), whole)


def _own_references(connection: Connection, summary: ContentSummary, pair: tuple[NodeId, NodeId]) -> list[Reference]:
    """Return the references of the consents that the rows name, made out to this node and the recipient."""
    named = [Reference(bytes.fromhex(each)) for each in sorted(summary.named("consent"))]
    tokens = [token for consent in named for token in references_of(connection, consent)]
    return sorted(each.reference for each in tokens if (each.sender, each.recipient) == pair and not each.withdrawn)
