"""Whatever a parser accepts encodes to the same bytes again; whatever it refuses, it refuses with its own fault."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.api import encode_problem, parse_problem
from protocol.cbor import Tagged, decode, encode
from protocol.core import encode_core, parse_core
from protocol.cose import parse as parse_signed
from protocol.decision import encode_decision, parse_decision
from protocol.envelope import parse_delivery, parse_envelope
from protocol.errors import Fault
from protocol.evidence import Event, Receipt, encode_inclusion, parse_inclusion, parse_receipt, sign_receipt
from protocol.fields import encode_rows, parse_rows, salt_rows
from protocol.ids import Channel
from protocol.leaf import Leaf, LeafKind, encode_leaf, parse_leaf
from protocol.limits import MAX_SIGNED
from protocol.mailbox import encode_page, parse_page
from protocol.shapes import as_bytes, as_map
from protocol.tokens import Token, TokenKind, parse_token, sign_token
from protocol.unserved import Unserved, encode_unserved_evidence, parse_unserved
from tests.simulators.party import NETWORK, NOW, CountingEntropy, Party, PlainIdentity, deliver, message_number, send

A, B, C = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu")
ENVELOPE = send(A, B, C)

scalars = (
    st.integers(-(1 << 64), (1 << 64) - 1) | st.binary(max_size=64) | st.text(max_size=40) | st.booleans() | st.none()
)
items = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.integers(-(1 << 64), (1 << 64) - 1), inner, max_size=5)
        | st.dictionaries(st.text(max_size=8), inner, max_size=5)
        | inner.map(lambda item: Tagged(98, item))
    ),
    max_leaves=25,
)


@given(items)
def test_every_item_survives(item: object) -> None:
    raw = encode(item)  # type: ignore[arg-type]  # drawn from the profile
    assert decode(raw) == item
    assert encode(decode(raw)) == raw


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_surprise_the_decoder(raw: bytes) -> None:
    try:
        item = decode(raw)
    except Fault:
        return
    assert encode(item) == raw


def _receipt() -> bytes:
    receipt = Receipt(event=Event.CONTENT_HANDOVER, message=message_number(1), recipient=B.node, at=NOW)
    return sign_receipt(receipt, PlainIdentity("rs.ilecu"), NETWORK)


def _token() -> bytes:
    reference = decode(b"\x50" + bytes(16))
    token = Token(TokenKind.CONSENT, reference, A.node, A.node, B.node, NOW)  # type: ignore[arg-type]  # 16 bytes
    return sign_token(token, PlainIdentity("mk.ilecu"), NETWORK)


INCLUSION = encode([encode_leaf(Leaf(LeafKind.MESSAGE, bytes(32), NOW, 3, bytes(32))), 4, 9, [bytes(32)] * 4])
PAGE = encode({1: b"head", 2: b"checkpoint", 3: [[1, 1, decode(INCLUSION), b"content"]]})
DECISION = encode(["deny", bytes(32), [["r-1", "PCC 31", "t-1", "deny", "rs.ilecu", [["k", "v"]]]], ["notify"]])

RECORD = Unserved(message_number(1), B.node, Channel("police"), 17, NOW)


def _evidence_again(raw: bytes) -> bytes:
    fields = as_map(decode(raw), "evidence", (1, 2, 3))
    record, inclusion = parse_unserved(as_bytes(fields[1], "record")), parse_inclusion(fields[2])
    return encode_unserved_evidence(record, inclusion, as_bytes(fields[3], "checkpoint"))


SAMPLES: dict[str, tuple[bytes, Callable[[bytes], bytes]]] = {
    "core": (ENVELOPE.manifest.core_bytes, lambda raw: encode_core(parse_core(raw))),
    "envelope": (ENVELOPE.encode(), lambda raw: parse_envelope(raw).encode()),
    "delivery": (deliver(ENVELOPE, B).encode(), lambda raw: parse_delivery(raw).encode()),
    "signed": (ENVELOPE.signed.raw, lambda raw: parse_signed(raw, MAX_SIGNED).raw),
    "rows": (
        encode_rows(salt_rows((("/a", 1), ("/b", "text"), ("/c", [None, True])), CountingEntropy())),
        lambda raw: encode_rows(parse_rows(raw)),
    ),
    "leaf": (
        encode_leaf(Leaf(LeafKind.EVIDENCE, bytes(32), NOW, 3, bytes(32))),
        lambda raw: encode_leaf(parse_leaf(raw)),
    ),
    "receipt": (_receipt(), lambda raw: parse_receipt(raw).signed.raw),
    "token": (_token(), lambda raw: parse_token(raw).signed.raw),
    "inclusion": (INCLUSION, lambda raw: encode(encode_inclusion(parse_inclusion(decode(raw))))),
    "unserved": (RECORD.encode(), lambda raw: parse_unserved(raw).encode()),
    "unserved evidence": (
        encode({1: RECORD.encode(), 2: decode(INCLUSION), 3: b"checkpoint"}),
        _evidence_again,
    ),
    "page": (PAGE, lambda raw: encode_page(parse_page(raw))),
    "decision": (DECISION, lambda raw: encode_decision(parse_decision(raw))),
    "problem": (encode({1: "QUOTA", 2: NOW, 3: 30, 4: DECISION}), lambda raw: encode_problem(parse_problem(raw))),
}


@pytest.mark.parametrize("name", SAMPLES)
def test_samples_survive_unchanged(name: str) -> None:
    raw, again = SAMPLES[name]
    assert again(raw) == raw


@pytest.mark.parametrize("name", SAMPLES)
def test_mutated_samples_are_refused_or_identical(name: str) -> None:
    raw, again = SAMPLES[name]

    @settings(max_examples=150)
    @given(st.integers(0, len(raw) - 1), st.integers(1, 255), st.sampled_from(["flip", "drop", "double", "insert"]))
    def check(at: int, change: int, how: str) -> None:
        piece = raw[at : at + 1]
        new = {"flip": bytes([piece[0] ^ change]), "drop": b"", "double": piece * 2, "insert": piece + bytes([change])}
        mutated = raw[:at] + new[how] + raw[at + 1 :]
        try:
            result = again(mutated)
        except Fault:
            return
        assert result == mutated

    check()
