"""Records of consent: read back to the person before they count, and ended where they cannot be kept."""

from dataclasses import dataclass
from typing import Final

from policies.documents import text_at
from policies.facts import InnerFacts
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Nothing, Objections, inner

_GIVING: Final = frozenset(("record", "renew"))


@inner(152, "consent-read-back", Nothing, ("state",))
def consent_read_back(facts: InnerFacts, _: Nothing) -> Objections:
    """What the person allowed was read back and confirmed, with a witness who is not the one that asked."""
    body = facts.documents.get("body")
    state = read_back_fault(body) if text_at(body, "/phase") in _GIVING else None
    return NONE if state is None else (refuse(state=state),)


def read_back_fault(document: object) -> str | None:
    """Return what the reading back of a record lacks, None when it lacks nothing."""
    sheet, witness = (text_at(document, f"/record/read_back/{name}") for name in ("sheet", "witness"))
    if not sheet or not witness:
        return "not-read-back"
    return "same-person" if witness == text_at(document, "/record/asked_by/staff") else None


@dataclass(frozen=True, slots=True)
class Values:
    """The values that a field of the body may have."""

    path: str
    values: frozenset[str]


@inner(153, "value-within", Values, ("value",))
def value_within(facts: InnerFacts, known: Values) -> Objections:
    """The field has one of the values; one that is missing has none of them."""
    found = text_at(facts.documents.get("body"), known.path)
    return NONE if found in known.values else (refuse(value=shown(found)),)
