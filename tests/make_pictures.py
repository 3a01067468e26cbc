"""``make pictures``: every screen of the desk as it is, on a desktop and on a phone, in Latin and in Cyrillic letters.

Two contact points of a training network write to each other first, so that the screens hold what officers see. The
pictures go to ``docs/images``; look at them before they are committed.
"""

import argparse
import asyncio
import base64
import contextlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

from nodes.casework.correction_book import CorrectionBook
from nodes.casework.correction_notes import Wording
from nodes.gateway.alarms import clear_alarm
from nodes.people.roles import Role
from nodes.people.roster import Span, Turn
from nodes.people.roster_book import RosterBook
from protocol.errors import Code
from protocol.ids import MessageId
from tests.simulators.browser import DESKTOP, PHONE, Window, browser_running, window
from tests.simulators.browser_town import FACTS, PLATE, REASON, Town, town_of
from tests.simulators.casework import urgent
from tests.simulators.node import TestWorld, example

TARGET: Final = Path(__file__).parents[1] / "docs" / "images"
SIZES: Final = {"desktop": DESKTOP, "phone": PHONE}
SCRIPTS: Final = {"latin": "en", "cyrillic": "sr-Cyrl"}
_QUALITY: Final = 42
_TALLEST: Final = 1_250  # pixels: what comes below is more of the same


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its name among the pictures, who looks at it, and where it is."""

    name: str
    role: Role | None
    path: str


async def prepare(town: Town) -> list[Screen]:
    """Let both sides work for a while; return the screens to be seen in Belgrade."""
    belgrade, skopje = town.belgrade, town.skopje
    officer = await belgrade.work(Role.CASE_OFFICER)
    questions = [await _asked(town, name) for name in ("MT-01/vehicle-mk", "MT-01/vehicle-mk")]
    await officer.ask("sk 1234-ab", "mk.ilecu")
    await town.travel()
    own = await belgrade.newest(mine=True)
    answer = example("MT-04/nothing-en", to=["rs.ilecu"], in_reply_to=own.hex())
    await skopje.node.queue(answer)
    await town.travel()
    for each in questions:
        await officer.open(f"/messages/{each.hex()}")
    case = await officer.open_case("1234-ab")
    await officer.open("/compose")
    await officer.seen.page.get_by_role("button", name="Ask about a vehicle").click()
    await officer.seen.page.wait_for_load_state()
    draft = officer.seen.path
    await officer.seen.page.check('[name="to"][value="mk.ilecu"]')
    await officer.fill({PLATE: "sk 777-ab", FACTS: REASON})
    await officer.press("Continue")
    places = {"case": case, "draft": draft, "message": f"/messages/{questions[0].hex()}", "own": own.hex()}
    places |= await _further(town, case.rpartition("/")[2], questions[1])
    await belgrade.node.gateway.store.database.write(lambda c: clear_alarm(c, Code.QUORUM.value, "directory"))
    return _screens(places)


async def _further(town: Town, case: str, question: MessageId) -> dict[str, str]:
    """Let come in what is rare: a correction, a hold, an entry of the directory, an urgent item."""
    belgrade, skopje, now = town.belgrade, town.skopje, town.world.clock()
    wrong = Wording(
        action="correct",
        reason="inaccurate",
        explanation="Two digits of the plate were exchanged when it was typed.",
        changes=(("/subjects/vehicles/0/plate", "VR 132-ŽĆ"),),
    )
    await CorrectionBook(skopje.node.gateway).raise_(question, wrong)
    await town.travel()
    notice = await belgrade.newest(mine=False)
    keeper = await belgrade.work(Role.SUPERVISOR)
    await keeper.open(f"/cases/{case}")
    ordered = {"code": "proceedings", "authority": "Higher Court in Vranje, K 12/26", "expires_at": "2027-04-09"}
    await keeper.fill(ordered)
    await keeper.press("Place the hold")
    editor = await belgrade.work(Role.DIRECTORY_EDITOR)
    await editor.open("/contact-entry")
    await editor.press("Write a new entry")
    officer, supervisor = await belgrade.desk.member(Role.DUTY_OFFICER), await belgrade.desk.member(Role.SUPERVISOR)
    turn = Turn(0, officer.id, supervisor.id, Span(now - 3_600, now + 36_000))
    await RosterBook(belgrade.node.gateway, belgrade.desk.services.people).put_duty(turn, supervisor.id)
    await skopje.node.queue(urgent())
    await town.travel()
    await belgrade.desk.services.alerts.turn()
    return {"notice": notice.hex(), "entry": editor.seen.path}


def _screens(places: Mapping[str, str]) -> list[Screen]:
    officer, auditor = Role.CASE_OFFICER, Role.AUDITOR
    return [
        Screen("sign-in", None, "/sign-in"),
        Screen("training", None, "/training"),
        Screen("tour", None, "/training/tour"),
        Screen("today", officer, "/today"),
        Screen("cases", officer, "/cases?show=all"),
        Screen("case", officer, places["case"]),
        Screen("message", officer, places["message"]),
        Screen("write", officer, "/compose"),
        Screen("question", officer, places["draft"]),
        Screen("before-sending", officer, f"{places['draft']}/preview"),
        Screen("withdraw", Role.SUPERVISOR, f"/messages/{places['own']}/withdraw"),
        Screen("corrections", Role.SUPERVISOR, "/corrections"),
        Screen("correction", Role.SUPERVISOR, f"/corrections/{places['notice']}"),
        Screen("save-proof", officer, f"{places['message']}/proof"),
        Screen("approvals", Role.SUPERVISOR, "/approvals"),
        Screen("directory", officer, "/directory"),
        Screen("participant", officer, "/directory/mk.ilecu"),
        Screen("contact-entry", Role.DIRECTORY_EDITOR, places["entry"]),
        Screen("duty", Role.SUPERVISOR, "/duty"),
        Screen("alerts", Role.SUPERVISOR, "/alerts"),
        Screen("wall", Role.DUTY_OFFICER, "/wall"),
        Screen("retention", Role.SUPERVISOR, "/retention"),
        Screen("break-glass", officer, "/break-glass"),
        Screen("my-requests", Role.INVESTIGATOR, "/my-requests"),
        Screen("statistics", Role.SUPERVISOR, "/statistics"),
        Screen("processing-log", auditor, "/log?purpose=lawfulness"),
        Screen("proof", auditor, f"/proofs/{places['own']}"),
        Screen("log-explorer", auditor, "/proofs/log"),
        Screen("people", Role.ADMINISTRATOR, "/people"),
        Screen("account", officer, "/account"),
    ]


async def _asked(town: Town, name: str) -> MessageId:
    message = await town.skopje.node.queue(example(name, to=["rs.ilecu"]))
    await town.travel()
    return message


async def take(seen: Window, path: Path) -> None:
    """Write a picture of the page, down to where it becomes long."""
    session = await seen.context.new_cdp_session(seen.page)
    width = (seen.page.viewport_size or {"width": 0})["width"]
    height = min(_TALLEST, await seen.page.evaluate("document.documentElement.scrollHeight"))
    clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
    asked = {"format": path.suffix[1:], "captureBeyondViewport": True, "clip": clip}
    found = await session.send(
        "Page.captureScreenshot", asked | ({} if path.suffix == ".png" else {"quality": _QUALITY})
    )
    await session.detach()
    await asyncio.to_thread(path.write_bytes, base64.b64decode(found["data"]))


async def make(target: Path, suffix: str, only: str) -> None:
    """Make all pictures, or those of the screens whose names begin with ``only``."""
    async with contextlib.AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="pictures-"))
        browser = await stack.enter_async_context(browser_running())
        town = await stack.enter_async_context(town_of(TestWorld(Path(folder)), browser, training=True))
        screens = [each for each in await prepare(town) if each.name.startswith(only)]
        for (script, language), role in product(SCRIPTS.items(), dict.fromkeys(each.role for each in screens)):
            seen = await stack.enter_async_context(window(browser, town.belgrade.desk))
            await _begin(seen, role, language)
            for each in (each for each in screens if each.role is role):
                await _look(seen, each, target / f"{each.name}-%s-{script}{suffix}")


async def _begin(seen: Window, role: Role | None, language: str) -> None:
    if role is not None:
        await seen.sign_in(role)
    await seen.open("/account" if role is not None else "/sign-in")
    await seen.speak(language)


async def _look(seen: Window, screen: Screen, place: Path) -> None:
    assert await seen.open(screen.path) == 200, screen
    for size, (width, height) in SIZES.items():
        await seen.page.set_viewport_size({"width": width, "height": height})
        await take(seen, place.with_name(place.name % size))


def main() -> None:
    words = argparse.ArgumentParser(prog="make_pictures", description=__doc__)
    words.add_argument("--target", type=Path, default=TARGET, help="folder of the pictures")
    words.add_argument("--png", action="store_true", help="larger files for programs that show no WebP")
    words.add_argument("--only", default="", help="screens whose names begin like this")
    given = words.parse_args()
    given.target.mkdir(parents=True, exist_ok=True)
    asyncio.run(make(given.target, ".png" if given.png else ".webp", given.only))


if __name__ == "__main__":
    main()
