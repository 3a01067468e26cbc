"""Rows, envelopes and deliveries."""

import hashlib

from protocol.cbor import Item, Tagged, decode, encode
from protocol.cose import ED25519, ML_DSA_65, ed25519_kid, mldsa_kid
from protocol.errors import Code
from protocol.fields import commit, encode_rows
from protocol.ids import message_id
from protocol.limits import MAX_ATTACHMENT
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, Cast, drawn
from tests.make_vectors.message import BODY, Pieces, build, changed, civil_map, core_map, envelope, signed


def rows_cases(_: Cast) -> list[Case]:
    out = Cases("rows")
    rows: list[list[Item]] = [[row.salt, row.path, row.value] for row in BODY]
    first, second, third = rows
    salt = drawn("salt", size=16)
    out.good("three-rows", "three rows and their commitment", rows=encode_rows(BODY), commitment=commit(BODY))
    for name, value in {
        "null": None,
        "list": ["a", 1, True],
        "map": {"a": 1, "b": [None]},
        "negative": -5,
        "bytes": b"\x00\x01",
    }.items():
        out.good(f"value-{name}", "a value of any kind the codec has", rows=encode([[salt, "/a", value]]))
    out.bad(
        Code.FIELD_COMMITMENT,
        "other-commitment",
        "committed to other rows",
        rows=encode_rows(BODY),
        commitment=salt * 2,
    )
    fewer = encode([first, third])
    out.bad(Code.FIELD_COMMITMENT, "row-left-out", "one row is missing", rows=fewer, commitment=commit(BODY))
    other = encode([first, [second[0], second[1], "another reason"], third])
    out.bad(Code.FIELD_COMMITMENT, "value-changed", "one value is another", rows=other, commitment=commit(BODY))
    resalted = encode([first, [salt, *second[1:]], third])
    out.bad(Code.FIELD_COMMITMENT, "salt-changed", "one salt is another", rows=resalted, commitment=commit(BODY))
    out.bad(Code.FIELD_ORDER, "rows-descend", "rows do not ascend by path", rows=encode([second, first]))
    out.bad(Code.FIELD_ORDER, "path-twice", "one path twice", rows=encode([first, [salt, *first[1:]]]))
    for name, comment, item in (
        ("no-row", "no row at all", []),
        ("salt-twice", "one salt for two rows", [first, [first[0], *second[1:]]]),
        ("salt-short", "a salt of 15 bytes", [[bytes(15), "/a", 1]]),
        ("salt-long", "a salt of 17 bytes", [[bytes(17), "/a", 1]]),
        ("path-empty", "an empty path", [[salt, "", 1]]),
        ("path-long", "a path of 129 bytes", [[salt, "/" + "a" * 128, 1]]),
        ("path-bytes", "a path is text", [[salt, b"/a", 1]]),
        ("path-control", "a control character in a path", [[salt, "/a\n", 1]]),
        ("row-of-two", "a row has three elements", [[salt, "/a"]]),
        ("row-of-four", "a row has three elements", [[salt, "/a", 1, 2]]),
        ("row-a-map", "a row is an array", [{1: salt}]),
        ("rows-a-map", "rows stand in an array", {1: first}),
    ):
        out.bad(Code.MALFORMED, name, comment, rows=encode(item))
    many: list[Item] = [[drawn("salt", number, size=16), f"/{number:04}", 0] for number in range(4097)]
    out.good("rows-4096", "as many rows as a part may have", rows=encode(many[:-1]))
    out.bad(Code.MALFORMED, "rows-4097", "one row too many", rows=encode(many))
    out.bad(Code.MALFORMED, "float-value", "a float as value", rows=encode([[salt, "/a", 0]])[:-1] + b"\xf9\x3c\x00")
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", rows=encode_rows(BODY) + b"\x00")
    return out.found


