"""What comes out of a case that is closed to a group stays with it: questions, corrections, what is passed on."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nodes.casework.draft_book import DraftBook
from nodes.casework.drafts import UNDO_S, Purpose, Written
from nodes.people.roles import Role
from protocol.ids import MessageId, TypeId
from tests.flow.desk.test_compose import leave, send, typed
from tests.flow.desk.writing.test_closed_release import act
from tests.flow.desk.writing.test_forward import RELEVANCE, TIRANA, fields, rows
from tests.simulators.correcting import ERASE, raised
from tests.simulators.evidence import Thread
from tests.simulators.node import TestWorld
from tests.simulators.web_desk import TestDesk, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="session")
ANSWER = TypeId("MT-02/1")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TestWorld:
    return TestWorld(tmp_path_factory.mktemp("closed-offspring"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(told: Thread) -> AsyncIterator[TestDesk]:
    """The desk of Belgrade, at which a supervisor closed the case of that answer to its officer and itself."""
    async with desk_over(told.belgrade.gateway) as running:
        officer, boss = await running.as_(Role.CASE_OFFICER), await running.as_(Role.SUPERVISOR)
        await officer.get("/cases")
        page = await officer.get(f"/messages/{told.answer.hex()}")
        case = page.cases[0]
        await act(officer, case, "take-over")
        await act(boss, case, "limit", reason="An informant is named.")
        yield running


async def closed_to_others(desk: TestDesk, message: MessageId) -> None:
    """Assert that the group sees a message and its case, and whoever else works here sees neither."""
    officer, duty = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    assert (await duty.get(f"/messages/{message.hex()}")).status == 404, "before anybody looked which case it is"
    await officer.get("/cases")
    mine = await officer.get(f"/messages/{message.hex()}")
    assert mine.status == 200, "the group goes on working"
    case = mine.cases[0]
    assert (await duty.get(f"/messages/{message.hex()}")).status == 404
    assert (await duty.get(case)).status == 404
    assert case not in (await duty.get("/cases?show=all")).text
    assert case in (await (await desk.as_(Role.SUPERVISOR)).get("/cases?show=all")).text, "all of the group"


async def test_a_question_about_what_is_closed_is_closed(desk: TestDesk, told: Thread) -> None:
    question = await told.ask("dissemination", **TIRANA)
    await told.decide(question, "grant", use="dissemination", target=TIRANA)
    await closed_to_others(desk, question)


async def test_what_is_passed_on_of_it_is_closed(desk: TestDesk, told: Thread) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = f"/messages/{told.answer.hex()}/forward"
    vehicles = rows(await officer.get(path), "/information/vehicles/")
    asked = {"to": "al.ilecu", "row": vehicles, "relevance": RELEVANCE, "area": "migrant_smuggling"}
    preview = await officer.post(path, asked)
    sent = await officer.post(path, fields(preview) | {"do": "send"})
    assert sent.status == 303, sent.words
    await closed_to_others(desk, MessageId(bytes.fromhex(sent.location.rpartition("/")[2])))


async def test_a_question_written_at_the_desk_is_closed_and_its_writers(
    desk: TestDesk, told: Thread, world: TestWorld
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    begun = await officer.post(f"/messages/{told.answer.hex()}/forward/consent", {"to": "al.ilecu"})
    said: dict[str, object] = {
        "/justification": "The prosecution there needs it for a trial.",
        "/answer_by": "1.1.2030 10:00",
    }
    assert (await typed(officer, begun.location, said)).location == f"{begun.location}/preview"
    assert (await send(officer, begun.location)).status == 303
    world.clock.advance(UNDO_S)
    await leave(desk)
    ((row, *_), officer) = (await told.belgrade.gateway.reading.sent(1), await desk.as_(Role.CASE_OFFICER))
    await closed_to_others(desk, row.message)
    case = (await officer.get(f"/messages/{row.message.hex()}")).cases[0]
    assert case in (await officer.get("/cases?show=mine")).text


async def test_a_correction_of_it_is_closed_and_nobody_else_carries_it_out(desk: TestDesk, told: Thread) -> None:
    notice = await raised(told.skopje, told.answer, ERASE)
    await told.skopje.exchange(told.belgrade)
    await closed_to_others(desk, notice)
    duty, path = await desk.as_(Role.DUTY_OFFICER), f"/corrections/{notice.hex()}"
    assert (await duty.get(path)).status == 404
    assert path not in (await duty.get("/today")).text


async def test_a_draft_that_answers_what_nobody_placed_yet_is_closed_too(desk: TestDesk, told: Thread) -> None:
    notice = await raised(told.skopje, told.answer, ERASE)
    await told.skopje.exchange(told.belgrade)
    drafts, purpose = DraftBook(told.belgrade.gateway.here, told.belgrade.gateway.store), Purpose(ANSWER, "", notice)
    for role, status in ((Role.DUTY_OFFICER, 404), (Role.CASE_OFFICER, 200)):
        draft = await drafts.begin((await desk.member(role)).id, purpose, Written({}))
        assert (await (await desk.as_(role)).get(f"/drafts/{draft.row.id.hex()}")).status == status, role
