"""Every object of docs/wire.md: what a parser accepts is written again as the same bytes, whatever was changed.

Driven by the page: an object of its CDDL without an entry here fails. Each object is changed as bytes and as a tree of
items, so that most changes are well-formed and reach far into the parser.
"""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol import domains
from protocol.catalogue.bundle import parse_manifest as parse_bundle
from protocol.cbor import Item, Tagged, decode, encode
from protocol.cose import sign
from protocol.errors import Fault
from protocol.evidence import encode_inclusion, parse_inclusion
from protocol.limits import MAX_OBJECT
from protocol.mailbox import verify_head
from protocol.shapes import as_bytes, as_map
from protocol.unserved import encode_unserved_evidence, parse_unserved
from tests.docs.pages import cddl
from tests.docs.test_wire_cddl import JUNK, at, paths, put
from tests.fuzz.targets import TARGETS
from tests.simulators.cddl import Schema
from tests.simulators.party import NETWORK, PlainIdentity
from tests.simulators.wire_objects import all_samples, unsigned

Again = Callable[[bytes], bytes]
HUB = PlainIdentity("hub")
SAMPLES = all_samples()


def payload(name: str) -> Again:
    """Return a way to write what a signature covers: through the whole signed object around it."""

    def again(raw: bytes) -> bytes:
        if TARGETS[name].again(unsigned(raw)) != unsigned(raw):
            raise AssertionError(f"{name}: a signed payload is written otherwise")
        return raw

    return again


def head(raw: bytes) -> bytes:
    found = verify_head(sign(HUB, domains.MAILBOX, NETWORK, raw), HUB.public, NETWORK)
    return encode([found.node, found.channel, found.count, found.log_size])


def bundle(raw: bytes) -> bytes:
    return encode([[path, digest] for path, digest in parse_bundle(raw)])


def unserved_evidence(raw: bytes) -> bytes:
    fields = as_map(decode(raw), "evidence", (1, 2, 3))
    record, note = parse_unserved(as_bytes(fields[1], "record")), as_bytes(fields[3], "checkpoint")
    return encode_unserved_evidence(record, parse_inclusion(fields[2]), note)


TARGET_OF = {"page": "mailbox", "party-file": "party", "statement-file": "statements", "shared-keystore": "shared-copy"}
SAME_NAME = (
    *("core", "rows", "manifest", "signed", "envelope", "delivery", "wrap", "leaf", "acceptance", "problem"),
    *("decision", "part-list", "upload", "disclosure", "statement", "entry", "keystore", "secrets"),
    *("act-signatures", "record-page", "found-records", "refusals", "evidence-file", "unserved"),
    *("receipts", "logged-receipts"),
)
OBJECTS: dict[str, Again] = {
    **{name: TARGETS[name].again for name in SAME_NAME},
    **{rule: TARGETS[name].again for rule, name in TARGET_OF.items()},
    **{name: payload(name) for name in ("receipt", "void", "token", "anchor", "erasure", "act", "report", "hub-act")},
    "head": head,
    "unserved-evidence": unserved_evidence,
    "bundle": bundle,
    "inclusion": lambda raw: encode(encode_inclusion(parse_inclusion(decode(raw)))),
}
NEVER_PARSED = {"share-digest": "is hashed and compared, and never read"}
BOUND = {"envelope", "delivery", "keystore", "evidence-file"}
"""Objects in which every byte is under a digest of the same object or names its format."""


def test_every_object_of_the_page_is_here() -> None:
    schema = Schema(cddl())
    top = (set(schema.rules) - schema.used) | {sample.rule for sample in SAMPLES}
    assert top - set(OBJECTS) - set(NEVER_PARSED) == set()
    assert set(OBJECTS) - {sample.rule for sample in SAMPLES} == set()


def refuses(again: Again, raw: bytes) -> bool:
    """Tell whether bytes are refused; what is accepted must be written as it came."""
    try:
        written = again(raw)
    except Fault:
        return True
    assert written == raw
    return False


CASES = [(sample.rule, number) for number, sample in enumerate(SAMPLES) if sample.rule in OBJECTS]


@pytest.mark.parametrize(("rule", "number"), CASES)
def test_an_object_is_written_as_it_came(rule: str, number: int) -> None:
    assert not refuses(OBJECTS[rule], SAMPLES[number].raw)


def bumped(value: Item) -> Item | None:
    """Return another value of the same kind and size, or None for kinds that have no neighbour."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value + 1
    if isinstance(value, bytes) and value:
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, str) and value:
        return value[:-1] + ("a" if value[-1] != "a" else "b")
    return None


@pytest.mark.parametrize("rule", sorted(set(OBJECTS) - BOUND))
def test_some_neighbours_are_accepted(rule: str) -> None:
    """A control: the property is not kept by refusing everything but the sample."""
    for sample in (each for each in SAMPLES if each.rule == rule):
        item = decode(sample.raw, MAX_OBJECT)
        changes = ((path, bumped(at(item, path))) for path in paths(item))
        if any(not refuses(OBJECTS[rule], encode(put(item, path, new))) for path, new in changes if new is not None):
            return
    pytest.fail("no neighbour of any sample is accepted")


@pytest.mark.parametrize("rule", sorted(OBJECTS))
def test_a_field_that_is_left_out_has_one_spelling(rule: str) -> None:
    """An optional field is absent; nothing stands for its absence."""
    for sample in (each for each in SAMPLES if each.rule == rule):
        item = decode(sample.raw, MAX_OBJECT)
        for path in paths(item):
            found = at(item, path)
            for label in range(30) if isinstance(found, dict) else ():
                refuses(OBJECTS[rule], encode(put(item, path, {**found, label: None})))  # type: ignore[dict-item]


def changed_tree(raw: bytes, data: st.DataObject) -> bytes:
    item = decode(raw, MAX_OBJECT)
    for _ in range(data.draw(st.integers(1, 2))):
        path = data.draw(st.sampled_from(list(paths(item))))
        found = at(item, path)
        near = [new for new in (bumped(found),) if new is not None]
        if isinstance(found, list) and found:
            near += [found[1:], found[::-1], [*found, found[0]]]
        if isinstance(found, dict) and found:
            near += [{label: each for label, each in found.items() if label != key} for key in found]
        item = put(item, path, data.draw(st.sampled_from([*near, *JUNK])))
    return encode(item)


def changed_bytes(raw: bytes, data: st.DataObject) -> bytes:
    place, byte = data.draw(st.integers(0, len(raw) - 1)), data.draw(st.binary(min_size=1, max_size=3))
    cut = data.draw(st.integers(0, 3))
    return raw[:place] + byte + raw[place + cut :]


@pytest.mark.parametrize("rule", sorted(OBJECTS))
def test_what_is_accepted_is_written_as_it_came(rule: str) -> None:
    raws = [sample.raw for sample in SAMPLES if sample.rule == rule]

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(raws), st.booleans(), st.data())
    def check(raw: bytes, tree: bool, data: st.DataObject) -> None:
        refuses(OBJECTS[rule], changed_tree(raw, data) if tree else changed_bytes(raw, data))

    check()


def test_a_second_spelling_is_noticed() -> None:
    """A control: a parser that takes a longer form of the same value is caught."""

    def careless(raw: bytes) -> bytes:
        return encode(decode(raw.rstrip(b"\xf6")))

    with pytest.raises(AssertionError):
        refuses(careless, encode(Tagged(98, [1])) + b"\xf6")
