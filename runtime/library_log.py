"""What libraries log, turned into events: the place and the kind of trouble, never their words.

aiohttp puts raw headers of a peer's broken request into its message, several lines long and as often as the peer
likes. Here it becomes one short line, and only so many an hour; the rest is counted.
"""

import logging
import re
import threading
from typing import Final

from protocol.ports import Clock
from runtime.events import Event
from runtime.log import Log, places

_LOGGERS: Final = ("aiohttp", "asyncio", "alembic", "sqlalchemy", "py.warnings")
_SILENT: Final = ("aiohttp.access", "alembic.runtime.migration", "alembic.runtime.plugins")
_PER_WINDOW: Final = 20
_WINDOW_S: Final = 3_600
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_.-]")


class LibraryLog(logging.Handler):
    """A handler that forwards to ``Log`` and bounds what one kind of trouble may fill."""

    def __init__(self, log: Log, clock: Clock) -> None:
        super().__init__(logging.WARNING)
        self._log = log
        self._clock = clock
        self._guard = threading.Lock()
        self._window = -1
        self._seen: dict[str, int] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record's logger, exception type and places; nothing of its text or arguments."""
        error = record.exc_info[1] if record.exc_info else None
        name = type(error).__name__ if error is not None else record.levelname
        kind = _slug(name)
        if not self._admits(kind):
            return
        if _is_peers_fault(error):
            self._log.write(Event.HTTP_REFUSED, reason=kind, status=400)
            return
        trace = places(error.__traceback__) if error is not None else (f"{_slug(record.module)}:{record.lineno}",)
        self._log.write(Event.LIBRARY, logger=_slug(record.name), exception=kind, places=trace)

    def _admits(self, kind: str) -> bool:
        window = self._clock() // _WINDOW_S
        with self._guard:
            summary = self._seen if window != self._window else {}
            if window != self._window:
                self._window, self._seen = window, {}
            self._seen[kind] = self._seen.get(kind, 0) + 1
            admitted = self._seen[kind] <= _PER_WINDOW
        for name, count in summary.items():
            if count > _PER_WINDOW:
                self._log.write(Event.SUPPRESSED, kind=name, count=count - _PER_WINDOW)
        return admitted


def capture(log: Log, clock: Clock) -> LibraryLog:
    """Send what the libraries log to ``log`` from now on, and Python's warnings with it; access lines are dropped."""
    handler = LibraryLog(log, clock)
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [handler]
        logger.propagate = False
        logger.setLevel(logging.WARNING)
    for name in _SILENT:
        logging.getLogger(name).disabled = True
    logging.captureWarnings(True)  # noqa: FBT003 - the library's own signature
    return handler


def release() -> None:
    """Undo ``capture``."""
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        logger.handlers[:] = [entry for entry in logger.handlers if not isinstance(entry, LibraryLog)]
        logger.propagate = True
        logger.setLevel(logging.NOTSET)
    for name in _SILENT:
        logging.getLogger(name).disabled = False
    logging.captureWarnings(False)  # noqa: FBT003 - the library's own signature


def _is_peers_fault(error: BaseException | None) -> bool:
    return error is not None and type(error).__module__ in {"aiohttp.http_exceptions", "aiohttp.client_exceptions"}


def _slug(text: str) -> str:
    return _UNSAFE.sub("_", text)[:79].lstrip("_.-") or "unknown"
