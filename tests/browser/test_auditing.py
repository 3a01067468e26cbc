"""The auditor's view of a run: what happened is read, verified and proved, by keyboard, on a phone, without scripts."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from nodes.casework.processing_log_book import ProcessingJournal
from nodes.gateway.deeds import Doer, Door
from nodes.gateway.journal import acting_as
from nodes.people.roles import Role
from tests.simulators.browser import Window, window
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.web_desk import NAMES, TestDesk, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(world: TestWorld) -> AsyncIterator[TestDesk]:
    """A desk at which an officer asked, was answered in the negative, and read the answer."""
    machine = world.machine(RS, journal=ProcessingJournal(RS.node, world.clock))
    async with (
        machine.running() as belgrade,
        world.machine(MK).running() as skopje,
        desk_over(belgrade.gateway) as running,
    ):
        officer = Doer((await running.member(Role.CASE_OFFICER)).id, Door.DESK, "own-case", ("case-officer",))
        with acting_as(officer):
            question = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
        await belgrade.exchange(skopje)
        answer = await skopje.queue(example("MT-04/nothing-en", to=["rs.ilecu"], in_reply_to=question.hex()))
        await belgrade.exchange(skopje)
        with acting_as(officer):
            await belgrade.gateway.reading.open(answer)
        await belgrade.exchange(skopje)
        yield running


async def is_for_everybody(seen: Window) -> None:
    assert await seen.faults() == []
    assert seen.complaints == []
    assert await seen.width() <= (seen.page.viewport_size or {"width": 0})["width"]


async def test_the_auditor_verifies_what_happened(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as seen:
        await seen.sign_in(Role.AUDITOR)
        await seen.open("/log")
        await seen.page.check("input[value=lawfulness]")
        await seen.page.locator("main form button").click()
        page = await seen.page.inner_text("main")
        assert page.count(NAMES[Role.CASE_OFFICER]) >= 2
        await is_for_everybody(seen)
        await seen.page.locator("main ol a").first.click()
        await seen.page.wait_for_load_state()
        assert seen.path.startswith("/proofs/")
        assert await seen.page.locator(".desk-seal--broken").count() == 0
        assert await seen.page.locator("svg rect").count() >= 3
        await seen.page.locator("summary").click()
        await is_for_everybody(seen)
        await seen.open("/log?purpose=security")
        await seen.page.locator("form[action='/log/verify'] button").click()
        await seen.page.wait_for_load_state()
        assert await seen.page.locator(".desk-seal").count() == 1
        assert await seen.page.locator(".desk-seal--broken").count() == 0
        await is_for_everybody(seen)


async def test_it_works_without_scripts_and_by_keyboard(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk, java_script_enabled=False) as seen:
        await seen.sign_in(Role.AUDITOR)
        await seen.open("/log")
        await seen.page.locator("#purpose-1").focus()
        await seen.page.keyboard.press("Space")
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url("**/log?purpose=lawfulness")
        await seen.page.locator("form[action='/log/verify'] button").focus()
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url("**/log/verify")
        assert await seen.page.locator(".desk-seal").count() == 1
        assert await seen.page.locator(".desk-seal--broken").count() == 0
