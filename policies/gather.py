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
from protocol.stages import Draft

NO_POLICY: Final = PolicyDigest(bytes(DIGEST_SIZE))


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

    In force counts before purpose, purpose before personal data, those before categories; the id decides the rest, so
    that every node chooses alike.
    """

    def fit(agreement: Agreement) -> tuple[bool, bool, bool, bool, bytes]:
        return (
            agreement.valid_from <= now and (agreement.valid_until is None or now < agreement.valid_until),
            header.purpose in agreement.purposes,
            agreement.personal_data or not carries_personal_data(header),
            set(header.data_categories) <= set(agreement.data_categories),
            agreement.id,
        )

    return max(candidates, key=fit, default=None)


def agreements_named(facts: OuterFacts) -> tuple[tuple[NodeId, StatementId], ...]:
    """Return the agreement named for each recipient that has one, as a cleared draft records them."""
    return tuple((each.node, each.agreement.id) for each in facts.recipients if each.agreement is not None)
