"""Limits: a bucket that fills evenly, and counts a day that are written once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, create_engine, select

from hub.quota import BYTES, MESSAGES, DayCounts, QuotaSettings, RateLimit
from hub.schema import METADATA, QUOTA
from protocol.errors import Code
from protocol.ids import NodeId
from tests.simulators.faults import refused

NODE, OTHER = NodeId("rs.contact"), NodeId("mk.contact")


@pytest.fixture
def connection() -> Iterator[Connection]:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        METADATA.create_all(connection)
        yield connection
    engine.dispose()


def test_a_bucket_empties_and_fills_evenly() -> None:
    now = [0]
    limit = RateLimit(2, lambda: now[0])
    limit.take(NODE)
    limit.take(NODE)
    with refused(Code.RATE_LIMITED):
        limit.take(NODE)
    limit.take(OTHER)
    now[0] = 30
    limit.take(NODE)
    with refused(Code.RATE_LIMITED):
        limit.take(NODE)


def test_a_bucket_never_holds_more_than_a_minute() -> None:
    now = [0]
    limit = RateLimit(1, lambda: now[0])
    limit.take(NODE)
    now[0] = 10_000
    limit.take(NODE)
    with refused(Code.RATE_LIMITED):
        limit.take(NODE)


def test_counts_stop_at_the_limit_and_are_kept(connection: Connection) -> None:
    limits = {MESSAGES: 2, BYTES: 100}
    counts = DayCounts(connection, 7, limits)
    assert counts.check(NODE, {MESSAGES: 1, BYTES: 60}) is None
    over = counts.check(NODE, {MESSAGES: 1, BYTES: 60})
    assert over is not None
    assert over.code is Code.QUOTA
    assert counts.check(NODE, {MESSAGES: 1, BYTES: 40}) is None
    counts.write()
    later = DayCounts(connection, 7, limits)
    assert later.check(NODE, {MESSAGES: 1}) is not None
    assert later.check(OTHER, {MESSAGES: 1}) is None
    assert DayCounts(connection, 8, limits).check(NODE, {MESSAGES: 1}) is None
    rows = connection.execute(select(QUOTA.c.what, QUOTA.c.used).order_by(QUOTA.c.what)).all()
    assert [tuple(row) for row in rows] == [(BYTES, 100), (MESSAGES, 2)]


def test_every_limit_has_a_setting() -> None:
    assert set(QuotaSettings().daily()) == {
        "messages", "bytes", "attachment-bytes", "receipts", "tokens", "anchors", "statements", "blob-bytes",
    }  # fmt: skip
