"""FLOE, key wraps, padding and keystore files."""

from protocol.cbor import Item, decode, encode
from protocol.errors import Code
from protocol.floe import HEADER_SIZE, Params, Sealer, seal
from protocol.ids import KeyId, NodeId
from protocol.padding import pad
from protocol.wrap import recipient_key_id, wrap_protected
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import Cast, Drawing, drawn

KEY, AAD = drawn("floe key"), b"additional data"
SMALL = Params(segment=64, rotation=1)


def _small(content: bytes, params: Params = SMALL) -> bytes:
    sealer = Sealer(KEY, AAD, Drawing(f"floe {content.hex()} {params.segment}"), params)
    pieces = [content[at : at + params.plain] for at in range(0, len(content), params.plain)] or [b""]
    return b"".join([sealer.header, *(sealer.segment(each) for each in pieces[:-1]), sealer.final(pieces[-1])])


def floe_cases(_: Cast) -> list[Case]:
    content = drawn("content", size=150)
    good = _small(content)
    out = Cases("floe", key=KEY, aad=AAD, ciphertext=good, segment=64, rotation=1)
    out.good("five-segments", "small segments under changing keys", plaintext=content)
    for size in (0, 1, 31, 32, 33, 64):
        short = content[:size]
        out.good(f"content-{size}", f"{size} bytes in segments of 64", ciphertext=_small(short), plaintext=short)
    wire = {"segment": None, "rotation": None}
    one = seal(KEY, AAD, content, Drawing("one segment"))
    out.good("wire", "the wire's own segment size", ciphertext=one, plaintext=content, **wire)
    empty = seal(KEY, b"", b"", Drawing("empty"))
    out.good("empty", "no content and no additional data", ciphertext=empty, aad=b"", plaintext=b"", **wire)
    out.bad(Code.COMMITMENT, "other-segment-size", "a segment size that the wire does not have", **wire)
    segments = [good[at : at + 64] for at in range(HEADER_SIZE, len(good), 64)]
    header = good[:HEADER_SIZE]

    def turned(at: int) -> bytes:
        return good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]

    out.bad(Code.COMMITMENT, "other-key", "another key", key=drawn("another key"))
    out.bad(Code.COMMITMENT, "other-aad", "other additional data", aad=AAD + b"!")
    for name, comment, raw in (
        ("aead-changed", "the header names another cipher", turned(0)),
        ("kdf-changed", "the header names another derivation", turned(1)),
        ("segment-size-changed", "the header names another segment size", turned(5)),
        ("iv-length-changed", "the header names another length of the IV", turned(9)),
        ("iv-changed", "one bit of the IV is another", turned(20)),
        ("tag-changed", "one bit of the header's tag is another", turned(HEADER_SIZE - 1)),
        ("header-cut", "the header is cut", good[: HEADER_SIZE - 1]),
        ("nothing", "no byte at all", b""),
    ):
        out.bad(Code.COMMITMENT, name, comment, ciphertext=raw)
    _segments(out, header, segments)
    for index in range(len(segments)):
        wrong = bytearray(good)
        wrong[HEADER_SIZE + 64 * index + 17] ^= 0x80
        out.bad(
            Code.BODY_DECRYPT, f"segment-{index}-changed", "one bit of a segment is another", ciphertext=bytes(wrong)
        )
    out.bad(Code.BODY_DECRYPT, "other-rotation", "keys change at other places", rotation=3)
    return out.found


