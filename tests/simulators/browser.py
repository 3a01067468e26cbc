"""A real browser over a running desk: pages looked at as people see them, checked by axe, with every complaint kept."""

import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright

from nodes.desk.cookies import Cookies
from nodes.people.roles import Role
from tests.simulators.web_desk import TestDesk

ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP, PHONE, NARROW = (1280, 800), (390, 844), (320, 640)
_DRAW = """async (path) => {
    const answer = await fetch(path);
    if (answer.status >= 500 || !answer.url.endsWith(path)) throw new Error(`${path}: ${answer.status} ${answer.url}`);
    const next = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.documentElement.lang = next.documentElement.lang;
    document.body.replaceWith(document.adoptNode(next.body));
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
    return document.documentElement.scrollWidth;
}"""
_HINTS = "[DOM]"  # what the browser suggests to those who write pages is no complaint


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def chromium() -> str:
    """Return the system's Chromium; without one the test is skipped, which in CI fails.

    The one without an interface of its own comes first: it shows the same pages for half of the processor time.
    """
    for name in ("chromium-headless-shell", "chromium", "chromium-browser"):
        if found := shutil.which(name):
            return found
    pytest.skip("there is no Chromium here; install the package `chromium-headless-shell`")


@contextlib.asynccontextmanager
async def browser_running() -> AsyncIterator[Browser]:
    """Run one browser, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


@dataclass
class Window:
    """One window of the browser. ``complaints`` holds what it reported: faults of scripts, what the policy stopped."""

    desk: TestDesk
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _hear(self, message: ConsoleMessage) -> None:
        refused = "the server responded with a status of" in message.text  # the test looks at statuses itself
        if message.type in ("error", "warning") and not refused and not message.text.startswith(_HINTS):
            self.complaints.append(message.text)

    async def open(self, path: str) -> int:
        """Go to a path of the desk; return the status."""
        answer = await self.page.goto(self.desk.services.origin + path)
        assert answer is not None
        return answer.status

    @property
    def path(self) -> str:
        return self.page.url.removeprefix(self.desk.services.origin)

    async def sign_in(self, role: Role) -> None:
        """Be signed in as the person of a role, without the form."""
        token = (await self.desk.as_(role)).token
        origin = self.desk.services.origin
        cookie: Any = {"name": Cookies.of(origin).session.name, "value": token, "secure": True, "httpOnly": True}
        await self.context.add_cookies([cookie | {"sameSite": "Strict", "url": origin.replace("http:", "https:")}])

    async def speak(self, language: str) -> None:
        """Choose a language as a visitor does, by the button at the foot of the page."""
        button = self.page.locator(f'button[name="language"][value="{language}"]')
        if await button.count():
            await button.click()
            await self.page.wait_for_load_state()

    async def faults(self, *, colours: bool = True) -> list[str]:
        """Return what axe finds on this page. It runs in a world of its own: the page's policy stays on.

        ``colours``: contrast too, which takes the most time and is the same in every language.
        """
        session = await self.context.new_cdp_session(self.page)
        tree = await session.send("Page.getFrameTree")
        world = await session.send("Page.createIsolatedWorld", {"frameId": tree["frameTree"]["frame"]["id"]})
        place = {"contextId": world["executionContextId"]}
        await session.send("Runtime.evaluate", {"expression": _axe(), **place})
        rules = "" if colours else ", rules: {'color-contrast': {enabled: false}}"
        run = f"axe.run(document, {{resultTypes: ['violations']{rules}}}).then((found) => found.violations)"
        ask = {"expression": run, "awaitPromise": True, "returnByValue": True, **place}
        found = await session.send("Runtime.evaluate", ask)
        await session.detach()
        assert "exceptionDetails" not in found, found
        return [f"{each['id']}: {node['html'][:160]}" for each in found["result"]["value"] for node in each["nodes"]]

    async def width_of(self, path: str) -> int:
        """Return how wide the page at a path is, unfolded. Drawn into the page that is open, it takes less.

        Its scripts do not run, and the window needs ``bypass_csp``: the policy forbids that.
        """
        found: int = await self.page.evaluate(_DRAW, path)
        return found

    async def width(self) -> int:
        """Return how wide the page is, whatever the window is."""
        found: int = await self.page.evaluate("document.documentElement.scrollWidth")
        return found


@contextlib.asynccontextmanager
async def window(browser: Browser, desk: TestDesk, **options: Any) -> AsyncIterator[Window]:
    """Open a window of its own, with no cookie in it."""
    size = options.pop("size", DESKTOP)
    view: Any = {"width": size[0], "height": size[1]}
    context = await browser.new_context(viewport=view, **({"locale": "en"} | options))
    try:
        yield Window(desk, context, await context.new_page())
    finally:
        await context.close()