def envelope_cases(cast: Cast) -> list[Case]:
    pieces = build(cast, core_map(cast))
    civil = build(cast, civil_map(cast))
    good = envelope(cast, pieces)
    out = Cases("envelope", envelope=good, network=NETWORK, **cast.sender.fields("sender"))
    out.good("police", "a police request to two nodes", id=message_id(pieces.manifest()))
    out.good("identity", "a message with an identity part", envelope=envelope(cast, civil))
    with_file = changed(pieces, extra=(["att-00", 5_000_000_000, drawn("attachment")],))
    out.good(
        "attachment", "an attachment stands in the manifest, not in the envelope", envelope=envelope(cast, with_file)
    )
    _signatures(out, cast, pieces)
    _manifests(out, cast, pieces, civil)
    _wrappings(out, good, pieces)
    out.bad(Code.DOWNGRADE, "suite-below-the-minimum", "the network's least suite is 2", minimum_suite=2)
    later = envelope(cast, build(cast, core_map(cast, _2=2)))
    out.bad(Code.UNKNOWN_SUITE, "suite-2", "a suite outside the registry", envelope=later)
    return out.found


def _halves(raw: bytes) -> tuple[list[Item], list[Item], bytes]:
    tagged = decode(raw)
    assert isinstance(tagged, Tagged)
    _, _, payload, (ed, ml) = tagged.value  # type: ignore[misc]  # four elements
    return ed, ml, payload


def _signatures(out: Cases, cast: Cast, pieces: Pieces) -> None:
    ed, ml, payload = _halves(signed(cast, pieces.manifest()))
    tail: list[Item] = [list(pieces.wraps), pieces.contents()]

    def bad(code: Code, name: str, comment: str, cose: Item, tag: int = 98) -> None:
        raw = encode(Tagged(98, cose) if tag == 98 else cose)
        out.bad(code, name, comment, envelope=encode([raw, *tail]))

    def whole(*signatures: Item, protected: Item = b"", header: Item = None, body: Item = payload) -> list[Item]:
        return [protected, {} if header is None else header, body, list(signatures)]

    bad(Code.MISSING_SIGNATURE, "ed25519-only", "the ML-DSA-65 signature is missing", whole(ed))
    bad(Code.MISSING_SIGNATURE, "mldsa65-only", "the Ed25519 signature is missing", whole(ml))
    bad(Code.MISSING_SIGNATURE, "no-signature", "no signature at all", whole())
    bad(Code.DUPLICATE_SIGNATURE, "ed25519-twice", "the same kind twice", whole(ed, ed))
    bad(Code.DUPLICATE_SIGNATURE, "three-signatures", "one too many", whole(ed, ed, ml))
    bad(Code.MALFORMED, "signatures-swapped", "ML-DSA-65 stands first", whole(ml, ed))
    bad(Code.MALFORMED, "untagged", "no tag", whole(ed, ml), tag=0)
    bad(Code.MALFORMED, "body-header", "a protected header for the body", whole(ed, ml, protected=encode({1: ED25519})))
    bad(
        Code.MALFORMED,
        "empty-map-header",
        "the body's protected header is the empty string, no encoded empty map",
        whole(ed, ml, protected=b"\xa0"),
    )
    bad(Code.MALFORMED, "unprotected-header", "an unprotected header for the body", whole(ed, ml, header={4: b"key"}))
    bad(Code.MALFORMED, "detached", "no payload", whole(ed, ml, body=None))
    bad(Code.MALFORMED, "five-elements", "an element too many", [*whole(ed, ml), b""])
    loose = [ed[0], {4: b"key"}, ed[2]]
    bad(Code.MALFORMED, "signature-header", "an unprotected header for a signature", whole(loose, ml))
    kid = ed25519_kid(cast.sender.public.ed25519)
    for name, comment, header in (
        ("no-key-id", "a signature without its key id", {1: ED25519}),
        ("key-id-short", "a key id of 31 bytes", {1: ED25519, 4: bytes(31)}),
        ("critical-header", "a header that must be understood", {1: ED25519, 2: [1], 4: kid}),
        ("content-type", "a header more", {1: ED25519, 3: 0, 4: kid}),
    ):
        bad(Code.MALFORMED, name, comment, whole([encode(header), {}, ed[2]], ml))
    eddsa = [encode({1: -8, 4: kid}), {}, ed[2]]
    bad(Code.UNKNOWN_KEY, "algorithm-eddsa", "EdDSA without its curve is not on the list", whole(eddsa, ml))
    small = [encode({1: -48, 4: mldsa_kid(cast.sender.public.mldsa65)}), {}, ml[2]]
    bad(Code.UNKNOWN_KEY, "algorithm-mldsa44", "ML-DSA-44 is not on the list", whole(ed, small))
    stranger = [encode({1: ED25519, 4: drawn("stranger")}), {}, ed[2]]
    bad(Code.UNKNOWN_KEY, "other-ed25519-key-id", "the key id of somebody else", whole(stranger, ml))
    quantum = [encode({1: ML_DSA_65, 4: drawn("stranger")}), {}, ml[2]]
    bad(Code.UNKNOWN_KEY, "other-mldsa65-key-id", "the key id of somebody else", whole(ed, quantum))
    for name, which in (("ed25519", ed), ("mldsa65", ml)):
        broken = bytearray(which[2])  # type: ignore[arg-type]  # bytes
        broken[7] ^= 1
        pair = [[*each[:2], bytes(broken)] if each is which else each for each in (ed, ml)]
        bad(Code.BAD_SIGNATURE, f"{name}-changed", "one bit of a signature is another", whole(*pair))
        cut = [[*each[:2], which[2][:-1]] if each is which else each for each in (ed, ml)]  # type: ignore[index]
        bad(Code.BAD_SIGNATURE, f"{name}-cut", "a signature is one byte too short", whole(*cut))
        zero = [[*each[:2], bytes(len(broken))] if each is which else each for each in (ed, ml)]
        bad(Code.BAD_SIGNATURE, f"{name}-zero", "a signature of zeros", whole(*zero))
    out.bad(Code.UNKNOWN_KEY, "other-sender", "the keys of another node", **cast.other.fields("sender"))
    out.bad(Code.BAD_SIGNATURE, "other-network", "made for another network", network=bytes(16))


