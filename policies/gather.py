"""The directory's part of the facts, put together the same way for a core and for a draft.

A shell names what it can look up (``View``) and what it holds (``Known``); nothing is fetched here.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from policies.facts import Addressed, OuterFacts, ReplyFacts, Side
from policies.header import Header, header_of_core, header_of_draft
from policies.predicates.values import carries_personal_data
from protocol.core import Core
from protocol.ids import DIGEST_SIZE, NodeId, PolicyDigest, Reference, StatementId
from protocol.records import Agreement, ConsentToken, Participant, PolicyState
from protocol.scope import EvidentialUse
from protocol.stages import Draft

NO_POLICY: Final = PolicyDigest(bytes(DIGEST_SIZE))
ENDLESS: Final = 1 << 53  # later than any time on the wire


@dataclass(frozen=True, slots=True)
class View:
    """The directory at the size and time at which the message is judged."""

    participant: Callable[[NodeId], Participant | None]
    agreement: Callable[[StatementId], Agreement | None]
    policy: PolicyState | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What this side holds of the messages and tokens that a header refers to."""

    side: Side
    reply: ReplyFacts | None = None
    tokens: Mapping[Reference, ConsentToken] = field(default_factory=dict)
    approvals: Mapping[Reference, ConsentToken] = field(default_factory=dict)


def facts_of_core(core: Core, view: View, known: Known, now: int) -> OuterFacts:
    """Return the outer facts of a sealed message."""
    recipients = tuple(
        Addressed(
            each.node,
            each.mode,
            view.participant(each.node),
            None if each.agreement is None else view.agreement(each.agreement),
        )
        for each in core.to
    )
    return _facts(header_of_core(core), recipients, view, known, now)


def facts_of_draft(
    draft: Draft, view: View, between: Callable[[NodeId], Sequence[Agreement]], known: Known, now: int
) -> OuterFacts:
    """Return the outer facts of a draft cleared now under the active policy.

    ``between`` returns the agreements of the sender with a node on the draft's channel; the best fitting one is named.
    """
    header = header_of_draft(draft, NO_POLICY if view.policy is None else view.policy.active, now)
    recipients = tuple(
        Addressed(each.node, each.mode, view.participant(each.node), choose_agreement(between(each.node), header, now))
        for each in sorted(draft.to, key=lambda to: to.node)
    )
    return _facts(header, recipients, view, known, now)


def _facts(header: Header, recipients: tuple[Addressed, ...], view: View, known: Known, now: int) -> OuterFacts:
    return OuterFacts(
        side=known.side,
        header=header,
        sender=view.participant(header.sender),
        recipients=recipients,
        policy=view.policy,
        now=now,
        reply=known.reply,
        tokens=known.tokens,
        approvals=known.approvals,
    )


def choose_agreement(candidates: Sequence[Agreement], header: Header, now: int) -> Agreement | None:
    """Return the agreement that permits most of what the header needs, or None without candidates.

    In force counts before purpose, purpose before personal data, those before categories, and these before what the
    scope permits. Of those that permit alike the one that ends last is taken, so that a message on its way outlives the
    end of an agreement that was renewed; the id decides the rest, so that every node chooses alike.
    """

    def fit(agreement: Agreement) -> tuple[bool, bool, bool, bool, int, int, bytes]:
        return (
            agreement.in_force(now),
            header.purpose in agreement.purposes,
            agreement.personal_data or not carries_personal_data(header),
            set(header.data_categories) <= set(agreement.data_categories),
            _scope_fit(agreement, header),
            ENDLESS if agreement.valid_until is None else agreement.valid_until,
            agreement.id,
        )

    return max(candidates, key=fit, default=None)


def _scope_fit(agreement: Agreement, header: Header) -> int:
    """Count what the scope permits of a message's type, language and level; the level matters where there is one."""
    accepted = [agreement.languages_of(each) for each in agreement.parties if each != header.sender]
    fits = (
        agreement.covers_type(header.type),
        all(each is None or header.language in each for each in accepted),
        header.classification is not None and agreement.carries(header.classification),
    )
    return sum(fits)


def evidence_asked(between: Sequence[Agreement], owner: NodeId, now: int) -> EvidentialUse | None:
    """Return whose word the owner's state asks for before use in proceedings, as its agreements with a node say.

    None where no agreement in force says so; where two differ, the stricter one counts.
    """
    asked = {each.evidence_of(owner) for each in between if each.in_force(now)} - {None}
    return EvidentialUse.JUDICIAL if EvidentialUse.JUDICIAL in asked else next(iter(asked), None)


def agreements_named(facts: OuterFacts) -> tuple[tuple[NodeId, StatementId], ...]:
    """Return the agreement named for each recipient that has one, as a cleared draft records them."""
    return tuple((each.node, each.agreement.id) for each in facts.recipients if each.agreement is not None)
