"""Whom an owner allowed to have a message, as its consent messages say, one after another."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert

from keys.epochs import EpochKey, EpochRing
from nodes.gateway.contents import encode_opened
from nodes.gateway.permissions import About, Permitted, find_permitted
from nodes.gateway.vault import Vault
from nodes.schema import inbox, metadata
from policies.consent_uses import Item
from protocol.catalogue.rows import flatten
from protocol.ids import MessageId, NodeId, TypeId
from tests.simulators.party import CountingEntropy, Party, deliver, send

OWNER, READER = Party("mk.ilecu"), Party("rs.ilecu")
MESSAGE = MessageId(b"m" * 32)
AL, BA = NodeId("al.ilecu"), NodeId("ba.ilecu")
NOW, LATER = 1_790_000_000, "2027-04-01T00:00:00Z"


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    engine = create_engine(f"sqlite:///{tmp_path / 'x.db'}")
    metadata.create_all(engine)
    with engine.connect() as found:
        yield found
    engine.dispose()


@pytest.fixture
def vault() -> Vault:
    entropy = CountingEntropy()
    return Vault(EpochRing((EpochKey(1, b"k" * 32, 0),), entropy), entropy)


def says(phase: str, use: str = "dissemination", **changes: Any) -> dict[str, Any]:
    plain = {"phase": phase, "use": use, "items": [{"message_id": MESSAGE.hex()}]}
    grant = {"target": {"name": "Tirana", "node": AL}, "valid_until": LATER} if phase == "grant" else {}
    return plain | grant | changes


def put(connection: Connection, vault: Vault, documents: list[dict[str, Any]], **columns: Any) -> None:
    """Store consent messages of the owner as received and readable."""
    for number, document in enumerate(documents, 1):
        entropy = CountingEntropy(str(number))
        sealed = send(OWNER, READER, type=TypeId("MT-11/1"), body=tuple(flatten(document)), entropy=entropy)
        opened = READER.opens(deliver(sealed, READER), OWNER)
        row = {
            "channel": "police",
            "number": number,
            "message": opened.id,
            "state": "accepted",
            "sender": OWNER.node,
            "type": "MT-11/1",
            "item": vault.put(connection, encode_opened(opened)),
            "raw": sealed.signed.raw,
            "logged_at": NOW + number,
            "received_at": NOW + number,
            "out_of_order": False,
        }
        connection.execute(insert(inbox).values(row | columns))


def found(connection: Connection, vault: Vault, now: int = NOW + 99) -> Permitted:
    return find_permitted(connection, vault, About(Item(MESSAGE), OWNER.node), now)


@pytest.mark.parametrize(
    ("documents", "consented", "evidential"),
    [
        ([], set(), set()),
        ([says("grant")], {AL}, set()),
        ([says("grant", "judicial")], set(), {AL}),
        ([says("grant"), says("grant", target={"name": "x", "node": BA})], {AL, BA}, set()),
        ([says("grant"), says("withdraw")], set(), set()),
        ([says("grant"), says("deny", "judicial")], {AL}, set()),
        ([says("withdraw"), says("grant")], {AL}, set()),
        ([says("ask")], set(), set()),
        ([says("grant", "reclassify")], set(), set()),
        ([says("grant", items=[{"message_id": "00" * 32}])], set(), set()),
        ([says("grant", items=[{"message_id": MESSAGE.hex(), "item": "v1"}])], set(), set()),
        ([says("grant", target={"name": "no node"})], set(), set()),
        ([says("grant", valid_until="soon")], set(), set()),
        ([says("grant", valid_until="2026-01-01T00:00:00Z")], set(), set()),
    ],
)
def test_consents_are_read_in_the_order_of_the_log(
    connection: Connection, vault: Vault, documents: list[dict[str, Any]], consented: set[str], evidential: set[str]
) -> None:
    put(connection, vault, documents)
    got = found(connection, vault)
    assert (got.consented, got.evidential) == (consented, evidential)


@pytest.mark.parametrize("columns", [{"sender": "ba.ilecu"}, {"state": "held"}, {"type": "MT-03/1"}, {"item": None}])
def test_only_what_the_owner_said_and_a_reader_may_see_counts(
    connection: Connection, vault: Vault, columns: dict[str, Any]
) -> None:
    put(connection, vault, [says("grant")], **columns)
    assert found(connection, vault) == Permitted()
