"""Voids: what is parsed encodes to the same payload, and a changed payload is refused or says something else."""

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocol import domains
from protocol.cose import sign
from protocol.errors import Fault
from protocol.ids import CHANNELS, NodeId
from protocol.voids import SignedVoid, Void, VoidReason, encode_void, parse_evidence, parse_void
from tests.simulators.party import NETWORK, Party

SENDER = Party("mk.ilecu")
nodes = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,20}[a-z0-9]", fullmatch=True).map(NodeId)
voids = st.builds(
    Void,
    sender=nodes,
    recipient=nodes,
    channel=st.sampled_from(CHANNELS),
    sequence=st.integers(1, (1 << 53) - 1),
    reason=st.sampled_from(VoidReason),
)


def signed(payload: bytes) -> bytes:
    return sign(SENDER.identity, domains.EVIDENCE, NETWORK, payload)


@settings(max_examples=60, deadline=None)
@given(voids)
def test_a_void_encodes_to_what_was_parsed(void: Void) -> None:
    assume(void.sender != void.recipient)
    found = parse_evidence(signed(encode_void(void)))
    assert isinstance(found, SignedVoid)
    assert found.void == void
    assert encode_void(found.void) == found.signed.payload


@settings(max_examples=60, deadline=None)
@given(voids, st.data())
def test_a_changed_byte_is_refused_or_says_something_else(void: Void, data: st.DataObject) -> None:
    assume(void.sender != void.recipient)
    payload = bytearray(encode_void(void))
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = parse_void(signed(bytes(payload)))
    except Fault:
        return
    assert found.void != void
    assert encode_void(found.void) == bytes(payload)
