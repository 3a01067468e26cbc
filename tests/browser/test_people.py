"""Accounts, roster and reviews as people keep them in a browser: from the invitation to the right that ends."""

import base64
import re

import pytest
from playwright.async_api import Browser

from nodes.desk.moments import LocalTime
from nodes.desk.times import write_local
from nodes.people.codes import code_at
from nodes.people.glass import Ground
from nodes.people.glass_book import GlassBook
from nodes.people.roles import Role
from tests.simulators.browser import NARROW, Window, window
from tests.simulators.web_desk import NAMES, PHRASE, TestDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")
HERE, HOUR = LocalTime("RS"), 3_600


async def well(seen: Window) -> None:
    """Nothing is wrong with the page for anybody, and it fits."""
    assert await seen.faults() == []
    assert seen.complaints == []
    view = seen.page.viewport_size
    assert view is not None
    assert await seen.width() <= view["width"]


async def invite(seen: Window, name: str, sign_in: str, role: str) -> str:
    """Invite somebody; return the path of the link."""
    await seen.open("/people")
    await seen.page.get_by_role("link", name="Invite somebody").click()
    await seen.page.get_by_label("Name", exact=True).fill(name)
    await seen.page.get_by_label("Sign-in name").fill(sign_in)
    await seen.page.get_by_label(role).check()
    await seen.page.get_by_label("Reason").fill("starts work")
    await seen.page.get_by_role("button", name="Invite and show the link").click()
    await seen.page.get_by_role("heading", name=f"The link for {name}").wait_for()
    await well(seen)
    return (await seen.page.locator("#link").inner_text()).removeprefix(seen.desk.services.origin)


async def test_somebody_is_invited_works_and_loses_the_right_at_once(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as keeper, window(browser, desk, java_script_enabled=False) as officer:
        await keeper.sign_in(Role.ADMINISTRATOR)
        link = await invite(keeper, "Vera Nova", "v.nova", "Duty officer")
        await officer.open(link)
        secret = "".join(re.findall("[A-Z2-7]+", await officer.page.locator(".desk-secret").inner_text()))
        await officer.page.get_by_label("Passphrase", exact=True).fill(PHRASE)
        code = code_at(base64.b32decode(secret + "=" * (-len(secret) % 8)), desk.services.now())
        await officer.page.get_by_label("One-time code").fill(code)
        await officer.page.get_by_role("button", name="Set passphrase and code").click()
        assert await officer.open("/duty") == 200
        assert await officer.open(link) == 410, "a link works once"

        await keeper.open("/people")
        await keeper.page.get_by_role("link", name="Vera Nova").click()
        await keeper.page.locator("#change-roles summary").click()
        form = keeper.page.locator("#change-roles")
        await form.get_by_label("Duty officer").uncheck()
        await form.get_by_label("Directory editor").check()
        await form.get_by_label("Reason").fill("other work")
        await form.get_by_role("button", name="Change the roles").click()
        await keeper.page.get_by_text("The account is changed.").wait_for()
        assert "Roles: Directory editor" in await keeper.page.locator("aside").inner_text()
        await well(keeper)
        await officer.open("/duty")
        assert officer.path.startswith("/sign-in"), "the session ended with the right"


async def test_a_fault_opens_its_form_and_takes_the_focus(desk: TestDesk, browser: Browser) -> None:
    who = (await desk.member(Role.CASE_OFFICER)).id
    async with window(browser, desk) as keeper:
        await keeper.sign_in(Role.ADMINISTRATOR)
        await keeper.open(f"/people/{who}")
        await keeper.page.locator("#change-ended summary").click()
        await keeper.page.locator("#change-ended").get_by_role("button").click()
        await keeper.page.get_by_role("heading", name="This was not done").wait_for()
        await keeper.page.get_by_role("link", name="A reason is missing.").click()
        assert await keeper.page.evaluate("document.activeElement.id") == "ended-why"
        await well(keeper)


async def test_every_form_of_an_account_is_for_everybody(desk: TestDesk, browser: Browser) -> None:
    who = (await desk.member(Role.CASE_OFFICER)).id
    async with window(browser, desk) as keeper:
        await keeper.sign_in(Role.ADMINISTRATOR)
        await keeper.open(f"/people/{who}")
        for each in await keeper.page.locator("details summary").all():
            await each.click()
        await well(keeper)


async def test_a_supervisor_fills_a_gap_and_reviews(desk: TestDesk, browser: Browser) -> None:
    officer, now = await desk.member(Role.DUTY_OFFICER), desk.services.now()
    acting = await desk.services.people.acting(officer.id)
    assert acting is not None
    reason = "A child is missing and nobody of the case is there"
    await GlassBook(desk.services.gateway).break_glass("00" * 16, Ground.DANGER, reason, acting)
    async with window(browser, desk, size=NARROW) as seen:
        await seen.sign_in(Role.SUPERVISOR)
        await seen.open("/duty")
        assert await seen.page.get_by_text("Nobody is on duty").count() == 1
        await seen.page.locator("#duty-person").select_option(label=NAMES[Role.DUTY_OFFICER])
        await seen.page.locator("#duty-starts_at").fill(write_local(now, HERE))
        await seen.page.locator("#duty-ends_at").fill(write_local(now + 8 * HOUR, HERE))
        await seen.page.get_by_role("button", name="Enter the duty").click()
        await seen.page.get_by_text("The duty is entered.").wait_for()
        await well(seen)
        await seen.open("/reviews")
        await seen.page.get_by_label("Not justified").check()
        await seen.page.get_by_label("Finding").fill("The officer of the case was there.")
        await well(seen)
        await seen.page.get_by_role("button", name="Record the review").click()
        await seen.page.get_by_text("Nothing waits for a review").wait_for()
        await well(seen)
