"""Joining and signing in as people do it: with the keyboard alone, without scripts, with a passkey."""

import base64
from typing import Any

import pytest
from playwright.async_api import Browser

from nodes.people.codes import code_at
from nodes.people.roles import Role
from tests.simulators.browser import PHONE, Window, window
from tests.simulators.node import TestWorld
from tests.simulators.web_desk import PHRASE, TestDesk

pytestmark = pytest.mark.asyncio(loop_scope="module")
AUTHENTICATOR: Any = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


async def focused(seen: Window) -> str:
    """The id or the words of what has the focus."""
    found: str = await seen.page.evaluate("document.activeElement.id || document.activeElement.innerText")
    return found.strip()


async def tab_to(seen: Window, wanted: str) -> None:
    """Press Tab until something has the focus."""
    for _ in range(40):
        await seen.page.keyboard.press("Tab")
        if await focused(seen) == wanted:
            return
    raise AssertionError(f"the keyboard does not reach {wanted}")


async def code_of(desk: TestDesk, world: TestWorld, role: Role) -> str:
    """The code that the person's authenticator shows next."""
    world.clock.advance(60)
    return code_at((await desk.member(role)).secret, desk.services.now())


async def test_the_keyboard_is_enough(desk: TestDesk, browser: Browser, world: TestWorld) -> None:
    await desk.member(Role.CASE_OFFICER)
    async with window(browser, desk) as seen:
        await seen.open("/account")
        assert seen.path == "/sign-in?next=/account"
        await seen.page.keyboard.press("Tab")
        assert await focused(seen) == "Skip to the page"
        await seen.page.keyboard.press("Enter")
        assert await focused(seen) == "main"
        await tab_to(seen, "name")
        await seen.page.keyboard.type("case.officer")
        await tab_to(seen, "passphrase")
        await seen.page.keyboard.type(PHRASE)
        await tab_to(seen, "code")
        await seen.page.keyboard.type(await code_of(desk, world, Role.CASE_OFFICER))
        await seen.page.keyboard.press("Enter")
        await seen.page.wait_for_url("**/account")
        await tab_to(seen, "Sign out")
        await seen.page.keyboard.press("Enter")
        await seen.page.get_by_text("You are signed out.").wait_for()
        assert seen.complaints == []


async def test_an_error_takes_the_focus_and_keeps_what_was_typed(desk: TestDesk, browser: Browser) -> None:
    async with window(browser, desk) as seen:
        await seen.open("/sign-in")
        await seen.page.fill("#name", "m.petrova")
        await seen.page.fill("#passphrase", "wrong words entirely")
        await seen.page.press("#code", "Enter")
        await seen.page.get_by_role("alert").wait_for()
        assert "govuk-error-summary" in await seen.page.evaluate("document.activeElement.className")
        assert await seen.page.input_value("#name") == "m.petrova"
        assert await seen.page.input_value("#passphrase") == ""
        assert seen.complaints == []


async def test_everything_works_without_scripts(desk: TestDesk, browser: Browser, world: TestWorld) -> None:
    administrator = (await desk.member(Role.ADMINISTRATOR)).id
    async with window(browser, desk, java_script_enabled=False, size=PHONE) as seen:
        await seen.open(await desk.link(Role.AUDITOR, administrator))
        assert await seen.page.get_by_text("Passkeys need scripts").is_visible()
        assert not await seen.page.get_by_role("button", name="Make a passkey").is_visible()
        secret = (await seen.page.inner_text(".desk-secret")).replace(" ", "")
        raw = base64.b32decode(secret + "=" * (-len(secret) % 8))
        await seen.page.fill("#passphrase", PHRASE)
        await seen.page.fill("#code", code_at(raw, desk.services.now()))
        await seen.page.get_by_role("button", name="Set passphrase and code").click()
        await seen.open("/account")
        assert await seen.page.inner_text("h1") == "My account"
        await seen.page.get_by_role("button", name="Lock").click()
        assert seen.path == "/sign-in?next=/account"
        world.clock.advance(60)
        await seen.page.fill("#name", "auditor")
        await seen.page.fill("#passphrase", PHRASE)
        await seen.page.fill("#code", code_at(raw, desk.services.now()))
        await seen.page.get_by_role("button", name="Sign in", exact=True).click()
        assert seen.path == "/account"
        await seen.page.get_by_role("button", name="Shqip").click()
        assert await seen.page.get_attribute("html", "lang") == "sq"
        assert seen.path == "/account"


async def test_a_passkey_is_made_and_used(desk: TestDesk, browser: Browser) -> None:
    administrator = (await desk.member(Role.ADMINISTRATOR)).id
    async with window(browser, desk) as seen:
        session = await seen.context.new_cdp_session(seen.page)
        await session.send("WebAuthn.enable")
        added = await session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        await seen.open(await desk.link(Role.SUPERVISOR, administrator))
        await seen.page.fill("#label", "office key")
        await seen.page.get_by_role("button", name="Make a passkey").click()
        await seen.page.get_by_role("button", name="Sign out").wait_for()
        await seen.open("/account")
        assert await seen.page.get_by_text("Passkey: office key").is_visible()
        await seen.page.get_by_role("button", name="Sign out").click()
        await seen.page.get_by_role("button", name="Use a passkey").click()
        await seen.page.get_by_role("button", name="Sign out").wait_for()
        await seen.page.get_by_role("button", name="Sign out").click()
        await session.send("WebAuthn.setUserVerified", {**added, "isUserVerified": False})
        await seen.page.get_by_role("button", name="Use a passkey").click()
        await seen.page.get_by_text("The device did not answer").wait_for()
        assert seen.complaints == []


async def test_a_script_in_a_name_stays_words(desk: TestDesk, browser: Browser) -> None:
    nasty = "<script>document.title='x'</script><img src=x onerror=alert(1)>"
    async with window(browser, desk) as seen:
        await seen.sign_in(Role.CASE_OFFICER)
        await seen.open("/account")
        await seen.page.fill("#label", nasty)
        await seen.page.evaluate("document.querySelector('[data-passkey]').form.submit()")
        await seen.page.get_by_role("alert").wait_for()
        assert await seen.page.input_value("#label") == nasty
        assert await seen.page.title() == "Error: My account - Desk"
        stopped = "document.body.insertAdjacentHTML('beforeend', '<b>x</b>')"
        with pytest.raises(Exception, match="TrustedHTML"):
            await seen.page.evaluate(stopped)
