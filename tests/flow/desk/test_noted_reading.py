"""Who opens what messages say of a case: the node by itself, or a person, and for which reason."""

import re
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import Connection, update

from nodes.case_event_tables import case_file
from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_book import LogBook, ProcessingJournal
from nodes.casework.processing_log_entry import Entry, parse_entry
from nodes.casework.processing_log_glass import parted
from nodes.casework.processing_log_store import Wanted
from nodes.casework.said import READ
from nodes.gateway.deeds import ITSELF, Act, Doer, Door, Operation
from nodes.people.acting import Acting
from nodes.people.glass import OPEN_S, Ground, Opening, Outcome
from nodes.people.glass_book import GlassBook
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
    path = (await supervisor.get("/cases")).cases[0]
    (read,) = [each for each in await entries(belgrade) if each.act.deed == READ]
    assert read.doer == ITSELF
    for act, fields in (("take-over", {"reason": "Contact point"}), ("limit", {"reason": "an informant is named"})):
        seen = re.findall(r'name="seen" value="(\d+)"', (await supervisor.get(path)).text)[0]
        assert (await supervisor.post(path, {"act": act, "seen": seen, **fields})).status == 303
    officer = await desk.as_(Role.DUTY_OFFICER)
    given = {"reference": path.rpartition("/")[2], "ground": "danger-to-life", "reason": REASON}
    await officer.post("/break-glass", given)
    page = await officer.get(path)
    assert page.status == 200
    shown = [each for each in await entries(belgrade) if each.act.deed == "show-case"]
    who = (await desk.member(Role.DUTY_OFFICER)).id
    assert {each.doer.reason for each in shown if each.doer.who == who} == {"break-glass"}
    assert "break-glass" not in {each.doer.reason for each in shown if each.doer.who != who}
    message = re.findall(r'href="(/messages/[0-9a-f]{64})"', page.text)[0]
    assert (await officer.get(message)).status == 200
    (read,) = [each for each in await entries(belgrade) if each.act.deed == "show" and each.doer.who == who]
    identifiers = (bytes.fromhex(message.rpartition("/")[2]), bytes.fromhex(path.rpartition("/")[2]))
    assert (read.doer.reason, read.act.ground, read.act.objects) == ("break-glass", "danger-to-life", identifiers)
    reviews = await supervisor.get("/reviews")
    assert f'id="opening-{read.act.opening}"' in reviews.text
    link = re.findall(r'href="(/log[^"]+)"', reviews.text)[0].replace("&amp;", "&")
    log = await supervisor.get(f"{link}&purpose=lawfulness")
    assert "access in an emergency: Danger to life or limb · Why, and its review" in log.words
    assert f"/reviews#opening-{read.act.opening}" in log.text
    auditor = await (await desk.as_(Role.AUDITOR)).get(f"{link}&purpose=lawfulness")
    assert "Danger to life or limb" in auditor.words
    assert "/reviews" not in auditor.text, "the words of the reason are for supervisors"


async def test_what_one_may_see_anyway_stays_under_its_usual_reason(desk: TestDesk, belgrade: TestGateway) -> None:
    member = await desk.member(Role.DUTY_OFFICER)
    officer = await desk.as_(Role.DUTY_OFFICER)
    path = (await officer.get("/cases")).cases[0]
    case, other = bytes.fromhex(path.rpartition("/")[2]), bytes(32)
    acting = Acting(member.id, "Duty", frozenset({Role.DUTY_OFFICER}))
    opening = await GlassBook(belgrade.gateway).break_glass(case.hex(), Ground.DANGER, REASON, acting)
    assert isinstance(opening, Opening)
    now, doer = belgrade.gateway.here.clock(), Doer(member.id, Door.DESK, "on-duty", ("duty-officer",))
    act = Act(operation=Operation.CONSULTATION, deed="list", objects=(other, case), count=2)

    def look(connection: Connection) -> list[tuple[str | None, tuple[bytes, ...], int | None]]:
        anyway = list(parted(connection, doer, act, now))
        connection.execute(update(case_file).values(limited=True))
        found = list(parted(connection, doer, act, now))
        late = list(parted(connection, doer, act, now + OPEN_S))
        assert (anyway, late) == ([act], [act])
        return [(each.reason, each.objects, each.count) for each in found]

    found = await belgrade.gateway.store.database.write(look)
    assert found == [(None, (other,), 1), ("break-glass", (case,), 1)], "only this case is reached by it"
    await GlassBook(belgrade.gateway).review(
        opening.number,
        Outcome.NOT_JUSTIFIED,
        "The officer of the case was there.",
        Acting((await desk.member(Role.SUPERVISOR)).id, "S", frozenset({Role.SUPERVISOR})),
    )
    kept = await belgrade.gateway.store.database.read(lambda connection: list(parted(connection, doer, act, now)))
    assert kept == [act], "it lets nobody in any more"
