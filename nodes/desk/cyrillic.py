"""Serbian in Latin letters into Cyrillic, for texts of pages. Pure.

Markup, places to fill, addresses and names of settings stay.
Letters map one to one but for the pairs nj, lj and dž; where such a pair is two sounds, and where a word stays Latin
(abbreviations of techniques), a reviewed list says so.
"""

import re
from collections.abc import Mapping
from typing import Final

_PAIRS: Final = {"nj": "њ", "lj": "љ", "dž": "џ"}
_LETTERS: Final = dict(zip("abcčćdđefghijklmnoprsštuvzž", "абцчћдђефгхијклмнопрсштувзж", strict=True))
_KEPT: Final = re.compile(
    r"%%|%\(\w+\)[sd]|<[^<>]*>|&\w+;|https?://\S+|\{\w*\}|`[^`]*`|\[[a-z.]+\]|[a-z]+(?:_[a-z]+)+|[\w.]+@[\w.]+[\w]"
)
_WORD: Final = re.compile(r"[A-Za-zČĆĐŠŽčćđšž]+(?:-[A-Za-zČĆĐŠŽčćđšž0-9]+)*")


def exceptions_of(text: str) -> dict[str, str]:
    """Return the reviewed words: each line holds a Latin word and the Cyrillic one, or the Latin one to be kept."""
    found = {}
    for line in text.splitlines():
        words = line.partition("#")[0].split()
        if not words:
            continue
        latin, *cyrillic = words
        found[latin] = cyrillic[0] if cyrillic else latin
    return found


def to_cyrillic(text: str, exceptions: Mapping[str, str]) -> str:
    """Return the text in Cyrillic."""
    pieces, end = [], 0
    for kept in _KEPT.finditer(text):
        pieces += [_words(text[end : kept.start()], exceptions), kept[0]]
        end = kept.end()
    return "".join([*pieces, _words(text[end:], exceptions)])


def _words(text: str, exceptions: Mapping[str, str]) -> str:
    return _WORD.sub(lambda found: exceptions.get(found[0]) or _word(found[0]), text)


def _word(word: str) -> str:
    letters, at = [], 0
    while at < len(word):
        pair = word[at : at + 2]
        both = _PAIRS.get(pair.lower())
        found = both or _LETTERS.get(word[at].lower(), word[at])
        letters.append(found.upper() if word[at].isupper() else found)
        at += 2 if both else 1
    return "".join(letters)
