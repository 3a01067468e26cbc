"""The main path with keys alone, with scripts and without: ask, take it back, ask again; there: open, answer; close.

Nothing is clicked and nothing gets the focus but by the keyboard: whatever is used is reached by Tab, in sight, and
seen to have the focus. In the usual run one side has scripts and the other none; the campaign turns that round.
"""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from nodes.people.roles import Role
from tests.simulators.browser import Window, window
from tests.simulators.browser_town import FACTS, PLATE, REASON, Country, Town, town_of
from tests.simulators.node import TestWorld
from tests.simulators.web_desk import NAMES

pytestmark = pytest.mark.asyncio(loop_scope="module")
OFFICER = NAMES[Role.CASE_OFFICER]
FARTHEST = 60  # presses of Tab from one thing to the next
STATEMENT = "/information/statements/0"
_REACHED = """() => {
  const it = document.activeElement, box = it.getBoundingClientRect();
  const style = getComputedStyle(it);
  const near = [it, it.nextElementSibling].filter(Boolean);
  const looks = near.flatMap((each) => [getComputedStyle(each), getComputedStyle(each, '::before')]);
  const marked = looks.some((each) => each.boxShadow !== 'none' || each.outlineStyle !== 'none');
  const words = it.matches('input, select, textarea') ? '' : it.getAttribute('aria-label') || it.textContent;
  return {
    words: words.replace(/\\s+/g, ' ').trim(),
    names: [it.name || '', `${it.name || ''}=${it.value || ''}`],
    path: it.getAttribute('href') || '',
    seen: box.bottom > 0 && box.top < innerHeight && style.visibility !== 'hidden',
    marked,
  };
}"""


@dataclass
class Keys:
    """Somebody without a mouse."""

    seen: Window

    async def to(self, wanted: str, *, path: str = "") -> None:
        """Press Tab until it has the focus: a link or button that begins so, or a field with this name (and value)."""
        passed: list[str] = []
        for _ in range(FARTHEST):
            await self.seen.page.keyboard.press("Tab")
            found = await self.seen.page.evaluate(_REACHED)
            named = wanted and (found["words"].startswith(wanted) or wanted in found["names"])
            if named or (path and found["path"].startswith(path)):
                assert found["seen"], f"{wanted} has the focus out of sight"
                assert found["marked"], f"nobody sees that {wanted} has the focus"
                return
            passed.append(found["words"][:40] or found["names"][0])
        raise AssertionError(f"the keyboard does not reach {wanted or path}: {passed}")

    async def go(self, wanted: str, *, path: str = "") -> None:
        """Reach a link or a button, press Enter, and wait for the page that follows."""
        await self.to(wanted, path=path)
        async with self.seen.page.expect_navigation():
            await self.seen.page.keyboard.press("Enter")

    async def past_the_menu(self) -> None:
        """Skip what is the same on every page."""
        await self.to("Skip to the page")
        await self.seen.page.keyboard.press("Enter")

    async def type(self, wanted: str, words: str) -> None:
        await self.to(wanted)
        await self.seen.page.keyboard.type(words)

    async def words(self) -> str:
        return " ".join((await self.seen.page.inner_text("main")).split())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(world: TestWorld, browser: Browser) -> AsyncIterator[Town]:
    async with town_of(world, browser, training=True) as running:
        for each in (running.belgrade, running.skopje):
            await each.desk.member(Role.CASE_OFFICER)
        yield running


@contextlib.asynccontextmanager
async def at_work(town: Town, country: Country, *, scripts: bool) -> AsyncIterator[Keys]:
    """Sign in as a case officer on the page of the training."""
    async with window(country.browser, country.desk, java_script_enabled=scripts) as seen:
        keys = Keys(seen)
        await seen.open("/training")
        await keys.past_the_menu()
        await keys.go(f"Sign in as {OFFICER}")
        assert seen.path == "/today"
        yield keys
        assert seen.complaints == []


async def ask(keys: Keys, plate: str) -> None:
    """Write a vehicle query, send it, take it back, and send it after all."""
    await keys.go("Write")
    await keys.past_the_menu()
    await keys.go("Ask about a vehicle")
    await keys.past_the_menu()
    await keys.to("to=mk.ilecu")
    await keys.seen.page.keyboard.press("Space")
    await keys.type(PLATE, plate)
    await keys.type(FACTS, REASON)
    await keys.go("Continue")
    await keys.past_the_menu()
    await keys.go("Send")
    assert "It leaves at" in await keys.words()
    await keys.past_the_menu()
    await keys.go("Undo: do not send it")
    assert "It leaves at" not in await keys.words()
    await keys.past_the_menu()
    await keys.go("Continue")
    await keys.past_the_menu()
    await keys.go("Send")


@pytest.mark.parametrize("scripts", [True, pytest.param(False, marks=pytest.mark.torture)])
async def test_the_main_path_by_keyboard(town: Town, *, scripts: bool) -> None:
    plate = f"SK 90{int(scripts)}-KK"
    async with (
        at_work(town, town.belgrade, scripts=scripts) as ours,
        at_work(town, town.skopje, scripts=not scripts) as theirs,
    ):
        await ask(ours, plate)
        await town.travel()
        await answer(theirs, plate)
        await town.travel()
        await ours.go("Today")
        await ours.past_the_menu()
        await ours.go(plate)
        assert "Answered" in await ours.words()
        await ours.past_the_menu()
        await ours.go("Close")
        assert "Closed." in await ours.words()


async def answer(keys: Keys, plate: str) -> None:
    """Open what came in, take it over, and answer it."""
    await keys.go("Today")
    await keys.past_the_menu()
    await keys.go("", path="/cases/")
    await keys.past_the_menu()
    await keys.go("", path="/messages/")
    assert plate in await keys.words()
    await keys.past_the_menu()
    await keys.go("Answer")
    await keys.past_the_menu()
    await keys.type(f"{STATEMENT}/text", "The van is hired; the hirer paid in cash.")
    for name, letter in (("kind", "F"), ("source", "R"), ("information", "A")):  # the first option that begins so
        await keys.type(f"{STATEMENT}/evaluation/{name}", letter)
    await keys.go("Continue")
    await keys.past_the_menu()
    await keys.go("Send")
    assert "It leaves at" in await keys.words()
