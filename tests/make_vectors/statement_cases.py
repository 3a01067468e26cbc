"""Directory statements: payloads of every kind, and entries with their signatures."""

from collections.abc import Sequence

from protocol import domains
from protocol.cbor import Item, encode
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.errors import Code
from protocol.limits import MAX_STATEMENT
from protocol.statements import statement_id
from protocol.wrap import recipient_public_bytes
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import DAY, NETWORK, NOW, Cast, Signer, drawn
from tests.make_vectors.message import without

WEEK = 7 * DAY
Body = dict[int, Item]
Defect = tuple[Code, str, str, dict[int, Item]]


def identity(signer: Signer) -> list[Item]:
    return [signer.public.ed25519, signer.public.mldsa65]


def _weekly(cast: Cast) -> list[Item]:
    publics = (cast.rs.public, recipient_public_bytes(drawn("second week")))
    return [["police", public, NOW + at * WEEK, NOW + (at + 1) * WEEK] for at, public in enumerate(publics)]


def bodies(cast: Cast) -> dict[str, tuple[int, Body]]:
    """Return one good body map of every kind but the charter, by name."""
    return {
        "enrolment": (
            1,
            {
                1: "rs.contact",
                2: 1,
                3: NOW,
                4: "contact-point",
                5: "police",
                6: "RS",
                7: "Контакт тачка Београд",
                8: ["police", "system"],
                9: ["en", "sr"],
                10: ["restricted"],
                11: identity(cast.rs_signer),
                12: drawn("pin"),
                13: NOW + 365 * DAY,
            },
        ),
        "keys": (2, {1: "rs.contact", 2: NOW, 3: 2, 4: drawn("previous"), 5: _weekly(cast)}),
        "agreement": (
            3,
            {
                1: ["mk.contact", "rs.contact"],
                2: "police",
                3: NOW,
                4: "Memorandum",
                5: ["Article 7", "Article 3"],
                6: ["investigate", "prevent"],
                7: ["CO", "ID"],
                8: True,
                9: "none",
                10: NOW,
                11: NOW + 365 * DAY,
            },
        ),
        "policy": (4, {1: drawn("policy"), 2: NOW, 3: NOW + 60, 4: False}),
        "revocation": (5, {1: "rs.contact", 2: NOW, 3: 1, 4: [b"a" * 32, b"b" * 32], 5: "compromised"}),
        "suspension": (6, {1: "rs.contact", 2: NOW, 3: NOW + 3 * DAY, 4: False, 5: "compromised"}),
        "recovery": (7, {1: "rs.contact", 2: 2, 3: NOW, 4: identity(cast.other), 5: drawn("pin")}),
        "capability": (8, {1: "rs.contact", 2: NOW, 3: 1, 4: 1, 5: ["MT-01/2", "MT-R1/1"]}),
        "tls": (9, {1: "rs.contact", 2: NOW, 3: [b"b" * 32, b"a" * 32]}),
        "restart": (10, {1: "messages", 2: NOW, 3: 10, 4: drawn("root"), 5: 12}),
        "person": (
            11,
            {
                1: "rs.contact",
                2: NOW,
                3: drawn("person", size=16),
                4: "issuer",
                5: identity(cast.other),
                6: NOW,
                7: NOW + 365 * DAY,
            },
        ),
    }


def defects(cast: Cast) -> dict[str, tuple[tuple[str, str, Body], ...]]:
    """Return kind -> name, comment and the fields that make it malformed."""
    return _defects_of_nodes(cast) | _defects_of_the_network()


def _defects_of_nodes(cast: Cast) -> dict[str, tuple[tuple[str, str, Body], ...]]:
    key: list[Item] = ["police", cast.rs.public, NOW, NOW + WEEK]
    return {
        "enrolment": (
            ("version-0", "versions count from 1", {2: 0}),
            ("kind-unknown", "a kind outside the list", {4: "club"}),
            ("family-unknown", "a family outside the list", {5: "army"}),
            ("country-lower-case", "a country in small letters", {6: "rs"}),
            ("country-three", "a country of three letters", {6: "SRB"}),
            ("label-long", "a label of 201 bytes", {7: "x" * 201}),
            ("label-control", "a control character in a label", {7: "a\x1bb"}),
            ("channels-descend", "channels do not ascend", {8: ["system", "police"]}),
            ("channel-unknown", "a channel outside the list", {8: ["gossip"]}),
            ("identity-half", "half an identity", {11: [cast.other.public.ed25519]}),
            ("pin-short", "a pin of 31 bytes", {12: bytes(31)}),
        ),
        "keys": (
            ("no-key", "a publication without a key", {5: []}),
            ("sequence-1-with-previous", "the first publication has no previous one", {3: 1}),
            ("keys-descend", "keys do not ascend by window", {5: [[*key[:2], NOW + WEEK, NOW + 2 * WEEK], key]}),
            ("key-twice", "one window twice", {5: [key, key]}),
            ("key-short", "a public key of 1215 bytes", {5: [[key[0], cast.rs.public[:-1], *key[2:]]]}),
            ("window-empty", "a window that ends when it begins", {5: [[*key[:3], NOW]]}),
            ("previous-short", "an id of 31 bytes", {4: bytes(31)}),
        ),
        "recovery": (("version-1", "a recovery is no first entry", {2: 1}),),
        "capability": (
            ("types-descend", "types do not ascend", {5: ["MT-R1/1", "MT-01/2"]}),
            ("type-twice", "one type in two versions", {5: ["MT-01/1", "MT-01/2"]}),
            ("wire-negative", "a version below zero", {3: -1}),
        ),
        "tls": (
            ("no-pin", "no pin at all", {3: []}),
            ("three-pins", "a third pin", {3: [b"a" * 32, b"b" * 32, b"c" * 32]}),
            ("pin-twice", "one pin twice", {3: [b"a" * 32, b"a" * 32]}),
        ),
        "person": (
            ("window-empty", "a binding that ends when it begins", {7: NOW}),
            ("person-long", "a reference of 17 bytes", {3: bytes(17)}),
        ),
    }


