"""Closed numbers came with a table of their own: gaps from before stay, and a void closes one of them."""

from pathlib import Path

from sqlalchemy import create_engine, insert

from nodes.gateway.sequences import Gap, gaps
from nodes.gateway.voids import closed, find_void, store_void
from nodes.schema import gap, metadata, peer
from protocol.ids import Channel, NodeId
from protocol.voids import Void, VoidReason, parse_void, sign_void
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade
from tests.simulators.party import NETWORK, Party

MK, POLICE = NodeId("mk.ilecu"), Channel("police")


def test_gaps_from_before_stay_and_are_closed(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0003").after == "0003"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(peer).values(sender=MK, channel=POLICE, highest=5))
        connection.execute(insert(gap).values(sender=MK, channel=POLICE, low=2, high=4, seen_at=9))
    assert upgrade(settings, migrations_of("nodes")).before == "0003"
    assert differences(settings, metadata) == []
    said = Void(sender=MK, recipient=NodeId("rs.ilecu"), channel=POLICE, sequence=3, reason=VoidReason.EXPIRED)
    void = parse_void(sign_void(said, Party(MK).identity, NETWORK))
    with engine.begin() as connection:
        store_void(connection, void, b"proof", (7, 8))
        store_void(connection, void, b"proof", (7, 8))
        assert list(gaps(connection)) == [Gap(MK, POLICE, 2, 2, 9), Gap(MK, POLICE, 4, 4, 9)]
        assert [(each.sequence, each.reason, each.logged_at) for each in closed(connection)] == [
            (3, VoidReason.EXPIRED, 7)
        ]
        assert find_void(connection, MK, POLICE, 3) == void.signed.raw
        assert find_void(connection, MK, POLICE, 4) is None
    engine.dispose()
