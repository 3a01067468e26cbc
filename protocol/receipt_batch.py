"""Several receipts and voids handed in at once, and the proofs of those that are logged, under one checkpoint.

Whoever comes back after a day confirms that day's messages; a checkpoint for each of them would be more bytes than many
a message. Bytes: docs/wire.md section 4.4.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from protocol.cbor import Item, decode, encode
from protocol.errors import Malformed
from protocol.evidence import Inclusion, encode_inclusion, parse_inclusion
from protocol.ids import parse_digest
from protocol.limits import MAX_BATCH, MAX_ENVELOPE, MAX_SIGNED
from protocol.shapes import as_bytes, as_fixed, as_list, as_map


@dataclass(frozen=True, slots=True)
class LoggedBatch:
    """Which of the receipts are logged: digest of the payload and inclusion, and the checkpoint all of them refer to.

    Of one that is not here nothing is said: handed in by itself it is answered with the reason.
    """

    logged: tuple[tuple[bytes, Inclusion], ...]
    checkpoint: bytes


def encode_receipts(receipts: Sequence[bytes]) -> bytes:
    """Return the request for signed receipts and voids, 1 to 64 of them, in the order they are to be logged."""
    found: list[Item] = list(receipts)
    return encode(found)


def parse_receipts(raw: bytes) -> tuple[bytes, ...]:
    """Return the signed objects of a request; MALFORMED otherwise. NOT here: their form and signatures."""
    items = as_list(decode(raw, MAX_ENVELOPE), "receipts", 1, MAX_BATCH)
    found = tuple(as_bytes(each, "receipt") for each in items)
    if any(len(each) > MAX_SIGNED for each in found):
        raise Malformed("receipt too large")
    return found


def encode_logged_batch(batch: LoggedBatch) -> bytes:
    """Return the hub's answer."""
    rows: list[Item] = [[digest, encode_inclusion(inclusion)] for digest, inclusion in batch.logged]
    return encode({1: rows, 2: batch.checkpoint})


def parse_logged_batch(raw: bytes) -> LoggedBatch:
    """Return what an answer says is logged; MALFORMED for another form, and for a digest that stands there twice.

    NOT here: verifying it (each is an acceptance, section 4.3).
    """
    fields = as_map(decode(raw, MAX_ENVELOPE), "logged receipts", (1, 2))
    rows = [as_fixed(each, "logged receipt", 2) for each in as_list(fields[1], "logged receipts", 0, MAX_BATCH)]
    logged = tuple((parse_digest(digest), parse_inclusion(inclusion)) for digest, inclusion in rows)
    if len({digest for digest, _ in logged}) < len(logged):
        raise Malformed("logged twice")
    return LoggedBatch(logged, as_bytes(fields[2], "checkpoint"))
