"""Documents: the rows that form one, and those that no document has; alone, and inside deliveries."""

import json
from collections.abc import Iterable

from protocol.catalogue.rows import unflatten
from protocol.cbor import Item, encode
from protocol.errors import Code
from protocol.fields import Field, commit, encode_rows, salt_rows
from protocol.padding import pad
from tests.make_vectors.attached_cases import AT_RS, REFERENCE, Told
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, Cast, Drawing, drawn
from tests.make_vectors.message import IDENTITY_KEY, build, changed, civil_map, core_map, delivery, sealed_part

EXAMPLE: tuple[Field, ...] = (("/plate", "SK-1"), ("/seen/0/at", "E75"), ("/seen/1", {}), ("/sure", True))
LARGEST = (1 << 53) - 1
VALUES: tuple[Field, ...] = (("a", ""), ("b", False), ("c", None), ("d", {}), ("e", []), ("f", 0))

GOOD: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    ("example", "the example of the page", EXAMPLE),
    ("two-digits", "position 10 stands before position 2", tuple((f"/a/{at}", at) for at in range(11))),
    ("escaped", "keys with a slash and a tilde", (("/a~1b", 1), ("/c~0d", 2), ("/~01", 3))),
    ("kinds-of-values", "every kind of value", tuple((f"/{key}", value) for key, value in VALUES)),
    ("integers", "the largest and the smallest integer", (("/a", LARGEST), ("/b", -LARGEST))),
    ("deep", "sixteen steps", (("/a" * 16, 1),)),
    ("empty-array-in-array", "an array in an array", (("/a/0/0", []),)),
    ("not-ascii", "keys and text in other scripts", (("/назив", "Виђено"), ("/\U0001f9ed", "\u0000"))),
)
BAD: tuple[tuple[str, str, tuple[Field, ...]], ...] = (
    ("no-slash", "a path that is no pointer", (("plate", 1),)),
    ("tilde-alone", "an escape that no pointer has", (("/a~b", 1),)),
    ("tilde-2", "an escape outside the two", (("/a~2", 1),)),
    ("tilde-last", "an escape that ends early", (("/a~", 1),)),
    ("empty-step", "a key without a character", (("/a//b", 1),)),
    ("slash-last", "a key without a character at the end", (("/a/", 1),)),
    ("root", "the document itself is an array", (("/0", 1),)),
    ("gap", "position 1 is missing", (("/a/0", 1), ("/a/2", 2))),
    ("from-1", "positions count from 0", (("/a/1", 1),)),
    ("leading-zero", "a position with a leading zero", (("/a/00", 1),)),
    ("digit-first", "a key that begins with a digit", (("/a/1st", 1),)),
    ("array-and-object", "one place is array and object", (("/a/0", 1), ("/a/b", 2))),
    ("below-text", "a value below a value", (("/a", "x"), ("/a/b", 1))),
    ("below-empty", "a value inside the empty object", (("/a", {}), ("/a/b", 1))),
    ("bytes", "bytes are no value", (("/a", b"x"),)),
    ("filled-array", "an array that holds something has no row", (("/a", [1]),)),
    ("filled-object", "an object that holds something has no row", (("/a", {"b": 1}),)),
    ("integer-large", "an integer that readers of JSON round", (("/a", LARGEST + 1),)),
    ("integer-small", "a negative integer that readers of JSON round", (("/a", -LARGEST - 1),)),
    ("deeper", "seventeen steps", (("/a" * 17, 1),)),
)


def _rows(fields: Iterable[Field], name: str) -> bytes:
    return encode_rows(salt_rows(fields, Drawing(f"document {name}")))


def document_cases(_: Cast) -> list[Case]:
    out = Cases("document")
    for name, comment, fields in GOOD:
        told = json.dumps(unflatten(sorted(fields)), ensure_ascii=False)
        out.good(name, comment, rows=_rows(fields, name), json=told)
    beside = (*EXAMPLE, ("short-reference", REFERENCE))
    told = json.dumps(unflatten(EXAMPLE), ensure_ascii=False)
    out.good("short-reference", "a short reference stands beside the document", rows=_rows(beside, "beside"), json=told)
    for name, comment, fields in BAD:
        out.bad(Code.MALFORMED, name, comment, rows=_rows(fields, name))
    for name, comment, value in (
        ("null", "a short reference that is null", None),
        ("number", "a short reference that is a number", 1),
        ("lower-case", "a short reference not as it is written", REFERENCE.lower()),
        ("without-dashes", "a short reference in one piece", REFERENCE.replace("-", "")),
    ):
        rows = _rows((*EXAMPLE, ("short-reference", value)), name)
        out.bad(Code.MALFORMED, f"reference-{name}", comment, rows=rows)
    lonely = _rows((("short-reference", REFERENCE),), "lonely")
    out.bad(Code.MALFORMED, "reference-alone", "a short reference and no document", rows=lonely)
    salts = [drawn("document salt", at, size=16) for at in range(2)]
    twice: list[Item] = [[salts[0], "/a", 1], [salts[1], "/a", 1]]
    out.bad(Code.FIELD_ORDER, "path-twice", "one path twice", rows=encode(twice))
    return out.found


def opened_document_cases(cast: Cast) -> list[Case]:
    """Return deliveries that open and whose rows are no document; numbered after the other deliveries."""
    keys = {"seed": cast.rs.seed, **cast.sender.fields("sender")}
    out = Cases("delivery", network=NETWORK, recipient="rs.contact", **keys)
    for name, comment, rows in (
        ("body-no-pointer", "a path of the body is no pointer", {"summary": "x"}),
        ("body-gap", "an array of the body has a gap", {"/seen/1": "x"}),
        ("body-below-a-value", "a value of the body inside another", {"/query/kind": "x"}),
        ("body-bytes", "a value of the body that no row may hold", {"/raw": b"x"}),
        ("short-reference-null", "a short reference that is null", {"short-reference": None}),
    ):
        out.bad(Code.MALFORMED, name, comment, delivery=Told(rows).delivery(cast)[0])
    _lonely(out, cast)
    for name, comment, fields in (
        ("identity-no-pointer", "a path of the identity part is no pointer", (("name", "x"),)),
        ("identity-short-reference", "a short reference stands in a body only", (("short-reference", REFERENCE),)),
    ):
        out.bad(Code.MALFORMED, name, comment, delivery=_identity(cast, (*fields, ("/given-name", "Ана"))))
    return out.found


def _lonely(out: Cases, cast: Cast) -> None:
    rows = salt_rows((("short-reference", REFERENCE),), Drawing("lonely body"))
    pieces = build(cast, core_map(cast, _26=commit(rows)), pad(encode_rows(rows)))
    raw = delivery(cast, pieces, AT_RS)
    out.bad(Code.MALFORMED, "body-of-a-reference", "a body with a short reference and nothing else", delivery=raw)


def _identity(cast: Cast, fields: tuple[Field, ...]) -> bytes:
    rows = salt_rows(fields, Drawing(f"identity {fields[0][0]}"))
    civil = build(cast, civil_map(cast, _27=commit(rows)))
    part = sealed_part(IDENTITY_KEY, civil.core, "identity", pad(encode_rows(rows)))
    return delivery(cast, changed(civil, parts=(civil.parts[0], ("identity", part))), AT_RS)
