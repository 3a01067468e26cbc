"""A participant with software of its own: real keys, real certificate, and no gate before what it signs.

It composes what its node would have composed, changes in the header what a story says, and hands the message to the
hub. So the hub, and behind it the recipient's node, must see for themselves what the sender's own node refuses.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from keys.directory import Directory
from keys.personal import Act, ActKind
from nodes.gateway.acts import Signed, digest_of, issuer_path, sign_into, terms_of
from nodes.gateway.bundles import Bundle
from nodes.gateway.compose import Ground, Plan, compose, plan
from nodes.gateway.wishes import Wish, parse_wish
from policies.gather import choose_agreement
from policies.header import header_of_draft
from protocol.catalogue.rows import flatten, unflatten
from protocol.decision import Decision, Verdict
from protocol.envelope import Envelope
from protocol.ids import Channel, NodeId, PolicyDigest, Reference, StatementId, TypeId
from protocol.seal import Issue, seal
from protocol.stages import Addressee, Cleared, Draft, Target
from tests.e2e.door import Badge, Door, Reply, context_of
from tests.simulators.network import identity_of, tls_key_of
from tests.stories.script import Step
from tests.stories.town import Town, person_of

FIRST: Final = 1_000
"""Its numbers begin far above those of the node whose keys it has, so that none is used twice."""
_CONVERSATION: Final = Reference(bytes(range(16)))
_DAY: Final = 86_400


@dataclass
class Bypass:
    """Hands in messages in anybody's name."""

    town: Town
    doors: dict[str, Door] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(FIRST))

    def submit(self, step: Step, request: Mapping[str, Any], forged: Mapping[str, Any]) -> tuple[Envelope, Reply]:
        """Seal the request as its sender's own software would without any rule, and hand it to the hub."""
        draft, policy = self._forged(self._draft(step, request), forged)
        envelope = self._seal(draft, policy, forged.get("agreement"))
        reply = self._door(step.by).ask("PUT", f"/v1/envelopes/{envelope.id.hex()}", envelope.encode())
        return envelope, reply

    @property
    def directory(self) -> Directory:
        return self.town.network.directory

    @property
    def bundle(self) -> Bundle:
        return self.town.bundle

    def _draft(self, step: Step, request: Mapping[str, Any]) -> Draft:
        wish = parse_wish(request)
        assert isinstance(wish, Wish), (step.step, wish)
        ground = Ground(NodeId(step.by), self.bundle, self.directory, self.town.network.clock())
        planned = plan(wish, ground)
        if not isinstance(planned, Plan):  # the catalogue refuses the document: it goes as it is
            return self._unchecked(step, wish)
        draft = compose(planned, ground, _CONVERSATION, ())
        assert isinstance(draft, Draft), (step.step, draft)
        return self._signed(draft, step)

    def _unchecked(self, step: Step, wish: Wish) -> Draft:
        assert wish.channel is not None, step.step
        return Draft(
            sender=NodeId(step.by),
            to=wish.to,
            channel=wish.channel,
            type=wish.type,
            purpose=wish.purpose or "",
            conversation=_CONVERSATION,
            language=wish.language or "",
            life=_DAY,
            body=tuple(flatten(dict(wish.document))),
            identity=() if wish.identity is None else tuple(flatten(dict(wish.identity))),
            in_reply_to=wish.in_reply_to,
            urgency=wish.urgency,
            urgency_ground=wish.urgency_ground,
            classification=wish.classification,
            handling=wish.handling,
            consents=wish.consents,
        )

    def _signed(self, draft: Draft, step: Step) -> Draft:
        if step.sign is None:
            return draft
        type_ = self.bundle.catalogue.type(draft.type)
        document = dict(unflatten(draft.body))
        signed = Signed(type_, terms_of(draft), draft.body, document)
        path, person, network = issuer_path(type_), person_of(step.by, step.sign), self.town.network
        assert path is not None, step.step
        act = Act(
            kind=ActKind.ISSUE,
            node=draft.sender,
            person=person.id,
            role=person.role,
            draft=digest_of(signed),
            time=network.clock(),
        )
        document[path] = dict(sign_into(act, person.signer, network.network_id))
        return replace(draft, body=tuple(flatten(document)))

    def _forged(self, draft: Draft, forged: Mapping[str, Any]) -> tuple[Draft, PolicyDigest]:
        state = self.directory.policy()
        assert state is not None
        changes = {key: value for key, value in forged.items() if key not in ("agreement", "policy")}
        policy = PolicyDigest(bytes.fromhex(forged["policy"])) if "policy" in forged else state.active
        return replace(draft, **{key: _typed(key, value, self.town) for key, value in changes.items()}), policy

    def _seal(self, draft: Draft, policy: PolicyDigest, agreement: str | None) -> Envelope:
        now = self.town.network.clock()
        header, targets, agreements = header_of_draft(draft, policy, now), [], []
        for who in sorted(draft.to, key=lambda to: to.node):
            targets.append(self._target(who, draft.channel, now))
            listed = self.directory.agreements_between(draft.sender, who.node, draft.channel, now)
            chosen = choose_agreement(listed, header, now)
            if chosen is not None and agreement != "none":
                agreements.append((who.node, StatementId(chosen.id)))
        cleared = Cleared(
            replace(draft, to=tuple(sorted(draft.to, key=lambda to: to.node))),
            Decision(Verdict.ALLOW, policy),
            tuple(agreements),
        )
        size, root = self.town.founded  # others have appended since; what was founded is in every view
        issue = Issue(self.directory.network_id, now, size, root)
        return seal(cleared, tuple(targets), issue, identity_of(draft.sender), self.town.network.entropy)

    def _target(self, who: Addressee, channel: Channel, now: int) -> Target:
        key = self.directory.recipient_key(who.node, channel, now)
        if key is None:  # it is not on this channel: any of its keys, the hub refuses that by itself
            channels = self.town.network.nodes[who.node].member.joins
            key = next(found for each in channels if (found := self.directory.recipient_key(who.node, each, now)))
        return Target(who.node, key.key_id, key.public_key, next(self.numbers))

    def _door(self, node: str) -> Door:
        if node not in self.doors:
            folder = self.town.folder / "doors" / node
            folder.mkdir(parents=True, exist_ok=True)
            shown = Badge(self.town.network.certificate(node), tls_key_of(node))
            self.doors[node] = Door(self.town.hub_port, context_of(self.town, folder, shown))
        return self.doors[node]


def _typed(key: str, value: Any, town: Town) -> Any:
    """Return a value of the header as the draft holds it: codes sorted, a date and a life in days from now."""
    if key == "erase_by":
        return None if value is None else town.network.clock() + int(value) * _DAY
    if key == "life":
        return int(value) * _DAY
    if key == "identity":
        return tuple(flatten(value))
    if key == "type":
        return TypeId(value)
    if key == "channel":
        return Channel(value)
    if key in ("consents", "approvals"):
        return tuple(sorted(Reference(bytes.fromhex(each)) for each in value))
    return tuple(sorted(value)) if isinstance(value, Sequence) and not isinstance(value, str) else value
