"""Which story fires each rule over a real hub and two nodes, and which one lets it pass; and what nothing covers.

The list is written by the run of the stories from what the nodes and the hub answered, and stands beside the policies
in no bundle: it says nothing that a decision depends on.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.errors import PolicyError, Problem
from policies.explain import LAW
from policies.facts import Side
from policies.legal import LegalCheck, find_gaps
from policies.model import PolicySet, Rule
from policies.texts import FALLBACK, FOLDER, Library
from policies.tree import parse_tree
from policies.typed import items, nearest, read
from protocol.ids import TypeId

_LIST: Final = "stories"
_HEAD: Final = """\
# Which story makes each rule fire over a real hub and two nodes, and which one lets it pass.
# Written by `python -m tests.stories` from what hub and nodes answered; a test tells all stories and compares.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step of one story, and the sides that were seen to decide it."""

    story: str
    step: str
    at: tuple[Side, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleStory:
    """What was seen of one rule; None where no story came by.

    A rule is guarded where the encodings or the API refuse first whatever it would refuse: no message reaches it.
    """

    rule: str
    fires: Told | None = None
    passes: Told | None = None
    guarded: Told | None = None  # the step whose refusal came from what stands before the rule


@dataclass(frozen=True, slots=True)
class Ground:
    """What coverage is asked of: the policies, their texts, the catalogue's types, and the list of the law's checks."""

    policies: PolicySet
    library: Library
    types: Collection[TypeId]
    legal: tuple[LegalCheck, ...]


@dataclass(frozen=True, slots=True)
class Files:
    """The names under which remarks refer to the two lists."""

    stories: str
    legal: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """Every rule with its stories, what is missing, and what comes later."""

    rules: tuple[RuleStory, ...]
    gaps: tuple[Problem, ...]
    later: tuple[LegalCheck, ...]
    awaiting: tuple[tuple[str, TypeId], ...]  # channel and type


def parse_stories(file: str, raw: bytes) -> tuple[RuleStory, ...]:
    """Return the list in file order. Raises ``PolicyError`` for one that cannot be read or that names a rule twice."""
    tree = parse_tree(file, raw)
    if set(tree.entries) != {_LIST}:
        raise PolicyError(Problem(file, tree.line, "The file is one list.", f"Write `{_LIST}:` and nothing beside it."))
    found = tuple(read(RuleStory, each, file) for each in items(tree.entries[_LIST], file).items)
    names = [each.rule for each in found]
    if len(names) != len(set(names)):
        raise PolicyError(Problem(file, tree.line, "A rule stands twice.", "Tell the stories again."))
    return found


def encode_stories(found: Iterable[RuleStory]) -> bytes:
    """Return the file of the list: one rule after the other, by id; ``parse_stories`` reads it back."""
    lines = [_HEAD, f"{_LIST}:\n"]
    for each in sorted(found, key=lambda rule: rule.rule):
        lines.append(f"  - rule: {each.rule}\n")
        seen = (("fires", each.fires), ("passes", each.passes), ("guarded", each.guarded))
        lines += [f"    {name}: {_told(told)}\n" for name, told in seen if told is not None]
    return "".join(lines).encode()


def _told(told: Told) -> str:
    step = told.step.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{story: {told.story}, step: "{step}", at: [{", ".join(told.at)}]}}'


def cover(ground: Ground, stories: tuple[RuleStory, ...], files: Files) -> Coverage:
    """Return what the stories cover of the rules.

    A gap is a rule without a story in which it fires or without one in which it does not, a story of no rule, a law or
    a check of the law that nothing answers, and a type that no channel carries; each with its remedy.
    """
    rules = {rule.id: rule for policy in ground.policies.channels.values() for rule in policy.rules()}
    told = {each.rule: each for each in stories}
    gaps = (
        *_story_gaps(rules, told, files.stories),
        *find_gaps(files.legal, ground.legal, ground.policies, ground.library),
        *_law_gaps(ground),
        *_type_gaps(ground),
    )
    return Coverage(
        tuple(told.get(each, RuleStory(rule=each)) for each in rules),
        gaps,
        tuple(each for each in ground.legal if each.later is not None),
        tuple((name, each) for name, policy in ground.policies.channels.items() for each in policy.awaiting),
    )


def _story_gaps(rules: Mapping[str, Rule], told: Mapping[str, RuleStory], file: str) -> Iterator[Problem]:
    for rule in rules.values():
        found = told.get(rule.id, RuleStory(rule=rule.id))
        if found.fires is None and found.guarded is None:
            yield Problem(rule.file, rule.line, f"No story makes `{rule.id}` fire.", "Add a step to tests/stories.")
        if found.passes is None:
            yield Problem(rule.file, rule.line, f"No story lets `{rule.id}` pass.", "Add a step to tests/stories.")
    for each in told:
        if each not in rules:
            yield Problem(file, 1, f"A story tells of `{each}`, which is no rule.", nearest(each, rules))


def _law_gaps(ground: Ground) -> Iterator[Problem]:
    """Yield every law with a name that no rule, no obligation and no check of the law rests on."""
    articles = [each.article for each in ground.legal]
    for policy in ground.policies.channels.values():
        articles += [each.article for each in policy.rules()] + [each.article for each in policy.obligations]
    cited = {found[1] for article in articles for found in LAW.finditer(article)}
    for law in ground.library[FALLBACK].laws:
        if law not in cited:
            what = f"No rule rests on the law `{law}`."
            yield Problem(f"{FOLDER}{FALLBACK}.yaml", 1, what, "Name it at the rule that it asks for, or remove it.")


def _type_gaps(ground: Ground) -> Iterator[Problem]:
    carried = {each for policy in ground.policies.channels.values() for each in policy.sets}
    for each in sorted(set(ground.types) - carried):
        yield Problem("catalogue", 1, f"No channel carries the type `{each}`.", "Name it under `types` of a policy.")
