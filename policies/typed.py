"""From the tree of a file to typed values: the annotation of a field says what its text means.

A field that the type does not have, a missing field without default, an unknown code and a number that is none are
refused with line and remedy. Bytes (references and digests) are written as names; the value is the SHA-256 of the
name, cut to length, because a person who writes a test case thinks in names.
"""

import difflib
import functools
import hashlib
import types
import typing
from collections.abc import Collection, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Final, TypeVar, Union

from policies.errors import PolicyError, Problem
from policies.tree import Items, Node, Scalar, Table
from protocol.ids import DIGEST_SIZE, REFERENCE_SIZE, Reference

T = TypeVar("T")
NOTHING: Final = "null"
_YES_NO: Final = {"true": True, "false": False}


def refuse(file: str, node: Node, what: str, remedy: str) -> PolicyError:
    """Return the error for ``node``; the caller raises it."""
    return PolicyError(Problem(file, node.line, what, remedy))


def nearest(word: str, known: Collection[str]) -> str:
    """Return a remedy that names the nearest known word, or all of them."""
    close = difflib.get_close_matches(word, known, 1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {', '.join(sorted(known)) or 'none'}."


def named_bytes(name: str, size: int) -> bytes:
    """Return the ``size`` bytes (16 or 32) that a name in a test case stands for."""
    return hashlib.sha256(name.encode()).digest()[:size]


def read(kind: type[T], node: Node, file: str) -> T:
    """Return the value of type ``kind`` that ``node`` holds. Raises ``PolicyError`` at its first fault."""
    return typing.cast("T", _read(kind, node, file))


def plain(node: Node) -> object:
    """Return the node as a JSON document would have it; the words true and false are booleans, all else is text."""
    if isinstance(node, Scalar):
        return _YES_NO.get(node.text, node.text)
    if isinstance(node, Items):
        return [plain(each) for each in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


def _read(kind: object, node: Node, file: str) -> object:
    if kind is object:
        return plain(node)
    if isinstance(kind, typing.NewType):
        return _read_new(kind, node, file)
    origin = typing.get_origin(kind)
    if origin in (Union, types.UnionType):
        return _read_optional(typing.get_args(kind), node, file)
    if origin in (tuple, frozenset):
        return _read_items(kind, node, file)
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        return _read_mapping(typing.get_args(kind), node, file)
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_dataclass(kind, node, file)
    return _read_scalar(kind, scalar(node, file), file)


def scalar(node: Node, file: str) -> Scalar:
    """Return ``node`` when it is plain text."""
    if not isinstance(node, Scalar):
        raise refuse(file, node, "A single value belongs here.", "Write one word or number.")
    return node


def table(node: Node, file: str) -> Table:
    """Return ``node`` when it is a table."""
    if not isinstance(node, Table):
        raise refuse(file, node, "A table belongs here.", "Write `key: value` lines.")
    return node


def items(node: Node, file: str) -> Items:
    """Return ``node`` when it is a list."""
    if not isinstance(node, Items):
        raise refuse(file, node, "A list belongs here.", "Write `[one, two]`, also for a single value.")
    return node


def _read_scalar(kind: object, node: Scalar, file: str) -> object:
    if kind is str:
        return node.text
    if kind is bool:
        if node.text not in _YES_NO:
            raise refuse(file, node, f"`{node.text}` is neither true nor false.", "Write true or false.")
        return _YES_NO[node.text]
    if kind is int:
        return _read_int(node, file)
    if isinstance(kind, type) and issubclass(kind, Enum):
        known = {str(each.value): each for each in kind}
        if node.text not in known:
            raise refuse(file, node, f"`{node.text}` is not known.", nearest(node.text, known))
        return known[node.text]
    if kind is bytes:
        return named_bytes(node.text, DIGEST_SIZE)
    raise TypeError(f"no text can become a {kind}")


def _read_int(node: Scalar, file: str) -> int:
    digits = node.text.removeprefix("-").replace("_", "")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 15):  # noqa: PLR2004  # fits every JSON reader
        raise refuse(file, node, f"`{node.text}` is not a whole number.", "Write digits only.")
    return -int(digits) if node.text.startswith("-") else int(digits)


def _read_new(kind: typing.NewType, node: Node, file: str) -> object:
    if kind is Reference:
        return named_bytes(scalar(node, file).text, REFERENCE_SIZE)
    return _read(kind.__supertype__, node, file)


def _read_optional(members: tuple[object, ...], node: Node, file: str) -> object:
    if isinstance(node, Scalar) and node.text == NOTHING:
        return None
    [kind] = [each for each in members if each is not type(None)]
    return _read(kind, node, file)


def _read_items(kind: object, node: Node, file: str) -> object:
    args = typing.get_args(kind)
    entries = items(node, file).items
    if typing.get_origin(kind) is frozenset:
        return frozenset(_read(args[0], each, file) for each in entries)
    if args[-1] is Ellipsis:
        return tuple(_read(args[0], each, file) for each in entries)
    if len(entries) != len(args):
        raise refuse(file, node, f"The list has {len(entries)} values.", f"Write exactly {len(args)}.")
    return tuple(_read(each, entry, file) for each, entry in zip(args, entries, strict=True))


def _read_mapping(args: tuple[object, ...], node: Node, file: str) -> object:
    out: dict[object, object] = {}
    for key, value in table(node, file).entries.items():
        out[_read(args[0], Scalar(key, value.line), file)] = _read(args[1], value, file)
    return out


def _read_dataclass(kind: type, node: Node, file: str) -> object:
    entries = table(node, file).entries
    known = {each.name: each for each in fields(kind)}
    for name, value in entries.items():
        if name not in known:
            raise refuse(file, value, f"`{name}` is not a key here.", nearest(name, known))
    for name, field in known.items():
        if name not in entries and not _has_default(field):
            raise refuse(file, node, f"The key `{name}` is missing.", f"Add `{name}: ...`.")
    hints = _hints(kind)
    return kind(**{name: _read(hints[name], value, file) for name, value in entries.items()})


@functools.cache
def _hints(kind: type) -> Mapping[str, object]:
    return typing.get_type_hints(kind)


def _has_default(field: "Field[object]") -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
