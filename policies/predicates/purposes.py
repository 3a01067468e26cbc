"""The purpose of a message and the fields that a channel does not carry."""

from dataclasses import dataclass
from enum import StrEnum

from policies.facts import OuterFacts
from policies.header import Header
from policies.predicates.values import refuse, shown
from policies.registry import NONE, Objections, outer


@dataclass(frozen=True, slots=True)
class Purposes:
    """Purpose codes."""

    purposes: frozenset[str]


@outer(20, "purpose", Purposes, ("purpose",))
def purpose(facts: OuterFacts, known: Purposes) -> Objections:
    """The purpose is one that the channel permits."""
    given = facts.header.purpose
    return NONE if given in known.purposes else (refuse(purpose=shown(given)),)


class HeaderField(StrEnum):
    """Optional header fields that a rule may forbid."""

    URGENCY = "urgency"
    URGENCY_GROUND = "urgency-ground"
    CLASSIFICATION = "classification"
    HANDLING = "handling"
    PERSON_ROLES = "person-roles"
    DATA_CATEGORIES = "data-categories"
    ERASE_BY = "erase-by"
    CONSENTS = "consents"
    APPROVALS = "approvals"
    IDENTITY = "identity"


@dataclass(frozen=True, slots=True)
class HeaderFields:
    """Header fields."""

    fields: frozenset[HeaderField]


@outer(21, "header-without", HeaderFields, ("field",))
def header_without(facts: OuterFacts, forbidden: HeaderFields) -> Objections:
    """None of the fields is present."""
    return tuple(refuse(field=str(each)) for each in sorted(forbidden.fields) if _present(facts.header, each))


def _present(header: Header, field: HeaderField) -> bool:
    value: object = getattr(header, field.value.replace("-", "_"))
    return value is not None and value is not False and value != ()
