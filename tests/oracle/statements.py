"""Directory statements other than charters, by themselves: docs/wire.md sections 6.1 to 6.18."""

import re
from collections.abc import Callable
from itertools import pairwise

from tests.oracle.codec import Refused
from tests.oracle.shape import (
    CHANNELS,
    TYPE_ID,
    array,
    ascending,
    blob,
    code,
    count,
    digest,
    mapping,
    matching,
    need,
    node,
    one_of,
    positive,
    reference,
    text,
)
from tests.oracle.signed import ML_DSA_65_KEY, Identity, check_ed25519_key
from tests.oracle.wrap import PUBLIC_KEY

Fields = dict[int, object]
MAX_IDS = 512
REASONS = ("compromised", "lost", "superseded", "left", "ended")
COUNTRY = re.compile("[A-Z]{2}", re.ASCII)
TYPE_NAME = re.compile("[A-Z]{2,4}-[A-Z0-9]{1,4}", re.ASCII)
INSTRUMENTS = ("pcc", "mla59-ap2", "bilateral-treaty", "cso-contract", "working-arrangement")
COMMON = ("statistics", "system")
FAMILIES = {
    "police": (("contact-point", "agency", "joint-centre"), ("police", "joint-centre", "police-cso", *COMMON)),
    "judicial": (("agency", "prosecution", "court", "central-authority"), ("rogatory", "court-support", *COMMON)),
    "cso": (("cso", "child-protection"), ("cso", "police-cso", "court-support", *COMMON)),
    "oversight": (("coordinator", "auditor"), COMMON),
}
KINDS = {kind for kinds, _ in FAMILIES.values() for kind in kinds}


def label(value: object) -> str:
    """Return words for people: 1 to 200 bytes without control characters."""
    words = text(value, 200)
    need(all(char >= " " and char != "\x7f" for char in words))
    return words


def identity(value: object) -> Identity:
    """Return both public keys; the Ed25519 one is sound."""
    first, second = array(value, 2)
    ed25519, lattice = blob(first), blob(second)
    check_ed25519_key(ed25519)
    need(len(lattice) == ML_DSA_65_KEY, "KEY_INVALID")
    return Identity(ed25519, lattice)


def rising(value: object, element: Callable[[object], str | bytes], most: int) -> list[str]:
    """Return a list of 0 to `most` codes or ids, ascending."""
    found = [element(item) for item in array(value, 0, most)]
    need(ascending([item.encode() if isinstance(item, str) else item for item in found]))
    return found  # type: ignore[return-value]


def channel(value: object) -> str:
    """Return the name of a channel."""
    return str(one_of(value, CHANNELS))


def boolean(value: object) -> bool:
    """Return a boolean."""
    if not isinstance(value, bool):
        raise Refused("MALFORMED")
    return value


def as_text(value: object) -> str:
    """Return a text of a statement that was parsed."""
    return text(value, 200)


def as_number(value: object) -> int:
    """Return a number of a statement that was parsed."""
    return count(value)


def as_list(value: object) -> list[object]:
    """Return a list of a statement that was parsed."""
    return array(value, 0, MAX_IDS)


def as_identity(value: object) -> Identity:
    """Return an identity of a statement that was parsed."""
    if not isinstance(value, Identity):
        raise TypeError(value)
    return value


def parse_enrolment(body: object) -> Fields:
    """Section 6.4."""
    fields = mapping(body, range(1, 13), (13, 14))
    node(fields[1])
    positive(fields[2])
    count(fields[3])
    one_of(fields[4], KINDS)
    one_of(fields[5], FAMILIES)
    matching(fields[6], COUNTRY)
    label(fields[7])
    rising(fields[8], channel, 32)
    rising(fields[9], code, 32)
    rising(fields[10], code, 32)
    fields[11] = identity(fields[11])
    digest(fields[12])
    if 13 in fields:
        count(fields[13])
    if 14 in fields:
        check_mandate(fields[14])
    return fields


def check_mandate(value: object) -> None:
    """Section 6.4, label 14."""
    fields = mapping(value, (1, 2, 3), (4,))
    for place, element in ((1, lambda each: matching(each, COUNTRY)), (2, channel)):
        need(fields[place] == ["*"] or bool(rising(fields[place], element, 32)))
    start = count(fields[3])
    if 4 in fields:
        need(count(fields[4]) > start)


def parse_keys(body: object) -> Fields:
    """Section 6.5."""
    fields = mapping(body, (1, 2, 3, 5), (4,))
    node(fields[1])
    count(fields[2])
    sequence = positive(fields[3])
    if 4 in fields:
        digest(fields[4])
    keys = []
    for item in array(fields[5], 1, 45):
        name, public, start, end = array(item, 4)
        keys.append((channel(name), blob(public, PUBLIC_KEY), count(start), count(end)))
    need((4 not in fields) == (sequence == 1))
    need(all((one[0], one[2]) < (other[0], other[2]) for one, other in pairwise(keys)))
    need(all(start < end for _, _, start, end in keys))
    fields[5] = keys
    return fields


