"""A reader of the CDDL (RFC 8610) of docs/wire.md: integers, ranges, .size, .cbor, .regexp, closed maps and arrays.

Strict where RFC 8610 is generous: an unknown construct is an error, never ignored. Arrays match from left to right.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from protocol.cbor import Item, Tagged, decode
from protocol.errors import Fault

TOKEN = re.compile(
    r'\s+|;[^\n]*|(?P<text>"[^"\n]*")|(?P<tag>#6\.[0-9]+)|(?P<control>\.(?:size|cbor|regexp))|(?P<range>\.\.)|(?P<arrow>=>)'
    r"|(?P<occurs>[0-9]*\*[0-9]*|\?)|(?P<number>-?[0-9]+)|(?P<name>[A-Za-z][A-Za-z0-9-]*)|(?P<mark>[=:,/(){}\[\]])"
)
PRELUDE = frozenset(("uint", "int", "bytes", "tstr", "bool", "null", "any"))
TAKEN = PRELUDE | frozenset(
    (
        *("nint", "bstr", "text", "tdate", "time", "number", "biguint", "bignint", "bigint", "integer", "unsigned"),
        *("decfrac", "bigfloat", "eb64url", "eb64legacy", "eb16", "encoded-cbor", "uri", "b64url", "b64legacy"),
        *("regexp", "mime-message", "cbor-any", "float16", "float32", "float64", "float16-32", "float32-64"),
        *("float", "false", "true", "nil", "undefined"),
    )
)  # RFC 8610 appendix D defines them; this reader knows only what the pages use
MANY = 1 << 16


@dataclass(frozen=True)
class Node:
    """``kind`` with its operands; what they are depends on the kind."""

    kind: str
    args: tuple[object, ...]


@dataclass(frozen=True)
class Member:
    """One entry of an array or map: how often, under which key (maps), which type."""

    low: int
    high: int
    key: "Node | None"
    type: Node


def tokens(text: str) -> list[tuple[str, str]]:
    out, at = [], 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"not CDDL: {text[at : at + 40]!r}")
        if match.lastgroup is not None:
            out.append((match.lastgroup, match[0]))
        at = match.end()
    return out


class Parser:
    """One module: rules by name."""

    def __init__(self, text: str) -> None:
        self.found = tokens(text)
        self.at = 0
        self.rules: dict[str, Node] = {}
        self.used: set[str] = set()
        while self.at < len(self.found):
            name = self.take("name")
            self.take("mark", "=")
            if name in self.rules or name in TAKEN:
                raise ValueError(f"{name} is defined twice")
            self.rules[name] = self.choice()

    def peek(self, ahead: int = 0) -> tuple[str, str]:
        at = self.at + ahead
        return self.found[at] if at < len(self.found) else ("end", "")

    def take(self, kind: str, text: str | None = None) -> str:
        found = self.peek()
        if found[0] != kind or (text is not None and found[1] != text):
            raise ValueError(f"{text or kind} expected, not {found[1]!r}")
        self.at += 1
        return found[1]

    def skip(self, kind: str, text: str | None = None) -> bool:
        found = self.peek()
        fits = found[0] == kind and (text is None or found[1] == text)
        self.at += fits
        return fits

    def choice(self) -> Node:
        options = [self.ranged()]
        while self.skip("mark", "/"):
            options.append(self.ranged())
        return options[0] if len(options) == 1 else Node("choice", tuple(options))

    def ranged(self) -> Node:
        first = self.single()
        if self.skip("range"):
            return Node("range", (first.args[0], int(self.take("number"))))
        if self.peek()[0] == "control":
            control = self.take("control")
            return Node(control[1:], (first, self.single()))
        return first

    def single(self) -> Node:
        kind, text = self.peek()
        self.at += 1
        if kind == "number":
            return Node("literal", (int(text),))
        if kind == "text":
            return Node("literal", (text[1:-1],))
        if kind == "name":
            self.used.add(text)
            return Node("name", (text,))
        if kind == "tag":
            self.take("mark", "(")
            inner = self.choice()
            self.take("mark", ")")
            return Node("tag", (int(text.partition(".")[2]), inner))
        if text == "(":
            inner = self.choice()
            self.take("mark", ")")
            return inner
        if text in "[{":
            return Node("array" if text == "[" else "map", tuple(self.members("]" if text == "[" else "}")))
        raise ValueError(f"unexpected {text!r}")

    def members(self, end: str) -> Iterator[Member]:
        while not self.skip("mark", end):
            yield self.member()
            if not self.skip("mark", ","):
                self.take("mark", end)
                return

    def member(self) -> Member:
        low, high = 1, 1
        if self.peek()[0] == "occurs":
            text = self.take("occurs")
            first, _, last = text.partition("*")
            low, high = (0, 1) if text == "?" else (int(first or 0), int(last or MANY))
        if self.peek()[0] == "name" and self.peek(1) == ("mark", ":"):
            self.at += 2  # the member's name in an array is for readers
            return Member(low, high, None, self.choice())
        type_ = self.choice()
        return Member(low, high, type_, self.choice()) if self.skip("arrow") else Member(low, high, None, type_)


class Schema:
    """Tells whether an item is of a rule."""

    def __init__(self, text: str) -> None:
        parser = Parser(text)
        self.rules = parser.rules
        self.used = parser.used

    def accepts(self, rule: str, raw: bytes) -> bool:
        """Return whether ``raw`` is canonical and of the rule."""
        try:
            return self.fits(self.rules[rule], decode(raw))
        except Fault:
            return False

    def fits(self, node: Node, item: Item) -> bool:
        args = node.args
        match node.kind:
            case "choice":
                return any(self.fits(each, item) for each in args)
            case "literal":
                return type(item) is type(args[0]) and item == args[0]
            case "range":
                return type(item) is int and args[0] <= item <= args[1]
            case "name":
                return self.named(str(args[0]), item)
            case "tag":
                return isinstance(item, Tagged) and item.tag == args[0] and self.fits(args[1], item.value)
            case "array":
                return isinstance(item, list) and self.array(args, item)
            case "map":
                return isinstance(item, dict) and self.map(args, item)
        return self.fits(args[0], item) and self.controlled(node.kind, args[1], item)

    def named(self, name: str, item: Item) -> bool:
        if name in PRELUDE:
            plain = {"bytes": bytes, "tstr": str, "bool": bool, "null": type(None), "int": int, "uint": int}
            return name == "any" or (type(item) is plain[name] and (name != "uint" or item >= 0))
        return self.fits(self.rules[name], item)

    def controlled(self, control: str, by: Node, item: Item) -> bool:
        if control == "regexp":
            return re.fullmatch(str(by.args[0]), item, re.ASCII) is not None
        if control == "cbor":
            return self.inner(by, item)
        size = len(item.encode() if isinstance(item, str) else item)
        return self.fits(by, size)

    def inner(self, by: Node, item: bytes) -> bool:
        try:
            return self.fits(by, decode(item))
        except Fault:
            return False

    def array(self, members: Sequence[Member], items: list[Item]) -> bool:
        at = 0
        for member in members:
            count = 0
            while count < member.high and at < len(items) and self.fits(member.type, items[at]):
                count, at = count + 1, at + 1
            if count < member.low:
                return False
        return at == len(items)

    def map(self, members: Sequence[Member], items: dict[int, Item]) -> bool:
        known = {member.key.args[0]: member for member in members if member.key is not None}
        missing = [key for key, member in known.items() if member.low and key not in items]
        return not missing and all(key in known and self.fits(known[key].type, item) for key, item in items.items())
