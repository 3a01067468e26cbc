import pytest

from policies.errors import PolicyError
from policies.facts import Side
from policies.model import FieldIs, Obligation, When
from policies.parse import parse_policy
from protocol.decision import Asks
from protocol.ids import TypeId
from protocol.records import Kind

HEAD = """\
channel: police
types: [MT-01/1]
outer:
  - {id: p.who, predicate: sender-kind, types: [MT-01/1], parameters: {kinds: [agency]}, article: NET, text: x}
obligations:
"""


def read(text: str) -> Obligation:
    (found,) = parse_policy("police.yaml", (HEAD + text).encode()).obligations
    return found


def problems(text: str) -> list[tuple[int, str]]:
    with pytest.raises(PolicyError) as caught:
        parse_policy("police.yaml", (HEAD + text).encode())
    return [(each.line, each.what) for each in caught.value.problems]


def test_an_obligation_without_more_asks_to_know_something_at_both_nodes() -> None:
    found = read("  - {id: a, article: NET, text: x}\n")
    assert (found.asks, found.within, found.kinds, found.when) == (Asks.KNOW, 0, frozenset(), None)
    assert found.sides == {Side.SENDER, Side.RECIPIENT}
    assert found.types == ()


def test_all_that_can_be_written_is_read() -> None:
    found = read(
        "  - id: a\n    article: NET\n    text: x\n    asks: copy-to\n    hours: 24\n    kinds: [contact-point]\n"
        "    sides: [sender]\n    types: [MT-01/1]\n    when:\n      purposes: [prevent]\n"
        "      field: {path: /a, values: [b]}\n      child: true\n      special: true\n      quotes: true\n"
        "      repurposed: true\n"
    )
    assert (found.asks, found.within, found.kinds) == (Asks.COPY_TO, 86_400, {Kind.CONTACT_POINT})
    assert (found.sides, found.types) == ({Side.SENDER}, (TypeId("MT-01/1"),))
    assert found.when == When(
        purposes=frozenset({"prevent"}),
        field=FieldIs("/a", frozenset({"b"})),
        child=True,
        special=True,
        quotes=True,
        repurposed=True,
    )


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ("asks: review-by", "What asks for an act has a time, and only that."),
        ("hours: 3", "What asks for an act has a time, and only that."),
        ("asks: copy-to, hours: 3", "A copy names the kinds that must have it, and only a copy does."),
        ("asks: review-by, hours: 3, kinds: [agency]", "A copy names the kinds that must have it"),
        ("sides: [hub]", "The hub has no obligations."),
        ("asks: dance, hours: 3", "`dance` is not known."),
        ("types: [MT-02/1]", "The channel does not carry `MT-02/1`."),
        ("when: {purposes: []}", "The list is empty"),
        ("when: {moon: full}", "`moon` is not a key here."),
        ("hours: soon", "`soon` is not a whole number."),
    ],
)
def test_what_makes_no_sense_is_refused_with_its_line(keys: str, what: str) -> None:
    ((line, said),) = problems(f"  - {{id: a, article: NET, text: x, {keys}}}\n")
    assert line == 6
    assert said.startswith(what)