def _manifests(out: Cases, cast: Cast, pieces: Pieces, civil: Pieces) -> None:
    digest = hashlib.sha256(pieces.parts[0][1]).digest()
    body: list[Item] = ["body", len(pieces.parts[0][1]), digest]
    hashes: list[Item] = [hashlib.sha256(each).digest() for each in pieces.wraps]

    def bad(code: Code, name: str, comment: str, payload: bytes) -> None:
        out.bad(code, name, comment, envelope=envelope(cast, pieces, payload))

    for name, comment, changes in (
        ("no-wrap", "no wrap is named", {"wraps": []}),
        ("wraps-fewer", "a wrap fewer than recipients", {"wraps": hashes[:1]}),
        ("wraps-more", "a wrap more than recipients", {"wraps": [*hashes, hashes[0]]}),
        ("wrap-digest-short", "a digest of 31 bytes", {"wraps": [hashes[0], bytes(31)]}),
        ("no-part", "no part is named", {"parts": []}),
        ("no-body", "a message without a body", {"parts": [["att-00", 5, digest]]}),
        ("part-twice", "one part twice", {"parts": [body, body]}),
        ("parts-descend", "parts do not ascend by name", {"parts": [body, ["att-00", 5, digest]]}),
        ("part-name-unknown", "a part of no known name", {"parts": [body, ["extra", 5, digest]]}),
        ("part-name-att-64", "attachments end at att-63", {"parts": [["att-64", 5, digest], body]}),
        ("part-name-path", "a name is no path", {"parts": [["att-00/../x", 5, digest], body]}),
        ("part-length-0", "a part of no byte", {"parts": [["att-00", 0, digest], body]}),
        ("part-length-huge", "integers end at 2^53 - 1", {"parts": [["att-00", 1 << 53, digest], body]}),
        ("part-digest-short", "a digest of 31 bytes", {"parts": [["body", 5, bytes(31)]]}),
        ("part-of-four", "a part has three elements", {"parts": [[*body, 1]]}),
        ("identity-uncommitted", "an identity part without its commitment", {"parts": [body, ["identity", 5, digest]]}),
    ):
        bad(Code.MALFORMED, name, comment, pieces.manifest(**changes))
    lonely = civil.manifest(parts=[body])
    bad(Code.MALFORMED, "identity-missing", "an identity commitment without its part", lonely)
    bad(Code.MALFORMED, "manifest-of-four", "a manifest has three elements", encode([pieces.core, hashes, [body], 1]))
    bad(
        Code.MALFORMED,
        "core-a-map",
        "the core is bytes, so that its digest has one meaning",
        encode([decode(pieces.core), hashes, [body]]),
    )
    large: list[Item] = ["body", 524_289, digest]
    bad(Code.TOO_LARGE, "body-too-large", "a body of 524289 bytes", pieces.manifest(parts=[large]))
    huge: list[Item] = ["att-00", MAX_ATTACHMENT + 1, digest]
    bad(Code.TOO_LARGE, "attachment-too-large", "larger than an attachment may be", pieces.manifest(parts=[huge, body]))
    unknown = pieces.manifest(core=encode(core_map(cast, _28=1)))
    bad(Code.UNKNOWN_FIELD, "unknown-label", "a label outside the table, under good signatures", unknown)
    long = pieces.manifest() + bytes(131_073)
    bad(Code.TOO_LARGE, "signed-too-large", "a signed object of more than 131072 bytes", long)


