"""Pages of a running desk as a browser fetches them: how long each takes, and how many bytes come over the wire."""

import http.client
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

_TIMEOUT_S: Final = 60
_OK: Final = 200
_BUSY: Final = 503


class NotShownError(Exception):
    """A page that answered something else than itself."""


@dataclass(frozen=True, slots=True)
class Visited:
    """What one page cost over several visits: seconds, and bytes of head and body as they came."""

    name: str
    seconds: tuple[float, ...]
    size: int
    cpu: float  # seconds of the node for one visit, its loops included

    @property
    def p50(self) -> float:
        """The median."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """What all but one visit in twenty stay under."""
        return sorted(self.seconds)[max(0, -(-len(self.seconds) * 95 // 100) - 1)]


class Browser:
    """Fetches pages over one connection that stays open, as a browser does; nothing is kept between two pages."""

    def __init__(self, origin: str, cookies: str, cpu: Callable[[], float]) -> None:
        self._place = urlsplit(origin)
        self._cookies = cookies
        self._cpu = cpu
        self._line = http.client.HTTPConnection("127.0.0.1", self._place.port, timeout=_TIMEOUT_S)

    def fetch(self, path: str) -> tuple[float, int, bytes]:
        """Return the seconds to the last byte, the bytes on the wire, and the body as it came."""
        headers = {"Host": self._place.netloc, "Cookie": self._cookies, "Accept-Encoding": "gzip"}
        start, status, fresh = time.perf_counter(), _BUSY, False
        while status == _BUSY and time.perf_counter() - start < _TIMEOUT_S:  # a machine that is busy elsewhere
            try:
                self._line.request("GET", path, headers=headers | {"Sec-Fetch-Site": "same-origin"})
                answer = self._line.getresponse()
            except http.client.RemoteDisconnected:
                if fresh:
                    raise
                self._line.close()  # the desk ended a line on which nothing was asked for long; the next one is new
                start, fresh = time.perf_counter(), True
                continue
            body, status = answer.read(), answer.status
        spent = time.perf_counter() - start
        if status != _OK:
            raise NotShownError(f"{path} answered {status}")
        head = sum(len(name) + len(value) + len(": \r\n") for name, value in answer.getheaders())
        return spent, head + len(body), body

    def visit(self, name: str, paths: Sequence[str], times: int) -> Visited:
        """Visit paths in turns; the first visit of all is not counted, and the largest answer counts as the size."""
        self.fetch(paths[0])
        before = self._cpu()
        found = [self.fetch(paths[number % len(paths)])[:2] for number in range(times)]
        cpu = (self._cpu() - before) / times
        return Visited(name, tuple(each for each, _ in found), max(size for _, size in found), cpu)

    def close(self) -> None:
        """Leave."""
        self._line.close()


def worst(visited: Iterable[Visited]) -> Visited:
    """Return the page with the longest p95."""
    return max(visited, key=lambda each: each.p95)
