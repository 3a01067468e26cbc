"""A decision in words, rendered where it is read and in the reader's language: what, under which law, what to do."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from policies.texts import FALLBACK, PLACEHOLDER, UNKNOWN_TEXT, Library, Texts
from protocol.catalogue.types import FALLBACK as NEAR
from protocol.decision import Decision, Finding, Verdict
from protocol.ids import NodeId

Label = Callable[[str, str], str | None]
"""From a finding's parameter name and code to its label in the reader's language, or None for the engine's words."""

LAW: Final = re.compile(r"\b([A-Z][A-Za-z]*[0-9]*)\b(?=( [0-9(])?)")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One finding in words. ``recipient`` is None when it concerns the message itself."""

    rule: str
    verdict: Verdict
    recipient: NodeId | None
    sentence: str
    article: str
    remedy: str


def no_label(_name: str, _code: str) -> None:
    """Return no label: the engine's own words and the bare codes are shown."""


def explain(decision: Decision, library: Library, language: str, label: Label = no_label) -> tuple[Explanation, ...]:
    """Return one explanation for each finding, in order; nothing for an allowed message. Never raises.

    What a language lacks is answered in the nearest one and English last, an unknown text id by a general sentence.
    """
    return tuple(explain_finding(each, library, language, label) for each in decision.findings)


def explain_finding(finding: Finding, library: Library, language: str, label: Label = no_label) -> Explanation:
    """Return one finding in words."""
    chain = _chain(library, language)
    found = (each.texts.get(name) for name in (finding.text, UNKNOWN_TEXT) for each in chain)
    text = next(each for each in found if each is not None)
    recipient = "-" if finding.recipient is None else label("recipient", finding.recipient) or finding.recipient
    values = {"rule": finding.rule, "recipient": recipient}
    values |= {name: _words(name, codes, chain, label) for name, codes in finding.parameters}
    return Explanation(
        finding.rule,
        finding.verdict,
        finding.recipient,
        _filled(text.sentence, values),
        name_article(finding.article, library, language),
        _filled(text.remedy, values),
    )


def name_article(article: str, library: Library, language: str) -> str:
    """Return the article with the full names of the laws instead of their short ones."""
    chain = _chain(library, language)

    def name(found: re.Match[str]) -> str:
        law = next((each.laws[found[1]] for each in chain if found[1] in each.laws), None)
        if law is None:
            return found[1]
        return f"{law}, {chain[0].article}" if found[2] else law

    return LAW.sub(name, article)


def _chain(library: Library, language: str) -> tuple[Texts, ...]:
    """Return the texts that answer for a language, the nearest first, English last."""
    near = (language, *NEAR.get(language, ()))
    return (*(library[each] for each in near if each in library), library[FALLBACK])


def _words(name: str, codes: str, chain: tuple[Texts, ...], label: Label) -> str:
    return ", ".join(label(name, each) or _word(each, chain) for each in codes.split(", "))


def _word(code: str, chain: tuple[Texts, ...]) -> str:
    return next((each.words[code] for each in chain if code in each.words), code)


def _filled(text: str, values: dict[str, str]) -> str:
    return PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
