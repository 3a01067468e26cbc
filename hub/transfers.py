"""How many parts travel at once: a node cannot take all places, and memory stays within its bound."""

import contextlib
from collections import Counter
from collections.abc import Iterator

from protocol.errors import Code, Fault
from protocol.ids import NodeId


class Transfers:
    """Counts the parts on their way, in both directions; lives in one event loop."""

    def __init__(self, most: int, per_node: int) -> None:
        self._most = most
        self._per_node = per_node
        self._open: Counter[NodeId] = Counter()

    @property
    def busy(self) -> int:
        """How many parts are on their way now."""
        return self._open.total()

    @contextlib.contextmanager
    def slot(self, node: NodeId) -> Iterator[None]:
        """Hold one place; RATE_LIMITED when the node has all of its own, BUSY when none is free."""
        if self._open[node] >= self._per_node:
            raise Fault(Code.RATE_LIMITED, "transfers")
        if self.busy >= self._most:
            raise Fault(Code.BUSY, "transfers")
        self._open[node] += 1
        try:
            yield
        finally:
            self._open[node] -= 1
            if not self._open[node]:
                del self._open[node]
