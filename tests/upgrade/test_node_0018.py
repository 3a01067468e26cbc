"""Witnesses came with tables of their own: evidence from before waits for a witnessed checkpoint like new one."""

from pathlib import Path

from sqlalchemy import create_engine, insert

from nodes.gateway.evidences import leaf_of
from nodes.gateway.witness_rules import Contradiction, Finding, Kept
from nodes.gateway.witness_store import findings, load_kept, put_finding, swap_kept
from nodes.gateway.witnessed_store import WitnessedHead, await_leaf, covering, first_waiting, forget_from, put_witnessed
from nodes.schema import evidence
from protocol.evidence import Inclusion, encode_acceptance
from protocol.ids import MessageId
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.merkle import Frontier
from runtime.database_settings import DatabaseSettings
from runtime.migrations import migrations_of, upgrade


def proof(index: int, time: int) -> bytes:
    entry = encode_leaf(Leaf(LeafKind.MESSAGE, b"m" * 32, time, 1, b"r" * 32))
    return encode_acceptance(MessageId(b"m" * 32), Inclusion(entry, index, 9, ()), b"note")


def test_evidence_from_before_is_asked_for_and_what_a_witness_keeps_is_kept(tmp_path: Path) -> None:
    settings = DatabaseSettings(url=f"sqlite:///{tmp_path / 'node.db'}")
    assert upgrade(settings, migrations_of("nodes"), target="0017").after == "0017"
    engine = create_engine(settings.url)
    with engine.begin() as connection:
        for issuer, index in (("hub", 7), ("rs.ilecu", 4), ("lost:mk.ilecu", 2)):
            row = {"subject": b"m" * 32, "issuer": issuer, "event": 0, "raw": b"", "at": 1, "logged_at": 1}
            connection.execute(insert(evidence).values(**row, proof=proof(index, 100 + index)))
    assert leaf_of(proof(7, 107)) == (7, 107)
    assert upgrade(settings, migrations_of("nodes"), target="0018").after == "0018"
    with engine.begin() as connection:
        assert first_waiting(connection) == (4, 104)
        put_witnessed(connection, WitnessedHead(5, b"note", 200, 3, 3))
        assert first_waiting(connection) == (7, 107)
        await_leaf(connection, 4, 104)  # covered already
        await_leaf(connection, 7, 107)  # waits already
        assert first_waiting(connection) == (7, 107)
        assert covering(connection, 4) == WitnessedHead(5, b"note", 200, 3, 3)
        forget_from(connection, 4)
        assert (first_waiting(connection), covering(connection, 0)) == (None, None)

        empty, first = load_kept(connection, "messages"), Kept(Frontier(1, (b"a" * 32,)), b"note", 1, 1, 1)
        assert swap_kept(connection, "messages", empty, first)
        assert not swap_kept(connection, "messages", empty, first)
        assert load_kept(connection, "messages") == first
        found = Contradiction(Finding.FORK, b"ours\n\nsigned", b"theirs\n\nsigned", (b"x",))
        assert put_finding(connection, "messages", found, 5)
        assert not put_finding(connection, "messages", Contradiction(Finding.FORK, b"ours\n\nagain", b"theirs\n\n"), 6)
        assert [each.what for each in findings(connection)] == [found]
    engine.dispose()
