"""Every page that exists, in every language: readable by everybody, 320 pixels wide, and the policy stops nothing."""

import pytest
from playwright.async_api import Browser

from nodes.desk.page import PUBLIC, SIGNED_IN, Page
from nodes.desk.routes import PAGES
from nodes.desk.texts import LANGUAGES
from nodes.desk.training import PAGES as TRAINING
from nodes.people.roles import MAY, Permission, Role
from tests.simulators.browser import NARROW, Window, window
from tests.simulators.node import MK, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Streams, data for scripts, ways on; nor is what has a dot: a file
NOT_PAGES = ("/changes", "/wall/changes", "/wall/now", "/sign-in/passkey", "/account/passkey", "/")


def visited() -> dict[str, Role | None]:
    """Every page without places, with a role that may open it (None: nobody is signed in)."""
    found: dict[str, Role | None] = {"/no-such-page": Role.CASE_OFFICER}
    for page in PAGES:
        if page.method == "GET" and not {*page.path} & {*"{."} and page.path not in NOT_PAGES:
            found[page.path] = visitor_of(page)
    return found


def visitor_of(page: Page) -> Role | None:
    if page.path == "/wall":
        return Role.DUTY_OFFICER  # its own link, or whoever may see alerts
    if page.permission is PUBLIC:
        return None
    if page.permission is SIGNED_IN:
        return Role.CASE_OFFICER
    return next(role for role in Role if Permission(page.permission) in MAY[role])


async def look_at(seen: Window, path: str, *, axe: bool = True, colours: bool = True) -> list[str]:
    """Return what is wrong with a page."""
    await seen.open(path)
    assert seen.path == path
    wrong = [*(await seen.faults(colours=colours) if axe else ()), *seen.complaints]
    seen.complaints.clear()
    width = await seen.width()
    if width > NARROW[0]:
        wrong.append(f"{width} pixels wide")
    return wrong


def falls_to(language: str, number: int) -> bool:
    """Whether axe looks at this page in this language in every run: English at all, the others take turns.

    Words make a page too wide in one language only, so that is looked at everywhere; what axe finds is in the template.
    """
    others = [each for each in LANGUAGES if each != "en"]
    return language == "en" or others[number % len(others)] == language


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_page_is_for_everybody(desk: TestDesk, browser: Browser, language: str) -> None:
    await look_at_all(desk, browser, language, thorough=False)


@pytest.mark.torture
@pytest.mark.timeout(600)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_on_any_page_in_any_language(desk: TestDesk, browser: Browser, language: str) -> None:
    await look_at_all(desk, browser, language, thorough=True)


async def look_at_all(desk: TestDesk, browser: Browser, language: str, *, thorough: bool) -> None:
    pages = visited()
    axe = {path: thorough or falls_to(language, number) for number, path in enumerate(pages)}
    wrong = {}
    for role in dict.fromkeys(pages.values()):
        async with window(browser, desk, size=NARROW) as seen:
            if role is not None:
                await seen.sign_in(role)
            await seen.open("/account" if role is not None else "/sign-in")
            await seen.speak(language)
            assert await seen.page.get_attribute("html", "lang") == language
            for path in (path for path, whose in pages.items() if whose is role):
                wrong[f"{path} as {role}"] = await look_at(seen, path, axe=axe[path], colours=language == "en")
            await seen.open("/account" if role is not None else "/sign-in")
            await seen.speak("en")
    assert {place: faults for place, faults in wrong.items() if faults} == {}


async def test_the_pages_of_a_desk_that_trains(world: TestWorld, browser: Browser) -> None:
    async with (
        world.machine(MK).running() as skopje,
        desk_over(skopje.gateway, training=True, other_desks={"rs.ilecu": "http://localhost:9"}) as desk,
        window(browser, desk, size=NARROW) as seen,
    ):
        await desk.member(Role.CASE_OFFICER)
        wrong = {page.path: await look_at(seen, page.path) for page in TRAINING if page.method == "GET"}
        assert {place: faults for place, faults in wrong.items() if faults} == {}
        await seen.open("/training/tour")
        other = seen.page.get_by_role("link", name="Desk of rs.ilecu").first
        assert await other.get_attribute("href") == "http://localhost:9/training"
        await seen.open("/training")
        await seen.page.get_by_role("button", name="Mira Petrova").click()
        await seen.page.get_by_role("button", name="Sign out").wait_for()
        assert await seen.page.get_by_text("Nothing here is real").is_visible()
