"""Cores: every field with one defect, every channel with one field too many."""

from itertools import pairwise

from protocol.cbor import Item, encode
from protocol.core import optional_fields
from protocol.errors import Code
from protocol.ids import CHANNELS
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NOW, Cast, drawn
from tests.make_vectors.message import civil_map, core_map, recipient, without

REQUIRED = {
    1: "version",
    2: "suite",
    3: "random",
    4: "from",
    5: "to",
    7: "type",
    8: "purpose",
    9: "conversation",
    17: "language",
    21: "policy",
    22: "directory-size",
    23: "directory-root",
    24: "issued-at",
    25: "expires-at",
    26: "body-commitment",
}
DEFECTS: tuple[tuple[Code, str, str, str, Item], ...] = (
    (Code.UNKNOWN_SUITE, "version-2", "a later version", "_1", 2),
    (Code.UNKNOWN_SUITE, "version-true", "true is not 1", "_1", True),
    (Code.MALFORMED, "suite-0", "suites count from 1", "_2", 0),
    (Code.MALFORMED, "suite-text", "a suite is a number", "_2", "1"),
    (Code.MALFORMED, "random-short", "15 random bytes", "_3", bytes(15)),
    (Code.MALFORMED, "random-long", "17 random bytes", "_3", bytes(17)),
    (Code.MALFORMED, "from-capital", "a capital letter in a node id", "_4", "Mk.contact"),
    (Code.MALFORMED, "from-cyrillic", "a letter that looks like m", "_4", "\u043ck.contact"),
    (Code.MALFORMED, "from-dot-first", "a node id begins with a letter or digit", "_4", ".mk"),
    (Code.MALFORMED, "from-dash-last", "a node id ends with a letter or digit", "_4", "mk-"),
    (Code.MALFORMED, "from-one-character", "a node id has two characters at least", "_4", "m"),
    (Code.MALFORMED, "from-65-characters", "a node id has 64 characters at most", "_4", "m" * 65),
    (Code.MALFORMED, "from-newline", "a node id with a newline at its end", "_4", "mk.contact\n"),
    (Code.MALFORMED, "to-empty", "no recipient", "_5", []),
    (Code.MALFORMED, "channel-unknown", "a channel outside the list", "_6", "gossip"),
    (Code.MALFORMED, "channel-bytes", "a channel is text", "_6", b"police"),
    (Code.MALFORMED, "type-lower-case", "a type is written in capitals", "_7", "mt-01/1"),
    (Code.MALFORMED, "type-without-version", "a type names its schema version", "_7", "MT-01"),
    (Code.MALFORMED, "type-version-0", "versions count from 1", "_7", "MT-01/0"),
    (Code.MALFORMED, "type-arabic-digits", "digits are those of ASCII", "_7", "MT-01/\u0661"),
    (Code.MALFORMED, "purpose-empty", "an empty code", "_8", ""),
    (Code.MALFORMED, "purpose-long", "a code of 65 bytes", "_8", "p" * 65),
    (Code.MALFORMED, "purpose-control", "a control character in a code", "_8", "a\x07b"),
    (Code.MALFORMED, "purpose-delete", "a delete character in a code", "_8", "a\x7fb"),
    (Code.MALFORMED, "conversation-long", "a conversation of 32 bytes", "_9", bytes(32)),
    (Code.MALFORMED, "in-reply-to-short", "a message id of 31 bytes", "_10", bytes(31)),
    (Code.MALFORMED, "urgency-number", "an urgency is text", "_11", 1),
    (Code.MALFORMED, "urgency-null", "an absent value leaves no key", "_11", None),
    (Code.MALFORMED, "urgency-ground-empty", "an empty code", "_12", ""),
    (Code.MALFORMED, "classification-bytes", "a classification is text", "_13", b"restricted"),
    (Code.MALFORMED, "handling-empty", "an empty list stands for nothing and leaves no key", "_14", []),
    (Code.MALFORMED, "handling-descends", "codes do not ascend", "_14", ["H2", "H0"]),
    (Code.MALFORMED, "handling-twice", "one code twice", "_14", ["H0", "H0"]),
    (Code.MALFORMED, "handling-33", "33 codes", "_14", [f"H{number:02}" for number in range(33)]),
    (Code.MALFORMED, "handling-text", "codes stand in a list", "_14", "H0"),
    (Code.MALFORMED, "roles-empty", "an empty list", "_15", []),
    (Code.MALFORMED, "roles-descend", "codes do not ascend", "_15", ["suspect", "driver"]),
    (Code.MALFORMED, "categories-twice", "one code twice", "_16", ["ID", "ID"]),
    (Code.MALFORMED, "language-empty", "an empty code", "_17", ""),
    (Code.MALFORMED, "erase-by-negative", "a time before the epoch", "_18", -1),
    (Code.MALFORMED, "erase-by-text", "a time is a number", "_18", "2026"),
    (Code.MALFORMED, "approvals-empty", "an empty list", "_20", []),
    (Code.MALFORMED, "approvals-descend", "references do not ascend", "_20", [b"b" * 16, b"a" * 16]),
    (Code.MALFORMED, "approvals-twice", "one reference twice", "_20", [b"a" * 16, b"a" * 16]),
    (Code.MALFORMED, "approvals-short", "a reference of 15 bytes", "_20", [bytes(15)]),
    (Code.MALFORMED, "policy-short", "a digest of 31 bytes", "_21", bytes(31)),
    (Code.MALFORMED, "directory-size-0", "a directory holds its charter at least", "_22", 0),
    (Code.MALFORMED, "directory-size-true", "true is not 1", "_22", True),
    (Code.MALFORMED, "directory-size-huge", "integers end at 2^53 - 1", "_22", 1 << 53),
    (Code.MALFORMED, "directory-root-long", "a root of 33 bytes", "_23", bytes(33)),
    (Code.MALFORMED, "issued-at-negative", "a time before the epoch", "_24", -1),
    (Code.MALFORMED, "expires-when-issued", "a life of no second", "_25", NOW),
    (Code.MALFORMED, "expires-before-issued", "a life that ends before it begins", "_25", NOW - 1),
    (Code.MALFORMED, "body-commitment-text", "a commitment is bytes", "_26", "c" * 32),
    (Code.UNKNOWN_FIELD, "label-28", "a label outside the table", "_28", 0),
    (Code.UNKNOWN_FIELD, "label-0", "a label outside the table", "_0", 0),
)
RECIPIENT_DEFECTS: tuple[tuple[str, str, dict[str, Item]], ...] = (
    ("recipient-node-capital", "a capital letter in a recipient's id", {"node": "RS.contact"}),
    ("recipient-key-short", "a key id of 31 bytes", {"key": bytes(31)}),
    ("recipient-sequence-0", "sequences count from 1", {"sequence": 0}),
    ("recipient-sequence-true", "true is not 1", {"sequence": True}),
    ("recipient-agreement-short", "an agreement id of 31 bytes", {"agreement": bytes(31)}),
    ("recipient-mode-unknown", "a mode outside the list", {"mode": "copy"}),
    ("recipient-mode-null", "a mode is there", {"mode": None}),
    ("recipient-six-elements", "an element too many", {"more": 0}),
)


