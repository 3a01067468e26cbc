"""What is wrong with a logged token (decision 17), told the same way for consents and for approvals."""

from collections.abc import Iterable, Mapping

from policies.predicates.values import refuse
from policies.registry import Objections
from protocol.ids import NodeId, Reference
from protocol.records import ConsentToken


def token_fault(token: ConsentToken | None, sender: NodeId, now: int) -> str | None:
    """Return why ``token`` does not let ``sender`` send at ``now``, or None when it does."""
    if token is None:
        return "not-logged"
    if token.sender != sender:
        return "other-sender"
    if token.withdrawn:
        return "withdrawn"
    return "expired" if now >= token.expires_at else None


def each_fault_once(faults: Iterable[str | None]) -> Objections:
    """Return one objection per kind of fault."""
    return tuple(refuse(state=each) for each in sorted({fault for fault in faults if fault is not None}))


def good_recipients(
    named: Iterable[Reference], tokens: Mapping[Reference, ConsentToken], sender: NodeId, now: int
) -> frozenset[NodeId]:
    """Return the nodes for which one of the ``named`` references is a token that runs."""
    found = (tokens.get(each) for each in named)
    return frozenset(each.recipient for each in found if each is not None and token_fault(each, sender, now) is None)
