"""How a draft is stored: back as it was, and nothing else than what was stored is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes.casework.drafts import TakenFile, Written, encode_written, parse_written
from nodes.casework.form_values import MAX_VALUE
from protocol.cbor import Item, encode
from protocol.errors import Malformed

NAMES = st.text("/abc019#-", min_size=1, max_size=20)
VALUES = st.lists(st.text(st.characters(exclude_categories=("Cs",)), max_size=40), max_size=3).map(tuple)
FILE = TakenFile(b"i" * 16, "снимок.pdf", 12, b"h" * 32)


@given(fields=st.dictionaries(NAMES, VALUES, max_size=6), opened=st.lists(NAMES, max_size=3).map(tuple))
def test_what_was_typed_comes_back(fields: dict[str, tuple[str, ...]], opened: tuple[str, ...]) -> None:
    for order in (None, b"{}"):
        written = Written(fields, opened, (FILE, TakenFile(b"j" * 16, "b", 0, b"k" * 32, "CA")), order)
        assert parse_written(encode_written(written)) == written


@pytest.mark.parametrize(
    "item",
    [
        [],
        [[["a", ["x" * (MAX_VALUE + 1)]]], [], [], None],
        [[["a", [1]]], [], [], None],
        [[["a"]], [], [], None],
        [[], [], [[b"i", "a", 1, b"h" * 32, ""]], None],
        [[], [], [], "order"],
        [[], [], [], b"x" * ((2 << 20) + 1)],
    ],
)
def test_what_no_draft_is_stored_as_is_refused(item: Item) -> None:
    with pytest.raises(Malformed):
        parse_written(encode(item))


def test_the_first_value_that_says_something_is_found() -> None:
    written = Written({"to": ("", " rs.ilecu "), "language": ()})
    assert (written.first("to"), written.first("language"), written.first("none")) == ("rs.ilecu", "", "")
