"""Urgent items that arrive: who is told over which channel, what a broken channel shows, and what a restart repeats."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from nodes.casework import alert_store
from nodes.casework.alert import Alert, End, Level
from nodes.casework.alert_channels import REFUSED, TLS, Call
from nodes.casework.alert_mail import MailChannel
from nodes.casework.alert_post import PostChannel
from nodes.casework.alert_round import TEST_APART_S, TESTED_LATELY, Alerts, build_alerts
from nodes.casework.case_sync import CaseSync
from nodes.config import AlertSettings, MailSettings, PagerSettings, PostSettings
from nodes.gateway.alarms import alarms
from nodes.people.alert_addresses import BAD_ADDRESS, AlertAddresses
from nodes.people.refusals import NotDone
from nodes.people.roles import Role
from nodes.people.roster import Span, Turn
from runtime.log import Log
from tests.simulators.casework import OFFICER, Side, urgent
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_cli import named, run, until
from tests.simulators.relay import relay
from tests.simulators.staff import Member, Staff

HOUR = 3_600
ALERT = ("--as", "belgrade", "alert")
SECRETS = ("mk", "VR 123", "Lojane", "Ana", "Eva")
"""What no alert may say: who, whose, what about."""


class Duty:
    """Serbia's contact point at night: two on the roster, a supervisor, and the alerts of the settings given."""

    def __init__(self, node: TestGateway, **settings: Any) -> None:
        self.node = node
        self.staff = Staff(node.gateway)
        self.log = StringIO()
        log = Log(self.log, node.gateway.here.clock, bytes(32))
        self.alerts: Alerts = build_alerts(node.gateway, self.staff.book, AlertSettings(**settings), log)
        self.people: dict[str, Member] = {}

    async def arrive(self) -> None:
        first = await self.staff.administrator()
        roles = {"ana": Role.DUTY_OFFICER, "ben": Role.CASE_OFFICER, "eva": Role.SUPERVISOR}
        for name, role in roles.items():
            self.people[name] = await self.staff.member(first.id, f"{name}.night", role)
        now, eva = self.staff.now, self.people["eva"].id
        span = Span(now - HOUR, now + 8 * HOUR)
        await self.staff.roster.put_duty(Turn(0, self.people["ana"].id, self.people["ben"].id, span), eva)

    async def only(self) -> Alert:
        [found] = await self.alerts.book.waiting()
        return found

    async def told(self) -> list[tuple[Level, list[str]]]:
        names = {member.id: name for name, member in self.people.items()}
        return [(step.level, [names[each] for each in step.persons]) for step in (await self.only()).steps]


class Stops:
    """A channel in which the node stops."""

    name = "pager"

    def __init__(self) -> None:
        self.begun = asyncio.Event()

    async def tell(self, call: Call) -> None:
        assert not call.test
        self.begun.set()
        await asyncio.Event().wait()


async def told_of(duty: Duty, persons: list[Any], by: str) -> tuple[Any, ...]:
    """Test the channels; that is not refused."""
    told = await duty.alerts.test(persons, by)
    assert not isinstance(told, NotDone)
    return told


@asynccontextmanager
async def night(world: TestWorld, **settings: Any) -> AsyncIterator[tuple[Duty, TestGateway]]:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        duty = Duty(belgrade, **settings)
        await duty.arrive()
        yield duty, skopje


