"""The CDDL of docs/wire.md is whole, fits what the code writes, and allows whatever the code accepts."""

import copy
from collections.abc import Iterator

import pytest

from protocol.cbor import Item, Tagged, decode, encode
from protocol.errors import Fault
from tests.docs.pages import cddl
from tests.simulators.cddl import PRELUDE, Parser, Schema
from tests.simulators.wire_objects import Sample, all_samples

SCHEMA = Schema(cddl())
SAMPLES = all_samples()
CHANGED = [sample for sample in SAMPLES if not sample.fixed]
TOP = frozenset(sample.rule for sample in SAMPLES)
JUNK: tuple[Item, ...] = (
    *(0, 1, -1, 7, 1 << 53, 1 << 63, True, None, "", "x", "x" * 65, "x" * 201, "a.b", "\u00e9", [], {}, [0], {1: 1}),
    *(b"", bytes(16), bytes(32), bytes(33), bytes(64)),
)
Step = tuple[int | str, ...]


def test_every_rule_is_defined_once_and_every_name_exists() -> None:
    assert not SCHEMA.used - set(SCHEMA.rules) - PRELUDE
    assert set(SCHEMA.rules) - SCHEMA.used == TOP - SCHEMA.used, "a rule that nothing uses needs a sample"


def test_a_second_definition_and_a_name_of_the_prelude_are_noticed() -> None:
    for text in ("a = int\na = uint", "time = uint", "a = [b"):
        with pytest.raises(ValueError, match=r"twice|expected|unexpected"):
            Parser(text)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.rule)
def test_what_the_code_writes_fits_the_page(sample: Sample) -> None:
    sample.parse(sample.raw)
    assert SCHEMA.accepts(sample.rule, sample.raw)


@pytest.mark.parametrize("sample", CHANGED, ids=lambda sample: sample.rule)
def test_what_the_code_accepts_fits_the_page(sample: Sample) -> None:
    tried = refused = 0
    for changed in changes(decode(sample.raw)):
        raw = encode(changed)
        tried += 1
        if parses(sample, raw):
            assert SCHEMA.accepts(sample.rule, raw), f"{changed}"
        else:
            refused += 1
    assert tried > 50
    assert refused > tried // 2


@pytest.mark.parametrize("sample", CHANGED, ids=lambda sample: sample.rule)
def test_maps_have_the_same_labels_in_page_and_code(sample: Sample) -> None:
    item = decode(sample.raw)
    for path in paths(item):
        found = at(item, path)
        if isinstance(found, dict):
            for changed in relabelled(item, path, found):
                assert parses(sample, encode(changed)) <= SCHEMA.accepts(sample.rule, encode(changed))


def test_fields_beyond_the_listed_are_refused_by_both() -> None:
    for sample in CHANGED:
        item = decode(sample.raw)
        if isinstance(item, dict):
            more = encode({**item, 99: 1})
            assert not SCHEMA.accepts(sample.rule, more)
            assert not parses(sample, more)


def parses(sample: Sample, raw: bytes) -> bool:
    try:
        sample.parse(raw)
    except Fault:
        return False
    return True


def changes(item: Item) -> Iterator[Item]:
    """Yield the item with every place replaced by each kind of junk, members left out, doubled and swapped."""
    for path in paths(item):
        for junk in JUNK:
            yield put(item, path, junk)
        found = at(item, path)
        if isinstance(found, list) and found:
            yield put(item, path, found[:-1])
            yield put(item, path, [*found, found[-1]])
            yield put(item, path, found[::-1])
        if isinstance(found, dict):
            yield from relabelled(item, path, found)


def relabelled(item: Item, path: Step, found: dict[int, Item]) -> Iterator[Item]:
    for key in found:
        yield put(item, path, {label: value for label, value in found.items() if label != key})
    for extra in (0, 99, -1, "x"):
        yield put(item, path, {**found, extra: 1})


def paths(item: Item, path: Step = ()) -> Iterator[Step]:
    yield path
    inner: list[tuple[int | str, Item]] = []
    if isinstance(item, Tagged):
        inner = [("tag", item.value)]
    elif isinstance(item, dict):
        inner = list(item.items())
    elif isinstance(item, list):
        inner = list(enumerate(item))[:6]
    for step, each in inner:
        yield from paths(each, (*path, step))


def at(item: Item, path: Step) -> Item:
    for step in path:
        item = item.value if isinstance(item, Tagged) else item[step]  # type: ignore[index, call-overload]
    return item


def put(item: Item, path: Step, value: Item) -> Item:
    if not path:
        return value
    step, *rest = path
    if isinstance(item, Tagged):
        return Tagged(item.tag, put(item.value, tuple(rest), value))
    out = copy.copy(item)
    out[step] = put(item[step], tuple(rest), value)  # type: ignore[index, call-overload]
    return out