def _defects_of_the_network() -> dict[str, tuple[tuple[str, str, Body], ...]]:
    return {
        "agreement": (
            ("parties-descend", "parties do not ascend", {1: ["rs.contact", "mk.contact"]}),
            ("one-party", "an agreement with oneself", {1: ["rs.contact", "rs.contact"]}),
            ("three-parties", "a third party", {1: ["ba.contact", "mk.contact", "rs.contact"]}),
            ("purposes-descend", "purposes do not ascend", {6: ["prevent", "investigate"]}),
            ("personal-data-1", "1 is not true", {8: 1}),
            ("ends-when-it-begins", "a term of no second", {11: NOW}),
        ),
        "policy": (
            ("acts-before-issued", "a policy that acts before it was issued", {3: NOW - 1}),
            ("digest-short", "a digest of 31 bytes", {1: bytes(31)}),
            ("emergency-null", "null is not false", {4: None}),
        ),
        "revocation": (
            ("target-unknown", "a target outside the list", {3: 4}),
            ("node-with-ids", "a node that ends names no keys", {3: 0}),
            ("keys-without-ids", "keys that end are named", {4: []}),
            ("ids-descend", "ids do not ascend", {4: [b"b" * 32, b"a" * 32]}),
            ("reason-story", "a reason outside the list", {5: "because"}),
        ),
        "suspension": (
            ("until-issued", "a suspension of no second", {3: NOW}),
            ("lift-with-end", "a lift has no end", {4: True}),
        ),
        "restart": (
            ("log-unknown", "a log outside the list", {1: "diary"}),
            ("nothing-lost", "a lost size that is not larger", {5: 10}),
        ),
    }


def statement_cases(cast: Cast) -> list[Case]:
    out = Cases("statement")
    every = bodies(cast)
    wrong = defects(cast)
    for name, (number, body) in every.items():
        payload = encode([number, body])
        out.good(name, f"a statement of kind {number}", payload=payload, id=statement_id(payload))
        first = next(iter(body))
        missing = encode([number, without(body, first)])
        out.bad(Code.MALFORMED, f"{name}-field-missing", f"field {first} is missing", payload=missing)
        unknown = encode([number, body | {99: 0}])
        out.bad(Code.UNKNOWN_FIELD, f"{name}-field-unknown", "a field outside the table", payload=unknown)
        for title, comment, change in wrong[name]:
            out.bad(Code.MALFORMED, f"{name}-{title}", comment, payload=encode([number, body | change]))
    _payloads(out, cast, every)
    change: Body = {1: "rs.contact", 2: 2, 3: NOW, 4: identity(cast.other)}
    out.good("identity", "a statement of kind 12", payload=encode([12, change]))
    out.bad(Code.MALFORMED, "identity-version-1", "a change is no first entry", payload=encode([12, change | {2: 1}]))
    out.bad(
        Code.UNKNOWN_FIELD,
        "identity-pin",
        "a change of identity keeps the pin",
        payload=encode([12, change | {5: drawn("pin")}]),
    )
    _entries(out, cast, encode(list(every["agreement"])))
    return out.found


