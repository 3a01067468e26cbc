"""Urgent items on the pages: Today, Alerts, the stream, a screen on a wall, the own address; no word of content."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from nodes.casework.alert_round import build_alerts
from nodes.config import AlertSettings, PagerSettings
from nodes.people.roles import Role
from nodes.people.roster import Span, Turn
from nodes.people.roster_book import RosterBook
from tests.flow.desk.test_stream import opened, told
from tests.simulators.casework import urgent
from tests.simulators.node import MK, TestGateway, TestWorld
from tests.simulators.web_desk import NAMES, TestDesk, Visitor

CONTENT = ("VR 123", "Лојане", "mk.ilecu", "MK-2026")


@pytest.fixture
async def skopje(world: TestWorld, belgrade: TestGateway) -> AsyncIterator[TestGateway]:
    async with world.machine(MK).running() as gateway:
        yield gateway


async def on_duty(desk: TestDesk) -> Visitor:
    """Let the duty officer be on duty, and return the browser."""
    officer, supervisor = await desk.member(Role.DUTY_OFFICER), await desk.member(Role.SUPERVISOR)
    now = desk.services.now()
    turn = Turn(0, officer.id, None, Span(now - 60, now + 36_000))
    await RosterBook(desk.services.gateway, desk.services.people).put_duty(turn, supervisor.id)
    return await desk.as_(Role.DUTY_OFFICER)


async def arrive(skopje: TestGateway, belgrade: TestGateway, desk: TestDesk, **changes: Any) -> None:
    await skopje.queue(urgent(**changes))
    await skopje.exchange(belgrade)
    await desk.services.alerts.turn()


async def test_whoever_is_on_duty_sees_hears_and_takes_an_urgent_item(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    officer, colleague = await on_duty(desk), await desk.as_(Role.CASE_OFFICER)
    assert "Urgent, and nobody has taken it" not in (await officer.get("/today")).words
    async with opened(desk, officer) as mine, opened(desk, colleague) as other:
        await told(mine)
        await told(other)
        desk.services.alerts.heard = desk.services.changes.tell
        await arrive(skopje, belgrade, desk)
        assert b"changed" in await told(mine)
        assert await told(mine) == b"event: alert\ndata: 1\n\n"
        today = await officer.get("/today")
        assert "Urgent, and nobody has taken it" in today.words
        assert f"Told last: {NAMES[Role.DUTY_OFFICER]} (duty roster)" in today.words
        assert f"Next: {NAMES[Role.SUPERVISOR]}" in (await colleague.get("/alerts")).words
        taken = await colleague.post("/alerts/take", {"number": "1", "back": "/today"})
        assert "It is yours." in (await colleague.follow(taken)).words
        heard = b""
        while b"alert" not in heard:
            heard = await told(mine)
        assert heard == b"event: alert\ndata: 0\n\n"
    late = await officer.follow(await officer.post("/alerts/take", {"number": "1"}))
    assert f"{NAMES[Role.CASE_OFFICER]} took it before you." in late.words
    assert "No urgent item waits" in late.words
    assert "Taken lately" in late.words
    assert (await officer.post("/alerts/take", {"number": "99"})).status == 404
    assert (await (await desk.as_(Role.ADMINISTRATOR)).post("/alerts/take", {"number": "1"})).status == 404


async def test_a_test_says_for_each_channel_what_happened_and_what_to_do(desk: TestDesk) -> None:
    administrator = await desk.as_(Role.ADMINISTRATOR)
    assert "so nothing was sent" in (await administrator.post("/alerts/test")).words
    settings = AlertSettings(pager=PagerSettings(("/nowhere/pager",)))
    services = desk.services
    services.alerts = build_alerts(services.gateway, services.people, settings, services.log)
    assert "Never tried. Send a test." in (await administrator.get("/alerts")).words
    tested = await administrator.post("/alerts/test")
    assert tested.status == 200
    assert "The command could not be started. Check that the file named first" in tested.words
    assert "Off: not in the settings of this node." in tested.words
    again = await administrator.post("/alerts/test")
    assert again.status == 429
    assert "You tested the alerts less than a minute ago" in again.words
    assert "after a minute you can test again" in again.words
    other = await (await desk.as_(Role.SUPERVISOR)).post("/alerts/test")
    assert other.status == 200, "one a minute for each person"
    assert (await (await desk.as_(Role.INVESTIGATOR)).get("/alerts")).status == 404


async def test_everybody_who_is_told_keeps_an_address_of_their_own(desk: TestDesk) -> None:
    officer = await on_duty(desk)
    assert "/account/alerts" in (await officer.get("/account")).text
    wrong = await officer.post("/account/alerts", {"address": "at night"})
    assert wrong.status == 422
    assert 'value="at night"' in wrong.text
    kept = await officer.follow(await officer.post("/account/alerts", {"address": "a.b@c.example"}))
    assert 'value="a.b@c.example"' in kept.text
    gone = await officer.follow(await officer.post("/account/alerts", {"address": ""}))
    assert "You get no mail any more." in gone.words
    assert "/account/alerts" not in (await (await desk.as_(Role.INVESTIGATOR)).get("/account")).text


async def test_a_screen_stays_signed_in_by_its_link_and_shows_numbers_only(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway, world: TestWorld
) -> None:
    await on_duty(desk)
    supervisor, screen = await desk.as_(Role.SUPERVISOR), desk.stranger()
    assert (await screen.get("/wall")).location == "/sign-in?next=/wall"
    assert (await screen.get("/wall/now")).status == 403
    assert (await screen.get("/wall/changes")).status == 403
    made = await supervisor.post("/alerts/screens")
    [link] = re.findall(r'id="link">([^<]+)<', made.text)
    path = link.removeprefix(desk.services.origin)
    assert (await screen.get(path + "x")).location.startswith("/sign-in")
    assert "Show it on this screen" in (await screen.get(path)).words
    assert (await screen.get("/wall")).status == 303
    assert "link not opened yet" in (await supervisor.get("/alerts")).words
    signed_in = await screen.post(path)
    assert signed_in.location == "/wall"
    assert (await desk.stranger().get(path)).location.startswith("/sign-in"), "the link works once"
    assert path.rpartition("/")[2] not in str(screen.jar)
    await arrive(skopje, belgrade, desk)
    world.clock.advance(86_400 * 3)
    board = await screen.get("/wall")
    assert board.status == 200
    assert '<meta http-equiv="refresh" content="20">' in board.text
    assert "desk-wall--alarm" in board.text
    assert "urgent, not taken for 3 days" in board.words
    now = await screen.get("/wall/now")
    assert '"waiting": "1"' in now.text
    async with opened(desk, screen, "/wall/changes") as answer:
        assert [await told(answer) for _ in range(2)] == [b": still here\n\n", b"event: alert\ndata: 1\n\n"]
    secrets = (*CONTENT, *NAMES.values())
    assert not [each for each in secrets if each in board.text + now.text]
    supervisor = await desk.as_(Role.SUPERVISOR)
    assert "Screen 1" in (await supervisor.get("/alerts")).words
    await supervisor.post("/alerts/screens/end", {"number": "1"})
    assert (await screen.get("/wall")).status == 303
    assert (await (await desk.as_(Role.DUTY_OFFICER)).get("/wall")).status == 200
    assert (await (await desk.as_(Role.AUDITOR)).get("/wall")).status == 404
