"""Gathers what the gate needs to know about a draft or a received message, and asks it.

A draft is judged under the policy in force now, a received message under the one its sender signed: it must have been
in force, or just superseded, at its leaf. A node's own overlay lies over either and may only deny or hold.
"""

import asyncio
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from keys.directory import Directory
from nodes.gateway import gate
from nodes.gateway.acts import Signed, terms_of, verified_acts
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.bundles import Bundle
from nodes.gateway.contents import fields_of
from nodes.gateway.here import Here
from nodes.gateway.knowledge import Asked, Knowledge, find_out
from nodes.gateway.overlay import Overlaid, Overlay
from nodes.gateway.stores import Network, Store
from policies.facts import InnerFacts, OuterFacts, Side
from policies.gather import NO_POLICY, Known, View, facts_of_core, facts_of_draft
from protocol.catalogue.content import ContentSummary, summarise
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.catalogue.types import MessageType
from protocol.catalogue.validate import validate
from protocol.core import Core
from protocol.decision import Decision
from protocol.errors import Code, Fault
from protocol.fields import Field
from protocol.ids import Channel, NodeId
from protocol.leaf import Leaf
from protocol.records import Agreement
from protocol.stages import Accepted, Cleared, Draft, Held, Opened, Refused


@dataclass(frozen=True, slots=True)
class _Content:
    """The documents of a message under one catalogue."""

    type: MessageType
    fields: tuple[Field, ...]
    body: dict[str, JSON]
    identity: dict[str, JSON] | None
    summary: ContentSummary

    @property
    def documents(self) -> dict[str, object]:
        return {"body": self.body} if self.identity is None else {"body": self.body, "identity": self.identity}