async def test_an_urgent_item_goes_down_the_roster_until_somebody_takes_it(world: TestWorld, tmp_path: Path) -> None:
    out = tmp_path / "paged.jsonl"
    pager = PagerSettings((sys.executable, "-I", "-c", f"import sys; open({str(out)!r}, 'a').write(sys.stdin.read())"))
    async with night(world, pager=pager) as (duty, skopje):
        await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.queue(urgent())
        await skopje.exchange(duty.node)
        assert await duty.alerts.turn() == 600
        assert await duty.told() == [(Level.ROSTER, ["ana"])]
        world.clock.advance(599)
        assert await duty.alerts.turn() == 1
        world.clock.advance(1)
        await duty.alerts.turn()
        world.clock.advance(600)
        await duty.alerts.turn()
        assert await duty.told() == [(Level.ROSTER, ["ana"]), (Level.ROSTER, ["ben"]), (Level.SUPERVISORS, ["eva"])]
        raised = await duty.node.gateway.store.database.read(alarms)
        assert [each.code for each in raised if each.code.startswith("ALERT")] == ["ALERT_UNANSWERED"]
        taken = await duty.alerts.book.take((await duty.only()).number, OFFICER)
        assert isinstance(taken, Alert)
        assert (taken.end, taken.ended_by) == (End.TAKEN, OFFICER.person)
        assert not [each for each in await duty.node.gateway.store.database.read(alarms) if "ALERT" in each.code]
        world.clock.advance(HOUR)
        assert await duty.alerts.turn() == HOUR
    said = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    text = AlertSettings().text
    assert said == [{"text": text, "node": "rs.ilecu", "test": False}] * 3
    assert not [each for each in SECRETS if each in out.read_text(encoding="utf-8")]


async def test_work_on_the_case_ends_the_alert_and_a_danger_to_life_goes_on_faster(world: TestWorld) -> None:
    async with night(world) as (duty, skopje):
        await skopje.queue(urgent("b"))
        await skopje.exchange(duty.node)
        assert await duty.alerts.turn() == 300
        assert (await duty.only()).life
        side = Side(duty.node)
        await side.done(OFFICER, "take-over")
        await duty.alerts.turn()
        [ended] = await duty.alerts.book.ended()
        assert (ended.end, ended.ended_by) == (End.WORKED, OFFICER.person)
        assert await duty.alerts.book.waiting() == []


async def test_a_mail_goes_to_the_person_who_is_told_and_says_nothing_else(world: TestWorld) -> None:
    async with (
        relay() as post,
        night(world, mail=MailSettings("127.0.0.1", "night@rs.example", post.port, False)) as (
            duty,
            skopje,
        ),
    ):
        book = AlertAddresses(duty.node.gateway.store)
        ana = duty.people["ana"].id
        assert await book.put(ana, "ana at night", duty.staff.now) is BAD_ADDRESS
        assert await book.put(ana, "former@example.org", duty.staff.now) is None
        assert await book.put(ana, "ana@pager.example", duty.staff.now) is None
        assert await book.of(ana) == "ana@pager.example"
        await skopje.queue(urgent())
        await skopje.exchange(duty.node)
        await duty.alerts.turn()
        [letter] = post.letters
        assert letter.to == ["ana@pager.example"]
        assert f"Subject: {AlertSettings().text}" in letter.text
        assert letter.text.strip().endswith(f"{AlertSettings().text}\n\nrs.ilecu".replace("\n\n", "\n"))
        assert not [each for each in SECRETS if each in letter.text.replace("ana@pager", "")]
        post.refuses = True
        [told] = await told_of(duty, [ana], "ana")
        assert isinstance(told.trouble, NotDone)
        assert told.trouble.code == "ALERT_REFUSED"
        [told] = await told_of(duty, [duty.people["ben"].id], "ben")
        assert told.trouble is not None
        assert told.trouble.code == "ALERT_NO_ADDRESS"
        assert "ana@pager" not in duty.log.getvalue()


async def test_a_broken_channel_is_shown_holds_up_no_other_and_the_next_person_is_told_sooner(world: TestWorld) -> None:
    settings = {
        "mail": MailSettings("127.0.0.1", "night@rs.example", 1),
        "pager": PagerSettings(("/nowhere/pager",)),
        "post": PostSettings("http://127.0.0.1:1/alert"),
    }
    async with night(world, channel_timeout_s=5.0, **settings) as (duty, skopje):
        for person in duty.people.values():
            await AlertAddresses(duty.node.gateway.store).put(person.id, "a@b.example", duty.staff.now)
        await skopje.queue(urgent())
        await skopje.exchange(duty.node)
        assert await duty.alerts.turn() == 60
        states = await duty.alerts.book.channels()
        assert {name: each.code for name, each in states.items()} == {
            "mail": "ALERT_UNREACHABLE",
            "pager": "ALERT_NO_COMMAND",
            "post": "ALERT_UNREACHABLE",
        }
        raised = await duty.node.gateway.store.database.read(alarms)
        assert {each.subject for each in raised if each.code == "ALERT_CHANNEL"} == {"mail", "pager", "post"}
        assert duty.log.getvalue().count("alert-failed") == 3


