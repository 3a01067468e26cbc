"""The worked example is rebuilt byte by byte, its random values verify, and the page shows exactly these bytes."""

import hashlib
import re

import pytest
from cryptography.exceptions import InvalidSignature

from protocol.envelope import parse_delivery
from protocol.errors import Code
from protocol.ids import NodeId
from protocol.opening import Reader, open_delivery
from tests.docs.pages import EXAMPLE
from tests.simulators.faults import refused
from tests.simulators.party import PlainRing
from tests.wire_example.book import FILE, as_json, stored_values
from tests.wire_example.build import build
from tests.wire_example.message import BODY_FIELDS, IDENTITY_FIELDS
from tests.wire_example.page import render
from tests.wire_example.parties import ADVICE, NETWORK, SENDER_IDENTITY, SHELTER

SHOWN = re.compile(r"^([a-z0-9.-]+): ([0-9]+) bytes[^\n]*\n(  SHA-256 [0-9a-f]{64}\n)?((?:  [^\n]+\n)+)", re.MULTILINE)


def test_every_value_is_rebuilt_or_verified() -> None:
    book = build(stored_values())
    assert as_json(book) == FILE.read_text(encoding="utf-8"), "run python -m tests.wire_example"
    kinds = [value.kind for step in book.steps for value in step.values]
    assert kinds.count("random") == 9
    assert kinds.count("derived") > 100


def test_the_page_is_rendered_from_the_values() -> None:
    assert render(build(stored_values())) == EXAMPLE.read_text(encoding="utf-8"), "run python -m tests.wire_example"


def test_the_page_shows_exactly_the_stored_bytes() -> None:
    values = stored_values()
    seen = set()
    for name, length, digest, lines in SHOWN.findall(EXAMPLE.read_text(encoding="utf-8")):
        data = values[name]
        shown = [line for line in lines.splitlines() if not line.startswith("  #")]
        text = "".join(shown).replace(" ", "")
        seen.add(name)
        assert len(data) == int(length)
        if digest:
            assert digest.split()[1] == hashlib.sha256(data).hexdigest()
            assert text == f"{data[:64].hex()}..{data[-64:].hex()}"
        else:
            assert text == data.hex()
    assert seen == set(values)


@pytest.mark.parametrize("name", ["message.ml-dsa-65.signature", "checkpoint.ml-dsa-44.signature", "kuca.wrap"])
def test_a_random_value_that_does_not_fit_is_noticed(name: str) -> None:
    values = stored_values()
    changed = values[name][:-1] + bytes([values[name][-1] ^ 1])
    with pytest.raises((InvalidSignature, Exception), match=r"WRAP_DECRYPT|^$"):
        build({**values, name: changed})


def test_each_recipient_opens_what_the_example_says() -> None:
    values = stored_values()
    for short, who, reads in (("kuca", SHELTER, True), ("savet", ADVICE, False)):
        delivery = parse_delivery(values[f"{short}.delivery"])
        reader = Reader(NodeId(who.node), NETWORK, 1, PlainRing(who.seed))
        opened = open_delivery(delivery, SENDER_IDENTITY.public, reader)
        assert tuple((row.path, row.value) for row in opened.body) == BODY_FIELDS
        shown = tuple((row.path, row.value) for row in opened.identity or ())
        assert shown == (IDENTITY_FIELDS if reads else ())


def test_the_example_opens_for_its_recipients_only() -> None:
    delivery = parse_delivery(stored_values()["kuca.delivery"])
    with refused(Code.NOT_A_RECIPIENT):
        open_delivery(delivery, SENDER_IDENTITY.public, Reader(ADVICE.node, NETWORK, 1, PlainRing(ADVICE.seed)))
