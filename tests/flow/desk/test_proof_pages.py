"""Proofs at the desk: a message is proved without being opened, and a proof that does not hold says so."""

import pytest
from sqlalchemy import update

from nodes.gateway.alarms import raise_alarm
from nodes.gateway.promise_book import owing
from nodes.gateway.witnessed_store import WitnessedHead, put_witnessed
from nodes.people.roles import Role
from nodes.schema import evidence, inbox
from protocol.ids import MessageId
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, Visitor


@pytest.fixture
async def auditor(desk: TestDesk) -> Visitor:
    return await desk.as_(Role.AUDITOR)


@pytest.fixture
async def message(world: TestWorld, belgrade: TestGateway) -> MessageId:
    async with world.machine(MK).running() as skopje:
        for _ in range(3):
            found = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
    return found


async def test_an_empty_desk_says_what_there_is_not(auditor: Visitor) -> None:
    page = await auditor.get("/proofs")
    assert "Nothing was sent or received yet." in page.words
    assert "Too few witnesses have cosigned the newest directory" in page.words
    assert "Every message so far was simply allowed." in page.words


async def test_a_message_is_proved_with_a_picture_and_the_same_in_words(auditor: Visitor, message: MessageId) -> None:
    found = await auditor.get(f"/proofs?id={message.hex()[:9]}")
    assert f"/proofs/{message.hex()}" in found.text
    page = await auditor.get(f"/proofs/{message.hex()}")
    assert "Sealed by its sender, written into the network's log, and not changed since." in page.words
    assert "signature verified now" in page.words
    assert '<svg viewBox="0 0 400 ' in page.text
    assert page.text.count("<rect") >= 3
    assert "Root, signed by the hub" in page.words
    assert "The last one is the root that the hub signed" in page.words
    assert "Its place in the log is not yet witnessed: only the hub vouches for it." in page.words
    assert "style=" not in page.text.partition("<main")[2]
    listed = await auditor.get("/proofs")
    assert "MT-01 Request for information · Police · from Desk of mk.ilecu" in listed.words


async def test_a_witnessed_place_and_a_late_one_are_told(
    auditor: Visitor, message: MessageId, belgrade: TestGateway
) -> None:
    database = belgrade.gateway.store.database
    owed = await database.read(lambda connection: owing(connection, message, 0))
    assert owed is not None
    head = WitnessedHead(owed.leaf + 1, b"note", owed.promises.witnessed_by + 240, 3, 3)
    await database.write(lambda connection: put_witnessed(connection, head))
    page = await auditor.get(f"/proofs/{message.hex()}")
    assert "Its place in the log was witnessed by 3 of 3 on" in page.words
    assert "was witnessed too late, by 4 min, proof attached." in page.words


async def test_looking_at_a_proof_is_no_reading_of_the_message(
    auditor: Visitor, message: MessageId, belgrade: TestGateway
) -> None:
    await auditor.get(f"/proofs/{message.hex()}")
    found = await belgrade.gateway.reading.find(message)
    assert found is not None
    assert found.row.read_at is None  # type: ignore[union-attr]


async def test_a_changed_proof_is_shown_as_one_that_does_not_hold(
    auditor: Visitor, message: MessageId, belgrade: TestGateway
) -> None:
    write = belgrade.gateway.store.database.write
    change = update(inbox).where(inbox.c.message == message).values(raw=b"\x00")
    await write(lambda connection: connection.execute(change))
    page = await auditor.get(f"/proofs/{message.hex()}")
    assert "What is stored about this message does not hold." in page.words
    assert "does not verify:" in page.words
    lost = update(evidence).where(evidence.c.subject == message).values(proof=b"\x00")
    await write(lambda connection: connection.execute(lost))
    assert "No proof of its place is stored here." in (await auditor.get(f"/proofs/{message.hex()}")).words


async def test_alarms_and_decisions_are_told_with_article_and_remedy(
    auditor: Visitor, world: TestWorld, belgrade: TestGateway
) -> None:
    await belgrade.gateway.store.database.write(
        lambda connection: raise_alarm(connection, "ROLLBACK", "mailbox police", world.clock())
    )
    page = await auditor.get("/proofs")
    assert "What to do:" in page.words
    assert "mailbox police" in page.words


@pytest.mark.parametrize("path", ["/proofs/12", f"/proofs/{'0' * 64}", f"/proofs/{'z' * 64}"])
async def test_an_id_that_is_not_here_is_not_found(auditor: Visitor, path: str) -> None:
    assert (await auditor.get(path)).status == 404


async def test_a_beginning_of_an_id_that_cannot_be_one_is_refused_in_words(auditor: Visitor) -> None:
    page = await auditor.get("/proofs?id=xyz")
    assert page.status == 422
    assert "An id has the digits 0 to 9 and the letters a to f." in page.words
    assert "No message" in (await auditor.get("/proofs?id=ff00ff00")).words
