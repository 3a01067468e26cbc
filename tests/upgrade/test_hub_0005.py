"""Acts of several people and counts of rules came with tables of their own; what was there stays."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, insert, select
from sqlalchemy.exc import IntegrityError

from hub.act_store import read_state
from hub.schema import ANCHOR, DECIDED, HUB_ACT
from protocol.hub_acts import Drain, Ground, HubAct, encode_signatures, sign_act
from protocol.ids import Reference
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade
from tests.simulators.network import NETWORK, identity_of
from tests.upgrade.test_hub_0004 import ROW

DRAIN = encode_signatures(
    [sign_act(HubAct(Drain(on=True), 1, Reference(bytes(16)), Ground.STAFF), identity_of("x"), NETWORK)]
)


def test_anchors_from_before_stay_and_acts_are_kept(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'hub.db'}")
    assert upgrade(settings, migrations_of("hub"), target="0004").after == "0004"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        connection.execute(insert(ANCHOR).values(**ROW))
    assert upgrade(settings, migrations_of("hub")).before == "0004"
    act = {"id": b"a", "kind": 4, "issued_at": 1, "raw": DRAIN, "leaf": None}
    counted = {"day": 1, "node": "n", "channel": "cso", "rule": "r", "article": "a", "verdict": "deny", "count": 1}
    with engine.begin() as connection:
        assert connection.execute(select(func.count()).select_from(ANCHOR)).scalar_one() == 1
        connection.execute(insert(HUB_ACT).values(**act))
        assert not read_state(connection).draining  # proposed only
        connection.execute(insert(HUB_ACT).values(**(act | {"id": b"b", "leaf": 3})))
        assert read_state(connection).draining
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(insert(HUB_ACT).values(**(act | {"id": b"c", "leaf": 3})))
        connection.execute(insert(DECIDED).values(**counted))
        with pytest.raises(IntegrityError), connection.begin_nested():
            connection.execute(insert(DECIDED).values(**counted))
    engine.dispose()
