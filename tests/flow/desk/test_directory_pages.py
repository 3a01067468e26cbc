"""The directory and the statistics at the desk."""

import asyncio

from nodes.casework.counted_reports import Book, CountedReports
from nodes.casework.statistics import Report
from nodes.people.roles import Role
from protocol.statement_network import Reason, Suspension
from tests.simulators.node import MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk


async def test_participants_stand_by_country_with_channels_languages_and_agreements(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    page = await officer.get("/directory")
    assert page.status == 200
    for word in ("Serbia RS", "North Macedonia MK", "this contact point", "1 agreement", "No agreement with us"):
        assert word in page.words, (word, page.words)
    one = await officer.get("/directory?q=mk")
    assert "/directory/mk.ilecu" in one.text
    assert "/directory/al.ilecu" not in one.text
    courts = await officer.get("/directory?kind=prosecution")
    assert "/directory/rs.prosecution" in courts.text
    assert "/directory/mk.ilecu" not in courts.text
    nobody = await officer.get("/directory?q=nowhere")
    assert "Nobody fits" in nobody.words


async def test_a_card_tells_what_binds_and_how_to_be_sure_who_it_is(desk: TestDesk) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    card = await officer.get("/directory/mk.ilecu")
    assert "Fingerprint" in card.words
    assert "Agreements with this contact point" in card.words
    assert "keys for" in card.words
    mine = await officer.get("/directory/rs.ilecu")
    assert "Agreements with this contact point" not in mine.words
    assert "None. Without an agreement nothing can be sent" in (await officer.get("/directory/nada.rs")).words
    for path in ("/directory/nobody.here", "/directory/NOT!"):
        assert (await officer.get(path)).status == 404


async def test_a_suspended_participant_is_marked(world: TestWorld, belgrade: TestGateway, desk: TestDesk) -> None:
    now = world.clock()
    body = Suspension(node=MK.node, issued_at=now, until=now + 86_400, lift=False, reason=Reason.COMPROMISED)
    world.network.append(body, *world.network.quorum)
    await belgrade.gateway.network.sync.run()
    officer = await desk.as_(Role.CASE_OFFICER)
    assert "Suspended" in (await officer.get("/directory?q=mk")).words
    assert "Nothing passes to or from it" in (await officer.get("/directory/mk.ilecu")).words


async def test_the_year_is_shown_with_a_chart_and_the_same_figures_in_a_table(
    world: TestWorld, belgrade: TestGateway, desk: TestDesk
) -> None:
    async with world.machine(MK).running() as skopje:
        await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await belgrade.exchange(skopje)
    supervisor = await desk.as_(Role.SUPERVISOR)
    page = await supervisor.get("/statistics")
    assert page.heading == "Statistics of 2026"
    assert "2026-09 North Macedonia by the contact point 1" in page.words
    assert page.text.count("<rect") == 1
    assert '<title id="chart-title">Requests submitted in each month of 2026</title>' in page.text
    assert "No request was refused." in page.words
    assert "Directive (EU) 2023/977, Art. 18(2)(a)" in page.words
    assert "No request was submitted." in (await supervisor.get("/statistics?year=2024")).words
    file = await supervisor.get("/statistics/2026/file")
    assert file.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert '"ST-1","Directive (EU) 2023/977 Art 18(2)(a)","2026-09","MK","contact-point"' in file.text
    for path in ("/statistics?year=x", "/statistics?year=99999", "/statistics/x/file"):
        assert (await supervisor.get(path)).status == 404
    officer = await desk.as_(Role.CASE_OFFICER)
    assert (await officer.get("/statistics")).status == 404


class Gate:
    """Counts as the desk's book does, once it is let."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.open = asyncio.Event()

    async def report(self, year: int) -> Report:
        await self.open.wait()
        return await self.book.report(year)


async def test_figures_that_take_long_are_counted_while_the_page_is_there(desk: TestDesk, world: TestWorld) -> None:
    supervisor = await desk.as_(Role.SUPERVISOR)
    gate = Gate(desk.services.reports.book)
    desk.services.reports = CountedReports(gate, world.clock, patience_s=0)
    page = await supervisor.get("/statistics?year=2026")
    assert page.heading == "Statistics of 2026"
    assert "The figures are being counted." in page.words
    assert "No request was" not in page.words
    gate.open.set()
    while "are being counted." in page.words:
        page = await supervisor.get("/statistics?year=2026")
    assert "No request was refused." in page.words
    gate.open.clear()
    world.clock.advance(601)
    page = await supervisor.get("/statistics?year=2026")
    assert "They are being counted anew" in page.words
    assert "No request was refused." in page.words
    await desk.services.reports.stop()
