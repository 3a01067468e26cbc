"""The bodies of the hub's answers, in one place, so that they are the same bytes whenever they are asked for.

Specified in docs/wire.md section 8.2.
"""

from protocol.cbor import Item, encode
from protocol.evidence import Inclusion, encode_acceptance
from protocol.ids import MessageId


def logged_answer(digest: bytes, inclusion: Inclusion, checkpoint: bytes) -> bytes:
    """Return {1: id, 2: inclusion, 3: checkpoint}; the same leaf always gives the same bytes.

    For a message it is the acceptance evidence, for a receipt, token or statement the proof that it is logged.
    """
    return encode_acceptance(MessageId(digest), inclusion, checkpoint)


def hashes_answer(hashes: tuple[bytes, ...]) -> bytes:
    """Return an array of hashes."""
    return encode(list(hashes))


def entries_answer(entries: list[bytes]) -> bytes:
    """Return an array of log entries."""
    items: list[Item] = list(entries)
    return encode(items)
