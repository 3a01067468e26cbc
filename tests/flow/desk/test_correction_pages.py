"""Corrections at the desk: what has to be done, who had the data from here, and how far every holder is."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from nodes.casework.correction_book import Doing
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.gateway.reading import ReceivedMessage
from nodes.people.roles import Role
from protocol.ids import MessageId
from protocol.statement_network import Reason, Suspension
from tests.simulators.casework import Side
from tests.simulators.correcting import ERASE, asked, passed_on, raised
from tests.simulators.correcting import book as corrections
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, desk_over

PLATE = {"field-1": "/subjects/vehicles/0/plate", "value-1": "BG 123-YX"}
NOTE = "Erased in the register of vehicles too."


@pytest.fixture
async def belgrade(world: TestWorld) -> AsyncIterator[TestGateway]:
    async with world.machine(RS, journal=ProcessingJournal(RS.node, world.clock)).running() as gateway:
        yield gateway


async def newest(node: TestGateway) -> MessageId:
    (row,) = await node.gateway.reading.received(1)
    assert row.message is not None
    return row.message


async def test_a_holder_carries_out_a_notice_and_the_issuer_sees_each_holder(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(AL).running() as tirana:
        message = await asked(skopje, belgrade)
        await passed_on(world, belgrade, message)
        await raised(skopje, message)
        await skopje.exchange(belgrade)
        notice = await newest(belgrade)
        await Side(belgrade).sync.catch_up()
        supervisor, duty = await desk.as_(Role.SUPERVISOR), await desk.as_(Role.DUTY_OFFICER)
        path = f"/corrections/{notice.hex()}"
        today = await supervisor.get("/today")
        assert today.text.count("data-open") == 2, today.words
        overview = await supervisor.get("/corrections")
        assert path in overview.text.partition("To be done here")[2], overview.words
        page = await supervisor.get(path)
        assert ERASE.explanation in page.words
        assert "What is here is erased for good" in page.words
        assert "Contact point AL" in page.words or "al.ilecu" in page.words
        assert "Not told yet" in page.words
        looked = await duty.get(path)
        assert "A case officer or a supervisor carries it out." in looked.words
        assert (await duty.post(f"{path}/apply", {"note": NOTE})).status in (403, 404)
        empty = await supervisor.post(f"{path}/apply", {"note": " "})
        assert (empty.status, 'id="note-error"' in empty.text) == (422, True)
        told = await supervisor.follow(await supervisor.post(f"{path}/pass-on", {"explanation": ""}))
        assert "The notice is on its way to everybody named." in told.words
        again = await supervisor.post(f"{path}/pass-on", {"explanation": ""})
        assert (again.status, "Everybody who had it from this node has been told." in again.words) == (422, True)
        done = await supervisor.follow(await supervisor.post(f"{path}/apply", {"note": NOTE}))
        assert "Carried out on" in done.words, done.words
        assert "Erase it, and say that it is done" not in done.words
        found = await belgrade.gateway.reading.find(message)
        assert isinstance(found, ReceivedMessage)
        assert found.opened is None
        await belgrade.exchange(tirana)
        relayed = await newest(tirana)
        await corrections(tirana).apply(relayed, Doing("Data quality desk", "done"))
        await tirana.exchange(belgrade)
        await Side(belgrade).sync.catch_up()
        page = await supervisor.get(path)
        assert "Tell " in page.words
        assert "Carried it out" in page.words
        assert (await supervisor.post(f"{path}/confirm")).status == 303
        await belgrade.exchange(skopje)
        async with desk_over(skopje.gateway) as theirs:
            await _close(theirs, skopje)


async def _close(theirs: TestDesk, skopje: TestGateway) -> None:
    """The issuer sees every holder, says that it is done there too, and closes it."""
    await Side(skopje).sync.catch_up()
    (row,) = await skopje.gateway.reading.sent(1)
    assert row.message is not None
    path, supervisor = f"/corrections/{row.message.hex()}", await theirs.as_(Role.SUPERVISOR)
    page = await supervisor.get(path)
    assert page.words.count("Carried it out") == 2, page.words
    assert "had it from" in page.words
    early = await supervisor.post(f"{path}/verify", {"note": NOTE})
    assert (early.status, "has not said that it carried the correction out itself" in early.words) == (422, True)
    assert (await supervisor.post(f"{path}/verify", {"note": ""})).status == 422
    await supervisor.follow(await supervisor.post(f"{path}/apply", {"note": NOTE}))
    closed = await supervisor.follow(await supervisor.post(f"{path}/verify", {"note": NOTE}))
    assert "The correction is closed." in closed.words
    assert "Carried out everywhere" in (await supervisor.get("/corrections")).words


async def test_a_wrong_value_is_put_right_by_its_sender(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        message = await asked(belgrade, skopje, to=["mk.ilecu"])
    path, officer = f"/messages/{message.hex()}/withdraw", await desk.as_(Role.CASE_OFFICER)
    assert "Vehicles 1, Registration plate" in (await officer.get(path)).words
    said = {"action": "correct", "reason": "inaccurate", "explanation": "Two digits of the plate were exchanged here."}
    bare = await officer.post(path, said)
    assert (bare.status, 'href="#field-1"' in bare.text, said["explanation"] in bare.text) == (422, True, True)
    short = await officer.post(path, said | {"explanation": "Wrong.", **PLATE})
    assert (short.status, 'href="#explanation"' in short.text, 'value="BG 123-YX"' in short.text) == (422, True, True)
    long = await officer.post(path, said | PLATE | {"value-1": "B" * 1_001, "explanation": "Wrong."})
    assert (long.status, f'value="{"B" * 1_001}"' in long.text) == (422, True), "kept as it was typed, never cut"
    strange = await officer.post(path, said | {"field-1": "/subjects/vehicles/7/plate", "value-1": "x"})
    assert strange.status == 422
    page = await officer.follow(await officer.post(path, said | PLATE))
    assert "BG 123-YX" in page.words
    assert "Put the right values wherever you copied the wrong ones" in page.words


async def test_what_left_is_not_written_again_and_who_was_not_told_is_named(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(AL).running() as tirana:
        ours = example("MT-01/vehicle-mk")["document"]
        ours["subjects"]["vehicles"][0]["evaluation"]["owner"] = RS.node
        message = await asked(belgrade, skopje, to=[MK.node, AL.node], language="en", document=ours)
        await belgrade.exchange(tirana)
    now = world.clock()
    body = Suspension(node=AL.node, issued_at=now, until=now + 86_400, lift=False, reason=Reason.COMPROMISED)
    world.network.append(body, *world.network.quorum)
    await belgrade.gateway.network.sync.run()
    officer = await desk.as_(Role.CASE_OFFICER)
    said = {"action": "erase", "reason": "inaccurate", "explanation": "Two digits of the plate were exchanged here."}
    page = await officer.follow(await officer.post(f"/messages/{message.hex()}/withdraw", said))
    assert page.status == 200
    assert "A rule stopped the notice to" in page.words


async def test_a_restricted_message_opens_for_a_reason_alone(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        message = await asked(skopje, belgrade)
        await raised(skopje, message, replace(ERASE, action="restrict"))
        await skopje.exchange(belgrade)
    path, officer = f"/messages/{message.hex()}", await desk.as_(Role.CASE_OFFICER)
    beginnings = {Role.CASE_OFFICER: "/today", Role.ADMINISTRATOR: "/people", Role.AUDITOR: "/proofs"}
    assert {role: (await (await desk.as_(role)).get("/")).location for role in beginnings} == beginnings
    shut = await officer.get(path)
    assert (shut.status, "Why do you have to read it all the same?" in shut.words) == (403, True)
    assert (await officer.post(f"{path}/restricted", {"reason": " "})).status == 422
    assert (await (await desk.as_(Role.DUTY_OFFICER)).post(f"{path}/restricted", {"reason": NOTE})).status != 200
    opened = await officer.post(f"{path}/restricted", {"reason": "The court asked for it."})
    assert (opened.status, "A correction concerns this message." in opened.words) == (200, True)
    assert (await officer.get(path)).status == 403
    assert (await officer.get(f"/corrections/{message.hex()}")).status == 404  # it is no notice
