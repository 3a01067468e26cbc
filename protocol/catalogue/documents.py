"""JSON documents within the bounds of a message part. What passes here can become rows and come back unchanged.

Specified in docs/wire.md section 3.5.
"""

import json
import re
from collections.abc import Collection, Sequence
from typing import Final

from protocol.errors import Malformed
from protocol.limits import MAX_DEPTH, MAX_ROWS, MAX_TEXT

JSON = str | int | bool | list["JSON"] | dict[str, "JSON"] | None
"""A value without floats."""

MAX_INTEGER: Final = (1 << 53) - 1  # exact in every JSON reader
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f]")
DIGITS: Final = frozenset("0123456789")


def parse_json(raw: bytes) -> JSON:
    """Return the document that ``raw`` encodes in UTF-8.

    MALFORMED for anything else, also for floats, a key that stands twice, and nesting that exhausts the reader. NOT
    here: the bounds of a message part (``check_document``).
    """
    try:
        value: JSON = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_object, parse_float=_refuse, parse_constant=_refuse
        )
    except (ValueError, RecursionError):
        raise Malformed("not a JSON document") from None
    return value


def _object(pairs: Sequence[tuple[str, JSON]]) -> dict[str, JSON]:
    out = dict(pairs)
    if len(out) != len(pairs):
        raise ValueError("a key stands twice")
    return out


def _refuse(text: str) -> JSON:
    raise ValueError(f"{text} is not a value of messages")


def check_document(value: object) -> JSON:
    """Return ``value`` as a document when a message part can carry it.

    MALFORMED for nesting beyond MAX_DEPTH, more than MAX_ROWS values, text beyond MAX_TEXT bytes, integers that JSON
    readers round, floats and other types, and keys that a path cannot name. Work stops at the first of these, so a
    bomb costs no more than an honest document.
    """
    rows, known = 0, set[object]()
    level: list[object] = [value]
    for _ in range(MAX_DEPTH + 1):
        level, plain = _look(level, MAX_ROWS - rows, known)
        rows += plain
    if level:
        raise Malformed("nested too deeply")
    return value  # type: ignore[return-value]  # every node was just seen to be one of the types


def _look(level: list[object], room: int, known: set[object]) -> tuple[list[object], int]:
    """Return what the containers of a level hold, and how many of its items become rows; ``room`` is for both."""
    inner: list[object] = []
    plain = len(level)
    for item in level:
        if isinstance(item, str):
            _check_text(item)
        elif isinstance(item, (dict, list)) and item:
            inner.extend(_members(item, known))
            plain -= 1
            if plain + len(inner) > room:
                raise Malformed("too many values")
        else:
            _check_scalar(item)
    return inner, plain


def _members(item: dict[object, object] | list[object], known: set[object]) -> Collection[object]:
    """Return what a container holds; ``known`` are keys that were checked before."""
    if len(item) > MAX_ROWS:
        raise Malformed("too many values")
    if isinstance(item, list):
        return item
    if not item.keys() <= known:
        for key in item:
            check_key(key)
        known.update(item)
    return item.values()


def _check_scalar(item: object) -> None:
    if item is None or isinstance(item, bool) or item in ({}, []):
        return
    if not isinstance(item, int) or not -MAX_INTEGER <= item <= MAX_INTEGER:
        raise Malformed("a value that messages do not carry")


def _check_text(text: str) -> None:
    try:
        fits = len(text) <= MAX_TEXT and (text.isascii() or len(text.encode()) <= MAX_TEXT)
    except UnicodeEncodeError:  # surrogates, which are no characters
        fits = False
    if not fits:
        raise Malformed("text that messages do not carry")


def check_key(key: object) -> None:
    """Raise MALFORMED unless ``key`` can be a step of a path: text, not empty, no control characters, no leading digit.

    A step that begins with a digit is a position in a list; a key like that could not be told apart from it.
    """
    if not isinstance(key, str) or not key or key[0] in DIGITS:
        raise Malformed("a key that no path can name")
    _check_text(key)
    if _CONTROLS.search(key) is not None:
        raise Malformed("a key that no path can name")
