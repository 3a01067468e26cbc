"""A request is read strictly, and every fault names its place."""

from typing import Any

import pytest

from nodes.gateway.wishes import InputFault, Wish, parse_wish, read_time
from protocol.core import Mode
from protocol.errors import Malformed

PLAIN: dict[str, Any] = {"type": "MT-01/1", "document": {"a": 1}}


def faults(**changes: Any) -> list[tuple[str, str]]:
    found = parse_wish(PLAIN | changes)
    assert not isinstance(found, Wish)
    assert all(isinstance(each, InputFault) and each.sentence for each in found)
    return [(each.path, each.code) for each in found]


def test_little_is_enough() -> None:
    wish = parse_wish(PLAIN)
    assert isinstance(wish, Wish)
    assert (wish.type, wish.document, wish.to) == ("MT-01/1", {"a": 1}, ())


def test_everything_that_can_be_said() -> None:
    wish = parse_wish(
        PLAIN
        | {
            "to": ["mk.ilecu", {"node": "al.ilecu", "mode": "information", "identity": False}],
            "identity": {"name": "x"},
            "channel": "cso",
            "purpose": "return",
            "language": "en",
            "urgency": "urgent",
            "urgency_ground": "a",
            "classification": "BPL",
            "handling": ["H1", "H0", "H1"],
            "erase_by": "2027-03-31",
            "life_days": 3,
            "in_reply_to": "ab" * 32,
            "conversation": "cd" * 16,
            "consents": ["ef" * 16],
            "approvals": ["01" * 16],
            "sign_as": "23" * 16,
        }
    )
    assert isinstance(wish, Wish)
    assert [(who.node, who.mode, who.reads_identity) for who in wish.to] == [
        ("al.ilecu", Mode.INFORMATION, False),
        ("mk.ilecu", Mode.ACTION, True),
    ]
    assert wish.handling == ("H0", "H1")
    assert wish.in_reply_to == b"\xab" * 32
    assert wish.consents == (b"\xef" * 16,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"surprise": 1}, ("/surprise", "UNKNOWN_FIELD")),
        ({"type": None}, ("/type", "MISSING")),
        ({"type": "MT01"}, ("/type", "WRONG_FORM")),
        ({"type": 1}, ("/type", "WRONG_FORM")),
        ({"document": None}, ("/document", "MISSING")),
        ({"document": []}, ("/document", "MISSING")),
        ({"identity": "x"}, ("/identity", "WRONG_TYPE")),
        ({"to": ["??"]}, ("/to/0", "WRONG_FORM")),
        ({"to": [{"node": "mk.ilecu", "mode": "shout"}]}, ("/to/0", "WRONG_FORM")),
        ({"to": [{"node": "mk.ilecu", "extra": 1}]}, ("/to/0", "WRONG_FORM")),
        ({"to": [{"node": "mk.ilecu", "identity": "yes"}]}, ("/to/0", "WRONG_FORM")),
        ({"to": [7]}, ("/to/0", "WRONG_FORM")),
        ({"to": ["mk.ilecu", "mk.ilecu"]}, ("/to/1", "REPEATED")),
        ({"to": [f"n{n}" for n in range(300)]}, ("/to", "TOO_MANY")),
        ({"channel": "radio"}, ("/channel", "WRONG_FORM")),
        ({"purpose": "x" * 65}, ("/purpose", "WRONG_FORM")),
        ({"purpose": ""}, ("/purpose", "WRONG_FORM")),
        ({"language": "a\nb"}, ("/language", "WRONG_FORM")),
        ({"handling": "H0"}, ("/handling", "WRONG_FORM")),
        ({"handling": [1]}, ("/handling", "WRONG_FORM")),
        ({"erase_by": "soon"}, ("/erase_by", "WRONG_FORM")),
        ({"erase_by": -1}, ("/erase_by", "WRONG_FORM")),
        ({"life_days": 0}, ("/life_days", "WRONG_FORM")),
        ({"life_days": True}, ("/life_days", "WRONG_FORM")),
        ({"in_reply_to": "ab"}, ("/in_reply_to", "WRONG_FORM")),
        ({"conversation": "xy" * 16}, ("/conversation", "WRONG_FORM")),
        ({"conversation": 5}, ("/conversation", "WRONG_FORM")),
        ({"consents": ["ab"]}, ("/consents", "WRONG_FORM")),
    ],
)
def test_each_fault_names_its_place(changes: dict[str, Any], expected: tuple[str, str]) -> None:
    assert faults(**changes) == [expected]


def test_all_faults_are_told_at_once() -> None:
    assert faults(surprise=1, document=None, type="x") == [
        ("/surprise", "UNKNOWN_FIELD"),
        ("/type", "WRONG_FORM"),
        ("/document", "MISSING"),
    ]


def test_times_are_days_instants_or_seconds() -> None:
    assert read_time(5) == 5
    assert read_time("1970-01-01") == 86_400, "a day ends with its last second"
    assert read_time("1970-01-01T00:00:05Z") == 5
    assert read_time("1970-01-01T01:00:05+01:00") == 5
    for wrong in ("1970-01-01T00:00:05", "x", None, True, [], "1970-13-01"):
        with pytest.raises(Malformed):
            read_time(wrong)
