"""Disclosures, violation reports, part lists, states of uploads, voids."""

import hashlib

from protocol import domains
from protocol.cbor import Item, encode
from protocol.checkpoint import Checkpoint, sign_checkpoint
from protocol.cose import sign
from protocol.errors import Code
from protocol.fields import encode_rows, row_hash
from protocol.leaf import payload_digest
from protocol.limits import MAX_ATTACHMENT, MAX_UPLOAD_PARTS, UPLOAD_PART
from protocol.merkle import inclusion_proof, leaf_hash, root_at, root_from
from protocol.part_keys import part_key
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn
from tests.make_vectors.evidence_cases import leaf_items
from tests.make_vectors.log_cases import ORIGIN, Tree
from tests.make_vectors.message import (
    BODY,
    CONTENT_KEY,
    IDENTITY,
    Pieces,
    build,
    changed,
    civil_map,
    core_map,
    signed,
)

SLOTS: list[Item] = [[row.salt, row.path, row.value] for row in BODY]
HASHES: list[Item] = [row_hash(row) for row in BODY]
SHOWN: list[Item] = [SLOTS[0], HASHES[1], SLOTS[2]]
ROWS = encode_rows((BODY[0], BODY[2]))
SMALL_PART = drawn("attachment bytes", size=300)


def disclosure_cases(cast: Cast) -> list[Case]:
    pieces = build(cast, core_map(cast))
    good: dict[int, Item] = {1: signed(cast, pieces.manifest()), 2: "body", 3: SHOWN}
    out = Cases("disclosure", disclosure=encode(good), network=NETWORK, **cast.sender.fields("sender"))
    out.good("two-of-three", "one row is withheld", rows=ROWS, withheld=1)
    single = encode(good | {3: [HASHES[0], SLOTS[1], HASHES[2]]})
    out.good("single-row", "the proof of one row", disclosure=single, withheld=2)
    whole = encode(good | {3: SLOTS})
    out.good("all-rows", "nothing is withheld", disclosure=whole, rows=encode_rows(BODY), withheld=0)
    _identity(out, cast)
    _attachments(out, cast, pieces, good)
    _logged(out, cast, pieces, good)
    out.bad(Code.UNKNOWN_KEY, "other-sender", "the keys of another node", **cast.other.fields("sender"))
    out.bad(Code.BAD_SIGNATURE, "other-network", "made for another network", network=bytes(16))
    first, middle, last = SHOWN
    salt = drawn("salt", size=16)
    for code, name, comment, slots in (
        (Code.FIELD_COMMITMENT, "value-changed", "one value is another", [[*SLOTS[0][:2], "person"], middle, last]),  # type: ignore[index]
        (Code.FIELD_COMMITMENT, "salt-changed", "one salt is another", [[salt, *SLOTS[0][1:]], middle, last]),  # type: ignore[index]
        (
            Code.FIELD_COMMITMENT,
            "path-changed",
            "one path is another",
            [[SLOTS[0][0], "/kind", SLOTS[0][2]], middle, last],
        ),  # type: ignore[index]
        (Code.FIELD_COMMITMENT, "rows-swapped", "two rows changed places", [last, middle, first]),
        (Code.FIELD_COMMITMENT, "row-left-out", "a row fewer than committed", [first, last]),
        (Code.FIELD_COMMITMENT, "row-added", "a row more than committed", [first, middle, last, [salt, "/z", 1]]),
        (Code.FIELD_COMMITMENT, "hash-changed", "the hash of a withheld row is another", [first, salt * 2, last]),
        (Code.DISCLOSURE, "nothing-shown", "every row is withheld", HASHES),
        (Code.DISCLOSURE, "path-twice", "one path twice", [first, middle, first]),
        (Code.DISCLOSURE, "hash-short", "a hash of 31 bytes", [first, bytes(31), last]),
        (Code.DISCLOSURE, "salt-short", "a salt of 15 bytes", [[bytes(15), "/query", 1], middle, last]),
        (Code.DISCLOSURE, "row-of-two", "a row has three elements", [SLOTS[0][:2], middle, last]),  # type: ignore[index]
        (Code.MALFORMED, "path-empty", "an empty path", [[salt, "", 1], middle, last]),
        (Code.MALFORMED, "no-slot", "no row at all", []),
    ):
        out.bad(code, name, comment, disclosure=encode(good | {3: slots}))
    out.bad(Code.DISCLOSURE, "part-unknown", "a part that no message has", disclosure=encode(good | {2: "summary"}))
    out.bad(
        Code.DISCLOSURE, "part-not-there", "a part that this message lacks", disclosure=encode(good | {2: "identity"})
    )
    out.bad(Code.UNKNOWN_FIELD, "field-6", "a field outside the table", disclosure=encode(good | {6: 0}))
    out.bad(Code.MALFORMED, "no-part", "the part is missing", disclosure=encode({1: good[1], 3: SHOWN}))
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", disclosure=encode(good) + b"\x00")
    return out.found


