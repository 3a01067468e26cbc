"""What a document must say: fields a treaty asks for, and an evaluation at each item of information."""

from dataclasses import dataclass

from policies.documents import filled_at
from policies.facts import InnerFacts
from policies.predicates.values import listed, refuse
from policies.registry import NONE, Nothing, Objections, inner


@dataclass(frozen=True, slots=True)
class Fields:
    """JSON pointers into one part."""

    part: str
    fields: tuple[str, ...]


@inner(85, "fields-filled", Fields, ("fields",))
def fields_filled(facts: InnerFacts, wanted: Fields) -> Objections:
    """Each of the fields holds something."""
    return fields_missing(facts, wanted)


def fields_missing(facts: InnerFacts, wanted: Fields) -> Objections:
    """Return an objection that lists the fields without a value."""
    document = facts.documents.get(wanted.part)
    missing = [each for each in wanted.fields if not filled_at(document, each)]
    return (refuse(fields=listed(missing)),) if missing else NONE


@inner(86, "child-guarded", Fields, ("fields",))
def child_guarded(facts: InnerFacts, wanted: Fields) -> Objections:
    """A message about a child fills each of the fields that speak of its protection."""
    return fields_missing(facts, wanted) if facts.content.child else NONE


@inner(87, "items-evaluated", Nothing, ("items",))
def items_evaluated(facts: InnerFacts, _: Nothing) -> Objections:
    """Each item of information carries source code, information code, date and kind."""
    missing = facts.content.evaluation_missing
    return (refuse(items=str(len(missing))),) if missing else NONE
