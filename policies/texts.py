"""Words for findings, one file for each language: sentences with remedies, short words for states, law names.

A text has placeholders in braces; they are filled with the values of a finding. English is complete and answers where
another language has a gap.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policies.errors import PolicyError, Problem
from policies.tree import parse_tree
from policies.typed import read

FALLBACK: Final = "en"
COMPLETE: Final = ("en", "sr-Latn")
FOLDER: Final = "texts/"
UNKNOWN_TEXT: Final = "engine.unknown-text"
OUTSIDE: Final[Mapping[str, frozenset[str]]] = {
    "hub.no-valid-key": frozenset({"reason"}),
    "hub.agreement": frozenset(),
    "hub.longest-life": frozenset({"days"}),
    "gate.no-bundle": frozenset(),
    "gate.invalid-document": frozenset({"code"}),
    "gate.unfit-overlay": frozenset(),
    "screening.template-query": frozenset({"query"}),
    "screening.no-template": frozenset(),
    "screening.incomplete": frozenset({"fields"}),
    "screening.thin-subject": frozenset(),
    "screening.date-passed": frozenset(),
    "screening.no-basis": frozenset(),
    "screening.purpose": frozenset(),
    "screening.not-competent": frozenset(),
    "screening.copy-only": frozenset(),
    "screening.urgency-ground": frozenset(),
    "screening.special-category": frozenset({"categories"}),
    "screening.victim": frozenset(),
    "screening.classified": frozenset(),
    "screening.judicial": frozenset(),
    "screening.duplicate": frozenset({"count"}),
    "screening.other-channel": frozenset({"count"}),
    "screening.own-holding": frozenset({"count"}),
    "screening.third-party": frozenset({"owners"}),
    "screening.listed": frozenset({"lists"}),
    "screening.unscreened": frozenset(),
    "export.own": frozenset(),
    "export.police-consented": frozenset({"owner"}),
    "export.rogatory": frozenset({"owner"}),
    "forward.basis": frozenset({"owner", "reference"}),
    "forward.further": frozenset({"owner", "reference"}),
    "forward.item": frozenset({"owner", "date"}),
    "letter.own": frozenset({"reference", "date"}),
    "letter.believed": frozenset({"owner", "reference", "date"}),
    "letter.quoted": frozenset({"owner", "reference", "date"}),
    "letter.condition": frozenset({"owner", "condition"}),
    "letter.record": frozenset({"owner", "reference", "date"}),
}
"""Words that no rule of a policy says but the hub's admission, a node's gate, screening, exports and drafts of letters,
with their values.
"""
PLACEHOLDER: Final = re.compile(r"\{([a-z]+)\}")


@dataclass(frozen=True, slots=True)
class Text:
    """What was refused, and what to do about it."""

    sentence: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """All words of one language."""

    language: str
    article: str  # how a place in a law is announced, such as "Art."
    laws: Mapping[str, str]
    words: Mapping[str, str]
    texts: Mapping[str, Text]


Library = Mapping[str, Texts]
"""The texts of every language by its code."""


def parse_texts(file: str, raw: bytes) -> Texts:
    """Return the words of one language. Raises ``PolicyError``."""
    return read(Texts, parse_tree(file, raw), file)


def load_texts(files: Mapping[str, bytes]) -> Library:
    """Return the texts among ``files`` (``texts/<language>.yaml``). Raises ``PolicyError``, also without English."""
    out: dict[str, Texts] = {}
    for name in sorted(each for each in files if text_language(each) is not None):
        texts = parse_texts(name, files[name])
        if texts.language != text_language(name):
            raise PolicyError(Problem(name, 1, f"The file is in `{texts.language}`.", "Name it after its language."))
        out[texts.language] = texts
    english = out.get(FALLBACK)
    if english is None or UNKNOWN_TEXT not in english.texts:
        what = f"English texts with `{UNKNOWN_TEXT}` are missing."
        raise PolicyError(Problem(f"{FOLDER}{FALLBACK}.yaml", 1, what, "Every other text falls back on them."))
    return out


def text_language(file: str) -> str | None:
    """Return the language that a text file's name states, or None for another file."""
    found = re.search(r"(?:^|/)texts/([A-Za-z-]+)\.yaml$", file)
    return None if found is None else found[1]