def _identity(out: Cases, cast: Cast) -> None:
    civil = build(cast, civil_map(cast))
    slots: list[Item] = [[IDENTITY[0].salt, IDENTITY[0].path, IDENTITY[0].value], row_hash(IDENTITY[1])]
    shown = {1: signed(cast, civil.manifest()), 2: "identity", 3: slots}
    rows = encode_rows(IDENTITY[:1])
    out.good("identity", "a row of the identity part", disclosure=encode(shown), rows=rows, withheld=1)
    moved = encode(shown | {2: "body"})
    out.bad(Code.FIELD_COMMITMENT, "identity-as-body", "rows of another part", disclosure=moved)


def _attachments(out: Cases, cast: Cast, pieces: Pieces, good: dict[int, Item]) -> None:
    carrying = changed(pieces, extra=(["att-00", 5000, drawn("attachment")], ["att-01", 6000, drawn("another")]))
    base = good | {1: signed(cast, carrying.manifest())}
    out.good("attachments-withheld", "attachments do not come along", disclosure=encode(base))
    out.good("attachment-carried", "an attachment comes along", disclosure=encode(base | {4: [["att-01", "att-00"]]}))
    for code, name, comment, pairs in (
        (Code.DISCLOSURE, "unknown", "an attachment that the message lacks", [["att-02", "att-00"]]),
        (Code.DISCLOSURE, "twice", "one attachment twice", [["att-00", "att-00"], ["att-00", "att-01"]]),
        (Code.DISCLOSURE, "descend", "attachments do not ascend", [["att-01", "att-00"], ["att-00", "att-01"]]),
        (Code.DISCLOSURE, "same-name", "two attachments under one name", [["att-00", "att-00"], ["att-01", "att-00"]]),
        (Code.DISCLOSURE, "named-body", "an attachment under the name of a part", [["att-00", "body"]]),
        (Code.MALFORMED, "none", "an empty list leaves no key", []),
        (Code.MALFORMED, "alone", "a name without its pair", [["att-00"]]),
    ):
        out.bad(code, f"attachment-{name}", comment, disclosure=encode(base | {4: pairs}))


