"""Encodings: what the profile has, and one way each of leaving it."""

from protocol.cbor import encode
from protocol.errors import Code
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import Cast

GOOD = {
    "zero": ("00", "the smallest integer"),
    "23": ("17", "the largest integer in one byte"),
    "24": ("1818", "the smallest integer with one more byte"),
    "255": ("18ff", "the largest integer with one more byte"),
    "256": ("190100", "the smallest integer with two more bytes"),
    "65536": ("1a00010000", "the smallest integer with four more bytes"),
    "2-to-32": ("1b0000000100000000", "the smallest integer with eight more bytes"),
    "largest-integer": ("1bffffffffffffffff", "2^64 - 1"),
    "minus-one": ("20", "a negative integer"),
    "smallest-integer": ("3bffffffffffffffff", "-2^64"),
    "empty-bytes": ("40", "an empty byte string"),
    "bytes": ("4401020304", "a byte string"),
    "empty-text": ("60", "an empty text"),
    "text": ("62c3bc", "text of two bytes of UTF-8"),
    "emoji": ("64f09f9a94", "text beyond the basic plane"),
    "text-with-nul": ("6100", "a control character is text to the codec; objects refuse it where they name things"),
    "not-nfc": ("6365cc8c", "text that is not normalised is text to the codec"),
    "empty-array": ("80", "an empty array"),
    "nested-arrays": ("8301820203820405", "arrays within an array"),
    "empty-map": ("a0", "an empty map"),
    "integer-keys": ("a201020304", "a map with ascending integer keys"),
    "negative-keys": ("a201002000", "1 stands before -1: order is that of the encoded keys"),
    "text-keys": ("a26161016162820203", "a map with text keys"),
    "longer-key-later": ("a261620162616102", "b stands before aa: order is that of the encoded keys"),
    "mixed-keys": ("a20101616102", "keys of both kinds; objects refuse it, the codec does not"),
    "true-false-null": ("83f5f4f6", "the three simple values"),
    "tag-98": ("d86280", "the one tag of the wire"),
    "sixteen-deep": ("81" * 15 + "80", "the deepest nesting"),
}
BAD = {
    "nothing": ("", "no item at all"),
    "trailing-byte": ("0000", "a second item follows"),
    "integer-too-long-1": ("1817", "23 does not need a second byte"),
    "integer-too-long-2": ("1900ff", "255 does not need two more bytes"),
    "integer-too-long-4": ("1a0000ffff", "65535 does not need four more bytes"),
    "integer-too-long-8": ("1b00000000ffffffff", "2^32 - 1 does not need eight more bytes"),
    "negative-too-long": ("3817", "-24 does not need a second byte"),
    "length-too-long": ("580401020304", "a length of 4 does not need a second byte"),
    "array-length-too-long": ("980101", "an array's length of 1 does not need a second byte"),
    "map-length-too-long": ("b8010101", "a map's length of 1 does not need a second byte"),
    "tag-too-long": ("d9006280", "tag 98 does not need two bytes"),
    "cut-integer": ("1901", "the second byte of an integer is missing"),
    "cut-bytes": ("44010203", "the last byte of a byte string is missing"),
    "cut-text": ("6261", "the last byte of a text is missing"),
    "cut-array": ("8301", "elements of an array are missing"),
    "cut-map": ("a101", "the value of a map's key is missing"),
    "cut-tag": ("d862", "the tagged item is missing"),
    "claimed-length": ("5b7fffffffffffffff00", "a length far beyond the input"),
    "claimed-array": ("9b7fffffffffffffff00", "an array far longer than the input"),
    "claimed-map": ("bb7fffffffffffffff00", "a map far longer than the input"),
    "reserved-28": ("1c", "additional information 28 is reserved"),
    "reserved-30": ("1e", "additional information 30 is reserved"),
    "indefinite-bytes": ("5f4101ff", "a byte string of indefinite length"),
    "indefinite-text": ("7f6161ff", "a text of indefinite length"),
    "indefinite-array": ("9f01ff", "an array of indefinite length"),
    "indefinite-map": ("bf0102ff", "a map of indefinite length"),
    "break": ("ff", "a break without a beginning"),
    "half-float": ("f93c00", "a float of 16 bits"),
    "single-float": ("fa3f800000", "a float of 32 bits"),
    "double-float": ("fb3ff0000000000000", "a float of 64 bits"),
    "not-a-number": ("f97e00", "a float that is not a number"),
    "undefined": ("f7", "undefined"),
    "simple-0": ("e0", "an unassigned simple value"),
    "simple-255": ("f8ff", "a simple value of two bytes"),
    "false-in-two-bytes": ("f814", "false in two bytes"),
    "tag-0": ("c060", "a tag outside the profile"),
    "tag-2": ("c24101", "a big number"),
    "tag-18": ("d280", "COSE_Sign1 is not part of the wire"),
    "tag-24": ("d8184100", "embedded CBOR is not tagged here"),
    "tag-55799": ("d9d9f700", "self-described CBOR is not part of the wire"),
    "duplicate-key": ("a201010102", "one key twice"),
    "keys-descend": ("a202010102", "keys do not ascend"),
    "longer-key-first": ("a262616101616202", "aa before b: order is not that of the encoded keys"),
    "negative-key-first": ("a220000100", "-1 before 1"),
    "bytes-as-key": ("a1410101", "a byte string as key"),
    "array-as-key": ("a18001", "an array as key"),
    "null-as-key": ("a1f601", "null as key"),
    "false-as-key": ("a1f401", "false as key"),
    "key-too-long": ("a1180101", "a key that is not minimal"),
    "text-ff": ("61ff", "a byte that no UTF-8 has"),
    "text-overlong": ("62c080", "a NUL in two bytes"),
    "text-surrogate": ("63eda080", "half of a surrogate pair"),
    "text-cut-character": ("61c3", "a character cut in two"),
    "text-beyond": ("64f4908080", "a character beyond U+10FFFF"),
    "seventeen-deep": ("81" * 16 + "80", "one level too deep"),
    "tags-too-deep": ("d862" * 16 + "80", "tags nest too"),
    "maps-too-deep": ("a100" * 16 + "a0", "maps nest too"),
}


def cases(_: Cast) -> list[Case]:
    out = Cases("cbor")
    for name, (digits, comment) in GOOD.items():
        out.good(name, comment, item=bytes.fromhex(digits))
    for name, (digits, comment) in BAD.items():
        out.bad(Code.MALFORMED, name, comment, item=bytes.fromhex(digits))
    out.good("at-the-limit", "exactly as large as the reader accepts", item=encode(b"x" * 98), limit=100)
    out.bad(Code.TOO_LARGE, "over-the-limit", "one byte larger than accepted", item=encode(b"x" * 99), limit=100)
    out.good("longest-text", "a text of 65536 bytes", item=encode("x" * 65_536))
    out.bad(Code.MALFORMED, "text-too-long", "a text of 65537 bytes", item=encode("x" * 65_537))
    out.good("most-items", "65536 items, the array included", item=encode([0] * 65_535))
    out.bad(Code.MALFORMED, "too-many-items", "65537 items, the array included", item=encode([0] * 65_536))
    return out.found
