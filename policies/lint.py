"""What is wrong with a set of policy files beyond what parsing refuses; each remark with line and remedy.

Asked for here: every text exists, in the complete languages too, and names only what its predicate says; every law has
a name; every type is in the catalogue; no channel lacks a rule that all need; every rule has cases in which it fires
and cases in which it does not.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from policies.case_words import CASE_TEXTS
from policies.clocks.words import CLOCK_TEXTS
from policies.engine import BUILT_IN, NETWORK
from policies.errors import PolicyError, Problem
from policies.explain import LAW
from policies.facts import Side, Use
from policies.model import ChannelPolicy, Obligation, Rule
from policies.parse import SUFFIX, named_channel, parse_policy
from policies.predicates.table import PREDICATES
from policies.selftest import TESTS, Case, channel_of_cases, parse_cases
from policies.texts import (
    COMPLETE,
    FALLBACK,
    FOLDER,
    OUTSIDE,
    PLACEHOLDER,
    UNKNOWN_TEXT,
    Library,
    Texts,
    load_texts,
    text_language,
)
from protocol.ids import TypeId

ALWAYS: Final = {
    **dict.fromkeys(
        (
            "sender-in-standing",
            "recipient-in-standing",
            "sender-standing-kind",
            "recipient-standing-kind",
            "purpose",
            "life",
            "policy-active",
            "reply-same-channel",
        ),
        frozenset(Side),
    ),
    **dict.fromkeys(("reply-known", "approvals-logged"), frozenset((Side.SENDER, Side.HUB))),
}
"""Predicates that every channel asks of every type, and the sides on which it does."""

_GIVEN: Final = frozenset(("rule", "recipient"))
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Reference:
    """Where a text is named, and what its placeholders may be; None leaves them open."""

    text: str
    file: str
    line: int
    says: frozenset[str]


def lint(files: Mapping[str, bytes], types: Collection[TypeId] = ()) -> tuple[Problem, ...]:
    """Return every problem of the files in order; nothing means that they may be published.

    ``types`` are the catalogue's message types; without them that check is left out.
    """
    problems = [*_strangers(files)]
    library = _parsed(problems, lambda: load_texts(files)) or {}
    policies: list[ChannelPolicy] = []
    for name in sorted(each for each in files if named_channel(each) is not None):
        policy = _parsed(problems, lambda name=name: parse_policy(name, files[name]))  # type: ignore[misc]
        if policy is not None:
            policies.append(policy)
            problems += (*_lint_types(policy, types), *_lint_always(policy), *_lint_cases(policy, files, problems))
    problems += _lint_ids(policies)
    if library:
        problems += _lint_texts(library, policies)
    return tuple(sorted(problems))


def _parsed(problems: list[Problem], parse: Callable[[], T]) -> T | None:
    try:
        return parse()
    except PolicyError as error:
        problems += error.problems
        return None


def _strangers(files: Mapping[str, bytes]) -> Iterator[Problem]:
    for name in files:
        if named_channel(name) is None and text_language(name) is None and channel_of_cases(name) is None:
            yield Problem(
                name, 1, "No part of a policy has this name.", "Use `<channel>.yaml` or `texts/<language>.yaml`."
            )


def _lint_types(policy: ChannelPolicy, types: Collection[TypeId]) -> Iterator[Problem]:
    for each in policy.sets if types else ():
        if each not in types and each not in policy.awaiting:
            yield Problem(policy.file, 1, f"The catalogue has no type `{each}`.", "Correct it, or list it as awaiting.")
        if each in types and each in policy.awaiting:
            yield Problem(policy.file, 1, f"The catalogue has the type `{each}`.", "List it under types now.")


def _lint_always(policy: ChannelPolicy) -> Iterator[Problem]:
    asked = {each.rule.predicate: each.rule.sides for each in policy.outer if not each.rule.types}
    for predicate, sides in ALWAYS.items():
        if not sides <= asked.get(predicate, frozenset()):
            what = f"No rule asks `{predicate}` of every type on the side of {', '.join(sorted(sides))}."
            yield Problem(policy.file, 1, what, "Add one.")


def _lint_ids(policies: Iterable[ChannelPolicy]) -> Iterator[Problem]:
    first: dict[str, Rule] = {}
    for rule in (rule for policy in policies for rule in policy.rules()):
        other = first.setdefault(rule.id, rule)
        if other.file != rule.file:
            yield Problem(
                rule.file, rule.line, f"The id `{rule.id}` stands in {other.file} too.", "Start it with its channel."
            )


def _lint_cases(policy: ChannelPolicy, files: Mapping[str, bytes], problems: list[Problem]) -> Iterator[Problem]:
    name = policy.file.removesuffix(SUFFIX) + TESTS
    if name not in files:
        yield Problem(name, 1, "The channel has no cases.", "Write facts and cases beside the policy.")
        return
    cases = _parsed(problems, lambda: parse_cases(name, files[name]))
    if cases is None:
        return
    fired = {each for case in cases for each in case.rules}
    silent = {each for case in cases for each in _asked(policy, case) if each not in case.rules}
    for rule in policy.rules():
        if rule.id not in fired:
            yield Problem(policy.file, rule.line, f"No case makes `{rule.id}` fire.", f"Add one to {name}.")
        if rule.id not in silent:
            yield Problem(
                policy.file, rule.line, f"No case lets `{rule.id}` pass.", f"Add facts of its type to {name}."
            )
    for unknown in sorted(fired - {rule.id for rule in policy.rules()} - set(BUILT_IN)):
        yield Problem(name, 1, f"A case expects `{unknown}`, which is no rule.", "Correct the id.")


def _asked(policy: ChannelPolicy, case: Case) -> Iterator[str]:
    facts, about = case.facts.outer, case.facts.disclosed
    rules = policy.sending_rules()
    if about is not None:
        using = tuple(each.rule for each in policy.uses if about.use in each.rule.uses)
        rules = (*(each.rule for each in policy.disclosure), *using) if about.use is Use.FORWARD else using
    for rule in rules:
        if facts.side in rule.sides and (not rule.types or facts.header.type in rule.types):
            yield rule.id


def _lint_texts(library: Library, policies: Iterable[ChannelPolicy]) -> Iterator[Problem]:
    named = [_Reference(each, f"{FOLDER}{FALLBACK}{SUFFIX}", 1, _GIVEN) for each in (*BUILT_IN, UNKNOWN_TEXT)]
    named += [_Reference(each, f"{FOLDER}{FALLBACK}{SUFFIX}", 1, _GIVEN | says) for each, says in OUTSIDE.items()]
    named += [_Reference(each, f"{FOLDER}{FALLBACK}{SUFFIX}", 1, says) for each, says in CLOCK_TEXTS.items()]
    named += [_Reference(each, f"{FOLDER}{FALLBACK}{SUFFIX}", 1, says) for each, says in CASE_TEXTS.items()]
    for policy in policies:
        named += [_of_rule(each) for each in policy.rules()]
        named += [_Reference(each.text, policy.file, each.line, _GIVEN) for each in policy.obligations]
        for rule in policy.rules():
            yield from _lint_article(library[FALLBACK], policy.file, rule)
        for obligation in policy.obligations:
            yield from _lint_article(library[FALLBACK], policy.file, obligation)
    for language in sorted(set(COMPLETE) - set(library)):
        what = f"The texts in `{language}` are missing."
        yield Problem(f"{FOLDER}{language}{SUFFIX}", 1, what, "Translate the English file.")
    for language in sorted(library):
        for each in named:
            yield from _lint_text(library[language], each)
        yield from _lint_complete(library[language], library[FALLBACK], {each.text for each in named})


def _of_rule(rule: Rule) -> _Reference:
    return _Reference(rule.text, rule.file, rule.line, _GIVEN | set(PREDICATES[rule.predicate].says))


def _lint_article(english: Texts, file: str, of: Rule | Obligation) -> Iterator[Problem]:
    laws = [found[1] for found in LAW.finditer(of.article)]
    if not any(each in english.laws for each in laws):
        remedy = f"Write it like `PCC 31(4)(b)`, or `{NETWORK}` for a rule of the network's own."
        yield Problem(file, of.line, f"The article `{of.article}` names no known law.", remedy)


def _lint_text(texts: Texts, of: _Reference) -> Iterator[Problem]:
    text = texts.texts.get(of.text)
    if text is None:
        if texts.language in COMPLETE:
            what = f"The text `{of.text}` is missing in `{texts.language}`."
            yield Problem(of.file, of.line, what, f"Add it to {FOLDER}{texts.language}{SUFFIX}.")
        return
    used = {found[1] for found in PLACEHOLDER.finditer(text.sentence + text.remedy)}
    for each in sorted(used - of.says):
        what = f"The text `{of.text}` in `{texts.language}` names {{{each}}}, which its rule never says."
        yield Problem(of.file, of.line, what, f"It may name: {', '.join(sorted(of.says))}.")


def _lint_complete(texts: Texts, english: Texts, named: Collection[str]) -> Iterator[Problem]:
    file = f"{FOLDER}{texts.language}{SUFFIX}"
    for each in sorted(set(texts.texts) - set(named)):
        yield Problem(file, 1, f"Nothing uses the text `{each}`.", "Remove it or correct its name.")
    if texts.language in COMPLETE:
        for each in sorted((english.words.keys() - texts.words.keys()) | (english.laws.keys() - texts.laws.keys())):
            yield Problem(file, 1, f"The word or law `{each}` is missing.", "Translate it from the English file.")