def _logged(out: Cases, cast: Cast, pieces: Pieces, good: dict[int, Item]) -> None:
    keys = {"origin": ORIGIN, "log_ed25519": cast.log.keys.ed25519, "log_mldsa44": cast.log.keys.mldsa44}
    message = hashlib.sha256(pieces.manifest()).digest()

    def proved(**changes: Item) -> list[Item]:
        entry = encode(leaf_items(digest=message, **changes))
        tree = Tree([leaf_hash(each) for each in (b"before", entry, b"after")])
        checkpoint = sign_checkpoint(cast.log, Checkpoint(ORIGIN, 3, root_at(3, tree.get)), NOW)
        return [[entry, 1, 3, list(inclusion_proof(1, 3, tree.get))], checkpoint]

    inclusion, checkpoint = proved()
    out.good(
        "logged", "with the proof that the hub logged the message", disclosure=encode(good | {5: proved()}), **keys
    )
    out.bad(Code.BAD_EVIDENCE, "not-logged", "the proof is asked for and missing", **keys)
    receipt = encode(good | {5: proved(kind=2)})
    out.bad(Code.BAD_EVIDENCE, "logged-as-a-receipt", "the leaf is no message's", disclosure=receipt, **keys)
    entry, index, size, proof = inclusion  # type: ignore[misc]  # four elements
    moved = encode(good | {5: [[entry, index + 1, size, proof], checkpoint]})
    out.bad(Code.BAD_INCLUSION, "logged-elsewhere", "the place of another leaf", disclosure=moved, **keys)
    other = keys | {"origin": f"{NETWORK.hex()}/directory"}
    out.bad(
        Code.BAD_CHECKPOINT,
        "logged-in-another-log",
        "a checkpoint of another log",
        disclosure=encode(good | {5: proved()}),
        **other,
    )
    out.bad(
        Code.MALFORMED, "log-proof-of-one", "a proof without its checkpoint", disclosure=encode(good | {5: [inclusion]})
    )


def reported(cast: Cast, pieces: Pieces) -> list[Item]:
    """Return what a report shows that opens the body of ``pieces``."""
    key = part_key(CONTENT_KEY, pieces.core, "body")
    return [2, signed(cast, pieces.manifest()), "body", pieces.parts[0][1], key, None]


def report_cases(cast: Cast) -> list[Case]:
    pieces = build(cast, core_map(cast))
    opened = reported(cast, pieces)
    _, raw, _, body, key, _ = opened
    rows: list[Item] = [1, encode({1: raw, 2: "body", 3: SHOWN})]
    fields: dict[int, Item] = {1: "rs.contact", 2: NOW, 3: "forbidden-content", 4: opened}

    def report(domain: str = domains.REPORT, **changes: Item) -> bytes:
        body = fields | {int(name[1:]): value for name, value in changes.items()}
        return sign(cast.rs_signer, domain, NETWORK, encode(body))

    both = cast.rs_signer.fields("reporter") | cast.sender.fields("sender")
    out = Cases("report", report=report(), network=NETWORK, **both)
    digest = payload_digest(encode(fields))
    out.good("part-key", "the key of one part is shown", rows=encode_rows(BODY), id=digest)
    out.good("rows", "chosen rows are shown", report=report(_4=rows), rows=ROWS)
    altered = bytes([body[-1] ^ 1])  # type: ignore[operator,index]  # bytes
    for code, name, comment, changes in (
        (Code.NOT_A_RECIPIENT, "stranger", "the reporter did not receive the message", {"_1": "hr.contact"}),
        (Code.COMMITMENT, "other-key", "a key that is not the part's", {"_4": [*opened[:4], drawn("key"), None]}),
        (
            Code.BODY_HASH,
            "other-ciphertext",
            "not what the sender signed",
            {"_4": [2, raw, "body", body[:-1] + altered, key, None]},
        ),
        (
            Code.DISCLOSURE,
            "part-not-there",
            "a part that this message lacks",
            {"_4": [2, raw, "identity", body, key, None]},
        ),
        (Code.MALFORMED, "key-short", "a key of 31 bytes", {"_4": [*opened[:4], key[:-1], None]}),
        (Code.MALFORMED, "kind-3", "nothing of the known kinds is shown", {"_4": [3, raw]}),
        (Code.MALFORMED, "nothing-shown", "nothing is shown", {"_4": []}),
        (Code.MALFORMED, "ground-empty", "an empty code", {"_3": ""}),
        (Code.MALFORMED, "time-negative", "a time before the epoch", {"_2": -1}),
        (Code.UNKNOWN_FIELD, "field-5", "a field outside the table", {"_5": 0}),
    ):
        out.bad(code, name, comment, report=report(**changes))
    false_rows: list[Item] = [[*SLOTS[0][:2], "person"], *SHOWN[1:]]  # type: ignore[index,misc]  # a row
    forged = report(_4=[1, encode({1: raw, 2: "body", 3: false_rows})])
    out.bad(Code.FIELD_COMMITMENT, "false-rows", "rows that the sender did not write", report=forged)
    out.bad(Code.BAD_SIGNATURE, "other-domain", "signed as another kind of object", report=report(domains.EVIDENCE))
    out.bad(Code.UNKNOWN_KEY, "other-reporter", "the keys of another reporter", **cast.other.fields("reporter"))
    out.bad(Code.UNKNOWN_KEY, "other-sender", "the keys of another sender", **cast.other.fields("sender"))
    return out.found


