import pytest

from policies.documents import filled_at, text_at, value_at

DOCUMENT = {"a": {"b/c": ["x", {"d": 0}]}, "e~": " text ", "empty": "", "list": [], "no": False, "none": None}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [
        ("", DOCUMENT),
        ("/a/b~1c/0", "x"),
        ("/a/b~1c/1/d", 0),
        ("/a/b~1c/2", None),
        ("/a/b~1c/-", None),
        ("/a/b~1c/00000", None),
        ("/a/b~1c/٣", None),
        ("/e~0", " text "),
        ("/missing", None),
        ("/missing/deeper", None),
        ("/e~0/deeper", None),
    ],
)
def test_a_pointer_finds_the_value_or_none(pointer: str, value: object) -> None:
    assert value_at(DOCUMENT, pointer) == value


def test_a_document_that_is_none_has_nothing() -> None:
    assert value_at(None, "/a") is None
    assert text_at(None, "/a") == ""
    assert not filled_at(None, "/a")


def test_text_loses_the_space_around_it_and_other_values_are_no_text() -> None:
    assert text_at(DOCUMENT, "/e~0") == "text"
    assert text_at(DOCUMENT, "/a/b~1c/1/d") == ""


@pytest.mark.parametrize(
    ("pointer", "filled"),
    [("/e~0", True), ("/a", True), ("/a/b~1c/1/d", True), ("/no", True)]
    + [(each, False) for each in ("/empty", "/list", "/none", "/missing")],
)
def test_false_and_zero_fill_a_field_and_emptiness_does_not(pointer: str, *, filled: bool) -> None:
    assert filled_at(DOCUMENT, pointer) is filled