def _wrappings(out: Cases, good: bytes, pieces: Pieces) -> None:
    raw, wraps, contents = decode(good)  # type: ignore[misc]  # three elements
    body = pieces.parts[0][1]
    bits = bytearray(body)
    bits[-1] ^= 1
    turned = bytearray(pieces.wraps[0])
    turned[-1] ^= 1
    for code, name, comment, item in (
        (Code.WRAP_HASH, "wraps-swapped", "two wraps changed places", [raw, wraps[::-1], contents]),
        (Code.WRAP_HASH, "wrap-changed", "one bit of a wrap is another", [raw, [bytes(turned), wraps[1]], contents]),
        (Code.WRAP_HASH, "wrap-left-out", "a wrap fewer than signed", [raw, wraps[:1], contents]),
        (Code.WRAP_HASH, "wrap-added", "a wrap more than signed", [raw, [*wraps, wraps[0]], contents]),
        (Code.BODY_HASH, "body-changed", "one bit of the body is another", [raw, wraps, [bytes(bits)]]),
        (Code.BODY_HASH, "body-cut", "the body is one byte too short", [raw, wraps, [body[:-1]]]),
        (Code.BODY_HASH, "body-longer", "the body is one byte too long", [raw, wraps, [body + b"\x00"]]),
        (Code.PART_MISSING, "part-added", "a part more than signed", [raw, wraps, [body, body]]),
        (Code.MALFORMED, "contents-empty", "no part at all", [raw, wraps, []]),
        (Code.MALFORMED, "wraps-empty", "no wrap at all", [raw, [], contents]),
        (Code.MALFORMED, "wrap-a-list", "a wrap is bytes", [raw, [[1], wraps[1]], contents]),
        (Code.MALFORMED, "four-elements", "an element too many", [raw, wraps, contents, 0]),
        (Code.MALFORMED, "signed-inline", "the signed object is bytes", [decode(raw), wraps, contents]),
        (Code.MALFORMED, "a-map", "an envelope is an array", {1: raw, 2: wraps, 3: contents}),
    ):
        out.bad(code, name, comment, envelope=encode(item))
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", envelope=good + b"\x00")
    out.bad(Code.MALFORMED, "cut", "the last byte is missing", envelope=good[:-1])
    out.bad(Code.MALFORMED, "empty", "no byte at all", envelope=b"")
