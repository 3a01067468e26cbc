import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp.http_exceptions import BadHttpMessage

from runtime.library_log import capture, release
from runtime.log import Log

CANARY = "canary-51c0"


class Captured:
    def __init__(self) -> None:
        self.now = 3_600_000
        self.stream = io.StringIO()
        capture(Log(self.stream, self.clock, bytes(32)), self.clock)

    def clock(self) -> int:
        return self.now

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def captured() -> Iterator[Captured]:
    yield Captured()
    release()


def fail(error: Exception, logger: str = "aiohttp.server") -> None:
    try:
        raise error
    except type(error):
        logging.getLogger(logger).exception("Error handling %s\r\nX: \x1b[31m", CANARY)


def test_a_broken_request_is_one_short_line_without_its_bytes(captured: Captured) -> None:
    fail(BadHttpMessage(f"400, message:\n  Invalid header {CANARY}"))
    assert captured.lines() == [
        {
            "event": "http-refused",
            "level": "warning",
            "reason": "BadHttpMessage",
            "status": 400,
            "time": "1970-02-11T16:00:00Z",
        }
    ]


def test_a_librarys_failure_leaves_its_place_only(captured: Captured) -> None:
    fail(KeyError(CANARY), "asyncio")
    logging.getLogger("sqlalchemy.pool").error("lost %s", CANARY)
    first, second = captured.lines()
    assert (first["logger"], first["exception"]) == ("asyncio", "KeyError")
    assert first["places"][-1].startswith(f"{__name__}:")
    assert (second["logger"], second["exception"]) == ("sqlalchemy.pool", "ERROR")
    assert CANARY not in captured.stream.getvalue()


def test_one_kind_of_trouble_fills_no_log(captured: Captured) -> None:
    for _ in range(500):
        fail(BadHttpMessage("x"))
    fail(KeyError("x"))
    assert len(captured.lines()) == 21
    captured.now += 3_600
    fail(BadHttpMessage("x"))
    assert captured.lines()[21:][0] | {"time": ""} == {
        "event": "suppressed",
        "level": "warning",
        "kind": "BadHttpMessage",
        "count": 480,
        "time": "",
    }
    assert len(captured.lines()) == 23


def test_access_lines_and_chatter_are_dropped(captured: Captured) -> None:
    logging.getLogger("aiohttp.access").error("GET /%s", CANARY)
    logging.getLogger("asyncio").info("using selector %s", CANARY)
    logging.getLogger("alembic.runtime.migration").warning("step %s", CANARY)
    assert captured.lines() == []


def test_warnings_become_events(captured: Captured) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        logging.captureWarnings(True)
        warnings.warn(CANARY, stacklevel=1)
    assert [line["logger"] for line in captured.lines()] == ["py.warnings"]
    assert CANARY not in captured.stream.getvalue()


def test_afterwards_the_libraries_log_as_before(captured: Captured) -> None:
    seen: list[str] = []
    root = logging.getLogger()
    watcher = logging.Handler()
    watcher.emit = lambda record: seen.append(record.getMessage())  # type: ignore[method-assign]
    root.addHandler(watcher)
    logging.getLogger("asyncio").warning("captured")
    release()
    logging.getLogger("asyncio").warning("plain")
    root.removeHandler(watcher)
    assert len(captured.lines()) == 1
    assert seen == ["plain"]
