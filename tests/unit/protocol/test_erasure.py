"""Evidence of an erasure: under both signatures of its node, in one form, with ids and no content."""

from dataclasses import replace

import pytest

from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.erasure import Erasure, encode_erasure, parse_erasure, sign_erasure, verify_erasure
from protocol.errors import Code
from protocol.limits import MAX_ERASED
from tests.simulators.party import NETWORK, NOW, Party
from tests.simulators.refusal import refused

NODE, OTHER = Party("mk.ilecu"), Party("rs.ilecu")
IDS = (bytes(16), bytes(32), b"x" * 32)
ERASURE = Erasure(node=NODE.node, at=NOW, ground="erase-by", by="node", epoch=4, items=9, ids=IDS)
GOOD: list[Item] = ["mk.ilecu", NOW, "erase-by", "node", 4, 9, list(IDS)]


def signed(item: Item, domain: str = domains.ERASURE) -> bytes:
    return sign(NODE.identity, domain, NETWORK, encode(item))


def test_evidence_comes_back_and_verifies() -> None:
    found = parse_erasure(sign_erasure(ERASURE, NODE.identity, NETWORK))
    assert found.erasure == ERASURE
    assert encode_erasure(found.erasure) == encode(GOOD) == found.signed.payload
    verify_erasure(found, NODE.identity.public, NETWORK)
    for party, network, code in ((OTHER, NETWORK, Code.UNKNOWN_KEY), (NODE, bytes(16), Code.BAD_SIGNATURE)):
        with refused(code):
            verify_erasure(found, party.identity.public, network)
    with refused(Code.BAD_SIGNATURE):
        verify_erasure(parse_erasure(signed(GOOD, domains.ANCHOR)), NODE.identity.public, NETWORK)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        *[(0, "MK"), (1, -1), (2, ""), (2, "x" * 65), (3, None), (4, True), (5, "9")],
        *[(6, []), (6, [bytes(31)]), (6, [b"x" * 32, bytes(32)]), (6, [bytes(32)] * 2), (6, "x")],
        (6, [number.to_bytes(32, "big") for number in range(MAX_ERASED + 1)]),
    ],
)
def test_what_is_no_evidence_is_refused(place: int, value: Item) -> None:
    with refused(Code.MALFORMED):
        parse_erasure(signed([*GOOD[:place], value, *GOOD[place + 1 :]]))


def test_as_many_ids_as_allowed_fit_into_a_signed_object() -> None:
    ids = tuple(number.to_bytes(32, "big") for number in range(MAX_ERASED))
    assert parse_erasure(sign_erasure(replace(ERASURE, ids=ids), NODE.identity, NETWORK)).erasure.ids == ids
