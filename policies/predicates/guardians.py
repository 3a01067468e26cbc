"""Children: who speaks for them, and who steps in where a guardian has interests of its own (DP-33; THB 11(2))."""

from dataclasses import dataclass
from typing import Final

from policies.documents import text_at, value_at
from policies.facts import InnerFacts
from policies.predicates.values import refuse
from policies.registry import NONE, Nothing, Objections, inner
from protocol.records import Kind

CLEAR: Final = "clear"
CONFLICT: Final = "conflict"
AUTHORITY: Final = "authority"
PROXY: Final = "proxy"
_GUARDIAN: Final = "guardian"


@dataclass(frozen=True, slots=True)
class Guardian:
    """JSON pointers into the body: who the guardian is, and how the check for a conflict of interests ended."""

    status: str
    check: str


RECORDED: Final = Guardian("/record/child/guardian", "/record/child/guardian_check")
"""Where a record of consent says it."""


@inner(150, "guardian-free", Guardian, ("state",))
def guardian_free(facts: InnerFacts, where: Guardian) -> Objections:
    """A child's guardian was checked; in place of a conflicted or missing one stands a child-protection authority."""
    body = facts.documents.get("body")
    if not facts.content.child or not text_at(body, where.status):
        return NONE  # whether the fields must be filled at all is asked by ``child-guarded`` and by the schema
    everybody = (facts.outer.sender, *(each.participant for each in facts.outer.recipients))
    authority = any(each is not None and each.kind is Kind.CHILD_PROTECTION for each in everybody)
    state = guardian_fault(body, where, authority=authority)
    return NONE if state is None else (refuse(state=state),)


def guardian_fault(document: object, where: Guardian, *, authority: bool) -> str | None:
    """Return why nobody speaks for the child without interests of their own, None where somebody does.

    ``authority`` tells whether a child-protection authority is on the case.
    """
    status, check = text_at(document, where.status), text_at(document, where.check)
    if check not in (CLEAR, CONFLICT):
        return "not-checked"
    if check == CONFLICT and status != AUTHORITY:
        return "conflicted"
    needed = check == CONFLICT or status == "pending"
    return "no-authority" if needed and not authority else None


@inner(151, "child-represented", Nothing, ("state",))
def child_represented(facts: InnerFacts, _: Nothing) -> Objections:
    """The consent for a child is its representative's; a conflicted guardian was not in the room when it was asked."""
    state = representation_fault(facts.documents.get("body"))
    return NONE if state is None else (refuse(state=state),)


def representation_fault(document: object) -> str | None:
    """Return what is wrong with who consented for a child, None when nothing is or the person is no child."""
    if value_at(document, "/record/child") is None:
        return None
    if text_at(document, "/record/type") != PROXY:
        return "own-consent"
    present = value_at(document, "/record/present")
    there = isinstance(present, list) and _GUARDIAN in present
    conflicted = text_at(document, RECORDED.check) == CONFLICT
    return "guardian-present" if conflicted and there else None
