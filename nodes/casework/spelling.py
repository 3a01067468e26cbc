"""One key for a name however a country of the region writes it: only for finding what a person then compares.

Serbian, Bosnian, Macedonian and Albanian write one surname in two scripts and in several Latin fashions: Ђорђевић,
Ѓорѓевиќ, Djordjević, Gjorgjevikj; Хоџа, Hodža, Hoxha. ``fold`` gives all of them one key. Two people may share a key,
so a match is a hint and never an identity.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from nodes.gateway.words import normalise

_WORD: Final = re.compile(r"[^\W_]+")
_SHORTER: Final = {
    "tsch": "c",
    "sch": "s",
    "gj": "d",
    "kj": "c",
    "xh": "dz",
    "zh": "z",
    "sh": "s",
    "ch": "c",
    "q": "c",
    "w": "v",
    "y": "j",
}
"""Spelling after ``normalise`` -> the one that stands for it; the longer ones are tried first."""
_FOLDING: Final = re.compile("|".join(_SHORTER))
_TWICE: Final = re.compile(r"([^\W\d_])\1+")
_LONGER: Final = tuple((short, long) for long, short in _SHORTER.items() if long not in ("tsch", "sch"))
_CHANGES: Final = 2  # places of one word that are written otherwise at the same time
_MOST: Final = 64  # spellings of one word


def fold(word: str) -> str:
    """Return the key of one word: lower case, Latin, no marks, one letter for each sound of the region's alphabets."""
    plain = _FOLDING.sub(lambda found: _SHORTER[found[0]], normalise(word))
    return _TWICE.sub(r"\1", plain)


def fold_name(name: str) -> tuple[str, ...]:
    """Return the keys of a name's words in alphabetical order, so that the order of the names does not matter."""
    return tuple(sorted(fold(each) for each in _WORD.findall(normalise(name))))


def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text as ``normalise`` writes them."""
    return tuple(_WORD.findall(normalise(text)))


def joined(text: str) -> str:
    """Return a number plate or the number of a thing in one piece, without blanks, marks and script."""
    return "".join(words_of(text))


def spellings(word: str) -> frozenset[str]:
    """Return the ways in which a normalised word may stand in a store, itself included, at most ``_MOST``."""
    key = fold(word)
    found = {word: None, key: None}
    ring = list(found)
    for _ in range(_CHANGES):
        others = (other for each in ring for other in _written_otherwise(each) if fold(other) == key)
        ring = list(islice(others, _MOST))
        found |= dict.fromkeys(ring)
    return frozenset(list(found)[:_MOST])


def _written_otherwise(word: str) -> Iterator[str]:
    """Yield the word with one place changed between a short and a longer spelling of the same sound."""
    for short, long in _LONGER:
        for one, other in ((short, long), (long, short)):
            start = word.find(one)
            while start >= 0:
                yield f"{word[:start]}{other}{word[start + len(one) :]}"
                start = word.find(one, start + 1)
