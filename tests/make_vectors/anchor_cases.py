"""Anchors: how far a node's own log had come."""

import hashlib

from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.leaf import payload_digest
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, Cast, drawn

COUNT = 4_711
SALT, HEAD = drawn("anchor salt", size=16), drawn("head of a log")
COMMITMENT = hashlib.sha256(encode([domains.ANCHORED, SALT, "mk.contact", COUNT, HEAD])).digest()


def anchor_cases(cast: Cast) -> list[Case]:
    """Return anchors of one node."""
    good: list[Item] = [1, "mk.contact", COUNT, COMMITMENT]

    def anchor(body: Item, network: bytes = NETWORK, domain: str = domains.ANCHOR) -> bytes:
        return sign(cast.sender, domain, network, encode(body))

    fields = {"network": NETWORK, **cast.sender.fields("node")}
    out = Cases("anchor")
    digest = payload_digest(encode(good))
    out.good("good", "the log had 4 711 entries", anchor=anchor(good), id=digest, **fields)
    out.good("opened", "its commitment, opened", anchor=anchor(good), salt=SALT, head=HEAD, **fields)
    out.good("one", "an anchor of one entry", anchor=anchor([*good[:2], 1, COMMITMENT]), **fields)
    for name, comment, body in (
        ("kind-0", "kinds count from 1", [0, *good[1:]]),
        ("kind-2", "a kind outside the list", [2, *good[1:]]),
        ("kind-true", "true is not 1", [True, *good[1:]]),
        ("node-capital", "a capital letter in a node id", [1, "MK.contact", *good[2:]]),
        ("count-0", "a log without entries is not anchored", [*good[:2], 0, COMMITMENT]),
        ("count-beyond", "a number beyond 2^53 - 1", [*good[:2], 1 << 53, COMMITMENT]),
        ("commitment-short", "a commitment of 31 bytes", [*good[:3], bytes(31)]),
        ("three-elements", "an element too few", good[:3]),
        ("five-elements", "an element too many", [*good, 0]),
        ("a-map", "an anchor is an array", {1: 1}),
    ):
        out.bad(Code.MALFORMED, name, comment, anchor=anchor(body), **fields)
    other = anchor(good, bytes(16))
    out.bad(Code.BAD_SIGNATURE, "other-network", "made for another network", anchor=other, **fields)
    as_token = anchor(good, domain=domains.TOKEN)
    out.bad(Code.BAD_SIGNATURE, "other-domain", "signed as another kind of object", anchor=as_token, **fields)
    stranger = {"network": NETWORK, **cast.other.fields("node")}
    out.bad(Code.UNKNOWN_KEY, "other-node", "the keys of another node", anchor=anchor(good), **stranger)
    return out.found