def _segments(out: Cases, header: bytes, segments: list[bytes]) -> None:
    for name, comment, pieces in (
        ("header-alone", "no segment", []),
        ("segment-cut", "the last byte is missing", [*segments[:-1], segments[-1][:-1]]),
        ("segment-longer", "a byte follows", [*segments, b"\x00"]),
        ("last-left-out", "the last segment is missing", segments[:-1]),
        ("first-left-out", "the first segment is missing", segments[1:]),
        ("middle-left-out", "a segment in the middle is missing", segments[:1] + segments[2:]),
        ("swapped", "two segments changed places", [segments[1], segments[0], *segments[2:]]),
        ("repeated", "a segment stands twice", [segments[0], *segments]),
        ("last-twice", "the last segment stands twice", [*segments, segments[-1]]),
        (
            "nonce-changed",
            "one bit of a nonce is another",
            [segments[0][:4] + bytes([segments[0][4] ^ 1]) + segments[0][5:], *segments[1:]],
        ),
        ("length-changed", "an inner segment states a length", [bytes(4) + segments[0][4:], *segments[1:]]),
        (
            "final-as-inner",
            "the last segment is marked as an inner one",
            [*segments[:-1], b"\xff" * 4 + segments[-1][4:]],
        ),
        ("few-bytes", "a last segment shorter than its frame", [*segments[:-1], b"\x00" * 31]),
    ):
        out.bad(Code.BODY_DECRYPT, name, comment, ciphertext=header + b"".join(pieces))


def wrap_cases(cast: Cast) -> list[Case]:
    secret, core = drawn("secret", size=64), b"core"
    good = cast.rs.wrap(secret, core)
    protected, header, sealed = decode(good)  # type: ignore[misc]  # three elements
    enc = header[-4]  # type: ignore[call-overload,index]  # a map
    out = Cases("hpke-wrap", wrap=good, seed=cast.rs.seed, core=core, recipient="rs.contact")
    out.good("opens", "a wrap for this node", secret=secret)
    out.bad(Code.WRAP_DECRYPT, "other-core", "the wrap is bound to another core", core=b"another core")
    out.bad(Code.WRAP_DECRYPT, "other-node", "the wrap is bound to another node", recipient="ba.contact")
    out.bad(Code.UNKNOWN_DECRYPTION_KEY, "other-seed", "the wrap is for another key", seed=cast.ba.seed)
    stolen = cast.rs.wrap(secret, core, key_id=cast.ba.key_id)
    out.bad(Code.UNKNOWN_DECRYPTION_KEY, "key-id-of-another", "the wrap names another key", wrap=stolen)
    moved = cast.rs.wrap(secret, core, node=NodeId("ba.contact"))
    out.bad(Code.WRAP_DECRYPT, "made-for-another-node", "the wrap was made for another node's name", wrap=moved)
    for name, comment, at in (
        ("mlkem-changed", "one bit of the ML-KEM half of the encapsulation is another", 0),
        ("x25519-changed", "one bit of the X25519 half of the encapsulation is another", 1100),
    ):
        wrong = bytearray(enc)
        wrong[at] ^= 1
        out.bad(Code.WRAP_DECRYPT, name, comment, wrap=encode([protected, {-4: bytes(wrong)}, sealed]))
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])  # type: ignore[operator,index]  # bytes
    out.bad(
        Code.WRAP_DECRYPT,
        "ciphertext-changed",
        "one bit of the ciphertext is another",
        wrap=encode([protected, header, flipped]),
    )
    small = bytes(1120 - 32) + bytes(32)
    out.bad(
        Code.WRAP_DECRYPT,
        "encapsulation-of-zeros",
        "an X25519 share of small order",
        wrap=encode([protected, {-4: small}, sealed]),
    )
    kid = cast.rs.key_id

    def shaped(code: Code, name: str, comment: str, item: Item) -> None:
        out.bad(code, name, comment, wrap=encode(item))

    shaped(Code.MIXED_SUITE, "other-algorithm", "another algorithm", [encode({1: -29, 4: kid}), header, sealed])
    shaped(Code.MALFORMED, "no-algorithm", "no algorithm", [encode({4: kid}), header, sealed])
    shaped(Code.MALFORMED, "no-key-id", "no key id", [encode({1: -70001}), header, sealed])
    shaped(Code.MALFORMED, "key-id-short", "a key id of 31 bytes", [encode({1: -70001, 4: kid[:-1]}), header, sealed])
    shaped(Code.MALFORMED, "header-more", "a header more", [encode({1: -70001, 2: [], 4: kid}), header, sealed])
    shaped(Code.MALFORMED, "unprotected-more", "an unprotected header more", [protected, {-4: enc, 4: kid}, sealed])
    shaped(Code.MALFORMED, "no-encapsulation", "no encapsulation", [protected, {}, sealed])
    shaped(Code.MALFORMED, "encapsulation-short", "an encapsulation of 1119 bytes", [protected, {-4: enc[:-1]}, sealed])
    shaped(Code.MALFORMED, "ciphertext-short", "a ciphertext of 79 bytes", [protected, header, sealed[:-1]])  # type: ignore[index]
    shaped(Code.MALFORMED, "ciphertext-long", "a ciphertext of 81 bytes", [protected, header, sealed + b"\x00"])  # type: ignore[operator]
    shaped(Code.MALFORMED, "protected-inline", "the protected header is bytes", [{1: -70001, 4: kid}, header, sealed])
    shaped(Code.MALFORMED, "four-elements", "recipients within a recipient", [protected, header, sealed, []])
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", wrap=good + b"\x00")
    out.bad(Code.TOO_LARGE, "too-large", "a wrap of 2049 bytes", wrap=good.ljust(2049, b"\x00"))
    assert wrap_protected(KeyId(kid)) == protected
    _public_keys(out, cast)
    return out.found


