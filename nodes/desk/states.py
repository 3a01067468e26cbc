"""States of messages and cases as people read them; the filter ``state`` looks here."""

from collections.abc import Mapping
from typing import Final

from nodes.desk.texts import sentence

STATES: Final[Mapping[str, str]] = {
    # of a message received
    "held": sentence("Held"),
    "new": sentence("New"),
    "read": sentence("Read"),
    "released": sentence("Released"),
    "returned": sentence("Sent back"),
    # of a message sent
    "queued": sentence("Waiting to leave"),
    "accepted": sentence("Delivered to the hub"),
    "delivered": sentence("Delivered"),
    "failed": sentence("Not delivered"),
}
"""State as the books write it -> English sentence. A book adds its own here."""
