"""Words as search compares them: one spelling for a name in Latin and Cyrillic script, with and without diacritics.

Djordjević, Đorđević, Dordevic, Ђорђевић and DJORDJEVIC become the same token. Only for finding; never for display and
never to tell whether two people are the same.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

MAX_TOKENS: Final = 2_000  # of one item; the widest document of the catalogue has fewer words
_SHORT: Final = 24  # characters of a value that is also searched for in one piece: plates, numbers
_LONGEST: Final = 64  # characters of a token; the rest of a longer word is ignored
_SINGLE: Final = dict(zip("абвгдежзијклмнопрстћуфхцчшъыэѐѝйё", "abvgdezzijklmnoprstcufhccsayeeije", strict=True))
_DOUBLE: Final = {
    "ђ": "dj",
    "ѓ": "gj",
    "\u0455": "dz",  # the Macedonian letter that looks like a Latin s
    "љ": "lj",
    "њ": "nj",
    "ќ": "kj",
    "џ": "dz",
    "щ": "st",
    "ь": "",
    "ю": "ju",
    "я": "ja",
    "đ": "dj",
    "ł": "l",
    "ø": "o",
    "\u0131": "i",  # the Turkish letter without a dot
    "æ": "ae",
    "œ": "oe",
    "þ": "th",
}
_SCRIPT: Final = str.maketrans({**_SINGLE, **_DOUBLE})
_WORD: Final = re.compile(r"[^\W_]+")
_JOINED: Final = re.compile(r"[^\W_]+(?:[-./:@_'][^\W_]+)+")
_NUMBER: Final = re.compile(r"\+?[0-9][0-9 ()/-]{4,30}[0-9]")


def normalise(text: str) -> str:
    """Return the text in lower case, in Latin letters without marks; đ and its transcription dj both become d."""
    lower = unicodedata.normalize("NFC", text.casefold()).translate(_SCRIPT)
    bare = "".join(c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c))
    return bare.replace("dj", "d")


def tokens(text: str) -> frozenset[str]:
    """Return the tokens of a text: its words, and number plates, telephone numbers and addresses also in one piece."""
    plain = normalise(text)
    words = _WORD.findall(plain)
    found = set(words)
    if len(plain) <= _SHORT and any(c.isdigit() for c in plain):
        found.add("".join(words))
    found.update("".join(_WORD.findall(each)) for each in _JOINED.findall(plain))
    found.update("".join(_WORD.findall(each)) for each in _NUMBER.findall(plain))
    return frozenset(each[:_LONGEST] for each in found)


def query_tokens(text: str) -> frozenset[str]:
    """Return the tokens that all have to be there: words separated by blanks, each in one piece."""
    plain = normalise(text)
    if _NUMBER.fullmatch(plain.strip()):
        return frozenset({"".join(_WORD.findall(plain))[:_LONGEST]})
    pieces = ("".join(_WORD.findall(each)) for each in plain.split())
    return frozenset(each[:_LONGEST] for each in pieces if each)


def tokens_of(values: Iterable[object]) -> frozenset[str]:
    """Return the tokens of all texts and numbers among ``values``, at most ``MAX_TOKENS`` in alphabetical order."""
    texts = (str(each) for each in values if isinstance(each, str | int) and not isinstance(each, bool))
    found: set[str] = set()
    for each in texts:
        found |= tokens(each)
    return frozenset(sorted(found)[:MAX_TOKENS])
