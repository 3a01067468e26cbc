"""Officers work a case in a real browser: by keyboard, on a phone, without scripts, beside somebody who is faster."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from nodes.people.roles import Role
from tests.simulators.browser import DESKTOP, PHONE, Window, window
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.web_desk import NAMES, TestDesk, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(world: TestWorld) -> AsyncIterator[TestDesk]:
    """A desk to which another country sent two requests."""
    async with (
        world.machine(RS).running() as belgrade,
        world.machine(MK).running() as skopje,
        desk_over(belgrade.gateway) as running,
    ):
        for _ in range(2):
            await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        yield running


async def is_for_everybody(seen: Window) -> None:
    assert await seen.faults() == []
    assert seen.complaints == []
    assert await seen.width() <= (seen.page.viewport_size or {"width": 0})["width"]


async def words(seen: Window) -> str:
    return await seen.page.inner_text("main")


async def case_of(seen: Window) -> str:
    """Open the list; return the path of the last case in it."""
    await seen.open("/cases")
    path = await seen.page.locator("[data-open]").last.get_attribute("href")
    assert path is not None
    return path


async def test_lists_and_a_case_are_for_everybody(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as seen:
        await seen.sign_in(Role.CASE_OFFICER)
        case, wrong = await case_of(seen), {}
        for path in ("/today", "/cases", "/cases?q=nothing&lane=red", case, "/approvals"):
            assert await seen.open(path) == 200
            for each in await seen.page.locator("details").all():
                await each.evaluate("(it) => { it.open = true }")
            wrong[path] = [*await seen.faults(), *seen.complaints]
            if await seen.width() > DESKTOP[0]:
                wrong[path].append(f"{await seen.width()} pixels wide")
        assert {path: found for path, found in wrong.items() if found} == {}


@pytest.mark.parametrize("scripts", [True, False])
async def test_a_long_menu_folds_on_a_phone(desk: TestDesk, browser: Browser, *, scripts: bool) -> None:
    async with window(browser, desk, size=PHONE, java_script_enabled=scripts) as seen:
        await seen.sign_in(Role.SUPERVISOR)
        await seen.open("/approvals")
        opener, way = (
            seen.page.get_by_role(kind, name=name) for kind, name in (("button", "Menu"), ("link", "Alerts"))
        )
        assert await way.count() == 0
        await opener.press("Enter")
        if scripts:
            assert await seen.faults() == []
        await seen.page.keyboard.press("Escape")
        assert await way.count() == 0
        await opener.press("Enter")
        await way.press("Enter")
        await seen.page.wait_for_url("**/alerts")
        await seen.sign_in(Role.INVESTIGATOR)
        await seen.open("/my-requests")
        assert await opener.count() == 0, "a short one does not"


async def test_the_list_is_walked_by_keys_and_a_case_is_opened_and_taken(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as seen:
        await seen.sign_in(Role.CASE_OFFICER)
        await seen.open("/cases")
        await seen.page.keyboard.press("j")
        assert await seen.page.evaluate("document.activeElement.closest('[data-row]')") is None
        await seen.page.locator("[data-open]").first.focus()
        await seen.page.keyboard.press("j")
        await seen.page.keyboard.press("k")
        await seen.page.keyboard.press("x")
        assert await seen.page.locator("input[name=case]:checked").count() == 1
        await seen.page.keyboard.press("x")
        await seen.page.keyboard.press("j")
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url("**/cases/*")
        await seen.page.get_by_role("button", name="Take over", exact=True).press("Enter")
        await seen.page.wait_for_load_state()
        assert "Took it over." in await words(seen)
        assert seen.complaints == []


async def test_who_was_slower_sees_what_happened_and_loses_no_word(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as slow, window(browser, desk) as fast:
        await slow.sign_in(Role.CASE_OFFICER)
        await fast.sign_in(Role.SUPERVISOR)
        case = await case_of(slow)
        await slow.open(case)
        await slow.page.get_by_text("Add a note", exact=True).first.click()
        await slow.page.fill("#reason-note", "They called at ten.")
        await fast.open(case)
        await fast.page.get_by_text("Add a note", exact=True).first.click()
        await fast.page.fill("#reason-note", "I wrote to Skopje.")
        await fast.page.get_by_role("button", name="Add a note", exact=True).click()
        await fast.page.wait_for_load_state()
        assert "I wrote to Skopje." in await words(fast)
        await slow.page.get_by_role("button", name="Add a note", exact=True).click()
        await slow.page.wait_for_load_state()
        shown = await words(slow)
        assert "The case moved while this page was open" in shown
        assert NAMES[Role.SUPERVISOR] in shown
        assert await slow.page.input_value("#reason-note") == "They called at ten."
        await is_for_everybody(slow)
        await slow.page.get_by_role("button", name="Add a note", exact=True).click()
        await slow.page.wait_for_load_state()
        assert "They called at ten." in await words(slow)


async def test_without_scripts_a_case_goes_from_a_colleague_to_a_second_person(
    desk: TestDesk, browser: Browser
) -> None:
    async with window(browser, desk, size=PHONE, java_script_enabled=False) as seen:
        await seen.sign_in(Role.DUTY_OFFICER)
        case = await case_of(seen)
        await seen.open(case)
        await seen.page.get_by_text("Assign to a colleague", exact=True).first.click()
        await seen.page.locator("#to-assign").select_option(label=NAMES[Role.CASE_OFFICER])
        await seen.page.get_by_role("button", name="Assign to a colleague", exact=True).click()
        assert f"Assigned to {NAMES[Role.CASE_OFFICER]}" in await words(seen)
    async with window(browser, desk, size=PHONE, java_script_enabled=False) as seen:
        await seen.sign_in(Role.CASE_OFFICER)
        await seen.open(case)
        for act in ("Start work", "Start the reply", "Ask a second person to check"):
            await seen.page.get_by_role("button", name=act, exact=True).click()
        assert "Waiting for a second person" in await words(seen)
    async with window(browser, desk, size=PHONE, java_script_enabled=False) as seen:
        await seen.sign_in(Role.SUPERVISOR)
        await seen.open("/approvals")
        await seen.page.locator(f'a[href="{case}"]').click()
        await seen.page.get_by_role("button", name="Approve", exact=True).click()
        assert "Approved, to be sent" in await words(seen)