def _public_keys(out: Cases, cast: Cast) -> None:
    public = cast.rs.public
    absent = {"wrap": None, "seed": None, "core": None, "recipient": None}
    out.good("public-key", "a sound public key", public_key=public, key_id=recipient_key_id(public), **absent)
    for name, comment, raw in (
        ("public-key-short", "1215 bytes", public[:-1]),
        ("public-key-long", "1217 bytes", public + b"\x00"),
        ("mlkem-coefficient", "an ML-KEM coefficient beyond the modulus", b"\xff\xff\xff" + public[3:]),
        ("x25519-zero", "the X25519 value 0", public[:1184] + bytes(32)),
        ("x25519-one", "the X25519 value 1", public[:1184] + b"\x01" + bytes(31)),
        ("x25519-prime", "0 written as the prime", public[:1184] + b"\xed" + b"\xff" * 30 + b"\x7f"),
        ("x25519-high-bit", "one value written in a second way", public[:-1] + bytes([public[-1] | 0x80])),
    ):
        out.bad(Code.KEY_INVALID, name, comment, public_key=raw, **absent)


def padding_cases(_: Cast) -> list[Case]:
    out = Cases("padding")
    for size in (0, 1, 254, 255, 256, 271, 300, 1000, 4096):
        content = drawn("padding", size=size)
        out.good(f"content-{size}", f"{size} bytes", padded=pad(content), content=content)
    out.good("ends-with-marker", "content that ends with 80", padded=pad(b"\x80"), content=b"\x80")
    out.good("ends-with-zeros", "content that ends with zeros", padded=pad(bytes(9)), content=bytes(9))
    content = drawn("padding", size=300)
    good = pad(content)
    for name, comment, raw in (
        ("no-marker", "zeros without a marker", content.ljust(len(good), b"\x00")),
        ("all-zeros", "zeros only", bytes(256)),
        ("nothing", "no byte at all", b""),
        ("below-the-floor", "255 bytes", pad(b"")[:-1]),
        ("no-zeros", "content and marker only", content + b"\x80"),
        ("step-too-large", "padded to the next size but one", good + bytes(16)),
        ("one-byte-less", "one zero is missing", good[:-1]),
        ("one-byte-more", "one zero too many", good + b"\x00"),
        ("other-filling", "ones instead of zeros", good[:-1] + b"\x01"),
        ("marker-81", "another marker", (content + b"\x81").ljust(len(good), b"\x00")),
        ("floor-exceeded", "257 bytes for one byte", b"\x01\x80".ljust(257, b"\x00")),
    ):
        out.bad(Code.PADDING, name, comment, padded=raw)
    return out.found
