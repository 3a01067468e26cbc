"""Clocks of real messages: both sides fold the same clock, clarifications stop it, and people see it everywhere."""

import json
from typing import Any

import pytest

from nodes.casework.clock_cases import Awaited, Case
from nodes.casework.clocks import Clocks
from policies.clocks.clock import Escalation
from policies.clocks.limits import DueClass
from policies.clocks.zones import DAY, HOUR
from protocol.ids import MessageId
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_api import Api, api
from tests.simulators.node_cli import named, run


def clocks(node: TestGateway) -> Clocks:
    gateway = node.gateway
    return Clocks(gateway.here, gateway.store, gateway.network.replica)


async def both(one: TestGateway, other: TestGateway, message: MessageId) -> Case:
    """Return the one clock of a message after checking that both sides count the same."""
    [mine] = (await clocks(one).of([message]))[message]
    [theirs] = (await clocks(other).of([message]))[message]
    assert mine == theirs
    return mine


def asking(**changes: Any) -> dict[str, Any]:
    return example("MT-01/vehicle-mk", to=["rs.ilecu"], **changes)


async def sent(node: Api) -> dict[str, Any]:
    """Send a request over the API; return its row once the hub has it."""
    await node.node.gateway.network.sync.run()
    status, answer = await node.post("/messages", asking())
    assert status == 201, answer
    found = await node.until("/messages?box=outbox", lambda found: found["messages"][0]["accepted_at"])
    row: dict[str, Any] = found["messages"][0]
    return row


def replying(name: str, to: str, message: MessageId, **body: Any) -> dict[str, Any]:
    found = example(name, to=[to], in_reply_to=message.hex())
    found["document"] = {**found["document"], **body}
    return found


