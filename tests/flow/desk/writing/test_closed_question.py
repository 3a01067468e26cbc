"""A question about what is closed, to so many that a second person releases it: seen by the group of the case alone."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nodes.people.roles import Role
from protocol.records import Family, Kind
from tests.flow.desk.test_compose import typed
from tests.flow.desk.writing.test_closed_release import NOTE, act, close, hidden
from tests.simulators.evidence import Thread
from tests.simulators.network import Member
from tests.simulators.node import POLICE, RS, TERMS, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="session")
MORE = ("BA", "HR", "ME", "RO")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TestWorld:
    """Six others: to ask them all needs a second person."""
    found = TestWorld(tmp_path_factory.mktemp("closed-question"))
    for country in MORE:
        member = Member(f"{country.lower()}.ilecu", Kind.CONTACT_POINT, Family.POLICE, country, languages=("en",))
        found.network.enrol(member)
        found.network.publish(member.node)
        found.network.agree(RS.node, member.node, POLICE, **TERMS["police"])
    return found


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(told: Thread) -> AsyncIterator[TestDesk]:
    async with desk_over(told.belgrade.gateway) as running:
        yield running


async def test_its_release_is_for_the_group_alone(desk: TestDesk, told: Thread) -> None:
    officer, boss = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    await officer.get("/cases")
    page = await officer.get(f"/messages/{told.answer.hex()}")
    case = page.cases[0]
    await act(officer, case, "take-over")
    await close(desk, case)
    begun = await officer.post(f"/messages/{told.answer.hex()}/forward/consent", {"to": "al.ilecu"})
    said: dict[str, object] = {
        "to": ["mk.ilecu", "al.ilecu", *(f"{each.lower()}.ilecu" for each in MORE)],
        "/justification": "The prosecution there needs it for a trial.",
        "/answer_by": "1.1.2030 10:00",
    }
    assert (await typed(officer, begun.location, said)).location == f"{begun.location}/preview"
    preview = f"{begun.location}/preview"
    page = await officer.get(preview)
    assert "nobody else in it may release this" in page.words, "told before anybody is asked"
    asked = {"digest": hidden(page, "digest"), "note": NOTE}
    page = await officer.follow(await officer.post(f"{begun.location}/ask", asked))
    assert "It waits for a second person since" in page.words, page.words
    approval = re.findall(r'href="(/approvals/\d+)"', page.text)[0]
    assert (await boss.get(approval)).status == 404
    assert (await boss.get(preview)).status == 404
    assert NOTE not in (await boss.get("/approvals")).words
    await act(officer, case, "add-person", to=(await desk.member(Role.SUPERVISOR)).id)
    assert NOTE in (await boss.get(approval)).words
    assert "for a trial" in (await boss.get(preview)).words
