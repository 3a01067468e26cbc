"""Every page that exists, in every language: readable by everybody, 320 pixels wide, and the policy stops nothing.

The usual run looks at a contact point in the middle of its work: at each page once, and the languages take turns; at
its width in every language. The campaign looks at everything in every language, and at an empty contact point too.
"""

import contextlib
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from io import BytesIO
from zipfile import ZipFile

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from nodes.desk.page import PUBLIC, SIGNED_IN, Page
from nodes.desk.routes import PAGES
from nodes.desk.texts import LANGUAGES
from nodes.desk.training import PAGES as TRAINING
from nodes.people.roles import MAY, Permission, Role
from tests.browser.every_place import Place, Work, work_of
from tests.flow.desk.test_save_proof import saved
from tests.simulators.browser import NARROW, Window, window
from tests.simulators.node import MK, TestWorld
from tests.simulators.web_desk import TestDesk, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Streams, data for scripts, ways on; nor is what has a dot: a file
NOT_PAGES = ("/changes", "/wall/changes", "/wall/now", "/sign-in/passkey", "/account/passkey", "/")
NOT_PLACES = {
    "/drafts/{id}/files/{file}/picture": "a picture",
    "/join/{token}/passkey": "data for the script",
    "/messages/{id}/files/{name}": "a file to be saved",
    "/messages/{id}/files/{name}/picture": "a picture",
    "/my-requests/{id}/files/{file}/picture": "a picture",
    "/proofs/alarms/{name}": "a file to be saved",
    "/proofs/{id}/save": "a file to be saved",
    "/retention/evidence/{subject}": "a file to be saved",
    "/statistics/{year}/file": "a file to be saved",
}
"""What has a place in its path and is no page, and what it is instead."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def work(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Work]:
    async with work_of(TestWorld(tmp_path_factory.mktemp("work"))) as running:
        yield running


def visited() -> list[Place]:
    """Every page without places, with a role that may open it (None: nobody is signed in)."""
    pages = (page for page in PAGES if page.method == "GET" and not {*page.path} & {*"{."})
    found = [Place(page.path, page.path, visitor_of(page)) for page in pages if page.path not in NOT_PAGES]
    return [Place("/no-such-page", "/no-such-page", Role.CASE_OFFICER), *found]


def visitor_of(page: Page) -> Role | None:
    if page.path == "/wall":
        return Role.DUTY_OFFICER  # its own link, or whoever may see alerts
    if page.permission is PUBLIC:
        return None
    if page.permission is SIGNED_IN:
        return Role.CASE_OFFICER
    return next(role for role in Role if Permission(page.permission) in MAY[role])


async def look_at(seen: Window, path: str, *, colours: bool = True) -> list[str]:
    """Return what is wrong with a page, with everything unfolded."""
    await seen.open(path)
    assert seen.path == path
    await seen.page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    wrong = ["words became markup"] * await seen.page.locator("[src=x], [onclick]").count()
    wrong += [*await seen.faults(colours=colours), *seen.complaints]
    seen.complaints.clear()
    width = await seen.width()
    if width > NARROW[0]:
        wrong.append(f"{width} pixels wide")
    return wrong


async def test_every_page_with_a_place_has_one_here(work: Work) -> None:
    asked = {page.path for page in PAGES if page.method == "GET" and "{" in page.path}
    assert asked - {*NOT_PLACES} == {each.page for each in work.places}
    assert {*NOT_PLACES} <= asked


@pytest.mark.timeout(300)
async def test_every_page_is_for_everybody(work: Work, browser: Browser) -> None:
    """Each page once, as somebody opens it; the languages take turns."""
    wrong: dict[str, list[str]] = {}
    pages = [*visited(), *work.places]
    language_of = dict(zip(pages, itertools.cycle(LANGUAGES), strict=False))
    async for seen, language, each in walk(work.desk, browser, pages, lambda page, one: language_of[page] == one):
        wrong[f"{each.path} as {each.role} in {language}"] = await look_at(seen, each.path)
    assert {place: faults for place, faults in wrong.items() if faults} == {}
    assert len(wrong) == len(pages)


@pytest.mark.timeout(300)
async def test_every_page_fits_a_phone_in_every_language(work: Work, browser: Browser) -> None:
    wide, spoken = {}, 0
    pages = [*visited()[1:], *work.places]  # a missing page has no words of its own
    async for seen, language, each in walk(work.desk, browser, pages, bypass_csp=True):
        wide[f"{each.path} as {each.role} in {language}"] = await seen.width_of(each.path)
        spoken += await seen.page.get_attribute("html", "lang") == language
    assert {place: width for place, width in wide.items() if width > NARROW[0]} == {}
    assert len(wide) == spoken == len(pages) * len(LANGUAGES)


async def walk(
    desk: TestDesk,
    browser: Browser,
    pages: Sequence[Place],
    wanted: Callable[[Place, str], bool] = lambda _, __: True,
    **options: bool,
) -> AsyncIterator[tuple[Window, str, Place]]:
    """Give the window in which each page is to be opened, in each language that is wanted for it."""
    for role in dict.fromkeys(each.role for each in pages):
        mine = [each for each in pages if each.role is role]
        async with at_the_desk(desk, browser, role, **options) as seen:
            for language, each in ((one, each) for one in LANGUAGES for each in mine if wanted(each, one)):
                await speak(seen, role, language)
                yield seen, language, each


@pytest.mark.torture
@pytest.mark.timeout(900)
@pytest.mark.parametrize("language", LANGUAGES)
async def test_axe_finds_nothing_on_any_page_in_any_language(
    desk: TestDesk, work: Work, browser: Browser, language: str
) -> None:
    for running, pages in ((desk, visited()), (work.desk, [*visited(), *work.places])):
        await look_at_all(running, browser, language, pages)


async def look_at_all(desk: TestDesk, browser: Browser, language: str, pages: Sequence[Place]) -> None:
    """Contrast, which no word changes, is looked at in one language."""
    wrong = {}
    async for seen, _, each in walk(desk, browser, pages, lambda _, one: one == language):
        wrong[f"{each.path} as {each.role}"] = await look_at(seen, each.path, colours=language == "en")
    assert {place: faults for place, faults in wrong.items() if faults} == {}
    assert len(wrong) == len(pages)


@contextlib.asynccontextmanager
async def at_the_desk(desk: TestDesk, browser: Browser, role: Role | None, **options: bool) -> AsyncIterator[Window]:
    """A small window of somebody with that role, or of a stranger."""
    async with window(browser, desk, size=NARROW, **options) as seen:
        if role is not None:
            await seen.sign_in(role)
        yield seen


async def speak(seen: Window, role: Role | None, language: str) -> None:
    if await seen.page.get_attribute("html", "lang") == language:
        return
    await seen.open("/account" if role is not None else "/sign-in")
    await seen.speak(language)
    assert await seen.page.get_attribute("html", "lang") == language


async def test_the_page_that_explains_a_proof_is_for_everybody(work: Work, browser: Browser) -> None:
    (path,) = {each.path for each in work.places if each.page == "/messages/{id}/proof"}
    _, _, raw = await saved(await work.desk.as_(Role.CASE_OFFICER), path, what="both")
    with ZipFile(BytesIO(raw)) as both:
        (report,) = [both.read(name).decode() for name in both.namelist() if name.endswith(".html")]
    async with window(browser, work.desk, size=NARROW) as seen:
        await seen.page.set_content(report)
        assert await seen.page.locator("h2").count() > 5
        assert await seen.faults() == []
        assert await seen.width() <= NARROW[0]


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
