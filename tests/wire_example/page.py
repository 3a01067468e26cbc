"""The page docs/wire/example.md out of the book."""

import hashlib
import textwrap

from protocol.cbor import Item, Tagged, decode
from tests.wire_example.book import Book, Step, Value

WHOLE = 512  # bytes shown in full; the rest of a longer value stands in example.json
_WIDTH = 64
_EDGE = 64
_NOTED = frozenset(
    (
        *("statement.payload", "body.row.0", "core", "kuca.wrap.protected", "kuca.wrap.info", "message.payload"),
        *("message.external-aad", "log.entry.3", "inclusion", "head.payload", "receipt.payload", "token.payload"),
        *("decision", "problem", "keystore.secrets", "att-00.part-list"),
    )
)
"""Values whose content is also written in diagnostic notation."""
_SHORT = 32
_KINDS = {"input": "input", "random": "made at random", "derived": ""}

_HEAD = """# The wire: worked example

Section 15 of [the wire](../wire.md). One message from its rows to the receipt, with all bytes that lie between. Values
marked *input* are chosen; values marked *made at random* come from a generator inside encapsulation or hedged signing
and are to be verified, not rebuilt; every other value follows from those before it. Numbers in the titles are the
sections that say how.

Lines that begin with `#` are the same bytes in CBOR diagnostic notation, long byte strings cut. Values of more than 512
bytes are shown by their length, SHA-256, and first and last 64 bytes. All values in full, by the same names, stand in
[../wire-example/example.json](../wire-example/example.json): `steps` is a list of objects with `step`, `title` and
`values`, and each value has `name`, `kind`, `length` and `hex`. A test rebuilds and verifies all of them and compares
this page.
"""


def render(book: Book) -> str:
    """Return the page."""
    steps = [_step(number, step) for number, step in enumerate(book.steps, 1)]
    return "\n".join([_HEAD, *steps])


def _step(number: int, step: Step) -> str:
    values = "\n".join(_value(value) for value in step.values)
    words = textwrap.fill(step.words, 120, break_long_words=False, break_on_hyphens=False)
    return f"## 15.{number} {step.title}\n\n{words}\n\n```\n{values}\n```\n"


def _value(value: Value) -> str:
    about = [f"{len(value.data)} bytes", _KINDS[value.kind], value.note]
    head = f"{value.name}: {', '.join(each for each in about if each)}"
    data = value.data
    noted = _noted(value) if value.name in _NOTED else []
    if len(data) <= WHOLE:
        return "\n".join([head, *_lines(data), *noted, ""])
    digest = f"  SHA-256 {hashlib.sha256(data).hexdigest()}"
    return "\n".join([head, digest, *_lines(data[:_EDGE]), "  ..", *_lines(data[-_EDGE:]), *noted, ""])


def _lines(data: bytes) -> list[str]:
    text = data.hex()
    return [f"  {text[at : at + _WIDTH]}" for at in range(0, len(text), _WIDTH)] or ["  (nothing)"]


def _noted(value: Value) -> list[str]:
    text = _diagnosed(decode(value.data))
    return textwrap.wrap(
        text, 116, initial_indent="  # ", subsequent_indent="  #   ", break_long_words=False, break_on_hyphens=False
    )


def _diagnosed(item: Item) -> str:
    if isinstance(item, bytes):
        return f"h'{item.hex()}'" if len(item) <= _SHORT else f"h'{item[:8].hex()}..' ({len(item)} bytes)"
    if isinstance(item, list):
        return f"[{', '.join(map(_diagnosed, item))}]"
    if isinstance(item, dict):
        return "{" + ", ".join(f"{_diagnosed(key)}: {_diagnosed(each)}" for key, each in item.items()) + "}"
    if isinstance(item, Tagged):
        return f"{item.tag}({_diagnosed(item.value)})"
    if isinstance(item, str):
        return f'"{item}"'
    return str(item).lower() if isinstance(item, int) else "null"
