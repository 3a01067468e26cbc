"""JSON documents within the bounds of a message part. What passes here can become rows and come back unchanged.

Specified in docs/wire.md section 3.5.
"""

import json
import re
from collections.abc import Sequence
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
    left = MAX_ROWS
    waiting: list[tuple[object, int]] = [(value, MAX_DEPTH)]
    while waiting:
        item, depth = waiting.pop()
        inner = _children(item, depth)
        if inner is None:
            left -= 1
        else:
            waiting.extend(inner)
        if left - len(waiting) < 0:
            raise Malformed("too many values")
    return value  # type: ignore[return-value]  # every node was just seen to be one of the types


def _children(item: object, depth: int) -> list[tuple[object, int]] | None:
    """Return what a container holds, or None for a value that becomes a row of its own."""
    if not isinstance(item, (dict, list)) or not item:
        _check_scalar(item)
        return None
    if depth == 0:
        raise Malformed("nested too deeply")
    if len(item) > MAX_ROWS:
        raise Malformed("too many values")
    if isinstance(item, list):
        return [(each, depth - 1) for each in item]
    for key in item:
        check_key(key)
    return [(each, depth - 1) for each in item.values()]


def _check_scalar(item: object) -> None:
    if isinstance(item, str):
        _check_text(item)
        return
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
