from dataclasses import replace

import pytest

from policies.predicates.values import carries_personal_data, listed, needs_erasure, refuse, shown
from policies.registry import Objection
from protocol.ids import NodeId, Reference
from tests.simulators.policies import shipped_facts


@pytest.mark.parametrize(
    ("value", "seen"),
    [
        ("H0", "H0"),
        ("public_order", "public_order"),
        ("MT-01/1", "MT-01/1"),
        ("/body/reason", "/body/reason"),
        (None, "-"),
        ("", "-"),
        ("Jane Doe", "?"),
        ("a\nb", "?"),
        ("код", "?"),
        ("a" * 49, "?"),
        ("-", "?"),
    ],
)
def test_only_short_codes_are_shown(value: str | None, seen: str) -> None:
    assert shown(value) == seen


def test_a_list_is_ascending_without_repeats_and_cut_at_eight() -> None:
    assert listed(["b", "a", "b"]) == "a, b"
    assert listed([]) == "-"
    assert listed([""]) == "-"
    assert listed(str(each) for each in range(8)) == "0, 1, 2, 3, 4, 5, 6, 7"
    assert listed(str(each) for each in range(10)) == "0, 1, 2, 3, 4, 5, 6, 7 +2"


def test_an_objection_names_its_values_in_order() -> None:
    assert refuse(NodeId("a.a"), two="2", one="1") == Objection((("two", "2"), ("one", "1")), NodeId("a.a"))


@pytest.mark.parametrize(
    "said",
    [
        {"person_roles": ("witness",)},
        {"data_categories": ("ID",)},
        {"identity": True},
        {"consents": (Reference(b"c" * 16),)},
    ],
)
def test_what_speaks_of_a_person_needs_a_date_of_erasure(said: dict[str, object]) -> None:
    quiet = shipped_facts("police", "acknowledgement").outer.header
    assert not needs_erasure(quiet)
    assert not carries_personal_data(quiet)
    header = replace(quiet, **said)  # type: ignore[arg-type]
    assert needs_erasure(header)
    assert carries_personal_data(header)


def test_a_date_of_erasure_alone_says_that_there_is_something_to_erase() -> None:
    header = replace(shipped_facts("police", "acknowledgement").outer.header, erase_by=1)
    assert not needs_erasure(header)
    assert carries_personal_data(header)
