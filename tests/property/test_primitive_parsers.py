"""Parsers of signed objects, wraps and notes: accepted bytes encode again unchanged, others are refused by code."""

from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st

from protocol import domains
from protocol.cbor import Tagged, encode
from protocol.checkpoint import Checkpoint, checkpoint_text, parse_checkpoint_text, sign_checkpoint
from protocol.cose import ED25519, ML_DSA_65, sign
from protocol.cose import parse as parse_signed
from protocol.errors import Code, Fault
from protocol.ids import NodeId
from protocol.limits import MAX_SIGNED
from protocol.note import encode_note, parse_note
from protocol.tiles import encode_bundle, parse_bundle
from protocol.wrap import encode_wrap, parse_wrap, recipient_key_id, recipient_public_bytes, seal_wrap
from tests.simulators.log import PlainLogSigner
from tests.simulators.party import NETWORK, PlainIdentity

PUBLIC = recipient_public_bytes(b"s" * 32)
SIGNED = sign(PlainIdentity("mk.ilecu"), domains.MESSAGE, NETWORK, b"payload")
WRAP = seal_wrap(bytes(64), PUBLIC, recipient_key_id(PUBLIC), b"core", NodeId("rs.ilecu"))
CHECKPOINT = sign_checkpoint(PlainLogSigner("hub"), Checkpoint("log", 5, b"r" * 32), 1)


def mutations(raw: bytes) -> st.SearchStrategy[bytes]:
    """Bytes near ``raw``: one place overwritten, cut or grown."""
    place = st.integers(0, len(raw))
    piece = st.binary(max_size=4)
    return st.builds(lambda at, end, new: raw[:at] + new + raw[max(at, end) :], place, place, piece) | st.builds(
        lambda at, new: raw[:at] + new + raw[at + len(new) :], place, piece
    )


def survives_or_is_refused(raw: bytes, parse: Callable[[bytes], bytes], codes: set[Code]) -> None:
    try:
        again = parse(raw)
    except Fault as fault:
        assert fault.code in codes  # noqa: PT017 - either outcome is right, a wrong code is not
    else:
        assert again == raw


@given(mutations(SIGNED) | st.binary(max_size=100))
def test_signed_objects(raw: bytes) -> None:
    def again(each: bytes) -> bytes:
        signed = parse_signed(each, MAX_SIGNED)
        ed = [encode({1: ED25519, 4: signed.ed_kid}), {}, signed.ed_signature]
        ml = [encode({1: ML_DSA_65, 4: signed.ml_kid}), {}, signed.ml_signature]
        return encode(Tagged(98, [b"", {}, signed.payload, [ed, ml]]))

    codes = {Code.MALFORMED, Code.MISSING_SIGNATURE, Code.DUPLICATE_SIGNATURE, Code.UNKNOWN_KEY}
    survives_or_is_refused(raw, again, codes)


@given(mutations(WRAP) | st.binary(max_size=100))
def test_wraps(raw: bytes) -> None:
    def again(each: bytes) -> bytes:
        wrap = parse_wrap(each)
        return encode_wrap(wrap.key_id, wrap.sealed)

    survives_or_is_refused(raw, again, {Code.MALFORMED, Code.MIXED_SUITE})


@given(mutations(CHECKPOINT) | st.binary(max_size=100))
def test_notes(raw: bytes) -> None:
    survives_or_is_refused(raw, lambda each: encode_note(parse_note(each)), {Code.BAD_CHECKPOINT})


@given(mutations(checkpoint_text(Checkpoint("log", 5, b"r" * 32))))
def test_checkpoint_texts(raw: bytes) -> None:
    survives_or_is_refused(raw, lambda each: checkpoint_text(parse_checkpoint_text(each)), {Code.BAD_CHECKPOINT})


@given(st.binary(max_size=40), st.integers(1, 5))
def test_bundles(raw: bytes, width: int) -> None:
    survives_or_is_refused(raw, lambda each: encode_bundle(parse_bundle(each, width)), {Code.MALFORMED})