def part_list_cases(_: Cast) -> list[Case]:
    leaves = [drawn("leaf", number) for number in range(5)]
    length = 4 * UPLOAD_PART + 100
    root = root_from(leaves)
    out = Cases("part-list", list=_list(length, leaves), name="att-07", length=length, root=root)
    out.good("five-parts", "an attachment of five parts")
    small = [leaf_hash(SMALL_PART)]
    one = {"list": _list(300, small), "length": 300, "root": root_from(small)}
    out.good("one-part", "an attachment of one part, and the part", **one, index=0, part=SMALL_PART)
    flipped = bytes([SMALL_PART[0] ^ 1]) + SMALL_PART[1:]
    out.bad(Code.ATT_HASH, "part-changed", "one bit of a part is another", **one, index=0, part=flipped)
    out.bad(Code.ATT_LENGTH, "part-cut", "the last byte of a part is missing", **one, index=0, part=SMALL_PART[:-1])
    out.bad(Code.ATT_LENGTH, "part-longer", "a part is one byte too long", **one, index=0, part=SMALL_PART + b"\x00")
    out.bad(Code.ATT_LENGTH, "part-beyond", "a part that the attachment lacks", **one, index=1, part=SMALL_PART)
    for code, name, comment, change in (
        (
            Code.ATT_HASH,
            "leaves-swapped",
            "two parts changed places",
            {"list": _list(length, [leaves[1], leaves[0], *leaves[2:]])},
        ),
        (Code.ATT_HASH, "leaf-changed", "one hash is another", {"list": _list(length, [*leaves[:-1], drawn("other")])}),
        (Code.ATT_HASH, "other-root", "the root of another attachment", {"root": drawn("root")}),
        (Code.ATT_HASH, "other-name", "the list of another attachment", {"name": "att-08"}),
        (Code.ATT_LENGTH, "other-length", "another length than signed", {"length": length + 1}),
        (Code.ATT_LENGTH, "leaf-left-out", "a part fewer than the length has", {"list": _list(length, leaves[:-1])}),
        (
            Code.ATT_LENGTH,
            "leaf-added",
            "a part more than the length has",
            {"list": _list(length, [*leaves, leaves[0]])},
        ),
        (Code.ATT_LENGTH, "no-leaf", "no part at all", {"list": _list(length, [])}),
        (Code.MALFORMED, "leaf-cut", "half a hash", {"list": encode(["att-07", length, b"".join(leaves)[:-1]])}),
        (Code.MALFORMED, "name-unknown", "no attachment's name", {"list": _list(length, leaves, "body")}),
        (Code.MALFORMED, "name-64", "attachments end at att-63", {"list": _list(length, leaves, "att-64")}),
        (Code.MALFORMED, "length-0", "an attachment of no byte", {"list": _list(0, leaves)}),
        (
            Code.MALFORMED,
            "leaves-listed",
            "the hashes stand in one byte string",
            {"list": encode(["att-07", length, leaves])},
        ),
        (Code.MALFORMED, "four-elements", "an element too many", {"list": encode(["att-07", length, b"", 0])}),
        (
            Code.TOO_LARGE,
            "length-beyond",
            "larger than an attachment may be",
            {"list": _list(MAX_ATTACHMENT + 1, leaves)},
        ),
    ):
        out.bad(code, name, comment, **change)  # type: ignore[arg-type]  # a shorthand
    many = _list(length, [bytes(32)] * (MAX_UPLOAD_PARTS + 1))
    out.bad(Code.TOO_MANY_PARTS, "too-many-parts", "a part more than any attachment has", list=many)
    return out.found


