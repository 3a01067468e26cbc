"""Deliveries: what a recipient verifies and opens."""

from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from protocol.fields import commit, encode_rows, salt_rows
from protocol.ids import NodeId
from protocol.padding import pad
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, Cast, Drawing, drawn
from tests.make_vectors.message import (
    BODY,
    CONTENT_KEY,
    IDENTITY,
    IDENTITY_KEY,
    Pieces,
    build,
    changed,
    civil_map,
    core_map,
    delivery,
    sealed_part,
)

AT_RS = 1  # rs.contact is the second recipient


def delivery_cases(cast: Cast) -> list[Case]:
    pieces, civil = build(cast, core_map(cast)), build(cast, civil_map(cast))
    out = Cases(
        "delivery",
        delivery=delivery(cast, pieces, AT_RS),
        network=NETWORK,
        **cast.sender.fields("sender"),
        recipient="rs.contact",
        seed=cast.rs.seed,
    )
    out.good("opens", "a recipient opens its message", rows=encode_rows(BODY))
    at_ba = {"delivery": delivery(cast, pieces, 0), "recipient": "ba.contact", "seed": cast.ba.seed}
    out.good("opens-for-the-other", "the other recipient opens it too", **at_ba, rows=encode_rows(BODY))
    out.good(
        "identity",
        "a recipient who may read the identity part",
        delivery=delivery(cast, civil, AT_RS),
        rows=encode_rows(BODY),
        identity_rows=encode_rows(IDENTITY),
    )
    closed = {"delivery": delivery(cast, civil, 0), "recipient": "ba.contact", "seed": cast.ba.seed}
    out.good("identity-closed", "zeros stand for the identity key of a recipient who may not read it", **closed)
    _addressing(out, cast, pieces)
    _wraps(out, cast, pieces)
    _contents(out, cast, pieces)
    _identities(out, cast, civil)
    _shapes(out, pieces, delivery(cast, pieces, AT_RS))
    out.bad(Code.DOWNGRADE, "suite-below-the-minimum", "the network's least suite is 2", minimum_suite=2)
    later = delivery(cast, build(cast, core_map(cast, _2=2)), AT_RS)
    out.bad(Code.UNKNOWN_SUITE, "suite-2", "a suite outside the registry", delivery=later)
    return out.found


def _addressing(out: Cases, cast: Cast, pieces: Pieces) -> None:
    out.bad(Code.NOT_A_RECIPIENT, "not-addressed", "a node that is not among the recipients", recipient="hr.contact")
    other = delivery(cast, pieces, 0)
    out.bad(Code.NOT_A_RECIPIENT, "wrap-of-another", "the wrap of another recipient was handed out", delivery=other)
    out.bad(Code.BAD_SIGNATURE, "other-network", "made for another network", network=bytes(16))
    out.bad(Code.UNKNOWN_KEY, "other-sender", "the keys of another node", **cast.other.fields("sender"))


def _wraps(out: Cases, cast: Cast, pieces: Pieces) -> None:
    secret, core = pieces.secrets["rs.contact"], pieces.core

    def bad(code: Code, name: str, comment: str, wrap: bytes) -> None:
        wrong = changed(pieces, wraps=(pieces.wraps[0], wrap))
        out.bad(code, name, comment, delivery=delivery(cast, wrong, AT_RS))

    out.bad(Code.UNKNOWN_DECRYPTION_KEY, "other-seed", "the recipient holds another key", seed=cast.ba.seed)
    bad(Code.WRAP_HASH, "wrap-for-another-key", "the wrap names another key than the core", cast.ba.wrap(secret, core))
    moved = cast.rs.wrap(secret, core, node=NodeId("ba.contact"))
    bad(Code.WRAP_DECRYPT, "wrap-for-another-node", "the wrap is bound to another node", moved)
    bad(
        Code.WRAP_DECRYPT,
        "wrap-of-another-core",
        "the wrap is bound to another core",
        cast.rs.wrap(secret, b"another core"),
    )
    protected, header, _ = decode(pieces.wraps[AT_RS])  # type: ignore[misc]  # three elements
    bad(Code.WRAP_DECRYPT, "wrap-garbage", "80 bytes that nobody encrypted", encode([protected, header, bytes(80)]))
    wrong_key = cast.rs.wrap(drawn("another content key") + bytes(32), core)
    bad(Code.COMMITMENT, "other-content-key", "the wrap holds a key that did not seal the content", wrong_key)
    foreign = encode([encode({1: -7, 4: cast.rs.key_id}), header, bytes(80)])
    bad(Code.MIXED_SUITE, "wrap-algorithm", "a wrap of another suite", foreign)
    bad(Code.MALFORMED, "wrap-not-cbor", "a wrap that is no item", b"\xff")


