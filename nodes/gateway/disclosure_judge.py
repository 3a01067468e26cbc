"""Asks the rules of a channel whether rows of a received message may be shown to another participant.

The rules are those in force now, with this node's own laid over them. They judge what is shown, not the whole message;
who owns it, who had it, and what the owner and the person consented to come from this node's store.
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import Connection

from nodes.gateway import gate
from nodes.gateway.bundles import Bundle
from nodes.gateway.consent_store import references_of
from nodes.gateway.here import Here
from nodes.gateway.knowledge import Asked, Knowledge, find_out
from nodes.gateway.overlay import Overlaid, Overlay
from nodes.gateway.permissions import Permitted, find_permitted
from nodes.gateway.redaction import shown_document
from nodes.gateway.stores import Network, Store
from policies.facts import Addressed, Disclosed, InnerFacts, OuterFacts, Side
from policies.gather import NO_POLICY
from policies.header import Header
from protocol.catalogue.content import ContentSummary, summarise
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.core import Core, Mode
from protocol.decision import Decision
from protocol.envelope import BODY
from protocol.fields import Field
from protocol.ids import MessageId, NodeId, Reference
from protocol.records import PolicyState
from protocol.stages import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """What is to be shown: rows of one part of a message, to one participant, for one purpose."""

    message: MessageId
    core: Core
    part: str
    fields: tuple[Field, ...]
    shown: frozenset[str]
    recipient: NodeId
    purpose: str


@dataclass(frozen=True, slots=True)
class _Content:
    """The shown part as the rules see it."""

    summary: ContentSummary
    document: dict[str, JSON]


class DisclosureJudge:
    """Answers with the verdicts of the rules about disclosures."""

    def __init__(self, here: Here, network: Network, store: Store, overlay: Overlay | None = None) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._overlay = overlay

    async def judge(self, showing: Showing) -> Decision | Refused:
        """Return the decision that allows the disclosure, or the refusal with every rule that objects."""
        state = self._network.replica.policy_state()
        bundle = None if state is None else self._network.replica.find_bundle(state.active)
        if state is None or bundle is None:
            return gate.refuse_unjudged(NO_POLICY if state is None else state.active)
        rules = self._rules(bundle, showing)
        if rules is None:
            return gate.refuse_unfit(bundle.digest)
        content = _read(bundle, showing)

        def load(connection: Connection) -> tuple[tuple[Reference, ...], Knowledge, Permitted]:
            return self._find_out(connection, showing, content)

        found = await self._store.database.read(load)
        facts = self._facts(showing, content, found, state)
        return await asyncio.to_thread(gate.allow_disclosure, gate.Question(rules.policies, facts))

    def _rules(self, bundle: Bundle, showing: Showing) -> Overlaid | None:
        if self._overlay is None or self._overlay.channel != showing.core.channel:
            return Overlaid(bundle.policies, frozenset())
        return self._overlay.over(bundle)

    def _find_out(
        self, connection: Connection, showing: Showing, content: _Content
    ) -> tuple[tuple[Reference, ...], Knowledge, Permitted]:
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
            body=content.document,
        )
        known = find_out(connection, vault, asked)
        return consents, known, find_permitted(connection, vault, showing.message, showing.core.sender, now)

    def _facts(
        self,
        showing: Showing,
        content: _Content,
        found: tuple[tuple[Reference, ...], Knowledge, Permitted],
        state: PolicyState,
    ) -> InnerFacts:
        consents, known, permitted = found
        core, now, directory = showing.core, self._here.clock(), self._network.replica.directory
        header = Header(
            sender=self._here.node,
            channel=core.channel,
            type=core.type,
            purpose=showing.purpose,
            language=core.language,
            policy=state.active,
            issued_at=now,
            expires_at=core.expires_at,
            classification=core.classification,
            handling=core.handling,
            person_roles=tuple(sorted(content.summary.person_roles)),
            data_categories=tuple(sorted(content.summary.data_categories)),
            erase_by=core.erase_by,
            consents=consents,
            identity=showing.part != BODY,
        )
        participant = directory.participant(showing.recipient, now)
        outer = OuterFacts(
            side=Side.SENDER,
            header=header,
            sender=directory.participant(self._here.node, now),
            recipients=(Addressed(showing.recipient, Mode.INFORMATION, participant, None),),
            policy=state,
            now=now,
            tokens=known.tokens,
        )
        return InnerFacts(
            outer=outer,
            content=content.summary,
            documents={showing.part: content.document},
            citations=known.citations,
            matrices=known.matrices,
            disclosed=Disclosed(
                part=showing.part,
                owner=core.sender,
                handling=frozenset(core.handling),
                addressees=frozenset(each.node for each in core.to),
                consented=permitted.consented,
                evidential=permitted.evidential,
            ),
        )


def _read(bundle: Bundle, showing: Showing) -> _Content:
    """Return the shown rows as a document under the catalogue in force; UNKNOWN_TYPE for a type it does not have."""
    type_ = bundle.catalogue.type(showing.core.type)
    schema = type_.part(showing.part)
    whole = unflatten(showing.fields) if showing.fields else {}
    document = {} if schema is None else shown_document(schema.fields, whole, showing.shown)
    body, identity = (document, None) if showing.part == BODY else ({}, document)
    return _Content(summarise(bundle.catalogue, type_, body, identity), document)


def _own_references(connection: Connection, summary: ContentSummary, pair: tuple[NodeId, NodeId]) -> list[Reference]:
    """Return the references of the consents that the rows name, made out to this node and the recipient."""
    named = [Reference(bytes.fromhex(each)) for each in sorted(summary.named("consent"))]
    tokens = [token for consent in named for token in references_of(connection, consent)]
    return sorted(each.reference for each in tokens if (each.sender, each.recipient) == pair and not each.withdrawn)
