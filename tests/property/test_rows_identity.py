"""A document becomes rows and comes back, and rows from anywhere either are a document's or are refused."""

from hypothesis import given
from hypothesis import strategies as st

from protocol.catalogue.documents import JSON, MAX_INTEGER
from protocol.catalogue.rows import flatten, unflatten
from protocol.cbor import decode, encode
from protocol.errors import Fault
from protocol.fields import encode_rows, parse_rows, salt_rows
from tests.simulators.party import CountingEntropy

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
keys = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=4).filter(
    lambda k: k[0] not in "0123456789"
)
leaves = st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | text
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=12) | st.dictionaries(keys, inner, max_size=4), max_leaves=30
)
documents = st.dictionaries(keys, values, min_size=1, max_size=5)
paths = st.text("/ab01~ ", max_size=8)


def exactly(one: JSON, other: JSON) -> bool:
    """Equal, and of the same types: True is not 1."""
    return repr(one) == repr(other)


def ordered(value: JSON) -> JSON:
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value)}
    return [ordered(each) for each in value] if isinstance(value, list) else value


@given(documents)
def test_a_document_comes_back_from_its_rows(document: dict[str, JSON]) -> None:
    rows = flatten(document)
    assert [path for path, _ in rows] == sorted({path for path, _ in rows})
    assert exactly(ordered(unflatten(rows)), ordered(document))


@given(documents)
def test_it_comes_back_over_the_wire(document: dict[str, JSON]) -> None:
    rows = parse_rows(encode_rows(salt_rows(flatten(document), CountingEntropy())))
    assert exactly(ordered(unflatten((row.path, row.value) for row in rows)), ordered(document))


@given(st.lists(st.tuples(paths, leaves | st.just({}) | st.just([])), max_size=6))
def test_rows_are_a_documents_or_are_refused(rows: list[tuple[str, JSON]]) -> None:
    check_rows(rows)


def check_rows(rows: list[tuple[str, JSON]]) -> None:
    try:
        document = unflatten(rows)
    except Fault:
        return
    assert flatten(document) == rows


@given(st.dictionaries(paths, leaves, min_size=1, max_size=6))
def test_ordered_rows_are_a_documents_or_are_refused(rows: dict[str, JSON]) -> None:
    check_rows(sorted(rows.items()))


@given(values)
def test_values_of_documents_are_values_of_the_wire(value: JSON) -> None:
    assert exactly(ordered(decode(encode(value))), ordered(value))  # type: ignore[arg-type]
