"""Anchors: how far a log of a node had come, under both signatures, in one form, telling nothing of its head."""

import pytest

from protocol import domains
from protocol.anchor import Anchor, AnchorKind, commit, encode_anchor, parse_anchor, sign_anchor, verify_anchor
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.errors import Code
from tests.simulators.party import NETWORK, Party
from tests.simulators.refusal import refused

NODE, OTHER = Party("mk.ilecu"), Party("rs.ilecu")
ANCHOR = Anchor(AnchorKind.PROCESSING_LOG, NODE.node, 4_711, bytes(range(32)))
GOOD: list[Item] = [1, "mk.ilecu", 4_711, bytes(range(32))]


def signed(item: Item, domain: str = domains.ANCHOR) -> bytes:
    return sign(NODE.identity, domain, NETWORK, encode(item))


def test_an_anchor_comes_back_and_verifies() -> None:
    found = parse_anchor(sign_anchor(ANCHOR, NODE.identity, NETWORK))
    assert found.anchor == ANCHOR
    assert encode_anchor(found.anchor) == encode(GOOD) == found.signed.payload
    verify_anchor(found, NODE.identity.public, NETWORK)
    assert parse_anchor(sign_anchor(ANCHOR, NODE.identity, NETWORK)).id == found.id


def test_only_its_node_signs_it_in_its_network_and_as_an_anchor() -> None:
    found = parse_anchor(sign_anchor(ANCHOR, NODE.identity, NETWORK))
    with refused(Code.UNKNOWN_KEY):
        verify_anchor(found, OTHER.identity.public, NETWORK)
    with refused(Code.BAD_SIGNATURE):
        verify_anchor(found, NODE.identity.public, bytes(16))
    with refused(Code.BAD_SIGNATURE):
        verify_anchor(parse_anchor(signed(GOOD, domains.TOKEN)), NODE.identity.public, NETWORK)


@pytest.mark.parametrize(
    ("place", "value"),
    [(0, 0), (0, 2), (0, True), (1, "MK"), (1, None), (2, 0), (2, -1), (2, 1 << 53), (3, bytes(31)), (3, "x")],
)
def test_what_is_no_anchor_is_refused(place: int, value: Item) -> None:
    with refused(Code.MALFORMED):
        parse_anchor(signed([*GOOD[:place], value, *GOOD[place + 1 :]]))


@pytest.mark.parametrize("item", [GOOD[:3], [*GOOD, 0], {1: 1}])
def test_another_shape_is_refused(item: Item) -> None:
    with refused(Code.MALFORMED):
        parse_anchor(signed(item))


def test_a_commitment_binds_salt_node_count_and_head() -> None:
    one = (bytes(16), NODE.node, 7, bytes(32))
    others = ((b"x" * 16, *one[1:]), (one[0], OTHER.node, *one[2:]), (*one[:2], 8, one[3]), (*one[:3], b"x" * 32))
    assert len({commit(*each) for each in (one, one, *others)}) == 5
    for salt, head in ((bytes(15), bytes(32)), (bytes(16), bytes(31))):
        with pytest.raises(ValueError, match="16 bytes"):
            commit(salt, NODE.node, 7, head)
