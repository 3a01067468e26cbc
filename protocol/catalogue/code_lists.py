"""Code lists: closed sets of values with their words in every language, and what else is known of a code."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.errors import Malformed

LANGUAGES: Final = ("en", "sr-Latn", "sr-Cyrl", "bs", "mk", "sq")
"""Languages in which every code and label has words."""
URN: Final = "urn:xb:1:codes:"


@dataclass(frozen=True, slots=True)
class Entry:
    """One code. ``more`` holds facts about it by name, such as ``article``, ``channels`` or ``special``."""

    code: str
    labels: Mapping[str, str]
    more: Mapping[str, JSON]


@dataclass(frozen=True, slots=True)
class CodeList:
    """A list by name, its codes in the order in which people see them."""

    name: str
    entries: Mapping[str, Entry]

    def more(self, code: str, fact: str) -> JSON:
        """Return a fact about a code, or None when the code or the fact is unknown."""
        entry = self.entries.get(code)
        return None if entry is None else entry.more.get(fact)


def parse_code_list(document: JSON) -> CodeList:
    """Return the list that a file of ``codes/`` holds. The file is a JSON Schema too; MALFORMED when the two differ."""
    if not isinstance(document, dict):
        raise Malformed("code list")
    urn, codes, entries = document.get("$id"), document.get("enum"), document.get("x-codes")
    if (
        not isinstance(urn, str)
        or not urn.startswith(URN)
        or not isinstance(codes, list)
        or not isinstance(entries, dict)
    ):
        raise Malformed("code list")
    if codes != list(entries):
        raise Malformed(f"{urn}: the codes and their words differ")
    return CodeList(urn.removeprefix(URN), {code: _entry(code, entries[code]) for code in entries})


def _entry(code: str, value: JSON) -> Entry:
    if not isinstance(value, dict):
        raise Malformed(f"code {code}")
    labels = value.get("labels")
    if not isinstance(labels, dict) or tuple(labels) != LANGUAGES:
        raise Malformed(f"code {code}: words are needed in {', '.join(LANGUAGES)}")
    words = {language: text for language, text in labels.items() if isinstance(text, str) and text}
    if len(words) != len(labels):
        raise Malformed(f"code {code}: a word is empty")
    return Entry(code, words, {name: fact for name, fact in value.items() if name != "labels"})
