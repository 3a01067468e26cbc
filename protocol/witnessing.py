"""Whether a checkpoint is witnessed: enough of the charter's witnesses cosigned it, each as its log demands.

A checkpoint without its quorum proves what the hub says and nothing more: it is refused as proof with QUORUM, and
messages go on (protocol decision 9). Bytes: docs/wire.md section 5.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from protocol.charter import Charter
from protocol.checkpoint import Head, directory_origin, messages_origin, verify_head
from protocol.cosignature import Cosignature, verify_cosignatures
from protocol.errors import Code, Fault


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A verified checkpoint under the cosignatures of a quorum. ``of`` is how many witnesses the charter names."""

    head: Head
    seen: Mapping[str, Cosignature]
    quorum: int
    of: int

    @property
    def size(self) -> int:
        """How many leaves are witnessed."""
        return self.head.checkpoint.size

    @property
    def times(self) -> Mapping[str, int]:
        """When each witness cosigned, in seconds since the epoch."""
        return {name: each.time for name, each in self.seen.items()}

    @property
    def at(self) -> int:
        """When the quorum was complete, by the witnesses' own clocks."""
        return sorted(self.times.values())[self.quorum - 1]

    @property
    def still_at(self) -> int:
        """The last time at or after which a whole quorum cosigned: fewer witnesses cannot move it forward."""
        return sorted(self.times.values(), reverse=True)[self.quorum - 1]

    @property
    def lasting(self) -> bool:
        """Whether a quorum signed with both keys, so that the proof outlives either algorithm."""
        return sum(each.both for each in self.seen.values()) >= self.quorum


def witnessed(raw: bytes, origin: str, charter: Charter) -> Witnessed:
    """Return the checkpoint in ``raw`` after verifying the log's signatures and the cosignatures of a quorum.

    Refuses QUORUM below the charter's quorum, BAD_COSIGNATURE for a line of a named witness that fails, BAD_CHECKPOINT
    for another form, another log or a log of another network, MISSING_SIGNATURE, BAD_SIGNATURE. Not here: consistency
    with other checkpoints, and freshness of the times.
    """
    if origin not in {directory_origin(charter.network_id), messages_origin(charter.network_id)}:
        raise Fault(Code.BAD_CHECKPOINT, "a log of another network")
    head = verify_head(raw, origin, charter.hub_log_keys)
    return count_witnesses(head, charter)


def count_witnesses(head: Head, charter: Charter) -> Witnessed:
    """Return a head that was verified already with its cosignatures; refuses QUORUM and BAD_COSIGNATURE."""
    seen = verify_cosignatures(head, charter.witnesses, charter.quorum)
    return Witnessed(head, seen, charter.quorum, len(charter.witnesses))
