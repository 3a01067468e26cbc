"""What operators see of the traffic: classes and steps, never a message's size, id, node or moment."""

import io
import json
from pathlib import Path

import pytest

from hub.observer import Observer
from hub.rejections import Rejections
from protocol.errors import Code
from protocol.ids import Channel, NodeId
from runtime.database import Database
from runtime.database_settings import DatabaseSettings
from runtime.events import FIELDS, KINDS, Event
from runtime.log import Log
from runtime.metrics import Metrics, coarse_age, coarse_bytes

NODE, NOW = NodeId("rs.ilecu"), 1_800_003_723


@pytest.fixture
def stream() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def observer(stream: io.StringIO, tmp_path: Path) -> Observer:
    closed = Database(DatabaseSettings(url=f"sqlite:///{tmp_path / 'never-opened.db'}"))
    rejections = Rejections(closed, lambda: NOW)
    return Observer(Metrics("hub"), Log(stream, lambda: NOW, bytes(32)), rejections, lambda: 0.0)


def exposed(observer: Observer) -> str:
    return observer._metrics.exposition().decode()


@pytest.mark.parametrize(("size", "name"), [(0, "0"), (900, "1K"), (5_000, "16K"), (70_000, "256K"), (1 << 20, "1M")])
def test_only_the_class_of_a_size_is_counted(observer: Observer, size: int, name: str) -> None:
    observer.answered("submit", 201, 0.0, size)
    text = exposed(observer)
    assert f'hub_sizes_total{{size="{name}"}} 1.0' in text
    told = "\n".join(line for line in text.splitlines() if "_created" not in line)  # a time may hold any digits
    assert not size or str(size) not in told


def test_repeats_and_other_verbs_count_no_size(observer: Observer) -> None:
    observer.answered("submit", 200, 0.0, 900)
    observer.answered("submit", 201, 0.0)
    observer.answered("fetch", 200, 0.0, 900)
    assert "hub_sizes_total{" not in exposed(observer)


def test_a_refusal_names_no_node_and_no_moment(observer: Observer, stream: io.StringIO) -> None:
    observer.refused("submit", Code.POLICY_DENIED, NODE)
    observer.served((NODE, Channel("police")), [True, False])
    for line in map(json.loads, stream.getvalue().splitlines()):
        assert str(NODE) not in json.dumps(line)
        assert line["time"].endswith(":00:00Z")


def test_traffic_events_carry_a_keyed_tag_and_a_class_only() -> None:
    """What happens to single messages is logged without a node's name, an exact size or an id."""
    traffic = (
        *(Event.REQUEST, Event.ADMITTED, Event.REFUSED, Event.REPEATED, Event.FETCHED, Event.DELIVERED),
        *(Event.EXPIRED, Event.WITHHELD, Event.EVIDENCE_LOGGED, Event.SENT, Event.OPENED, Event.CANNOT_OPEN),
    )
    for event in traffic:
        assert not FIELDS[event] & {"node", "bytes"}, event
    assert not KINDS["bytes"](123_456_789)
    assert KINDS["bytes"](5 << 20)
    assert not KINDS["size"]("900")


def test_ages_and_bytes_come_in_steps() -> None:
    assert [coarse_age(each) for each in (0, 299, 300, 86_399.9)] == [0, 0, 300, 86_100]
    assert [coarse_bytes(each) for each in (0, (1 << 20) - 1, (1 << 20) + 5)] == [0, 0, 1 << 20]
