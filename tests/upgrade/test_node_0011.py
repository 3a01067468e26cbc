"""People came with tables of their own: a node from before has nobody, keeps all it had, and takes its first person."""

from pathlib import Path

from sqlalchemy import create_engine, insert, select

from nodes.gateway.vault import Vault
from nodes.people.account_store import find_by_sign_in, load_events, put_event, put_person
from nodes.people.acting import PersonId
from nodes.people.factor_store import At, Kept, NewFactor, find_passphrase, put_factor
from nodes.people.factors import Way
from nodes.people.person import Details, Kind, PersonEvent, fold_people
from nodes.people.roles import Role
from nodes.people.roster import Entry
from nodes.people.roster_book import load_entries
from nodes.people.session_store import StoredLink, find_link, find_session, put_link, put_session
from nodes.people_tables import glass_event, roster_event
from nodes.schema import inbox, metadata
from runtime.database_settings import DatabaseSettings
from runtime.migrations import differences, migrations_of, upgrade
from tests.simulators.party import CountingEntropy

ANA = PersonId("a" * 32)


class _Epochs:
    current = 1
    oldest = 1

    def wrap(self, item_id: bytes, key: bytes) -> bytes:
        del item_id
        return key

    def unwrap(self, epoch: int, item_id: bytes, wrapped: bytes) -> bytes:
        del epoch, item_id
        return wrapped


def test_a_node_from_before_takes_its_first_person(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0007").after == "0007"
    engine, vault = create_engine(settings.url), Vault(_Epochs(), CountingEntropy("old"))
    with engine.begin() as connection:
        kept = vault.put(connection, b"what came before")
        row = {"channel": "police", "number": 1, "message": b"m" * 32, "state": "accepted", "type": "MT-01/1"}
        times = {"raw": b"r", "logged_at": 1, "received_at": 2, "out_of_order": False}
        connection.execute(insert(inbox).values(item=kept, **row, **times))
    assert upgrade(settings, migrations_of("nodes")).before == "0007"
    assert differences(settings, metadata) == []
    with engine.begin() as connection:
        assert load_events(connection, vault) == []
        put_person(connection, ANA, b"tag", 5)
        details = Details(name="Ана", sign_in="ana", roles=frozenset({Role.ADMINISTRATOR}), languages=("sr-Cyrl",))
        event = PersonEvent(number=0, person=ANA, kind=Kind.INVITED, at=5, by=None, why="first", details=details)
        assert put_event(connection, vault, event) == 1
        factor = NewFactor(Way.PASSPHRASE, Kept(digest="phc", secret=b"s"), 7)
        put_factor(connection, vault, ANA, factor, At(b"f", 5))
        put_session(connection, b"d", ANA, Way.PASSPHRASE, 5)
        put_link(connection, StoredLink(b"l", ANA, first=False, made_at=5, expires_at=9), ANA)
        span = {"at": 5, "actor": ANA, "person": ANA, "starts_at": 6, "ends_at": 9, "about": 0}
        connection.execute(insert(roster_event).values(entry="duty", **span))
        connection.execute(insert(glass_event).values(at=5, actor=ANA, subject="c", ground="inspection", about=0))
    with engine.begin() as connection:
        (record,) = fold_people(load_events(connection, vault)).values()
        assert (record.name, record.roles, record.events[0].why) == ("Ана", {Role.ADMINISTRATOR}, "first")
        assert find_by_sign_in(connection, b"tag") == ANA
        stored = find_passphrase(connection, vault, ANA)
        assert stored is not None
        assert (stored.counter, stored.kept.digest, stored.kept.secret) == (7, "phc", b"s")
        assert find_session(connection, b"d") is not None
        assert find_link(connection, b"l", 8) is not None
        assert [each.entry for each in load_entries(connection)] == [Entry.DUTY]
        assert connection.execute(select(inbox.c.number)).scalar_one() == 1
        assert vault.get(connection, kept) == b"what came before"
    engine.dispose()