def _contents(out: Cases, cast: Cast, pieces: Pieces) -> None:
    core, rows = pieces.core, encode_rows(BODY)

    def sealed(name: str, comment: str, code: Code, ciphertext: bytes) -> None:
        wrong = changed(pieces, parts=(("body", ciphertext),))
        out.bad(code, name, comment, delivery=delivery(cast, wrong, AT_RS))

    def body(name: str, comment: str, code: Code, plaintext: bytes) -> None:
        sealed(name, comment, code, sealed_part(CONTENT_KEY, core, "body", plaintext))

    good = pieces.parts[0][1]
    other_core = sealed_part(CONTENT_KEY, b"another core", "body", pad(rows))
    sealed("body-of-another-message", "the content is bound to another core", Code.COMMITMENT, other_core)
    other_name = sealed_part(CONTENT_KEY, core, "identity", pad(rows))
    sealed("body-sealed-as-identity", "the content is bound to another part", Code.COMMITMENT, other_name)
    sealed("body-too-short", "no header", Code.COMMITMENT, good[:40])
    sealed(
        "body-segment-changed",
        "one bit of the segment is another",
        Code.BODY_DECRYPT,
        good[:-1] + bytes([good[-1] ^ 1]),
    )
    sealed("body-segment-cut", "the segment's last byte is missing", Code.BODY_DECRYPT, good[:-1])
    sealed("body-without-segment", "a header alone", Code.BODY_DECRYPT, good[:74])
    body("padding-missing", "no marker", Code.PADDING, rows.ljust(256, b"\x00"))
    body("padding-longer", "more padding than the rule has", Code.PADDING, pad(rows) + bytes(16))
    body("padding-none", "content without padding", Code.PADDING, rows)
    body("body-not-cbor", "the content is no item", Code.MALFORMED, pad(b"\xff"))
    body("body-deep", "the content nests too deep", Code.MALFORMED, pad(b"\x81" * 5000 + b"\x00"))
    body("rows-descend", "rows do not ascend", Code.FIELD_ORDER, pad(encode_rows(reversed(BODY))))
    others = salt_rows((("/query", "person"),), Drawing("other rows"))
    body("other-rows", "rows that the core does not commit to", Code.FIELD_COMMITMENT, pad(encode_rows(others)))
    body("row-withheld", "a row fewer than committed", Code.FIELD_COMMITMENT, pad(encode_rows(BODY[:-1])))


def _identities(out: Cases, cast: Cast, civil: Pieces) -> None:
    def bad(name: str, comment: str, code: Code, ciphertext: bytes) -> None:
        wrong = changed(civil, parts=(civil.parts[0], ("identity", ciphertext)))
        out.bad(code, name, comment, delivery=delivery(cast, wrong, AT_RS))

    rows = pad(encode_rows(IDENTITY))
    under_content = sealed_part(CONTENT_KEY, civil.core, "identity", rows)
    bad(
        "identity-under-content-key",
        "the identity part is sealed under the content key",
        Code.COMMITMENT,
        under_content,
    )
    other = salt_rows((("/given-name", "Mira"),), Drawing("other identity"))
    raw = sealed_part(IDENTITY_KEY, civil.core, "identity", pad(encode_rows(other)))
    bad("other-identity-rows", "identity rows that the core does not commit to", Code.FIELD_COMMITMENT, raw)
    core = civil_map(cast, _27=commit(BODY))
    swapped = delivery(cast, build(cast, core), AT_RS)
    out.bad(Code.FIELD_COMMITMENT, "identity-commitment-of-the-body", "the body's commitment twice", delivery=swapped)


def _shapes(out: Cases, pieces: Pieces, good: bytes) -> None:
    raw, index, wrap, contents = decode(good)  # type: ignore[misc]  # four elements
    shapes: tuple[tuple[Code, str, str, Item], ...] = (
        (Code.WRAP_HASH, "index-of-another", "the index of another recipient", [raw, 0, wrap, contents]),
        (Code.MALFORMED, "index-beyond", "an index beyond the recipients", [raw, 2, wrap, contents]),
        (Code.MALFORMED, "index-negative", "a negative index", [raw, -1, wrap, contents]),
        (Code.MALFORMED, "index-true", "true is not 1", [raw, True, wrap, contents]),
        (Code.WRAP_HASH, "wrap-exchanged", "another wrap than the signed one", [raw, index, pieces.wraps[0], contents]),
        (
            Code.BODY_HASH,
            "body-exchanged",
            "another body than the signed one",
            [raw, index, wrap, [contents[0] + b"\x00"]],
        ),
        (Code.PART_MISSING, "part-added", "a part more than signed", [raw, index, wrap, [*contents, b"more"]]),
        (Code.MALFORMED, "three-elements", "an element too few", [raw, index, wrap]),
        (Code.MALFORMED, "all-wraps", "an envelope instead of a delivery", [raw, list(pieces.wraps), contents]),
    )
    for code, name, comment, item in shapes:
        out.bad(code, name, comment, delivery=encode(item))
