"""YAML bytes to a tree of scalars, lists and tables that know their line; a small, closed part of YAML 1.1.

Scalars stay text: the field that reads one decides what it means, so ``no`` is never a boolean by surprise. Refused,
each with its line: anchors, aliases, tags, merge keys, duplicate keys, several documents, empty values, deep nesting.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from policies.errors import PolicyError, Problem

MAX_BYTES: Final = 256 << 10  # the longest shipped file has 25 KB; a larger one is a mistake or an attack
MAX_DEPTH: Final = 12  # a test case nests nine deep, a rule four

LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The parser in C where PyYAML brings it, ten times faster; a property test holds both to the same trees."""
_PLAIN: Final = "Write plain values without anchors, aliases or tags."


@dataclass(frozen=True, slots=True)
class Scalar:
    """A piece of text as written."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    line: int


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with unique text keys in file order."""

    entries: Mapping[str, "Node"]
    line: int


Node = Scalar | Items | Table


def parse_tree(file: str, raw: bytes) -> Table:
    """Return the one table that ``raw`` holds. Raises ``PolicyError`` with the line of the first fault."""
    if len(raw) > MAX_BYTES:
        raise PolicyError(Problem(file, 1, f"The file has {len(raw)} bytes.", f"Keep it below {MAX_BYTES}."))
    try:
        text = raw.decode("utf-8")
        return _Builder(file, text).document()
    except UnicodeDecodeError:
        raise PolicyError(Problem(file, 1, "The file is not UTF-8.", "Save it as UTF-8 text.")) from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        line = 1 if mark is None else mark.line + 1
        raise PolicyError(Problem(file, line, "This is not readable YAML.", "Check indentation and quotes.")) from None


class _Builder:
    """Turns the event stream of one document into a tree; the parser below it does not recurse."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.events: Iterator[yaml.Event] = yaml.parse(text, Loader=LOADER)

    def refuse(self, line: int, what: str, remedy: str) -> PolicyError:
        return PolicyError(Problem(self.file, line, what, remedy))

    def next(self) -> tuple[yaml.Event, int]:
        event = next(self.events)
        line = 1 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise self.refuse(line, "Anchors and aliases are not part of a policy file.", _PLAIN)
        if getattr(event, "tag", None) is not None:
            raise self.refuse(line, "Tags are not part of a policy file.", _PLAIN)
        if isinstance(event, yaml.DocumentStartEvent) and (event.version or event.tags):
            raise self.refuse(line, "Directives are not part of a policy file.", _PLAIN)
        return event, line

    def document(self) -> Table:
        self.next()  # start of the stream
        event, line = self.next()
        if not isinstance(event, yaml.DocumentStartEvent):
            raise self.refuse(line, "The file is empty.", "Write at least the first key.")
        event, line = self.next()
        root = self.node(event, line, MAX_DEPTH)
        if not isinstance(root, Table):
            raise self.refuse(line, "The file does not start with a key.", "Begin with `key: value` lines.")
        self.next()  # end of the document
        event, line = self.next()
        if not isinstance(event, yaml.StreamEndEvent):
            raise self.refuse(line, "A second document follows.", "Keep one document in a file.")
        return root

    def node(self, event: yaml.Event, line: int, depth: int) -> Node:
        if depth == 0:
            raise self.refuse(line, "The nesting is too deep.", f"Keep it below {MAX_DEPTH} levels.")
        if isinstance(event, yaml.ScalarEvent):
            if not event.value:
                raise self.refuse(line, "A value is empty.", "Write a value or remove the line.")
            return Scalar(event.value, line)
        return self.items(line, depth) if isinstance(event, yaml.SequenceStartEvent) else self.table(line, depth)

    def items(self, line: int, depth: int) -> Items:
        out: list[Node] = []
        while True:
            event, at = self.next()
            if isinstance(event, yaml.SequenceEndEvent):
                return Items(tuple(out), line)
            out.append(self.node(event, at, depth - 1))

    def table(self, line: int, depth: int) -> Table:
        out: dict[str, Node] = {}
        while True:
            event, at = self.next()
            if isinstance(event, yaml.MappingEndEvent):
                return Table(out, line)
            if not isinstance(event, yaml.ScalarEvent) or event.value in ("", "<<"):
                raise self.refuse(at, "A key is not a plain word.", "Write the key as plain text.")
            if event.value in out:
                raise self.refuse(at, f"The key `{event.value}` stands twice.", "Remove one of the two.")
            follower, below = self.next()
            out[event.value] = self.node(follower, below, depth - 1)
