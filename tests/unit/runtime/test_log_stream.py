"""A log nobody reads: the service goes on, and says afterwards how much was lost."""

import json
import os

import pytest

from runtime.events import Event
from runtime.log import Log
from runtime.log_stream import LogStream


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="ascii") as out, os.fdopen(writing, "w", encoding="ascii") as into:
        yield out, into


def test_a_full_pipe_stops_nobody_and_the_loss_is_told(pipe) -> None:
    out, into = pipe
    log = Log(into, lambda: 1_790_000_000, bytes(32))
    for number in range(2_000):  # a pipe holds 64 KiB, which is some 700 lines
        log.write(Event.STARTED, port=number)
    kept = [json.loads(out.readline())["port"] for _ in range(100)]
    assert kept == list(range(100))
    log.write(Event.STOPPED, reason="asked")
    into.close()
    *rest, lost, last = [json.loads(line) for line in out]
    assert (lost["event"], lost["kind"]) == ("suppressed", "log")
    assert len(kept) + len(rest) + lost["count"] == 2_000
    assert last["event"] == "stopped"


def test_nothing_is_told_while_it_still_cannot_be_written(pipe) -> None:
    _, into = pipe
    stream = LogStream(into)
    for _ in range(100):
        stream.write("x" * 1_000)
        stream.flush()
    assert stream.take_dropped() == 0


def test_a_line_longer_than_a_pipe_takes_at_once_is_dropped(pipe) -> None:
    _, into = pipe
    stream = LogStream(into)
    stream.write("x" * 5_000)
    assert stream.take_dropped() == 1
    assert stream.take_dropped() == 0
