"""Who this node is: its id, its network, the keys it signs and opens with, and the time and entropy it was given."""

from dataclasses import dataclass, field

from protocol.ids import NodeId
from protocol.ports import Clock, Entropy, IdentitySigner, Unwrapper


@dataclass(frozen=True, slots=True)
class Here:
    """What every step of the gateway knows about its own side. Private keys stay behind the two ports."""

    node: NodeId
    network: bytes
    signer: IdentitySigner = field(repr=False)
    ring: Unwrapper = field(repr=False)
    clock: Clock
    entropy: Entropy
