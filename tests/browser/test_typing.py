"""Typing in a real browser: saved by itself, judged beside, kept through a lost connection, never over another window.

And files: chosen several at once, each with its end told, looked at before they go.
"""

import pytest
from playwright.async_api import Browser, Route

from nodes.people.roles import Role
from tests.simulators.browser import NARROW, Window, window
from tests.simulators.pictures import png
from tests.simulators.web_desk import TestDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")
PLATE, FACTS = '[name="/subjects/vehicles/0/plate"]', '[name="/facts"]'
SAVED, TROUBLE = "[data-draft-saved]:not([hidden])", "[data-draft-trouble]"


async def writing(seen: Window) -> None:
    """Begin a vehicle query."""
    await seen.sign_in(Role.CASE_OFFICER)
    await seen.open("/compose")
    await seen.page.get_by_role("button", name="Ask about a vehicle").click()
    await seen.page.wait_for_selector(PLATE)


async def test_what_is_typed_is_saved_and_judged_without_a_button(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as seen:
        await writing(seen)
        await seen.page.fill(PLATE, "SK 123-AB")
        await seen.page.wait_for_selector(SAVED)
        assert (await seen.page.inner_text(SAVED)).startswith("Saved at ")
        assert "Nobody is addressed." in await seen.page.inner_text("#rules")
        await seen.page.check('[name="to"][value="mk.ilecu"]')
        await seen.page.fill(FACTS, "The van carried eleven people over the border at night.")
        await seen.page.wait_for_selector("#rules .desk-verdict--yes")
        assert await seen.page.evaluate("document.activeElement.name") == "/facts", "the focus stays where it was"
        assert await seen.faults() == []

        await seen.context.set_offline(True)
        await seen.page.fill(FACTS, "Typed while the line was cut, and long enough.")
        await seen.page.wait_for_selector(f"{TROUBLE}:not(:empty)")
        assert "The connection is lost." in await seen.page.inner_text(TROUBLE)
        await seen.context.set_offline(False)
        await seen.page.wait_for_selector(f"{TROUBLE}:empty", state="attached")
        await seen.page.reload()
        assert await seen.page.input_value(FACTS) == "Typed while the line was cut, and long enough."
        seen.complaints.clear()  # the browser itself complained of the cut line

        other = await seen.context.new_page()
        await other.goto(seen.page.url)
        await other.fill(FACTS, "Words of the other window.")
        await other.wait_for_selector(SAVED)
        before = seen.path
        await seen.page.fill(FACTS, "Words of the first window.")
        await seen.page.wait_for_selector("[data-draft-beside] .desk-verdict")
        assert "changed in another window" in await seen.page.inner_text("[data-draft-beside]")
        assert seen.path != before, "it goes on as a second draft"
        await seen.page.get_by_role("button", name="Save draft").click()
        await seen.page.wait_for_selector(".desk-said")
        assert await seen.page.input_value(FACTS) == "Words of the first window."
        await other.reload()
        assert await other.input_value(FACTS) == "Words of the other window."
        assert seen.complaints == []


async def test_a_session_that_ended_is_told_and_the_button_brings_everything_back(
    desk: TestDesk, browser: Browser
) -> None:
    async with window(browser, desk) as seen:
        await writing(seen)
        await desk.persons.sessions.end_all((await desk.member(Role.CASE_OFFICER)).id)
        await seen.page.fill(FACTS, "Typed after the session had ended.")
        await seen.page.wait_for_selector(f"{TROUBLE}:not(:empty)")
        assert "Your session has ended." in await seen.page.inner_text(TROUBLE)
        await seen.page.get_by_role("button", name="Save draft").click()
        await seen.page.wait_for_selector('[name="kept"]', state="attached")


async def stopped_and_tried_again(seen: Window) -> None:
    """Drag a file in, stop it on its way, and try again."""
    held: list[Route] = []

    async def hold(route: Route) -> None:
        held.append(route)

    await seen.page.route("**/files/one", hold)
    make = "() => { const d = new DataTransfer(); d.items.add(new File(['dragged'], 'dragged.txt')); return d; }"
    dragged = await seen.page.evaluate_handle(make)
    await seen.page.dispatch_event("[data-drop]", "drop", {"dataTransfer": dragged})
    await seen.page.get_by_role("button", name="Stop: dragged.txt").click()
    assert "Stopped. Nothing of it was kept." in await seen.page.inner_text("[data-uploads]")
    await seen.page.unroute("**/files/one")
    await seen.page.get_by_role("button", name="Try again: dragged.txt").click()
    await seen.page.wait_for_selector("[data-file-list] li:nth-child(3)")
    assert "dragged.txt" in await seen.page.inner_text("[data-file-list]")


async def test_files_go_one_by_one_and_say_how_they_ended(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk, size=NARROW) as seen:
        await writing(seen)
        await seen.page.get_by_role("button", name="Files", exact=True).click()
        await seen.page.wait_for_selector("#files")
        assert not await seen.page.is_visible("[data-attach-button]"), "what is chosen goes at once"
        files = [("photo.png", png(9, 8)), ("empty.txt", b""), ("note.txt", b"A note.")]
        given = [{"name": name, "mimeType": "image/png", "buffer": content} for name, content in files]
        await seen.page.set_input_files("#files", given)  # type: ignore[arg-type]
        await seen.page.wait_for_selector("[data-file-list] li:nth-child(2)")
        assert "note.txt" in await seen.page.inner_text("[data-file-list]")
        assert "It is empty." in await seen.page.inner_text(".desk-uploads--trouble")
        await seen.page.get_by_role("button", name="Put away: photo.png").press("Enter")
        assert await seen.page.evaluate("document.activeElement.id") == "files"
        assert await seen.width() == NARROW[0]
        assert await seen.faults() == []
        await stopped_and_tried_again(seen)
        await seen.page.locator("[data-file-list] a", has_text="photo.png").press("Enter")
        await seen.page.wait_for_selector("main img")
        assert await seen.page.evaluate("document.querySelector('main img').decode().then(() => true)")
        assert await seen.page.evaluate("document.querySelector('main img').naturalWidth") == 9
        assert await seen.width() == NARROW[0]
        assert seen.complaints == []


async def test_an_investigator_asks_with_the_keyboard_alone(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk, size=NARROW) as seen:
        await seen.sign_in(Role.INVESTIGATOR)
        await seen.open("/my-requests")
        await seen.page.get_by_role("button", name="Ask about a vehicle").press("Enter")
        await seen.page.wait_for_selector(PLATE)
        await seen.page.locator('[name="to"][value="mk.ilecu"]').press("Space")
        await seen.page.locator(PLATE).press_sequentially("SK 1234")
        await seen.page.keyboard.press("Tab")
        await seen.page.keyboard.type("The van carried eleven people over the border.")
        await seen.page.wait_for_selector(SAVED)
        assert await seen.width() == NARROW[0]
        await seen.page.get_by_role("button", name="Hand it in").press("Enter")
        await seen.page.wait_for_selector(".desk-said")
        assert "Waits for an officer" in await seen.page.inner_text("main")
        assert await seen.faults() == []
        assert seen.complaints == []
