"""Bounds of a form, its tree, and its names."""

import pytest

from nodes.casework.form_values import (
    MAX_ALL,
    MAX_NAME,
    MAX_VALUE,
    MAX_VALUES,
    TooMuch,
    at_or_below,
    check_size,
    grow,
    is_position,
)


@pytest.mark.parametrize(
    ("typed", "bound"),
    [
        ({"/a": [""] * (MAX_VALUES + 1)}, "values"),
        ({f"/{n}": [] for n in range(MAX_VALUES + 1)}, "values"),
        ({"/" + "a" * MAX_NAME: ["x"]}, "name"),
        ({"/" + "ж" * (MAX_NAME // 2 + 1): ["x"]}, "name"),
        ({"": ["x"]}, "name"),
        ({"/a\x7f": ["x"]}, "name"),
        ({"/a": ["x" * (MAX_VALUE + 1)]}, "value"),
        ({f"/{n}": ["x" * MAX_VALUE] for n in range(MAX_ALL // MAX_VALUE + 1)}, "all"),
    ],
)
def test_a_form_bomb_is_refused_by_the_bound_it_exceeds(typed: dict[str, list[str]], bound: str) -> None:
    found = check_size(typed)
    assert isinstance(found, TooMuch)
    assert found.bound == bound


def test_the_longest_text_is_within_the_bounds() -> None:
    assert check_size({"/facts": ["x" * MAX_VALUE]}) is None


def test_a_tree_closes_up_lists_and_tells_what_is_no_place() -> None:
    deep = "/a" * 16
    root, strange = grow({"/a/10": ["x"], "/a/2": [" "], "to": ["mk.ilecu"], "/~": ["x"], deep: ["x"]})
    assert [step for step, _ in root.inner["a"].members()] == ["2", "10"]
    assert strange == ("/~", deep)
    assert root.inner["a"].inner["2"].is_blank()
    assert not root.is_blank()


@pytest.mark.parametrize(("step", "found"), [("0", True), ("12", True), ("01", False), ("", False), ("99999", False)])
def test_positions(step: str, *, found: bool) -> None:
    assert is_position(step) is found


def test_a_name_inside_another() -> None:
    assert at_or_below("/a/b", "/a")
    assert at_or_below("/a#kind", "/a")
    assert at_or_below("/a", "/a")
    assert not at_or_below("/ab", "/a")
