from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import pytest

from policies.errors import PolicyError
from policies.tree import parse_tree
from policies.typed import items, named_bytes, nearest, read, scalar, table
from protocol.ids import MessageId, NodeId, Reference


class Colour(StrEnum):
    RED = "red"
    GREEN = "green"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    name: NodeId
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    text: str
    flag: bool = False
    colour: Colour = Colour.RED
    reference: Reference | None = None
    message: MessageId | None = None
    leaves: tuple[Leaf, ...] = ()
    pair: tuple[str, int] = ("", 0)
    words: frozenset[str] = frozenset()
    table: Mapping[str, frozenset[str]] = field(default_factory=dict)
    anything: object = None


def sample(text: str) -> Sample:
    return read(Sample, parse_tree("a.yaml", text.encode()), "a.yaml")


def test_the_annotation_says_what_a_text_means() -> None:
    assert sample("""
text: no
flag: true
colour: green
reference: first
message: first
leaves: [{name: a.b, count: -1_000}]
pair: [x, 7]
words: [b, a, b]
table: {k: [v]}
anything: {a: [1, {b: no, c: true}]}
""") == Sample(
        text="no",
        flag=True,
        colour=Colour.GREEN,
        reference=Reference(named_bytes("first", 16)),
        message=MessageId(named_bytes("first", 32)),
        leaves=(Leaf(name=NodeId("a.b"), count=-1000),),
        pair=("x", 7),
        words=frozenset("ab"),
        table={"k": frozenset({"v"})},
        anything={"a": ["1", {"b": "no", "c": True}]},
    )


def test_null_is_nothing_where_nothing_is_possible_and_a_word_elsewhere() -> None:
    assert sample("text: null\nreference: null\n") == Sample(text="null")


@pytest.mark.parametrize(
    ("text", "line", "what", "remedy"),
    [
        ("flag: true", 1, "The key `text` is missing.", "Add `text: ...`."),
        ("text: a\ncolor: red", 2, "`color` is not a key here.", "Did you mean `colour`?"),
        ("text: a\ncolour: blue", 2, "`blue` is not known.", "Known: green, red."),
        ("text: a\ncolour: redd", 2, "`redd` is not known.", "Did you mean `red`?"),
        ("text: a\nflag: yes", 2, "`yes` is neither true nor false.", "Write true or false."),
        ("text: [a]", 1, "A single value belongs here.", "Write one word or number."),
        ("text: a\nwords: b", 2, "A list belongs here.", "Write `[one, two]`, also for a single value."),
        ("text: a\ntable: b", 2, "A table belongs here.", "Write `key: value` lines."),
        ("text: a\npair: [b]", 2, "The list has 1 values.", "Write exactly 2."),
        ("text: a\nleaves: [{name: a, count: 1.5}]", 2, "`1.5` is not a whole number.", "Write digits only."),
        ("text: a\nleaves: [{name: a, count: 0x10}]", 2, "`0x10` is not a whole number.", "Write digits only."),
        ("text: a\nleaves: [{name: a, count: 1234567890123456}]", 2, "`1234567890123456` is not", "Write digits only."),
        ("text: a\nleaves: [{name: a, count: -}]", 2, "`-` is not a whole number.", "Write digits only."),
        ("text: a\nleaves: [{name: a, count: ٣}]", 2, "`٣` is not a whole number.", "Write digits only."),
    ],
)
def test_what_does_not_fit_is_refused_with_line_and_remedy(text: str, line: int, what: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as caught:
        sample(text)
    [problem] = caught.value.problems
    assert problem.line == line
    assert problem.what.startswith(what)
    assert problem.remedy == remedy


def test_a_type_that_no_text_can_become_is_a_mistake_of_the_programmer() -> None:
    with pytest.raises(TypeError):
        read(float, parse_tree("a.yaml", b"a: 1").entries["a"], "a.yaml")


def test_a_node_of_the_asked_kind_is_returned_as_it_is() -> None:
    tree = parse_tree("a.yaml", b"a: 1\nb: [2]\nc: {d: 3}\n")
    assert scalar(tree.entries["a"], "a.yaml") is tree.entries["a"]
    assert items(tree.entries["b"], "a.yaml") is tree.entries["b"]
    assert table(tree.entries["c"], "a.yaml") is tree.entries["c"]


def test_a_remedy_without_anything_known_says_so() -> None:
    assert nearest("a", ()) == "Known: none."