def parse_agreement(body: object) -> Fields:
    """Section 6.6."""
    fields = mapping(body, range(1, 11), (11, 12))
    parties = [node(item) for item in array(fields[1], 2)]
    need(ascending([party.encode() for party in parties]))
    channel(fields[2])
    count(fields[3])
    label(fields[4])
    for article in array(fields[5], 0, 32):
        label(article)
    rising(fields[6], code, 32)
    rising(fields[7], code, 32)
    boolean(fields[8])
    code(fields[9])
    start = count(fields[10])
    if 11 in fields:
        need(count(fields[11]) > start)
    if 12 in fields:
        check_scope(fields[12])
    return fields


def check_scope(value: object) -> None:
    """Section 6.6, label 12."""
    fields = mapping(value, range(1, 6))
    one_of(fields[1], INSTRUMENTS)
    need(bool(rising(fields[2], lambda each: matching(each, TYPE_NAME), 64)))
    for each in array(fields[3], 2):
        one_of(each, ("police", "judicial"))
    for each in array(fields[4], 2):
        need(bool(rising(each, code, 32)))
    levels = []
    for each in array(fields[5], 0, 8):
        level, *markings = array(each, 3)
        levels.append(code(level).encode())
        for marking in markings:
            label(marking)
    need(ascending(levels))


def parse_policy(body: object) -> Fields:
    """Section 6.7."""
    fields = mapping(body, range(1, 5))
    digest(fields[1])
    issued, activated = count(fields[2]), count(fields[3])
    boolean(fields[4])
    need(activated >= issued)
    return fields


def parse_revocation(body: object) -> Fields:
    """Section 6.8."""
    fields = mapping(body, range(1, 6))
    node(fields[1])
    count(fields[2])
    target = count(fields[3], 0, 3)
    ids = rising(fields[4], digest, MAX_IDS)
    one_of(fields[5], REASONS)
    need((target == 0) == (ids == []))
    return fields


def parse_suspension(body: object) -> Fields:
    """Section 6.9."""
    fields = mapping(body, (1, 2, 4, 5), (3,))
    node(fields[1])
    issued = count(fields[2])
    if 3 in fields:
        need(count(fields[3]) > issued)
    lift = boolean(fields[4])
    one_of(fields[5], REASONS)
    need(not (lift and 3 in fields))
    return fields


def parse_recovery(body: object) -> Fields:
    """Section 6.10."""
    fields = mapping(body, range(1, 6))
    node(fields[1])
    count(fields[2], 2)
    count(fields[3])
    fields[4] = identity(fields[4])
    digest(fields[5])
    return fields


def parse_capability(body: object) -> Fields:
    """Section 6.11; the types become a table from name to version."""
    fields = mapping(body, range(1, 6))
    node(fields[1])
    for place in (2, 3, 4):
        count(fields[place])
    types = [matching(item, TYPE_ID) for item in array(fields[5], 0, MAX_IDS)]
    need(ascending([item.encode() for item in types]))
    versions = {name: int(version) for name, _, version in (item.partition("/") for item in types)}
    need(len(versions) == len(types))
    fields[5] = versions
    return fields


def parse_tls(body: object) -> Fields:
    """Section 6.12."""
    fields = mapping(body, range(1, 4))
    node(fields[1])
    count(fields[2])
    pins = [digest(item) for item in array(fields[3], 1, 2)]
    need(len(set(pins)) == len(pins))
    return fields


def parse_restart(body: object) -> Fields:
    """Section 6.13."""
    fields = mapping(body, range(1, 6))
    one_of(fields[1], ("directory", "messages"))
    count(fields[2])
    size = count(fields[3])
    digest(fields[4])
    need(positive(fields[5]) > size)
    return fields


def parse_person(body: object) -> Fields:
    """Section 6.14."""
    fields = mapping(body, range(1, 8))
    node(fields[1])
    count(fields[2])
    reference(fields[3])
    code(fields[4])
    fields[5] = identity(fields[5])
    start, end = count(fields[6]), count(fields[7])
    need(start < end)
    return fields


def parse_identity_change(body: object) -> Fields:
    """Section 6.18."""
    fields = mapping(body, range(1, 5))
    node(fields[1])
    count(fields[2], 2)
    count(fields[3])
    fields[4] = identity(fields[4])
    return fields


PARSERS: dict[int, Callable[[object], Fields]] = {
    1: parse_enrolment,
    2: parse_keys,
    3: parse_agreement,
    4: parse_policy,
    5: parse_revocation,
    6: parse_suspension,
    7: parse_recovery,
    8: parse_capability,
    9: parse_tls,
    10: parse_restart,
    11: parse_person,
    12: parse_identity_change,
}