async def test_a_web_address_takes_the_line_and_a_relay_that_protects_nothing_is_not_used() -> None:
    taken = []

    async def take(request: web.Request) -> web.Response:
        taken.append(await request.json())
        return web.Response(status=202 if len(taken) == 1 else 302, headers={"Location": "/elsewhere"})

    app = web.Application()
    app.router.add_post("/alert", take)
    call = Call("An urgent item waits.", "rs.ilecu", test=True, at=0, addresses=("a@b.example",))
    async with TestServer(app) as server, relay() as post:
        address = PostChannel(PostSettings(f"http://127.0.0.1:{server.port}/alert"), 5.0)
        assert await address.tell(call) is None
        assert taken == [call.fields()]
        assert await address.tell(call) is REFUSED, "a redirect is not followed"
        mail = MailChannel(MailSettings("127.0.0.1", "night@rs.example", post.port), 5.0)
        assert await mail.tell(call) is TLS
        assert post.letters == []


async def test_a_pager_that_hangs_is_stopped_and_the_alert_goes_on(world: TestWorld) -> None:
    pager = PagerSettings((sys.executable, "-I", "-c", "import time; time.sleep(600)"))
    async with night(world, pager=pager, channel_timeout_s=0.5) as (duty, _):
        [told] = await told_of(duty, [], "ana")
        assert told.trouble is not None
        assert told.trouble.code == "ALERT_TIMEOUT"
        assert await duty.alerts.test([], "ana") is TESTED_LATELY
        world.clock.advance(TEST_APART_S)
        assert await duty.alerts.test([], "ana") is not TESTED_LATELY, "a minute later it is sent again"


async def test_a_node_that_stopped_in_a_step_takes_it_once_more(world: TestWorld) -> None:
    async with night(world) as (duty, skopje):
        await skopje.queue(urgent())
        await skopje.exchange(duty.node)
        await duty.alerts.turn()
        world.clock.advance(600)
        stops = Stops()
        duty.alerts.channels = (stops,)
        task = asyncio.create_task(duty.alerts.turn())
        await stops.begun.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert [step.reached for step in (await duty.only()).steps] == [True, None]
        again = Duty(duty.node)
        again.people = duty.people
        world.clock.advance(7)
        await again.alerts.turn()
        assert await again.told() == [(Level.ROSTER, ["ana"]), (Level.ROSTER, ["ben"])]
        assert [step.reached for step in (await again.only()).steps] == [True, True]
        store = duty.node.gateway.store
        assert len(await store.database.read(alert_store.waiting)) == 1
        await CaseSync(duty.node.gateway).catch_up()


async def test_a_whole_node_tells_by_itself_and_is_tested_from_the_console(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    pager = PagerSettings((sys.executable, "-I", "-c", "import sys; sys.stdin.read()"))
    async with world.machine(MK).running() as skopje:
        await skopje.queue(urgent("a"))
        await skopje.submit()
    async with named(
        world, RS, "belgrade", alerts=AlertSettings(pager=pager, mail=MailSettings("127.0.0.1", "a@b", 1))
    ):
        found = await until('"loud": true', *ALERT, "list", "--json")
        assert found.exit_code == 0, found.output
        tested = await run(*ALERT, "test")
        assert tested.exit_code == 1
        assert "pager\ttaken" in tested.output
        assert "mail\tALERT_NO_ADDRESS" in tested.output
        state = json.loads((await run(*ALERT, "list", "--json")).output)
        assert [(each["channel"], each["code"]) for each in state["channels"]] == [
            ("mail", "ALERT_NO_ADDRESS"),
            ("pager", None),
        ]
        assert [(each["life"], each["loud"]) for each in state["waiting"]] == [(True, True)]
