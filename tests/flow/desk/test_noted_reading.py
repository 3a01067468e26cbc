"""Who opens what messages say of a case: the node by itself, or a person, and for which reason."""

import re
from collections.abc import AsyncIterator

import pytest

from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_book import LogBook, ProcessingJournal
from nodes.casework.processing_log_entry import Entry, parse_entry
from nodes.casework.processing_log_store import Wanted
from nodes.casework.said import READ
from nodes.gateway.deeds import ITSELF
from nodes.people.roles import Role
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk

REASON = "A child is missing and nobody of the case is there"


@pytest.fixture
async def belgrade(world: TestWorld) -> AsyncIterator[TestGateway]:
    machine = world.machine(RS, journal=ProcessingJournal(RS.node, world.clock))
    async with machine.running() as gateway, world.machine(MK).running() as skopje:
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(gateway)
        yield gateway


async def entries(belgrade: TestGateway) -> list[Entry]:
    gateway = belgrade.gateway
    book = LogBook(gateway.here.node, gateway.here.clock, gateway.store.database, gateway.store.search)
    page = await book.read(Wanted(limit=50), LogPurpose.LAWFULNESS)
    return [parse_entry(each.body) for each in page.entries]


async def test_the_node_reads_once_by_itself_and_a_person_for_a_reason(desk: TestDesk, belgrade: TestGateway) -> None:
    supervisor = await desk.as_(Role.SUPERVISOR)
    path = re.findall(r'href="(/cases/[0-9a-f]{32})"', (await supervisor.get("/cases")).text)[0]
    (read,) = [each for each in await entries(belgrade) if each.act.deed == READ]
    assert read.doer == ITSELF
    for act, fields in (("take-over", {"reason": "Contact point"}), ("limit", {"reason": "an informant is named"})):
        seen = re.findall(r'name="seen" value="(\d+)"', (await supervisor.get(path)).text)[0]
        assert (await supervisor.post(path, {"act": act, "seen": seen, **fields})).status == 303
    officer = await desk.as_(Role.DUTY_OFFICER)
    given = {"reference": path.rpartition("/")[2], "ground": "danger-to-life", "reason": REASON}
    await officer.post("/break-glass", given)
    assert (await officer.get(path)).status == 200
    shown = [each for each in await entries(belgrade) if each.act.deed == "show-case"]
    who = (await desk.member(Role.DUTY_OFFICER)).id
    assert {each.doer.reason for each in shown if each.doer.who == who} == {"break-glass"}
    assert "break-glass" not in {each.doer.reason for each in shown if each.doer.who != who}
