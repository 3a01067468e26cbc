"""The end of a message's life at the simulated hub: what it deletes, and what it logs of who was never handed it."""

from protocol.envelope import parse_envelope
from protocol.ids import Channel, MessageId, NodeId
from protocol.leaf import payload_digest
from protocol.mailbox import ItemKind
from protocol.unserved import Unserved
from tests.simulators.hub import HubSimulator


def expire(hub: HubSimulator, message: MessageId) -> None:
    """Delete a message whose life is over, and log to its sender who was never handed it."""
    core = parse_envelope(hub.envelopes[message]).manifest.core
    for who in core.to:
        place, leaf = (who.node, core.channel), hub.leaves[message]
        at = next(number for number, each in enumerate(hub.boxes[place]) if each.leaf == leaf)
        hub.forget(place, at)
        if hub.served.get(place, 0) <= at:
            say_unserved(hub, Unserved(message, who.node, core.channel, at + 1, core.expires_at))


def say_unserved(hub: HubSimulator, record: Unserved, place: tuple[NodeId, Channel] | None = None) -> None:
    """Log a record and put it into the mailbox of its message's sender, or into another one."""
    raw = record.encode()
    hub.inject(place or hub.senders[record.message], raw, payload_digest(raw), ItemKind.UNSERVED)
