"""The routing header of a message: docs/wire.md section 3.1."""

from dataclasses import dataclass

from tests.oracle.codec import Refused, decode
from tests.oracle.shape import (
    CHANNELS,
    TYPE_ID,
    array,
    ascending,
    code,
    count,
    digest,
    listed,
    matching,
    need,
    node,
    one_of,
    positive,
    reference,
)

MAX_CORE = 65536
MAX_CODES = 32
MAX_RECIPIENTS = 256
REQUIRED = (1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 21, 22, 23, 24, 25, 26)
POLICE = (10, 11, 12, 13, 14, 15, 16, 18, 20)
CIVIL = (10, 18, 19, 20, 27)
PLAIN = (10, 18, 20)
OPTIONAL = {
    "police": POLICE,
    "joint-centre": POLICE,
    "rogatory": POLICE,
    "cso": CIVIL,
    "police-cso": CIVIL,
    "court-support": CIVIL,
    "statistics": PLAIN,
    "system": PLAIN,
}


@dataclass(frozen=True)
class Core:
    """What an opener needs of a core: its bytes, who wrote to whom, and the commitments."""

    raw: bytes
    suite: int
    sender: str
    nodes: list[str]
    key_ids: list[bytes]
    body: bytes
    identity: bytes | None


def parse_core(data: bytes) -> Core:
    """Return a core that keeps every rule of form, refused in the order of section 3.1."""
    fields = decode(data, MAX_CORE)
    if not isinstance(fields, dict):
        raise Refused("MALFORMED")
    channel = fields.get(6)
    if not isinstance(channel, str) or channel not in CHANNELS:
        raise Refused("MALFORMED")
    need(all(type(label) is int and label in REQUIRED + OPTIONAL[channel] for label in fields), "UNKNOWN_FIELD")
    need(all(label in fields for label in REQUIRED))
    need(type(fields[1]) is int and fields[1] == 1, "UNKNOWN_SUITE")
    sender = node(fields[4])
    suite = positive(fields[2])
    reference(fields[3])
    nodes, key_ids = parse_recipients(fields[5], sender)
    check_rest(fields)
    return Core(data, suite, sender, nodes, key_ids, digest(fields[26]), fields.get(27))


def parse_recipients(value: object, sender: str) -> tuple[list[str], list[bytes]]:
    """Return nodes and key ids of the recipients."""
    if isinstance(value, list):
        need(len(value) <= MAX_RECIPIENTS, "TOO_LARGE")
    nodes, key_ids = [], []
    for entry in array(value, 1, MAX_RECIPIENTS):
        name, key, sequence, agreement, mode = array(entry, 5)
        nodes.append(node(name))
        key_ids.append(digest(key))
        positive(sequence)
        if agreement is not None:
            digest(agreement)
        one_of(mode, ("action", "information"))
    need(len(set(nodes)) == len(nodes) and len(set(key_ids)) == len(key_ids), "DUPLICATE_RECIPIENT")
    need(ascending([name.encode() for name in nodes]))
    need(sender not in nodes, "SELF_RECIPIENT")
    return nodes, key_ids


def check_rest(fields: dict[int, object]) -> None:
    """Refuse what the remaining labels may not hold."""
    matching(fields[7], TYPE_ID)
    for label in (8, 17, 11, 12, 13):
        if label in fields:
            code(fields[label])
    reference(fields[9])
    for label in (21, 23, 26, 10, 27):
        if label in fields:
            digest(fields[label])
    for label in (14, 15, 16):
        if label in fields:
            listed(fields[label], code, MAX_CODES)
    for label in (19, 20):
        if label in fields:
            listed(fields[label], reference, MAX_CODES)
    positive(fields[22])
    for label in (18, 24, 25):
        if label in fields:
            count(fields[label])
    need(count(fields[24]) < count(fields[25]))
