import pytest

from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import escape, flatten, steps, unflatten
from protocol.cbor import Item, Tagged
from protocol.errors import Code, Fault, Malformed
from protocol.fields import encode_rows, parse_rows, salt_rows
from protocol.limits import MAX_DEPTH, MAX_PATH, MAX_ROWS

DOCUMENT: dict[str, JSON] = {
    "a": {"b": [1, {"c": "x"}], "empty": {}},
    "none": None,
    "no": [],
    "~/": True,
    "list": list(range(12)),
}


def test_rows_are_paths_in_order() -> None:
    assert flatten({"b": {"c": 1}, "a": [True, "x"]}) == [("/a/0", True), ("/a/1", "x"), ("/b/c", 1)]


def test_a_document_comes_back() -> None:
    assert unflatten(flatten(DOCUMENT)) == DOCUMENT


def test_numbers_of_lists_sort_as_text_and_come_back_as_numbers() -> None:
    paths = [path for path, _ in flatten({"list": list(range(12))})]
    assert paths.index("/list/10") < paths.index("/list/2")
    assert unflatten(flatten({"list": list(range(12))})) == {"list": list(range(12))}


def test_rows_travel_salted(each_example: object) -> None:
    for part in each_example.parts().values():  # type: ignore[attr-defined]
        rows = salt_rows(flatten(part), iter_salts())
        again = parse_rows(encode_rows(rows))
        assert unflatten((row.path, row.value) for row in again) == part


def iter_salts() -> object:
    counter = iter(range(1 << 20))
    return lambda size: next(counter).to_bytes(size, "big")


@pytest.mark.parametrize("value", [{}, [], [1], "text", None, 7])
def test_a_part_is_an_object_that_holds_something(value: JSON) -> None:
    with pytest.raises(Malformed):
        flatten(value)


def test_a_path_fits_its_bound() -> None:
    fits = "x" * (MAX_PATH - 1)
    assert flatten({fits: 1}) == [("/" + fits, 1)]
    with pytest.raises(Malformed):
        flatten({fits + "x": 1})


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("", 1)],
        [("a", 1)],
        [("/", 1)],
        [("/a~", 1)],
        [("/a~2", 1)],
        [("/a", 1), ("/a/b", 2)],
        [("/a", {}), ("/a/b", 2)],
        [("/a", []), ("/a/0", 2)],
        [("/a/1", 1)],
        [("/a/0", 1), ("/a/2", 1)],
        [("/a/00", 1)],
        [("/a/0", 1), ("/a/b", 1)],
        [("/0", 1)],
        [("/0a", 1)],
        [("/a\n", 1)],
        [("/a", b"x")],
        [("/a", [1])],
        [("/a", {"b": 1})],
        [("/a", Tagged(98, 1))],
        [("/a", 1 << 60)],
        [("/" + "x" * MAX_PATH, 1)],
        [("/a" * (MAX_DEPTH + 1), 1)],
        [(f"/a{number:05}", 1) for number in range(MAX_ROWS + 1)],
    ],
)
def test_rows_that_no_document_has_are_malformed(rows: list[tuple[str, Item]]) -> None:
    with pytest.raises(Malformed):
        unflatten(rows)


def test_nothing_stands_inside_a_value() -> None:
    with pytest.raises(Malformed):
        unflatten([("/a", 1), ("/a/b", 3), ("/a~1", 2)])
    with pytest.raises(Malformed):
        unflatten([("/a!", 1), ("/a/b", 1), ("/a/b/c", 2)])


@pytest.mark.parametrize("rows", [[("/b", 1), ("/a", 1)], [("/a", 1), ("/a", 1)]])
def test_rows_out_of_order_are_told(rows: list[tuple[str, Item]]) -> None:
    with pytest.raises(Fault) as caught:
        unflatten(rows)
    assert caught.value.code is Code.FIELD_ORDER


def test_steps_are_escaped_and_back() -> None:
    for key in ("a", "~", "/", "~1", "~0/"):
        assert steps("/" + escape(key)) == [key]
    assert steps("") == []
