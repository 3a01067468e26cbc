"""Test files beside the policies: facts to verdict, written by those who write the rules.

A file names complete messages (``facts``), each of which must be allowed as it stands, and ``cases`` that change one
of them: ``set`` puts values at dotted paths, ``drop`` removes keys. A case states the verdict and exactly which rules
fire; it may name the refused recipients and the duties that come with an allow.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.cases import Written, to_facts
from policies.engine import decide_inner, decide_outer, decide_use
from policies.facts import InnerFacts, Side
from policies.model import PolicySet
from policies.parse import SUFFIX, named_channel
from policies.tree import Items, Node, Scalar, Table, parse_tree
from policies.typed import items, nearest, read, refuse, scalar, table
from protocol.decision import Decision, Verdict
from protocol.ids import Channel, NodeId

TESTS: Final = ".tests.yaml"
"""How the name of a test file ends, after its channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Facts and what the policy must say of them."""

    name: str
    file: str
    line: int
    facts: InnerFacts
    verdict: Verdict
    rules: frozenset[str]
    refused: frozenset[NodeId] | None
    duties: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case with the decision it got."""

    case: Case
    decision: Decision

    @property
    def passed(self) -> bool:
        """Whether verdict, fired rules and, where stated, refused recipients and duties are as expected."""
        fired = frozenset(each.rule for each in self.decision.findings)
        named, owed = self.case.refused, self.case.duties
        return (
            self.decision.verdict is self.case.verdict
            and fired == self.case.rules
            and (named is None or named == self.decision.refused())
            and (owed is None or owed == {each.id for each in self.decision.duties})
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Expected:
    name: str
    facts: str
    verdict: Verdict
    rules: tuple[str, ...]
    refused: tuple[NodeId, ...] | None = None
    duties: tuple[str, ...] | None = None


def channel_of_cases(file: str) -> Channel | None:
    """Return the channel whose cases a file's name says it holds, or None for another file."""
    return named_channel(file.removesuffix(TESTS) + SUFFIX) if file.endswith(TESTS) else None


def parse_cases(file: str, raw: bytes) -> tuple[Case, ...]:
    """Return the cases of a test file, the unchanged facts first. Raises ``PolicyError``."""
    tree = parse_tree(file, raw)
    known = ("channel", "facts", "cases")
    for key, value in tree.entries.items():
        if key not in known:
            raise refuse(file, value, f"`{key}` is not a key here.", nearest(key, known))
    for key in known:
        if key not in tree.entries:
            raise refuse(file, tree, f"The key `{key}` is missing.", f"Add `{key}: ...`.")
    channel = scalar(tree.entries["channel"], file)
    if channel.text != channel_of_cases(file):
        raise refuse(file, channel, f"The cases are for `{channel.text}`.", "Name the file after its one channel.")
    given = {
        name: Table({"channel": channel, **table(facts, file).entries}, facts.line)
        for name, facts in table(tree.entries["facts"], file).entries.items()
    }
    plain = (_unchanged(name, node, file) for name, node in given.items())
    changed = (_changed(table(each, file), given, file) for each in items(tree.entries["cases"], file).items)
    return (*plain, *changed)


def _unchanged(name: str, node: Table, file: str) -> Case:
    facts = to_facts(read(Written, node, file))
    return Case(
        name=f"{name} as written",
        file=file,
        line=node.line,
        facts=facts,
        verdict=Verdict.ALLOW,
        rules=frozenset(),
        refused=None,
    )


def _changed(node: Table, given: Mapping[str, Table], file: str) -> Case:
    own = {key: value for key, value in node.entries.items() if key not in ("set", "drop")}
    expected = read(_Expected, Table(own, node.line), file)
    if expected.facts not in given:
        raise refuse(file, node, f"No facts are called `{expected.facts}`.", nearest(expected.facts, given))
    facts: Node = given[expected.facts]
    for path, value in _changes(node, file):
        facts = _put(facts, path.split("."), value, file)
    return Case(
        name=expected.name,
        file=file,
        line=node.line,
        facts=to_facts(read(Written, facts, file)),
        verdict=expected.verdict,
        rules=frozenset(expected.rules),
        refused=None if expected.refused is None else frozenset(expected.refused),
        duties=None if expected.duties is None else frozenset(expected.duties),
    )


def _changes(node: Table, file: str) -> Iterator[tuple[str, Node | None]]:
    if "set" in node.entries:
        yield from table(node.entries["set"], file).entries.items()
    if "drop" in node.entries:
        yield from ((path, None) for path in read(tuple[str, ...], node.entries["drop"], file))


def _put(node: Node, steps: list[str], value: Node | None, file: str) -> Node:
    """Return ``node`` with ``value`` at the path; None removes. Missing tables on the way are made."""
    step, rest = steps[0], steps[1:]
    if isinstance(node, Items):
        index = int(step) if step.isdigit() else len(node.items)
        if index >= len(node.items):
            raise refuse(file, node, f"The list has no entry `{step}`.", f"It has {len(node.items)}, counted from 0.")
        entry = _put(node.items[index], rest, value, file) if rest else value
        kept = () if entry is None else (entry,)
        return Items((*node.items[:index], *kept, *node.items[index + 1 :]), node.line)
    if isinstance(node, Scalar):
        raise refuse(file, node, f"Nothing lies below `{node.text}`.", "Shorten the path.")
    entries = dict(node.entries)
    if value is None and step not in entries:
        return node
    entry = _put(entries.get(step, Table({}, node.line)), rest, value, file) if rest else value
    if entry is None:
        entries.pop(step, None)
    else:
        entries[step] = entry
    return Table(entries, node.line)


def run_cases(policies: PolicySet, cases: tuple[Case, ...]) -> tuple[Outcome, ...]:
    """Return the outcome of each case; a case of the hub is decided over the header only."""
    return tuple(Outcome(each, _decide(policies, each.facts)) for each in cases)


def _decide(policies: PolicySet, facts: InnerFacts) -> Decision:
    if facts.disclosed is not None:
        return decide_use(policies, facts)
    return decide_outer(policies, facts.outer) if facts.outer.side is Side.HUB else decide_inner(policies, facts)
