import io
import json
from typing import Any

import pytest

from protocol.errors import Code
from runtime.events import FIELDS, KINDS, Event, size_class
from runtime.log import Log

NOW = 1_800_003_723
GOOD: dict[str, object] = {
    "node": "rs.cp", "tag": "0" * 16, "peer": "f" * 16, "code": Code.REPLAY, "rule": "police/3.1", "channel": "cso",
    "type": "MT-01/1", "kind": "message", "reason": "queue-full", "route": "v1/envelopes/{id}", "method": "PUT",
    "logger": "aiohttp.server", "exception": "ValueError", "version": "0.1.0", "places": ("hub.app:12",), "size": "4K",
    "status": 201, "count": 3, "items": 2, "tree_size": 10, "millis": 7, "seconds": -4, "days": 30, "bytes": 1 << 40,
    "port": 8443,
}  # fmt: skip


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def log(stream: io.StringIO) -> Log:
    return Log(stream, lambda: NOW, bytes(32))


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_json_line_with_an_hour(log: Log, stream: io.StringIO) -> None:
    log.write(Event.ADMITTED, tag=log.tag("message", b"1"), channel="cso", size=size_class(900))
    (line,) = lines(stream)
    assert stream.getvalue().endswith("}\n")
    assert line.pop("tag") == log.tag("message", b"1")
    assert line == {
        "event": "admitted",
        "time": "2027-01-15T09:00:00Z",
        "level": "info",
        "channel": "cso",
        "size": "1K",
    }


def test_exact_times_are_a_choice(stream: io.StringIO) -> None:
    Log(stream, lambda: NOW, bytes(32), coarse=False).write(Event.READY)
    assert lines(stream)[0]["time"] == "2027-01-15T09:02:03Z"


def test_every_event_takes_its_fields(log: Log, stream: io.StringIO) -> None:
    for event, fields in FIELDS.items():
        log.write(event, **{name: GOOD[name] for name in fields})
    assert [line["event"] for line in lines(stream)] == [str(event) for event in Event]
    assert set().union(*FIELDS.values()) <= set(KINDS)


@pytest.mark.parametrize(
    ("event", "fields"),
    [
        ("surprise", {}),
        (Event.READY, {"reason": "x"}),
        (Event.ADMITTED, {"subject": "x"}),
        (Event.ADMITTED, {"tag": "Ana"}),
        (Event.ADMITTED, {"size": 900}),
        (Event.ADMITTED, {"channel": "a b"}),
        (Event.ADMITTED, {"items": -1}),
        (Event.ADMITTED, {"items": True}),
        (Event.REFUSED, {"code": "not a code"}),
        (Event.REFUSED, {"rule": "two words"}),
        (Event.FATAL, {"reason": "line\nbreak"}),
        (Event.FATAL, {"reason": "\x1b[31m"}),
        (Event.FATAL, {"places": ("no place",)}),
        (Event.FATAL, {"places": "hub.app:1"}),
        (Event.FATAL, {"places": ("a:1",) * 33}),
        (Event.CLOCK_OFF, {"seconds": 1.5}),
    ],
)
def test_what_the_list_does_not_allow_is_not_written(
    log: Log, stream: io.StringIO, event: Any, fields: dict[str, object]
) -> None:
    with pytest.raises(TypeError) as caught:
        log.write(event, **fields)
    assert stream.getvalue() == ""
    for value in fields.values():
        assert str(value) not in str(caught.value) or str(value) == "x"


def test_tags_hold_for_a_day_and_hide_the_id() -> None:
    now = [NOW]
    log = Log(io.StringIO(), lambda: now[0], bytes(32))
    tag = log.tag("message", b"1")
    assert tag == log.tag("message", b"1")
    assert tag != log.tag("message", b"2")
    assert tag != log.tag("node", b"1")
    assert tag != Log(io.StringIO(), lambda: NOW, b"k" * 32).tag("message", b"1")
    now[0] += 86_400
    assert tag != log.tag("message", b"1")


def test_a_short_tag_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32"):
        Log(io.StringIO(), lambda: NOW, b"short")


def test_an_unforeseen_error_leaves_its_place_and_none_of_its_words(log: Log, stream: io.StringIO) -> None:
    try:
        raise ValueError("canary-7f3a")
    except ValueError as err:
        log.unexpected(err, "v1/x")
    (line,) = lines(stream)
    assert line["exception"] == "ValueError"
    assert line["places"][-1].startswith(f"{__name__}:")
    assert "canary" not in stream.getvalue()


@pytest.mark.parametrize(
    ("count", "name"),
    [(0, "0"), (1, "1K"), (1024, "1K"), (1025, "4K"), (1 << 20, "1M"), ((64 << 20) + 1, "1G"), ((1 << 30) + 1, "more")],
)
def test_sizes_are_told_in_classes(count: int, name: str) -> None:
    assert size_class(count) == name