def _list(length: int, leaves: list[bytes], name: str = "att-07") -> bytes:
    return encode([name, length, b"".join(leaves)])


def upload_cases(_: Cast) -> list[Case]:
    out = Cases("upload")
    row: list[Item] = ["att-00", True, 10, b"\xff\x01"]
    good: dict[int, Item] = {1: NOW, 2: [row, ["att-01", False, 1, b"\x00"]]}
    out.good("two-attachments", "nine of ten parts, and none of one", upload=encode(good))
    out.good("complete", "all of ten parts", upload=encode({1: NOW, 2: [[*row[:3], b"\xff\x03"]]}))
    for name, comment, change in (
        ("none", "no attachment", {2: []}),
        ("descend", "attachments do not ascend", {2: [["att-01", *row[1:]], row]}),
        ("twice", "one attachment twice", {2: [row, row]}),
        ("name-unknown", "no attachment's name", {2: [["body", *row[1:]]]}),
        ("listed-1", "1 is not true", {2: [["att-00", 1, *row[2:]]]}),
        ("count-0", "an attachment of no part", {2: [["att-00", True, 0, b""]]}),
        ("bits-short", "a byte of bits is missing", {2: [[*row[:3], b"\xff"]]}),
        ("bits-long", "a byte of bits too many", {2: [[*row[:3], b"\xff\x01\x00"]]}),
        ("bit-beyond", "a bit for a part that is not there", {2: [[*row[:3], b"\xff\x04"]]}),
        ("until-negative", "a time before the epoch", {1: -1}),
    ):
        out.bad(Code.MALFORMED, name, comment, upload=encode(good | change))
    out.bad(Code.UNKNOWN_FIELD, "field-3", "a field outside the table", upload=encode(good | {3: 0}))
    out.bad(Code.MALFORMED, "no-until", "the end of the reservation is missing", upload=encode({2: good[2]}))
    return out.found


def void_cases(cast: Cast) -> list[Case]:
    """Return a sender's voids; they are evidence too, and numbered after the others."""
    out = Cases("evidence")
    good: dict[int, Item] = {1: 5, 3: "rs.contact", 6: "mk.contact", 7: "police", 8: 12, 9: 1}
    fields = {"network": NETWORK, **cast.sender.fields("sender")}

    def void(body: Item, network: bytes = NETWORK) -> bytes:
        return sign(cast.sender, domains.EVIDENCE, network, encode(body))

    for reason in (1, 2, 3, 4):
        body = good | {9: reason}
        digest = payload_digest(encode(body))
        out.good(f"void-reason-{reason}", f"a number is void for reason {reason}", void=void(body), id=digest, **fields)
    for code, name, comment, body in (
        (Code.MALFORMED, "reason-0", "reasons count from 1", good | {9: 0}),
        (Code.MALFORMED, "reason-99", "a reason outside the list", good | {9: 99}),
        (Code.MALFORMED, "event-1", "a receipt's event", good | {1: 1}),
        (Code.MALFORMED, "sequence-0", "numbers count from 1", good | {8: 0}),
        (Code.MALFORMED, "to-oneself", "a node does not write to itself", good | {3: "mk.contact"}),
        (Code.MALFORMED, "channel-unknown", "a channel outside the list", good | {7: "gossip"}),
        (Code.MALFORMED, "no-channel", "the channel is missing", {k: v for k, v in good.items() if k != 7}),
        (Code.UNKNOWN_FIELD, "field-2", "a void names no message", good | {2: drawn("message")}),
    ):
        out.bad(code, f"void-{name}", comment, void=void(body), **fields)
    other = void(good, bytes(16))
    out.bad(Code.BAD_SIGNATURE, "void-other-network", "made for another network", void=other, **fields)
    stranger = {"network": NETWORK, **cast.other.fields("sender")}
    out.bad(Code.UNKNOWN_KEY, "void-other-sender", "the keys of another node", void=void(good), **stranger)
    return out.found
