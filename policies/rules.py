"""One rule from its lines: keys, predicate, parameters, types and sides, each refused by name when it is wrong."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from policies.errors import PolicyError, Problem
from policies.facts import Side, Use
from policies.model import Rule
from policies.predicates.table import PREDICATES
from policies.registry import InnerPredicate, OuterPredicate, Predicate
from policies.tree import Items, Node, Table
from policies.typed import items, nearest, read, refuse, table
from protocol.decision import Verdict
from protocol.ids import TypeId


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands: its file, the types of the file, and which verdicts it may give there."""

    file: str
    types: tuple[TypeId, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The keys of a rule, parameters apart."""

    id: str
    predicate: str
    article: str
    text: str
    verdict: Verdict = Verdict.DENY
    types: tuple[str, ...] = ()
    sides: tuple[Side, ...] = ()
    alarm: bool = False
    admits: bool = False  # the types are carried because of this rule; read by ``parse``
    uses: tuple[Use, ...] = ()


def read_outer(node: Node, place: Place, problems: list[Problem]) -> tuple[tuple[Rule, OuterPredicate], ...]:
    """Return the rules of an outer list; what is wrong with the others is appended to ``problems``."""
    found = _read_rules(node, place, problems)
    out = []
    for rule, predicate in found:
        if isinstance(predicate, OuterPredicate):
            out.append((rule, predicate))
        else:
            remedy = "Move the rule to the inner list; the hub cannot see content."
            problems.append(Problem(place.file, rule.line, f"`{predicate.name}` looks at content.", remedy))
    return tuple(out)


def read_inner(node: Node, place: Place, problems: list[Problem]) -> tuple[tuple[Rule, InnerPredicate], ...]:
    """Return the rules of an inner list; what is wrong with the others is appended to ``problems``."""
    out = []
    for rule, predicate in _read_rules(node, place, problems):
        if isinstance(predicate, OuterPredicate):
            remedy = "Move the rule to the outer list, so that the hub asks it too."
            problems.append(Problem(place.file, rule.line, f"`{predicate.name}` looks at the header only.", remedy))
        elif Side.HUB in rule.sides and rule.sides != frozenset(Side):
            problems.append(Problem(place.file, rule.line, "The hub cannot ask this rule.", "Name node sides only."))
        else:
            out.append((rule, predicate))
    return tuple(out)


def read_disclosure(
    node: Node, place: Place, problems: list[Problem], *, about_uses: bool = False
) -> tuple[tuple[Rule, OuterPredicate | InnerPredicate], ...]:
    """Return the rules about disclosures; what is wrong with the others is appended to ``problems``.

    They are asked by the node that discloses, over header and content, so they name no sides.
    """
    out = []
    for rule, predicate in _read_rules(node, place, problems, about_uses=about_uses):
        if rule.sides != frozenset(Side):
            what = "A disclosure or another use is judged by the node that makes it."
            problems.append(Problem(place.file, rule.line, what, "Drop the key `sides`."))
        else:
            out.append((rule, predicate))
    return tuple(out)


def read_uses(
    node: Node, place: Place, problems: list[Problem]
) -> tuple[tuple[Rule, OuterPredicate | InnerPredicate], ...]:
    """Return the rules about uses of kept messages; what is wrong with the others is appended to ``problems``.

    Each names the uses for which it is asked. What only showing rows to others needs stands in the disclosure list.
    """
    out = []
    for rule, predicate in read_disclosure(node, place, problems, about_uses=True):
        if not rule.uses - {Use.FORWARD}:
            what = "The rule does not say which uses it is about, or it is about showing rows to others only."
            remedy = f"Write `uses: [{Use.READ}, {Use.PRINT}, {Use.QUOTE}, {Use.EXPORT}]` or some, or move it there."
            problems.append(Problem(place.file, rule.line, what, remedy))
        else:
            out.append((rule, predicate))
    return tuple(out)


def _read_rules(
    node: Node, place: Place, problems: list[Problem], *, about_uses: bool = False
) -> list[tuple[Rule, Predicate]]:
    out = []
    for each in items(node, place.file).items:
        try:
            found = _read_rule(table(each, place.file), place)
        except PolicyError as error:
            problems += error.problems
            continue
        if found[0].uses and not about_uses:
            what = "`uses` belongs to the rules about uses only."
            problems.append(Problem(place.file, found[0].line, what, "Drop the key, or move the rule to that list."))
            continue
        out.append(found)
    return out


def _read_rule(node: Table, place: Place) -> tuple[Rule, Predicate]:
    keys = Table({key: value for key, value in node.entries.items() if key != "parameters"}, node.line)
    written = read(_Written, keys, place.file)
    predicate = PREDICATES.get(written.predicate)
    if predicate is None:
        at = node.entries["predicate"]
        raise refuse(
            place.file, at, f"No predicate is called `{written.predicate}`.", nearest(written.predicate, PREDICATES)
        )
    if written.verdict not in place.verdicts:
        permitted = ", ".join(place.verdicts)
        raise refuse(
            place.file, node.entries["verdict"], f"`{written.verdict}` cannot stand here.", f"Use {permitted}."
        )
    rule = Rule(
        id=written.id,
        predicate=predicate.name,
        parameters=_parameters(node, predicate, place.file),
        article=written.article,
        text=written.text,
        verdict=written.verdict,
        types=known_types(node, written.types, place),
        sides=frozenset(written.sides or Side),
        file=place.file,
        line=node.line,
        alarm=written.alarm,
        uses=frozenset(written.uses),
    )
    return rule, predicate


def _parameters(node: Table, predicate: Predicate, file: str) -> object:
    given = node.entries.get("parameters", Table({}, node.line))
    refuse_empty(given, file)
    return read(predicate.parameters, given, file)


def refuse_empty(node: Node, file: str) -> None:
    """Refuse an empty list anywhere below ``node``."""
    if isinstance(node, Items) and not node.items:
        raise refuse(file, node, "The list is empty, which would permit nothing or everything.", "Write its values.")
    if isinstance(node, Table):
        for each in node.entries.values():
            refuse_empty(each, file)


def known_types(node: Table, written: Sequence[str], place: Place) -> tuple[TypeId, ...]:
    """Return the types that a rule or obligation names; one that its file does not carry is refused."""
    known = {str(each): each for each in place.types}
    for each in written:
        if each not in known:
            raise refuse(
                place.file, node.entries["types"], f"The channel does not carry `{each}`.", nearest(each, known)
            )
    if "types" in node.entries and not written:
        raise refuse(place.file, node.entries["types"], "The list of types is empty.", "Name types or drop the key.")
    return tuple(known[each] for each in written)


def repeated(ids: Collection[tuple[str, int]], file: str) -> list[Problem]:
    """Return one problem for each id that stands twice."""
    first: dict[str, int] = {}
    out = []
    for name, line in ids:
        if name in first:
            remedy = "Give each rule its own id; ids are kept in logs for years."
            out.append(Problem(file, line, f"The id `{name}` stands in line {first[name]} already.", remedy))
        first.setdefault(name, line)
    return out
