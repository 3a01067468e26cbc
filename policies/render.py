"""docs/refusals.md: every refusal a person can meet, from the rules and the English texts, in file order."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from policies.engine import BUILT_IN, NETWORK
from policies.errors import PolicyError, Problem
from policies.explain import name_article
from policies.model import ChannelPolicy, Obligation, Rule
from policies.parse import SUFFIX, named_channel, parse_policy
from policies.texts import FALLBACK, FOLDER, OUTSIDE, Library, load_texts
from protocol.ids import TypeId

_HEAD: Final = """\
# Refusals

What the rules of each channel refuse, why, and what to do. A refusal shows the rule's id, the article and the remedy in
the reader's language; the sentences below are the English ones, with the places where values stand in braces.

This page is written by `egnatia policy render` from `policies/data`; change those files, not this page.
Rules over the header are asked by the hub and by both nodes; rules over the content by the nodes only.
"""
_HEADS: Final = ("| Rule | Refused because | Law | What to do |", "|---|---|---|---|")
_DUTIES: Final = ("| Obligation | What holds | Law | What to do |", "|---|---|---|---|")


def render(files: Mapping[str, bytes]) -> str:
    """Return the page. Raises ``PolicyError`` when a policy or text file does not parse or lacks a text."""
    library = load_texts(files)
    policies = [parse_policy(name, files[name]) for name in sorted(files) if named_channel(name) is not None]
    lines = [_HEAD, "## On every channel", "", *_HEADS]
    lines += [_row(_named(each, ()), NETWORK, each, library) for each in (*BUILT_IN, *OUTSIDE)]
    for policy in policies:
        lines += _channel(policy, library)
    return "\n".join(lines) + "\n"


def _channel(policy: ChannelPolicy, library: Library) -> Iterator[str]:
    yield from ("", f"## Channel `{policy.channel}`", "", f"Carries {', '.join(f'`{each}`' for each in policy.sets)}.")
    yield from ("", "### Header", "", *_HEADS)
    yield from (_rule(each.rule, library) for each in policy.outer)
    if policy.inner:
        yield from ("", "### Content", "", *_HEADS)
        yield from (_rule(each.rule, library) for each in policy.inner)
    if policy.disclosure:
        yield from ("", "### Showing rows of a received message to others", "", *_HEADS)
        yield from (_rule(each.rule, library) for each in policy.disclosure)
    if policy.uses:
        yield from ("", "### Reading, printing, quoting and exporting what is kept", "", *_HEADS)
        yield from (_rule(each.rule, library) for each in policy.uses)
    if policy.obligations:
        yield from ("", "### What an allowed message asks of people", "", *_DUTIES)
        yield from (_obligation(each, library) for each in policy.obligations)


def _rule(rule: Rule, library: Library) -> str:
    return _row(_named(rule.id, rule.types), rule.article, rule.text, library)


def _obligation(obligation: Obligation, library: Library) -> str:
    return _row(_named(obligation.id, obligation.types), obligation.article, obligation.text, library)


def _named(name: str, types: Iterable[TypeId]) -> str:
    return f"`{name}`" + "".join(f" {each}" for each in types)


def _row(name: str, article: str, text: str, library: Library) -> str:
    words = library[FALLBACK].texts.get(text)
    if words is None:
        file = f"{FOLDER}{FALLBACK}{SUFFIX}"
        raise PolicyError(Problem(file, 1, f"The text `{text}` is missing.", "Add it."))
    return f"| {name} | {words.sentence} | {name_article(article, library, FALLBACK)} | {words.remedy} |"
