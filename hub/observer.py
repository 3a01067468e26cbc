"""What operators may see of the traffic: numbers and events, codes and classes, never a message or a person."""

from collections.abc import Callable, Sequence
from typing import Final

from hub.rejections import Rejections
from hub.wakeups import Place
from protocol.errors import Code
from protocol.ids import NodeId
from runtime.events import Event, size_class
from runtime.log import Log
from runtime.metrics import Metric, Metrics

_SIGNATURES: Final = frozenset({Code.BAD_SIGNATURE, Code.UNKNOWN_KEY, Code.MISSING_SIGNATURE, Code.DUPLICATE_SIGNATURE})
_STRANGERS: Final = frozenset({Code.TLS_PEER_UNKNOWN, Code.SENDER_MISMATCH, Code.NODE_SUSPENDED})
_SUBMIT: Final = "submit"
_FRESH: Final = 201


class Observer:
    """Counts answers and refusals; lives in one event loop."""

    def __init__(self, metrics: Metrics, log: Log, rejections: Rejections, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._metrics = metrics
        self._log = log
        self._rejections = rejections

    def now(self) -> float:
        """Return a monotonic time in seconds for durations."""
        return self._monotonic()

    def answered(self, verb: str, status: int, started: float, size: int | None = None) -> None:
        """Note an answer; ``size`` are the bytes of the request, of which only the class is kept."""
        seconds = self._monotonic() - started
        if verb != _SUBMIT:
            self._metrics.observe(Metric.REQUEST_SECONDS, seconds, route=verb)
            return
        self._metrics.observe(Metric.ACK_SECONDS, seconds)
        self._metrics.count(Metric.ACCEPT, result="accepted" if status == _FRESH else "repeated")
        if status != _FRESH:
            self._metrics.count(Metric.DUPLICATES)
        elif size is not None:
            self._metrics.count(Metric.SIZES, size=size_class(size))

    def served(self, place: Place, withheld: Sequence[bool]) -> None:
        """Note that items are about to be handed out, and which of them are withheld: their key was revoked."""
        kept = sum(withheld)
        self._metrics.count(Metric.DELIVERY_ATTEMPTS, len(withheld) - kept, outcome="served")
        if kept:
            self._metrics.count(Metric.DELIVERY_ATTEMPTS, kept, outcome="withheld")
            node, channel = place
            peer = self._log.tag("node", node.encode())
            self._log.write(Event.WITHHELD, peer=peer, channel=channel, code=str(Code.KEY_REVOKED))

    def refused(self, verb: str, code: Code, node: NodeId | None) -> None:
        """Note a refusal by code."""
        self._rejections.count(code, node)
        self._metrics.count(Metric.REQUESTS, route=verb, status="refused")
        if verb == _SUBMIT:
            self._metrics.count(Metric.ACCEPT, result=str(code))
        if code in _SIGNATURES:
            self._metrics.count(Metric.SIGNATURE_FAIL)
        if code in _STRANGERS:
            self._metrics.count(Metric.AUTH_FAIL, kind=str(code))
        peer = {} if node is None else {"peer": self._log.tag("node", node.encode())}
        self._log.write(Event.REFUSED, code=str(code), **peer)