async def test_both_sides_count_a_request_from_its_leaf_and_a_clarification_stops_it(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(asking())
        assert await clocks(skopje).open() == ()
        await skopje.exchange(belgrade)
        case = await both(skopje, belgrade, message)
        assert (case.awaited, case.owed_by, case.owed_to) == (Awaited.ANSWER, RS.node, MK.node)
        start, due = case.clock.start.at, case.clock.due(world.clock())
        assert start == world.clock()
        assert case.clock.due_class is DueClass.OTHER
        assert case.clock.legal(0) is not None

        world.clock.advance(DAY)
        question = await belgrade.queue(replying("MT-07/vehicle-mk", "mk.ilecu", message))
        await belgrade.exchange(skopje)
        resting = await both(skopje, belgrade, message)
        assert resting.clock.suspended(world.clock())
        asked = await both(skopje, belgrade, question)
        assert (asked.awaited, asked.owed_by) == (Awaited.CLARIFICATION, MK.node)

        world.clock.advance(3 * DAY)
        await skopje.queue(replying("MT-08/vehicle-sr-Cyrl", "rs.ilecu", question, complete=True))
        await skopje.exchange(belgrade)
        running = await both(skopje, belgrade, message)
        assert not running.clock.suspended(world.clock())
        assert running.clock.due(world.clock()) == due + 3 * DAY
        assert running.clock.used(world.clock()) == DAY
        assert (await both(skopje, belgrade, question)).clock.closed_at == world.clock()

        answer = replying("MT-04/nothing-en", "mk.ilecu", message)
        await belgrade.queue(answer)
        await belgrade.exchange(skopje)
        closed = await both(skopje, belgrade, message)
        assert closed.clock.closed_at == world.clock()
        for node in (skopje, belgrade):
            kept = clocks(node)
            assert await kept.open() == ()
            assert await kept.open() == ()


async def test_what_is_kept_of_open_clocks_is_what_a_new_look_finds(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        kept = [(node, clocks(node)) for node in (skopje, belgrade)]

        async def look() -> list[tuple[bool, ...]]:
            """Return which of the open clocks rest, for either side; those that were kept are those of a new look."""
            found = []
            for node, each in kept:
                assert await each.open() == await clocks(node).open()
                found.append(tuple(case.clock.suspended(world.clock()) for case in await each.open()))
            return found

        message = await skopje.queue(asking())
        assert await look() == [(), ()]
        await skopje.exchange(belgrade)
        assert await look() == [(False,), (False,)]
        question = await belgrade.queue(replying("MT-07/vehicle-mk", "mk.ilecu", message))
        await belgrade.exchange(skopje)
        assert sorted((await look())[0]) == [False, True]
        await skopje.queue(replying("MT-08/vehicle-sr-Cyrl", "rs.ilecu", question, complete=True))
        await skopje.exchange(belgrade)
        assert await look() == [(False,), (False,)]
        await belgrade.queue(replying("MT-04/nothing-en", "mk.ilecu", message))
        await belgrade.exchange(skopje)
        assert await look() == [(), ()]


async def test_a_part_keeps_the_rest_due_and_a_restart_loses_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        async with world.machine(RS).running() as belgrade:
            message = await skopje.queue(asking())
            await skopje.exchange(belgrade)
            ground = {"ground": "R-c", "reason": "The court did not authorise the access.", "part": "Question 4"}
            part = {"scope": "part", "grounds": [ground]}
            await belgrade.queue({**replying("MT-10/part-en", "mk.ilecu", message), "document": part})
            await belgrade.exchange(skopje)
            before = await both(skopje, belgrade, message)
            assert before.clock.part
            assert before.clock.closed_at is None
        async with world.machine(RS).running() as belgrade:
            assert await both(skopje, belgrade, message) == before
            [found] = await clocks(belgrade).open()
            assert found == before


async def test_only_who_must_act_has_a_clock(world: TestWorld) -> None:
    machines = [world.machine(each) for each in (MK, RS, AL)]
    async with machines[0].running() as skopje, machines[1].running() as belgrade, machines[2].running() as tirana:
        to = ["rs.ilecu", {"node": "al.ilecu", "mode": "information"}]
        message = await skopje.queue(example("MT-01/vehicle-mk", to=to))
        await skopje.exchange(belgrade)
        await skopje.exchange(tirana)
        assert [each.owed_by for each in await clocks(skopje).open()] == [RS.node]
        assert [each.owed_by for each in await clocks(belgrade).open()] == [RS.node]
        assert await clocks(tirana).open() == ()
        assert (await clocks(tirana).of([message])).get(message, ()) == ()


async def test_the_api_shows_what_is_due_and_proposes_but_never_sends_a_reminder(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, api(world, MK) as skopje:
        row = await sent(skopje)
        assert (row["due_class"], row["suspended"], row["escalation"]) == ("other", False, "none")
        assert (row["awaited"], row["owed_by"]) == ("answer", "rs.ilecu")
        while await belgrade.take():
            pass
        world.clock.advance(8 * DAY)
        shown = (await skopje.get(f"/messages/{row['id']}?language=mk"))["clocks"]
        [clock] = shown
        assert clock["escalation"] == "overdue"
        assert clock["legal_at"] > clock["operational_at"] - DAY
        assert clock["reminder"]["document"]["waiting_for"] == "answer"
        assert clock["reminder"]["to"] == ["rs.ilecu"]
        assert clock["words"][0]["sentence"].startswith("rs.ilecu")
        assert "рокот" in clock["words"][0]["sentence"]
        assert len((await skopje.get("/messages?box=outbox"))["messages"]) == 1
        why = (await skopje.get(f"/messages/{row['id']}/why"))["steps"]
        assert any(step["rule"] == "clock.overdue" and step["who"] == "rs.ilecu" for step in why)
        found = await skopje.get("/status")
        assert found["clocks"]["open"] == 1
        assert found["clocks"]["escalation"] == {"overdue": 1}
        [listed] = (await skopje.get("/clocks"))["clocks"]
        assert listed["id"] == row["id"]
        reminder = {key: value for key, value in clock["reminder"].items() if key != "in_reply_to"}
        status, answer = await skopje.post("/messages", {**reminder, "in_reply_to": row["id"], "language": "en"})
        assert status == 201, answer


@pytest.mark.parametrize(("days", "told"), [(2, False), (3, True), (9, True)])
async def test_on_the_third_day_the_sender_is_told_that_nothing_was_fetched_and_whom_to_call(
    world: TestWorld, days: int, *, told: bool
) -> None:
    async with api(world, MK) as skopje:
        row = await sent(skopje)
        world.clock.advance(days * DAY)
        label = next(
            each["label"] for each in (await skopje.get("/directory"))["participants"] if each["node"] == "rs.ilecu"
        )
        silent = (await skopje.get("/status?language=sr-Latn"))["silent"]
        why = json.dumps(await skopje.get(f"/messages/{row['id']}/why"))
        assert (f"has fetched nothing for {days} days" in why) is told
        assert (label in why) is told
        if not told:
            assert silent == []
            return
        [found] = silent
        assert (found["id"], found["node"], found["label"], found["days"]) == (row["id"], "rs.ilecu", label, days)
        assert label in found["remedy"]
        assert "ne preuzima" in found["sentence"]


async def test_who_fetched_is_not_called_silent(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, api(world, MK) as skopje:
        await sent(skopje)
        while await belgrade.take():
            pass
        await belgrade.post()
        await skopje.until("/messages?box=outbox", lambda found: found["messages"][0]["to"][0]["handed_over_at"])
        world.clock.advance(4 * DAY)
        assert (await skopje.get("/status"))["silent"] == []


async def test_a_person_sees_clocks_in_lists_in_a_message_and_in_the_status(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(world.folder / "state"))
    async with world.machine(MK).running() as skopje, named(world, RS, "belgrade"):
        await skopje.queue(asking())
        await skopje.submit()
        for _ in range(500):
            listed = await run("node", "inbox", "--as", "belgrade")
            if "MT-01" in listed.output:
                break
        assert "due 20" in listed.output
        world.clock.advance(4 * DAY)
        shown = await run("node", "show", "-", "--as", "belgrade")
        assert "answer of rs.ilecu: due 20" in shown.output
        assert ", 50 % (counted" in shown.output
        status = await run("node", "status", "--as", "belgrade")
        assert "clocks: 1 open, 0 rest, 1 at 50 %" in status.output
        world.clock.advance(4 * DAY + HOUR)
        assert "overdue since" in (await run("node", "inbox", "--as", "belgrade")).output
        assert Escalation.OVERDUE.value in (await run("node", "status", "--as", "belgrade")).output
        assert "At: clock." in (await run("node", "why", "-", "--as", "belgrade")).output
