"""The verbs of both logs in a node's client of the simulated hub."""

from typing import TYPE_CHECKING

from nodes.gateway.trouble import HubRefused
from protocol.api import DIRECTORY_LOG, Problem
from protocol.cbor import Item, encode
from protocol.errors import Code
from protocol.merkle import consistency_proof, inclusion_proof
from tests.simulators.log import MemoryTree

if TYPE_CHECKING:
    from tests.simulators.hub import HubSimulator


class LogDoor:
    """Checkpoints, entries and proofs."""

    hub: "HubSimulator"

    async def checkpoint(self, log: str) -> bytes:
        self._enter("checkpoint", log)
        return self._leave(self.hub.directory_checkpoint() if log == DIRECTORY_LOG else self.hub.checkpoint())

    async def entries(self, log: str, start: int, end: int) -> bytes:
        self._enter("entries", log)
        every = self.hub.entries() if log == DIRECTORY_LOG else self.hub.messages.entries
        found: list[Item] = list(every[start:end])
        return self._leave(encode(found))

    async def inclusion(self, log: str, index: int, size: int) -> bytes:
        self._enter("inclusion", log)
        return self._leave(encode(list(inclusion_proof(index, size, self._tree(log).get))))

    async def consistency(self, log: str, first: int, second: int) -> bytes:
        self._enter("consistency", log)
        if second > self._tree(log).frontier.size:
            raise HubRefused(Problem(Code.NOT_FOUND, self.hub.clock()))
        return self._leave(encode(list(consistency_proof(first, second, self._tree(log).get))))

    def _tree(self, log: str) -> MemoryTree:
        return MemoryTree(self.hub.entries()) if log == DIRECTORY_LOG else self.hub.messages

    def _enter(self, verb: str, subject: str) -> None:
        """Note a call."""
        raise NotImplementedError

    def _leave(self, answer: bytes) -> bytes:
        """Return an answer."""
        raise NotImplementedError