class Judge:
    """Answers with the verdicts of the gate."""

    def __init__(self, here: Here, network: Network, store: Store, overlay: Overlay | None = None) -> None:
        self._here = here
        self._network = network
        self._store = store
        self._overlay = overlay

    async def draft(self, draft: Draft, author: str | None = None) -> Cleared | Refused:
        """Return the draft as cleared under the policy in force now, or why not."""
        now, directory = self._here.clock(), self._network.replica.directory
        state = self._network.replica.policy_state()
        bundle = None if state is None else self._network.replica.find_bundle(state.active)
        if state is None or bundle is None:
            return gate.refuse_unjudged(NO_POLICY if state is None else state.active)
        rules = self._rules(bundle, draft.channel)
        if rules is None:
            return gate.refuse_unfit(bundle.digest)
        content = read_content(bundle, draft, draft.body, draft.identity)
        known = await self._find_out(draft, content)
        view = View(lambda node: directory.participant(node, now), directory.agreement, state)

        def between(node: NodeId) -> tuple[Agreement, ...]:
            return directory.agreements_between(draft.sender, node, draft.channel, now)

        outer = facts_of_draft(draft, view, between, _known(known, Side.SENDER), now)
        facts = replace(_inner(outer, content, known, (draft, directory, directory.size)), author=author)
        cleared = await asyncio.to_thread(gate.clear, draft, gate.Question(rules.policies, facts))
        await self._sound(cleared.decision, rules, draft)
        if isinstance(cleared, Refused) and cleared.decision is not None:
            return replace(cleared, decision=self._marked(cleared.decision, rules))
        return cleared

    async def opened(self, opened: Opened, leaf: Leaf) -> Accepted | Held:
        """Return the message as one a reader may see, or as held with the rules that object.

        A document that is not of its type, whatever its sender's rules said, is held under the code of its fault.
        """
        core, size, directory = opened.core, leaf.directory_size, self._network.replica.directory
        bundle = await self._bundle_of(core, directory, size)
        if bundle is None:
            return gate.hold_unjudged(opened, core.policy)
        rules = self._rules(bundle, core.channel)
        if rules is None:
            return gate.hold_unfit(opened, bundle.digest)
        body, identity = fields_of(opened.body), fields_of(opened.identity)
        try:
            content = read_content(bundle, core, body, identity)
        except Fault as fault:
            return gate.hold_invalid(opened, fault.code)
        known = await self._find_out(core, content)
        view = View(
            lambda node: directory.participant_at(node, size, leaf.time),
            lambda agreement: directory.agreement_at(agreement, size),
            directory.policy_at(size),
        )
        outer = facts_of_core(core, view, _known(known, Side.RECIPIENT), leaf.time)
        facts = replace(_inner(outer, content, known, (core, directory, size)), reader=self._here.node)
        verdict = await asyncio.to_thread(gate.recheck, opened, gate.Question(rules.policies, facts))
        await self._sound(verdict.decision, rules, core)
        return replace(verdict, decision=self._marked(verdict.decision, rules))

    def _rules(self, bundle: Bundle, channel: Channel) -> Overlaid | None:
        """Return the rules of a channel, own ones included; None where the own ones do not fit the bundle."""
        overlay = self._overlay
        if overlay is None or overlay.channel != channel:
            return Overlaid(bundle.policies, frozenset())
        return overlay.over(bundle)

    async def _sound(self, decision: Decision | None, rules: Overlaid, header: Core | Draft) -> None:
        """Raise an alarm for each finding of a rule whose firing is a security event (predicate DP-9)."""
        policy = rules.policies.channels.get(header.channel)
        loud = set() if policy is None else {rule.id for rule in policy.rules() if rule.alarm}
        fired = sorted({each.rule for each in decision.findings if each.rule in loud} if decision else ())
        at = self._here.clock()

        def note(connection: Connection) -> None:
            for rule in fired:
                raise_alarm(connection, Code.POLICY_DENIED.value, f"{rule} {header.sender}", at)

        if fired:
            await self._store.database.write(note)

    def _marked(self, decision: Decision, rules: Overlaid) -> Decision:
        return decision if self._overlay is None else self._overlay.marked(decision, rules.own)

    async def _bundle_of(self, core: Core, directory: Directory, size: int) -> Bundle | None:
        """Return the bundle the sender signed if it was a policy of the network then, else the one in force here."""
        state = directory.policy_at(size)
        if state is not None and core.policy in (state.active, state.previous):
            return await self._network.sync.bundle(core.policy)
        return self._network.replica.bundle

    async def _find_out(self, header: Core | Draft, content: _Content) -> Knowledge:
        asked = Asked(
            channel=header.channel,
            sender=header.sender,
            to=frozenset(each.node for each in header.to),
            in_reply_to=header.in_reply_to,
            consents=header.consents,
            approvals=header.approvals,
            content=content.summary,
            body=content.body,
            now=self._here.clock(),
        )
        vault = self._store.vault
        return await self._store.database.read(lambda connection: find_out(connection, vault, asked))


def read_content(
    bundle: Bundle, header: Core | Draft, body: tuple[Field, ...], identity: tuple[Field, ...]
) -> _Content:
    """Return the documents of a message. UNKNOWN_TYPE, or UNKNOWN_FIELD for a document that its schema refuses."""
    type_ = bundle.catalogue.type(header.type)
    document = unflatten(body)
    private = unflatten(identity) if identity else None
    faults = [*validate(type_, "body", document), *(validate(type_, "identity", private) if private else ())]
    if faults:
        raise Fault(Code.UNKNOWN_FIELD, f"{faults[0].path}: {faults[0].code}")
    return _Content(type_, body, document, private, summarise(bundle.catalogue, type_, document, private))


def _known(known: Knowledge, side: Side) -> Known:
    return Known(side=side, reply=known.reply, tokens=known.tokens, approvals=known.approvals)


def _inner(
    outer: OuterFacts, content: _Content, known: Knowledge, about: tuple[Core | Draft, Directory, int]
) -> InnerFacts:
    header, directory, size = about
    signed = Signed(content.type, terms_of(header), content.fields, content.body)
    return InnerFacts(
        outer=outer,
        content=content.summary,
        documents=content.documents,
        acts=verified_acts(signed, directory, size),
        citations=known.citations,
        matrices=known.matrices,
    )
