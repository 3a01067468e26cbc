"""What allowed messages ask of people: kept with the message, shown with its law, open until somebody did it."""

from dataclasses import replace
from pathlib import Path

import pytest

from nodes.gateway.duties import About, DutyBox, list_duties, move_duties, put_duties
from nodes.gateway.overlay import load_overlay
from protocol.decision import Asks, Decision, Duty, Verdict
from protocol.ids import Channel, MessageId, PolicyDigest, TypeId
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
HELD = """\
overlay: police
outer:
  - {id: rs.look-first, predicate: purpose, sides: [recipient], verdict: hold, parameters: {purposes: [prevent]},
     article: NET, text: purpose-police}
"""
REVIEW_S = 4_320 * 3_600


async def answered(world: TestWorld) -> MessageId:
    """A request from Skopje and Belgrade's answer to it, which is the first message that asks for an act."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        question = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        wish = example("MT-04/nothing-en", to=["mk.ilecu"], in_reply_to=question.hex())
        answer = await belgrade.queue(wish)
        await belgrade.exchange(skopje)
        for each in (skopje, belgrade):
            (found,) = await each.gateway.duties.list(10)
            assert (found.obligation, found.asks, found.about.message) == ("need-reviewed", Asks.REVIEW_BY, answer)
            assert found.due_at == found.about.since + REVIEW_S
        (there,) = await skopje.gateway.duties.list(10)
        assert there.about.box is DutyBox.IN
    return answer


async def test_both_ends_owe_a_review_of_the_answer(world: TestWorld) -> None:
    await answered(world)


async def test_a_person_says_that_it_was_done(world: TestWorld) -> None:
    answer = await answered(world)
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        assert (await skopje.get("/status"))["tasks"] == {"open": 1, "overdue": 0}
        (task,) = (await skopje.get("/tasks"))["tasks"]
        assert (task["message"], task["asks"], task["overdue"]) == (answer.hex(), "review-by", False)
        assert "Six months" in task["sentence"]
        assert task["article"] == "Directive (EU) 2023/977, Art. 16(4)"
        assert "Најдоцна" in (await skopje.get("/tasks?language=mk"))["tasks"][0]["sentence"]
        world.clock.advance(REVIEW_S)
        assert (await skopje.get("/status"))["tasks"] == {"open": 1, "overdue": 1}
        for wrong in ({}, {"note": " "}, {"note": 7}, {"note": "x", "more": 1}):
            assert (await skopje.post(f"/tasks/{task['number']}/done", wrong))[0] == 400
        for unknown in ("99", "x", "1" * 20):
            assert (await skopje.post(f"/tasks/{unknown}/done", {"note": "looked"}))[0] == 404
        status, done = await skopje.post(f"/tasks/{task['number']}/done", {"note": "still needed: trial in May"})
        assert (status, done["overdue"], done["done_at"]) == (200, False, world.clock())
        assert (await skopje.post(f"/tasks/{task['number']}/done", {"note": "again"}))[0] == 404
        assert (await skopje.get("/tasks"))["tasks"] == []
        assert [each["number"] for each in (await skopje.get("/tasks?done=1"))["tasks"]] == [task["number"]]


async def test_the_command_lists_and_settles(world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    await answered(world)
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
    async with named(world, MK, "skopje"):
        assert "1 open, 0 overdue" in (await run("--as", "skopje", "status")).output
        listed = (await run("--as", "skopje", "tasks")).output
        assert "MT-04/1" in listed
        assert "Six months" in listed
        world.clock.advance(REVIEW_S)
        assert "OVERDUE" in (await run("--as", "skopje", "tasks")).output
        assert '"overdue": true' in (await run("--as", "skopje", "tasks", "--json")).output
        assert "Task 1 is done" in (await run("--as", "skopje", "tasks", "done", "1", "--note", "erased")).output
        assert "done 20" in (await run("--as", "skopje", "tasks", "--done")).output


async def test_what_is_held_obliges_from_its_release(world: TestWorld) -> None:
    folder = world.folder / "own"
    folder.mkdir()
    path = folder / "own.yaml"
    path.write_text(HELD)
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        question = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        answer = await belgrade.queue(example("MT-04/nothing-en", to=["mk.ilecu"], in_reply_to=question.hex()))
        await belgrade.submit()
    async with world.machine(MK).running(overlay=load_overlay(path)) as skopje:
        await skopje.take()
        assert list(await skopje.gateway.duties.list(10)) == []
        world.clock.advance(500)
        await skopje.gateway.holding.release(answer, "looked at")
        (found,) = await skopje.gateway.duties.list(10)
        assert found.about.since == world.clock()


async def test_a_message_sealed_anew_keeps_its_duties(world: TestWorld) -> None:
    first, second = MessageId(b"a" * 32), MessageId(b"b" * 32)
    owed = Duty("owner-told", Asks.NOTIFY_OWNER, "PCC 31(4)(a)", "obligation.owner-told", 10, ("me.ilecu", "xk.ilecu"))
    decision = Decision(Verdict.ALLOW, PolicyDigest(b"p" * 32), (), ("owner-told",), (owed,))
    about = About(first, DutyBox.OUT, Channel("police"), TypeId("MT-05/1"), 7)
    async with world.machine(MK).running() as skopje:

        def work(connection: object) -> list[tuple[bytes, str, int]]:
            put_duties(connection, about, decision)  # type: ignore[arg-type]
            put_duties(connection, about, decision)  # type: ignore[arg-type]
            move_duties(connection, first, second)  # type: ignore[arg-type]
            put_duties(connection, replace(about, message=second, since=9), decision)  # type: ignore[arg-type]
            found = list_duties(connection, 10)  # type: ignore[arg-type]
            return [(each.about.message, each.owed_to, each.due_at) for each in found]

        found = await skopje.gateway.store.database.write(work)
        assert found == [(second, "me.ilecu", 17), (second, "xk.ilecu", 17)]