def cases(cast: Cast) -> list[Case]:
    out = Cases("core")
    out.good("police", "a police request to two nodes", core=encode(core_map(cast)))
    out.good("cso", "an enquiry of a civil society organisation with an identity part", core=encode(civil_map(cast)))
    _channels(out, cast)
    for label, name in REQUIRED.items():
        comment = f"the required label {label} is missing"
        out.bad(Code.MALFORMED, f"{name}-missing", comment, core=encode(without(core_map(cast), label)))
    out.bad(Code.MALFORMED, "channel-missing", "no channel", core=encode(without(core_map(cast), 6)))
    for code, name, comment, label, value in DEFECTS:
        out.bad(code, name, comment, core=encode(core_map(cast, **{label: value})))
    texted: dict[int, Item] = core_map(cast) | {"note": 1}  # type: ignore[dict-item]  # a key of the other kind
    out.bad(Code.UNKNOWN_FIELD, "text-label", "a label that is text", core=encode(texted))
    out.bad(Code.MALFORMED, "array", "a core is a map", core=encode([1, 1]))
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", core=encode(core_map(cast)) + b"\x00")
    long = encode(core_map(cast, _8="p" * 65_000))
    out.bad(Code.TOO_LARGE, "too-large", "65537 bytes or more", core=long.ljust(65_537, b"\x00"))
    _recipients(out, cast)
    return out.found


def _channels(out: Cases, cast: Cast) -> None:
    values: dict[int, Item] = {
        10: drawn("reply"),
        11: "routine",
        12: "life",
        13: "restricted",
        14: ["H0"],
        15: ["suspect"],
        16: ["ID"],
        18: NOW + 1,
        19: [drawn("consent", size=16)],
        20: [drawn("approval", size=16)],
        27: drawn("identity"),
    }
    for channel in CHANNELS:
        plain = without(core_map(cast, _6=channel), *values)
        allowed = {label: value for label, value in values.items() if label in optional_fields(channel)}
        out.good(
            f"{channel}-all-fields", f"every optional field that {channel} may carry", core=encode(plain | allowed)
        )
        refused = sorted(set(values) - set(allowed))
        for label in refused[:2]:
            comment = f"{channel} has no rule that reads label {label}"
            out.bad(
                Code.UNKNOWN_FIELD, f"{channel}-label-{label}", comment, core=encode(plain | {label: values[label]})
            )


def _recipients(out: Cases, cast: Cast) -> None:
    ba, rs = recipient(cast, "ba.contact"), recipient(cast, "rs.contact")
    for name, comment, change in RECIPIENT_DEFECTS:
        out.bad(
            Code.MALFORMED, name, comment, core=encode(core_map(cast, _5=[recipient(cast, "rs.contact", **change)]))
        )
    none = encode(core_map(cast, _5=[recipient(cast, "rs.contact", agreement=None)]))
    out.good("no-agreement", "a recipient without an agreement", core=none)
    out.bad(Code.MALFORMED, "recipients-descend", "recipients do not ascend", core=encode(core_map(cast, _5=[rs, ba])))
    out.bad(Code.DUPLICATE_RECIPIENT, "recipient-twice", "one node twice", core=encode(core_map(cast, _5=[rs, rs])))
    same_key = [ba, recipient(cast, "rs.contact", key=ba[1])]
    out.bad(Code.DUPLICATE_RECIPIENT, "key-twice", "one key for two nodes", core=encode(core_map(cast, _5=same_key)))
    own: list[Item] = [*recipient(cast, "rs.contact", node="mk.contact")]
    out.bad(Code.SELF_RECIPIENT, "to-oneself", "the sender is a recipient", core=encode(core_map(cast, _5=[own])))
    for count, expect in ((256, None), (257, Code.TOO_LARGE)):
        many: list[Item] = [[f"n{number:03}", drawn("key", number), 1, None, "information"] for number in range(count)]
        assert all(a[0] < b[0] for a, b in pairwise(many))  # type: ignore[index]  # lists
        raw = encode(core_map(cast, _5=many))
        if expect is None:
            out.good("recipients-256", "as many recipients as there may be", core=raw)
        else:
            out.bad(expect, "recipients-257", "one recipient too many", core=raw)
