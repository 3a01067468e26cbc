"""Reading a body or identity part by JSON pointer (RFC 6901), without trusting its shape."""

from typing import Final

_MISSING: Final = object()


def value_at(document: object, pointer: str) -> object:
    """Return the value at ``pointer``, or None when there is none; an index past the end is none too."""
    found = document
    for step in pointer.split("/")[1:]:
        found = _step(found, step.replace("~1", "/").replace("~0", "~"))
    return None if found is _MISSING else found


def _step(value: object, step: str) -> object:
    if isinstance(value, dict):
        return value.get(step, _MISSING)
    if isinstance(value, list) and step.isascii() and step.isdigit() and len(step) < len("10000"):
        return value[int(step)] if int(step) < len(value) else _MISSING
    return _MISSING


def text_at(document: object, pointer: str) -> str:
    """Return the text at ``pointer`` without space around it; anything that is not text reads as empty."""
    value = value_at(document, pointer)
    return value.strip() if isinstance(value, str) else ""


def filled_at(document: object, pointer: str) -> bool:
    """Return whether something stands at ``pointer``: false and zero do, empty text, list and object do not."""
    value = value_at(document, pointer)
    if isinstance(value, str):
        return bool(value.strip())
    return value is not None and value not in ([], {})
