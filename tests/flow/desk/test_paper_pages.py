"""The hub does not answer and something urgent waits: a form for the telephone, what becomes of it, its record."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_book import LogBook, ProcessingJournal
from nodes.casework.processing_log_entry import parse_entry
from nodes.casework.processing_log_store import Wanted
from nodes.gateway import outbox
from nodes.gateway.deeds import Operation
from nodes.gateway.outbox import OutState
from nodes.people.roles import Role
from protocol.ids import Channel, MessageId
from tests.simulators.casework import urgent
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, Visitor

SYSTEM = Channel("system")


@pytest.fixture
async def belgrade(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(RS, journal=ProcessingJournal(RS.node, world.clock)).running() as gateway:
        yield gateway


@pytest.fixture
async def skopje(world: TestWorld, belgrade: TestGateway) -> AsyncIterator[TestGateway]:
    async with world.machine(MK).running() as gateway:
        yield gateway


def asking() -> dict[str, Any]:
    return urgent() | {"to": ["mk.ilecu"]}


async def stuck(world: TestWorld, belgrade: TestGateway, *, tried: bool = True) -> MessageId:
    """Let something urgent wait while the hub is silent for ten minutes."""
    world.hub.down = True
    message = await belgrade.queue(asking())
    if tried:
        await belgrade.submit()
    world.clock.advance(600)
    return message


async def state(belgrade: TestGateway, message: MessageId) -> OutState:
    row = await belgrade.gateway.store.database.read(lambda connection: outbox.find(connection, message))
    assert row is not None
    return row.state


async def say(officer: Visitor, message: MessageId, word: str) -> str:
    answer = await officer.post(f"/paper/{message.hex()}/word", {"word": word})
    return (await officer.follow(answer)).words


async def test_the_form_has_everything_for_the_call_and_the_message_rests_until_somebody_decides(
    world: TestWorld, desk: TestDesk, belgrade: TestGateway
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    message = await stuck(world, belgrade)
    today = await officer.get("/today")
    assert "The network has not answered since" in today.words
    assert "Pass it on by telephone" in today.words
    begun = await officer.post(f"/paper/{message.hex()}")
    store = belgrade.gateway.store
    log = LogBook(belgrade.node, world.clock, store.database, store.search)
    before = (await log.standing()).head.number
    form = await officer.follow(begun)
    assert (await log.standing()).head.number == before + 1, "the printing is written down"
    await officer.post(f"/paper/{message.hex()}")
    assert (await log.standing()).head.number == before + 1, "it began before"
    document = asking()["document"]
    for words in (document["subjects"]["vehicles"][0]["plate"], "Spoke with (name, function)", "H0"):
        assert words in form.words
    assert "It sent no telephone number" in form.words
    world.hub.down = False
    world.clock.advance(400)
    await belgrade.submit()
    assert await state(belgrade, message) is OutState.READY, "nobody gets it twice by surprise"
    assert "Was it passed on by telephone?" in (await officer.get("/today")).words
    number = (await log.standing()).head.number
    draft = await officer.follow(await officer.post(f"/paper/{message.hex()}/record"))
    assert (await log.standing()).head.number == number + 1, "what is taken over into the record was read"
    assert "Unexpected technical or operational incident" in draft.words
    assert "the urgent message was passed on by telephone" in draft.text
    assert document["specification"][:40] in draft.text
    assert "It leaves too" in await say(officer, message, "keep")
    assert "Somebody else has decided" in await say(officer, message, "withdraw")
    await belgrade.submit()
    assert await state(belgrade, message) is OutState.ACCEPTED
    assert (await officer.get(f"/paper/{message.hex()}")).status == 404
    assert "has left in the meantime" in (await officer.follow(await officer.post(f"/paper/{message.hex()}"))).words


async def test_who_passed_a_message_on_and_what_was_said_of_it_stands_in_the_processing_log(
    world: TestWorld, desk: TestDesk, belgrade: TestGateway
) -> None:
    first, second = await stuck(world, belgrade), await stuck(world, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    for message, words in ((first, ("back", "withdraw")), (second, ("withdraw", "keep"))):
        await officer.post(f"/paper/{message.hex()}")
        for word in words:
            await say(officer, message, word)
    store = belgrade.gateway.store
    who = (await desk.member(Role.CASE_OFFICER)).id
    book = LogBook(belgrade.node, world.clock, store.database, store.search)
    found = await book.read(Wanted(who=who, limit=50), LogPurpose.LAWFULNESS)
    entries = [parse_entry(each.body) for each in reversed(found.entries)]
    passing = [each.act for each in entries if each.act.deed.startswith("pass-on")]
    assert [(each.deed, each.operation, each.verdict, each.objects) for each in passing] == [
        ("pass-on", Operation.ALTERATION, "begun", (first,)),
        ("pass-on-decided", Operation.ALTERATION, "back", (first,)),
        ("pass-on", Operation.ALTERATION, "begun", (second,)),
        ("pass-on-decided", Operation.DISCLOSURE, "withdraw", (second,)),
    ]
    assert [each.recipients for each in passing] == [(), (), (), (MK.node,)]


async def test_a_withdrawn_message_ends_once_the_hub_says_that_it_never_had_it(
    world: TestWorld, desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    message = await stuck(world, belgrade)
    await officer.post(f"/paper/{message.hex()}")
    assert "It does not leave any more" in await say(officer, message, "withdraw")
    assert "Urgent message" not in (await officer.get("/today")).words
    papers = desk.services.papers
    with pytest.raises(Exception, match="NOT_READY"):
        await papers.turn()
    world.hub.down = False
    world.clock.advance(400)
    await papers.turn()
    assert await state(belgrade, message) is OutState.EXPIRED
    await belgrade.submit()
    await belgrade.post()
    await belgrade.exchange(skopje)
    assert await papers.turn() == 3_600
    held = await skopje.gateway.reading.received(10)
    assert message not in [each.message for each in held]


async def test_what_the_hub_had_taken_before_the_line_broke_is_found_out_and_not_denied(
    world: TestWorld, desk: TestDesk, belgrade: TestGateway
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    message = await belgrade.queue(asking())
    world.hub.lose_next_reply()
    await belgrade.submit()
    world.hub.down = True
    world.clock.advance(601)
    await officer.post(f"/paper/{message.hex()}")
    await say(officer, message, "withdraw")
    world.hub.down = False
    world.clock.advance(400)
    await desk.services.papers.turn()
    await belgrade.submit()
    assert await state(belgrade, message) is OutState.ACCEPTED


async def test_the_contact_that_a_participant_sent_stands_on_the_form(
    world: TestWorld, desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    valid = {"valid_from": "2026-01-01", "valid_until": "2027-10-01", "checked_on": "2026-03-31"}
    entry = example("MT-S1/contact-point-mk", to=["rs.ilecu"], purpose="network")
    await skopje.queue(entry | {"document": entry["document"] | valid})
    await skopje.exchange(belgrade, SYSTEM)
    officer = await desk.as_(Role.DUTY_OFFICER)
    message = await stuck(world, belgrade, tried=False)
    form = await officer.follow(await officer.post(f"/paper/{message.hex()}"))
    assert "Telephone for urgent matters +38900000112" in form.words
    assert "If nobody answers +38900000101" in form.words
    assert "No, send it when the network answers" in (await officer.get("/today")).words
    assert "It was not passed on." in await say(officer, message, "back")
    assert "Pass it on by telephone" in (await officer.get("/today")).words
    assert (await officer.post(f"/paper/{message.hex()}/word", {"word": "begun"})).status == 404
    assert (await officer.post(f"/paper/{bytes(32).hex()}")).status == 404
    assert (await (await desk.as_(Role.ADMINISTRATOR)).get(f"/paper/{message.hex()}")).status == 404
    await officer.post(f"/paper/{message.hex()}")
    world.clock.advance(15 * 86_400)
    await belgrade.submit()
    assert await state(belgrade, message) is OutState.EXPIRED, "what rests ends with its life like anything else"