def _payloads(out: Cases, cast: Cast, every: dict[str, tuple[int, Body]]) -> None:
    number, body = every["enrolment"]
    small_order = bytes([1]) + bytes(31)
    weak: Body = {11: [small_order, cast.other.public.mldsa65]}
    out.bad(Code.KEY_INVALID, "ed25519-small-order", "the identity point as key", payload=encode([number, body | weak]))
    spelled: Body = {11: [b"\xee" + b"\xff" * 30 + b"\x7f", cast.other.public.mldsa65]}
    out.bad(
        Code.KEY_INVALID,
        "ed25519-second-spelling",
        "a point beyond the field",
        payload=encode([number, body | spelled]),
    )
    short: Body = {11: [cast.other.public.ed25519, cast.other.public.mldsa65[:-1]]}
    out.bad(Code.KEY_INVALID, "mldsa65-short", "a key of 1951 bytes", payload=encode([number, body | short]))
    open_ended = without(every["enrolment"][1], 13)
    out.good("enrolment-open-ended", "an enrolment without an end", payload=encode([1, open_ended]))
    first = without(every["keys"][1], 4) | {3: 1}
    out.good("keys-first", "the first publication", payload=encode([2, first]))
    lift = without(every["suspension"][1], 3) | {4: True}
    out.good("suspension-lift", "a lift", payload=encode([6, lift]))
    ended: Body = {3: 0, 4: []}
    out.good("revocation-node", "a node ends", payload=encode([5, every["revocation"][1] | ended]))
    for name, comment, item in (
        ("kind-999", "a kind outside the table", [999, body]),
        ("kind-negative", "a kind below zero", [-1, body]),
        ("kind-true", "true is not 1", [True, body]),
        ("body-an-array", "a body is a map", [1, list(body.values())]),
        ("three-elements", "an element too many", [1, body, 0]),
        ("a-map", "a statement is an array", {1: body}),
    ):
        out.bad(Code.MALFORMED, name, comment, payload=encode(item))
    long = encode([number, body]).ljust(MAX_STATEMENT + 1, b"\x00")
    out.bad(Code.TOO_LARGE, "too-large", "a statement of 61441 bytes", payload=long)


def rows_of(cast_signers: Sequence[Signer], payload: bytes, network: bytes = NETWORK) -> list[list[Item]]:
    """Return the signature rows of an entry, ascending."""
    found = [parse_signed(sign(each, domains.STATEMENT, network, payload), MAX_STATEMENT) for each in cast_signers]
    found.sort(key=lambda each: (each.ed_kid, each.ml_kid))
    return [[each.ed_kid, each.ed_signature, each.ml_kid, each.ml_signature] for each in found]


def in_order(signers: Sequence[Signer], payload: bytes) -> list[Signer]:
    """Return signers in the order in which an entry has them."""
    firsts = [row[0] for row in rows_of(signers, payload)]
    kid = {rows_of([each], payload)[0][0]: each for each in signers}
    return [kid[first] for first in firsts]  # type: ignore[index]  # key ids are bytes


def _entries(out: Cases, cast: Cast, payload: bytes) -> None:
    both = in_order([cast.sender, cast.rs_signer], payload)
    rows = rows_of(both, payload)
    signers = {
        "signer_ed25519": [each.public.ed25519 for each in both],
        "signer_mldsa65": [each.public.mldsa65 for each in both],
    }
    fields = {"network": NETWORK, **signers}
    good = encode([payload, rows])
    out.good("entry", "an agreement signed by both parties", entry=good, **fields, id=statement_id(payload))
    other = encode([payload, rows_of(both, payload, bytes(16))])
    out.bad(Code.BAD_SIGNATURE, "entry-other-network", "signed for another network", entry=other, **fields)
    turned = bytearray(rows[0][3])  # type: ignore[arg-type]  # bytes
    turned[9] ^= 1
    broken = encode([payload, [[*rows[0][:3], bytes(turned)], rows[1]]])
    out.bad(Code.BAD_SIGNATURE, "entry-signature-changed", "one bit of a signature is another", entry=broken, **fields)
    stranger = encode([payload, [[bytes(32), *rows[0][1:]], rows[1]]])
    out.bad(Code.UNKNOWN_KEY, "entry-other-key-id", "the key id of somebody else", entry=stranger, **fields)
    for code, name, comment, item in (
        (Code.MALFORMED, "signers-descend", "signers do not ascend", [payload, rows[::-1]]),
        (Code.MALFORMED, "signer-twice", "one signer twice", [payload, [rows[0], rows[0]]]),
        (Code.MALFORMED, "no-signer", "no signature at all", [payload, []]),
        (Code.MISSING_SIGNATURE, "half-signed", "one signature where two belong", [payload, [rows[0], rows[1][:2]]]),
        (Code.MALFORMED, "three-in-a-row", "a signature row of three", [payload, [rows[0], rows[1][:3]]]),
        (Code.MALFORMED, "payload-inline", "the payload is bytes", [[3, {}], rows]),
        (Code.MALFORMED, "key-id-short", "a key id of 31 bytes", [payload, [[bytes(31), *rows[0][1:]], rows[1]]]),
        (Code.MALFORMED, "seventeen-signers", "a signature too many", [payload, [rows[0]] * 17]),
    ):
        out.bad(code, f"entry-{name}", comment, entry=encode(item), **fields)
    out.bad(Code.MALFORMED, "entry-trailing-byte", "a byte follows", entry=good + b"\x00", **fields)
    large = good.ljust(MAX_STATEMENT + 1, b"\x00")
    out.bad(Code.TOO_LARGE, "entry-too-large", "an entry of 61441 bytes", entry=large, **fields)
