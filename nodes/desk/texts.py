"""The words of the desk: English sentences stand in code and templates, their translations in Babel's catalogues.

``locale/<language>/desk.po`` holds one language; an entry marked ``fuzzy`` is a draft that nobody has reviewed, and a
page that shows one says so. Serbian in Cyrillic is derived from Serbian in Latin letters.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from types import MappingProxyType
from typing import Final

from babel.messages.pofile import read_po

from nodes.desk.cyrillic import exceptions_of, to_cyrillic

SOURCE: Final = "en"
DERIVED: Final[Mapping[str, str]] = {"sr-Cyrl": "sr-Latn"}
LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "sr-Latn": "Srpski (latinica)",
    "sr-Cyrl": "Српски (ћирилица)",
    "bs": "Bosanski",
    "mk": "Македонски",
    "sq": "Shqip",
}
"""Every language of the pages, by its own name."""

_ELEVEN: Final = 11
_FEW: Final = range(2, 5)
_TEENS: Final = range(12, 15)

Key = tuple[str, str]
"""Context (mostly empty) and English sentence."""


def sentence(text: str) -> str:
    """Return the text as it is; marks an English sentence of a table for translation."""
    return text


@dataclass(frozen=True, slots=True)
class Speech:
    """One language's words."""

    language: str
    words: Mapping[Key, tuple[str, ...]] = field(default_factory=dict, repr=False)
    drafts: frozenset[Key] = frozenset()

    @property
    def draft(self) -> bool:
        """Whether any of the words has not been reviewed."""
        return bool(self.drafts)

    def find(self, english: str, context: str = "") -> str:
        """Return the translation of a sentence, its places still open; the sentence itself where there is none."""
        found = self.words.get((context, english))
        return found[0] if found and found[0] else english

    def find_many(self, one: str, many: str, number: int, context: str = "") -> str:
        """Return the form of a sentence that the number takes."""
        found = self.words.get((context, one))
        form = plural_form(self.language, number)
        if found and form < len(found) and found[form]:
            return found[form]
        return one if number == 1 else many

    def say(self, english: str, values: Mapping[str, object] | None = None) -> str:
        """Return the sentence in this language, its named places filled."""
        return self.find(english) % (values or {})

    def say_many(self, one: str, many: str, number: int, **values: object) -> str:
        """Return the form that the number takes, its named places filled; ``num`` is the number."""
        return self.find_many(one, many, number) % ({"num": number} | values)


def plural_form(language: str, number: int) -> int:
    """Return which plural form a number takes; the order is that of the catalogues (CLDR)."""
    last, two = number % 10, number % 100
    is_one = last == 1 and two != _ELEVEN
    if language in ("sr-Latn", "sr-Cyrl", "bs"):
        return 0 if is_one else 1 if last in _FEW and two not in _TEENS else 2
    if language == "mk":
        return 0 if is_one else 1
    return 0 if number == 1 else 1


@dataclass(frozen=True, slots=True)
class Texts:
    """All languages."""

    speeches: Mapping[str, Speech]

    def speech(self, language: str) -> Speech:
        """Return a language; English for one that there is none of."""
        return self.speeches.get(language, self.speeches[SOURCE])

    def choose(self, accepted: str) -> Speech:
        """Return the first language of an Accept-Language header that the desk speaks; English otherwise."""
        for each in accepted.split(",")[:10]:
            wanted = each.partition(";")[0].strip()
            if wanted in self.speeches:
                return self.speeches[wanted]
            short = wanted.partition("-")[0].lower()
            found = {"sr": "sr-Cyrl" if "cyrl" in wanted.lower() else "sr-Latn", "hr": "bs", "cnr": "sr-Latn"}
            if found.get(short, short) in self.speeches:
                return self.speeches[found.get(short, short)]
        return self.speeches[SOURCE]


@cache
def load_texts() -> Texts:
    """Return the words of every language as the installed package holds them; read once in a process."""
    root = files("nodes") / "desk" / "locale"
    speeches = {SOURCE: Speech(SOURCE)}
    for language in LANGUAGES:
        if language not in DERIVED and language != SOURCE:
            speeches[language] = parse_speech(language, _read(root / language / "desk.po"))
    for language, origin in DERIVED.items():
        speeches[language] = derive(language, speeches[origin], _read(root / language / "exceptions.txt"))
    return Texts(MappingProxyType({language: speeches[language] for language in LANGUAGES}))


def _read(file: Traversable) -> bytes:
    return file.read_bytes() if file.is_file() else b""


def parse_speech(language: str, raw: bytes) -> Speech:
    """Return the words of one catalogue."""
    words: dict[Key, tuple[str, ...]] = {}
    drafts: set[Key] = set()
    for message in read_po(BytesIO(raw)) if raw else ():
        english, string = message.id, message.string or ""
        key = (message.context or "", english if isinstance(english, str) else english[0])
        forms = (string,) if isinstance(string, str) else tuple(string)
        if key[1] and any(forms):
            words[key] = forms
            if message.fuzzy:
                drafts.add(key)
    return Speech(language, MappingProxyType(words), frozenset(drafts))


def derive(language: str, origin: Speech, exceptions: bytes) -> Speech:
    """Return Serbian in Cyrillic from the same words in Latin letters."""
    known = exceptions_of(exceptions.decode())
    words = {key: tuple(to_cyrillic(form, known) for form in forms) for key, forms in origin.words.items()}
    return Speech(language, MappingProxyType(words), origin.drafts)
