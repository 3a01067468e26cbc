"""Who this node is: its id, its network, the keys it signs and opens with, and the time and entropy it was given."""

from collections.abc import Callable
from dataclasses import dataclass, field

from protocol.ids import NodeId
from protocol.ports import Clock, Entropy, IdentitySigner, Unwrapper


def _never() -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Here:
    """What every step of the gateway knows about its own side. Private keys stay behind the two ports."""

    node: NodeId
    network: bytes
    signing: Callable[[], IdentitySigner] = field(repr=False)
    ring: Unwrapper = field(repr=False)
    clock: Clock
    entropy: Entropy
    changing: Callable[[], bool] = _never
    """Whether a change of the signing keys is under way: then a refusal of our keys is not the last word."""

    @property
    def signer(self) -> IdentitySigner:
        """The identity to sign with now; it changes when the directory says so, so take it anew for each object."""
        return self.signing()
