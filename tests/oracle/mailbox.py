"""Fetch answers: docs/wire.md section 4.1."""

from tests.oracle.codec import decode
from tests.oracle.records import parse_inclusion
from tests.oracle.shape import CHANNELS, array, blob, count, mapping, need, node, one_of, positive
from tests.oracle.signed import Identity, parse_signed, verify_signed

MAX_BATCH = 64
DOMAIN = "xb/1 mailbox"


def verify_page(data: bytes, network: bytes, hub: Identity) -> int:
    """Return how many items the mailbox holds, as the hub signed; the page has the right form."""
    fields = mapping(decode(data), (1, 2, 3))
    raw = blob(fields[1])
    blob(fields[2])
    numbers = [parse_item(item) for item in array(fields[3], 0, MAX_BATCH)]
    need(numbers == sorted(set(numbers)))
    signed = parse_signed(raw)
    verify_signed(signed, DOMAIN, network, hub)
    name, channel, items, size = array(decode(signed.payload), 4)
    node(name)
    one_of(channel, CHANNELS)
    count(size)
    return count(items)


def parse_item(value: object) -> int:
    """Return the number of an item; a content that is gone is empty."""
    number, kind, inclusion, content = array(value, 4)
    place, sort = positive(number), count(kind, 1, 4)
    parse_inclusion(inclusion)
    need(blob(content) == b"" or sort != 3)
    return place
