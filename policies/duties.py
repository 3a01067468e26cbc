"""Which obligations an allowed message brings, and what of them is to be done, from the same facts as the verdict.

The header alone tells of obligations that ask nothing of the content; the nodes tell all of them. Whom something is
owed comes from the facts: owners who have the message anyway are not told of it, and a copy that is there is no duty.
"""

from collections.abc import Iterable
from typing import Final

from policies.documents import text_at
from policies.facts import InnerFacts, OuterFacts, Side
from policies.model import Obligation, When
from protocol.decision import Asks, Duty
from protocol.ids import NodeId
from protocol.records import Kind

Owed = tuple[tuple[str, ...], tuple[Duty, ...]]
"""The ids of the obligations in file order, and what of them is to be done."""
NOTHING: Final[Owed] = ((), ())


def owed_by_header(obligations: Iterable[Obligation], facts: OuterFacts) -> Owed:
    """Return the obligations whose condition the header alone can tell."""
    return _owed([each for each in obligations if _of_header(each.when, facts)], facts, frozenset())


def owed(obligations: Iterable[Obligation], facts: InnerFacts) -> Owed:
    """Return the obligations that header and content bring."""
    owners = frozenset(each.owner for each in facts.citations if each.quoted and each.owner is not None)
    return _owed([each for each in obligations if _arises(each.when, facts)], facts.outer, owners)


def _owed(arising: list[Obligation], facts: OuterFacts, owners: frozenset[NodeId]) -> Owed:
    """Return what arises on this side; the hub, which owes nothing, tells what the sender would."""
    side = Side.SENDER if facts.side is Side.HUB else facts.side
    ids: list[str] = []
    duties: list[Duty] = []
    for each in arising:
        if side not in each.sides:
            continue
        duty = None if each.asks is Asks.KNOW else _duty(each, facts, owners)
        if duty is not None:
            duties.append(duty)
        if duty is not None or each.asks is Asks.KNOW:
            ids.append(each.id)
    return tuple(ids), tuple(duties)


def _duty(obligation: Obligation, facts: OuterFacts, owners: frozenset[NodeId]) -> Duty | None:
    """Return what is to be done, None where it is done with the message itself."""
    to: tuple[str, ...] = ()
    if obligation.asks is Asks.NOTIFY_OWNER:
        to = tuple(sorted(owners - {facts.header.sender, *(each.node for each in facts.recipients)}))
    elif obligation.asks is Asks.COPY_TO:
        to = tuple(sorted(str(kind) for kind in obligation.kinds - _own_kinds(facts)))
    if not to and obligation.asks in (Asks.NOTIFY_OWNER, Asks.COPY_TO):
        return None
    return Duty(obligation.id, obligation.asks, obligation.article, obligation.text, obligation.within, to)


def _own_kinds(facts: OuterFacts) -> frozenset[Kind]:
    """Return the kinds of those recipients that are of the sender's own country."""
    own = None if facts.sender is None else facts.sender.country
    known = (each.participant for each in facts.recipients if each.participant is not None)
    return frozenset(each.kind for each in known if each.country == own)


def _of_header(when: When | None, facts: OuterFacts) -> bool:
    if when is None:
        return True
    if when.field is not None or when.child or when.special or when.quotes or when.repurposed:
        return False
    return facts.header.purpose in when.purposes


def _arises(when: When | None, facts: InnerFacts) -> bool:
    if when is None:
        return True
    purpose = facts.outer.header.purpose
    quoted = [each for each in facts.citations if each.quoted and each.owner not in (None, facts.outer.header.sender)]
    asked = (
        (bool(when.purposes), purpose in when.purposes),
        (when.field is not None, _field_is(when, facts)),
        (when.child, facts.content.child),
        (when.special, bool(facts.content.special_categories)),
        (when.quotes, bool(quoted)),
        (when.repurposed, any(each.purpose not in (None, purpose) for each in quoted)),
    )
    return all(holds for written, holds in asked if written)


def _field_is(when: When, facts: InnerFacts) -> bool:
    return when.field is not None and text_at(facts.documents.get("body"), when.field.path) in when.field.values
