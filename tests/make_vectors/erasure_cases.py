"""Evidence of erasures: which items, when, on which ground, by whom."""

from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import sign
from protocol.errors import Code
from protocol.leaf import payload_digest
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn

IDS = tuple(sorted((drawn("erased"), drawn("erased too"))))
CASE = drawn("a case", size=16)


def erasure_cases(cast: Cast) -> list[Case]:
    """Return the evidence of one node."""
    good: list[Item] = ["mk.contact", NOW, "erase-by", "node", 7, 3, list(IDS)]

    def erasure(body: Item, network: bytes = NETWORK, domain: str = domains.ERASURE) -> bytes:
        return sign(cast.sender, domain, network, encode(body))

    fields = {"network": NETWORK, **cast.sender.fields("node")}
    out = Cases("erasure")
    digest = payload_digest(encode(good))
    out.good("messages", "two messages, on the sender's date", erasure=erasure(good), id=digest, **fields)
    out.good("case", "a case, by a person", erasure=erasure([*good[:3], "p-1", 0, 0, [CASE]]), **fields)
    backwards: list[Item] = [IDS[1], IDS[0]]
    for name, comment, body in (
        ("node-capital", "a capital letter in a node id", ["MK.contact", *good[1:]]),
        ("time-negative", "a time before the epoch", [good[0], -1, *good[2:]]),
        ("ground-empty", "no ground", [*good[:2], "", *good[3:]]),
        ("by-nobody", "nobody did it", [*good[:3], None, *good[4:]]),
        ("epoch-true", "true is not 1", [*good[:4], True, *good[5:]]),
        ("items-text", "a number as text", [*good[:5], "3", good[6]]),
        ("no-ids", "nothing was erased", [*good[:6], []]),
        ("ids-backwards", "ids ascend", [*good[:6], backwards]),
        ("ids-twice", "an id twice", [*good[:6], [IDS[0], IDS[0]]]),
        ("id-of-31-bytes", "an id of another length", [*good[:6], [bytes(31)]]),
        ("six-elements", "an element too few", good[:6]),
        ("eight-elements", "an element too many", [*good, 0]),
    ):
        out.bad(Code.MALFORMED, name, comment, erasure=erasure(body), **fields)
    other = erasure(good, bytes(16))
    out.bad(Code.BAD_SIGNATURE, "other-network", "made for another network", erasure=other, **fields)
    as_anchor = erasure(good, domain=domains.ANCHOR)
    out.bad(Code.BAD_SIGNATURE, "other-domain", "signed as another kind of object", erasure=as_anchor, **fields)
    stranger = {"network": NETWORK, **cast.other.fields("node")}
    out.bad(Code.UNKNOWN_KEY, "other-node", "the keys of another node", erasure=erasure(good), **stranger)
    return out.found
