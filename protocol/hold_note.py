"""Which rule holds a message at its recipient, told to its sender alone.

The id of a rule can say what a message contains. So it travels in the recipient's receipt as a wrap to a key of the
sender: neither the hub nor a reader of the log learns more than that the message is held.
Bytes: docs/wire.md section 4.4.
"""

from dataclasses import dataclass

from protocol.cbor import encode
from protocol.domains import HOLD
from protocol.errors import Malformed
from protocol.ids import KeyId, MessageId, NodeId
from protocol.ports import Unwrapper
from protocol.wrap import SECRET_SIZE, parse_wrap, seal_wrap, wrap_info


@dataclass(frozen=True, slots=True)
class Held:
    """A held message: its id, who sent it, and who holds it."""

    message: MessageId
    sender: NodeId
    holder: NodeId


def seal_hold_note(rule: str, held: Held, key_id: KeyId, public_key: bytes) -> bytes:
    """Return the note for the sender's key; KEY_INVALID if the id is not that of the key, MALFORMED for other ids."""
    name = rule.encode()
    if not rule.isascii() or not rule.isprintable() or not 0 < len(name) <= SECRET_SIZE:
        raise Malformed("rule id")
    return seal_wrap(name.ljust(SECRET_SIZE, b"\0"), public_key, key_id, _bound(held), held.sender)


def open_hold_note(note: bytes, held: Held, ring: Unwrapper) -> str:
    """Return the id of the rule.

    MALFORMED or MIXED_SUITE for what is no such note, UNKNOWN_DECRYPTION_KEY for a key that is not held any more,
    WRAP_DECRYPT for a note about another message, from another holder or to another sender.
    """
    wrap = parse_wrap(note)
    info = wrap_info(_bound(held), held.sender, wrap.protected)
    name, _, rest = ring.unwrap(wrap.key_id, wrap.sealed, info).partition(b"\0")
    rule = name.decode("ascii", "replace")
    if rest.strip(b"\0") or not rule.isascii() or not rule.isprintable() or not rule:
        raise Malformed("rule id")
    return rule


def _bound(held: Held) -> bytes:
    return encode([HOLD, held.message, held.holder])
