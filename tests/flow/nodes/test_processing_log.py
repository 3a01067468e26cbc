"""The processing log of a running node: who did what is in it, it holds together, and reading it is in it too."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from nodes.casework.processing_log import Break, Broken, LogPurpose, Verified
from nodes.casework.processing_log_anchoring import Anchoring
from nodes.casework.processing_log_book import YEAR_S, LogBook, ProcessingJournal
from nodes.casework.processing_log_entry import MOST_OBJECTS, parse_entry
from nodes.casework.processing_log_store import Wanted
from nodes.config import LogSettings
from nodes.gateway.deeds import Act, Doer, Door, Operation
from nodes.gateway.journal import acting_as
from tests.simulators.node import MK, RS, TestGateway, TestMachine, TestWorld, example
from tests.simulators.node_api import Api, api
from tests.simulators.node_cli import named, run, until

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
PURPOSE = "purpose=lawfulness"
CHECK = LogPurpose.LAWFULNESS


def logging(world: TestWorld) -> TestMachine:
    return world.machine(RS, journal=ProcessingJournal(RS.node, world.clock))


def book_of(node: TestGateway) -> LogBook:
    store = node.gateway.store
    return LogBook(node.node, node.gateway.here.clock, store.database, store.search)


async def anchor(node: TestGateway) -> None:
    """Anchor the log as it stands in the network's log."""
    await Anchoring(node.gateway, book_of(node), LogSettings(anchor_entries=1)).anchor()
    await node.gateway.poster.drain()


async def note(node: TestGateway, *acts: Act) -> None:
    for act in acts:
        await node.gateway.store.database.write(lambda c, act=act: node.gateway.store.journal.note(c, act))


def shown(number: int) -> Act:
    return Act(operation=Operation.CONSULTATION, deed="show", objects=(bytes([number]) * 32,))


async def entries(node: Api, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await node.get(f"/log?{PURPOSE}{query}"))["entries"]
    return found


async def test_an_exchange_is_in_the_logs_of_both_sides(world: TestWorld) -> None:
    async with api(world, MK) as skopje, api(world, RS) as belgrade:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        _, queued = await skopje.call("POST", "/messages", REQUEST, Reason="own-case")
        await belgrade.until("/messages", lambda found: found["messages"])
        await belgrade.get(f"/messages/{queued['id']}")
        await belgrade.get("/messages?q=lojane")
        await belgrade.until(f"/messages/{queued['id']}", lambda found: found["screening"])
        (sent,) = await entries(skopje, "&operation=transfer")
        assert (sent["who"], sent["door"], sent["reason"]) == ("program", "api", "own-case")
        assert (sent["objects"], sent["recipients"], sent["purpose"]) == ([queued["id"]], ["rs.ilecu"], "investigate")
        about = await entries(belgrade, f"&about={queued['id']}")
        deeds = [(each["operation"], each["deed"], each["who"]) for each in reversed(about)]
        assert deeds[0] == ("collection", "receive", "node")
        assert {("consultation", "show", "program"), ("consultation", "search", "program")} <= set(deeds)
        assert ("combination", "match", "node") in deeds
        assert "Lojane" not in json.dumps(await entries(belgrade))


async def test_the_log_is_read_for_a_purpose_and_reading_it_is_in_it(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        for path in ("/log", "/log/verify", "/log/export", "/log?purpose=curiosity"):
            status, problem = await belgrade.call("GET", path)
            assert status == 400, path
            assert "self-monitoring" in problem["title"]
        assert await entries(belgrade) == []
        (first,) = await entries(belgrade)
        assert (first["deed"], first["purpose"], first["count"]) == ("read-log", "lawfulness", 0)
        verified = await belgrade.get("/log/verify?purpose=security")
        assert (verified["holds"], verified["entries"]) == (True, 3)  # anchored or not: a loop does that meanwhile
        head = (await belgrade.get("/log/head"))["head"]
        again = await belgrade.get(f"/log/verify?{PURPOSE}&head={head['number']}:{head['hash']}")
        assert again["holds"]
        other = await belgrade.get(f"/log/verify?{PURPOSE}&head={head['number']}:{'0' * 64}")
        assert (other["holds"], other["broken_at"], other["why"]) == (False, head["number"], "other-past")
        seen = [each["deed"] for each in await entries(belgrade, "&limit=2")]
        assert seen == ["verify-log", "verify-log"]
        assert [each["number"] for each in await entries(belgrade, "&before=2")] == [1]


async def test_whoever_follows_the_log_gets_what_is_done_from_then_on(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        await entries(belgrade)
        token = belgrade.node.config.api.token.read_text().strip()
        url = f"http://127.0.0.1:{belgrade.node.port}/api/v1/log/follow?{PURPOSE}"
        async with belgrade.session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
            first, second = [json.loads(await answer.content.readline()) for _ in range(2)]
            assert [each["unmapped"]["deed"] for each in (first, second)] == ["read-log", "export-log"]
            await entries(belgrade)
            third = json.loads(await answer.content.readline())
        assert (third["metadata"]["sequence"], third["class_uid"]) == (3, 6001)
        later = f"{url}&after=2"
        async with belgrade.session.get(later, headers={"Authorization": f"Bearer {token}"}) as answer:
            assert json.loads(await answer.content.readline())["metadata"]["sequence"] == 3


async def test_filters_that_cannot_be_read_are_refused(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        for query in ("operation=spying", "since=yesterday", "before=-1", "about=12", f"about={'z' * 64}", "limit=0"):
            status, problem = await belgrade.call("GET", f"/log?{PURPOSE}&{query}")
            assert (status, problem["code"]) == (400, "MALFORMED"), query
        for head in ("7", "x:00", f"1:{'g' * 64}"):
            assert (await belgrade.call("GET", f"/log/verify?{PURPOSE}&head={head}"))[0] == 400, head
        status, _ = await belgrade.call("GET", "/messages", Reason="because I can")
        assert status == 400


@pytest.mark.parametrize(
    ("damage", "broken"),
    [
        ("UPDATE processing_log SET body = zeroblob(length(body)) WHERE number = 3", Broken(3, Break.CHANGED)),
        ("DELETE FROM processing_log WHERE number = 2", Broken(2, Break.MISSING)),
        ("UPDATE processing_log SET who = 'somebody' WHERE number = 4", Broken(4, Break.INDEX)),
        ("DELETE FROM processing_log_object WHERE number = 1", Broken(1, Break.INDEX)),
        ("UPDATE processing_log SET at = at + 1 WHERE number = 2", Broken(2, Break.INDEX)),
        ("INSERT INTO processing_log_start VALUES (1, 0, zeroblob(32), 5)", Broken(1, Break.CHANGED)),
    ],
)
async def test_whoever_changes_the_database_is_found_at_the_first_entry(
    tmp_path: Path, damage: str, broken: Broken
) -> None:
    world = TestWorld(tmp_path)
    machine = logging(world)
    async with machine.running() as node:
        await note(node, *(shown(number) for number in range(1, 6)))
        assert isinstance(await book_of(node).verify(CHECK), Verified)
    with sqlite3.connect(machine.folder / "state.db") as connection:
        connection.execute(damage)
    connection.close()
    async with machine.running() as node:
        assert await book_of(node).verify(CHECK) == broken


async def test_a_log_is_shortened_to_its_time_and_says_so(tmp_path: Path) -> None:
    world = TestWorld(tmp_path)
    async with logging(world).running() as node:
        book = book_of(node)
        await note(node, *(shown(number) for number in range(1, 4)))
        assert await book.trim(3) == 0
        before = (await book.standing()).head
        await anchor(node)
        world.clock.advance(3 * YEAR_S + 1)
        await note(node, shown(9))
        assert await book.trim(3) == 3
        assert await book.trim(3) == 0
        page = await book.read(Wanted(limit=50), CHECK)
        deeds = [(each.number, parse_entry(each.body).act.deed) for each in reversed(page.entries)]
        assert deeds == [(4, "show"), (5, "trim")]
        assert parse_entry(page.entries[0].body).act.digest == before.hash
        found = await book.verify(CHECK)
        assert isinstance(found, Verified)
        assert (found.start, found.entries) == (before, 4)
        await anchor(node)
        world.clock.advance(3 * YEAR_S + 1)
        assert await book.trim(3) == 4
        assert isinstance(await book.verify(CHECK), Verified)
        standing = await book.standing()
        assert standing.start is not None
        assert standing.start.head.number == 7
    with sqlite3.connect(tmp_path / RS.name / "state.db") as connection:
        assert connection.execute("SELECT count(*) FROM processing_log_object").fetchone() == (0,)
        connection.execute("UPDATE processing_log_start SET number = 6")
    connection.close()
    async with logging(world).running() as node:
        assert await book_of(node).verify(CHECK) == Broken(7, Break.MISSING)


async def test_an_act_on_many_objects_has_several_entries(tmp_path: Path) -> None:
    world = TestWorld(tmp_path)
    async with logging(world).running() as node:
        many = tuple(number.to_bytes(32, "big") for number in range(2 * MOST_OBJECTS + 1))
        with acting_as(Doer("p-1", Door.DESK, "review")):
            await note(node, Act(operation=Operation.ERASURE, deed="erase", objects=many, count=len(many)))
        book = book_of(node)
        page = await book.read(Wanted(limit=2, about=many[-1]), CHECK)
        assert ([each.number for each in page.entries], page.next) == ([3], None)
        page = await book.read(Wanted(limit=2, who="p-1", operation=Operation.ERASURE), CHECK)
        assert ([each.number for each in page.entries], page.next) == ([3, 2], 2)
        page = await book.read(Wanted(limit=2, who="p-1", before=page.next), CHECK)
        assert ([each.number for each in page.entries], page.next) == ([1], None)
        now = world.clock.now
        assert len((await book.read(Wanted(limit=9, since=now, until=now + 1, who="p-1"), CHECK)).entries) == 3
        assert not (await book.read(Wanted(limit=9, until=now), CHECK)).entries
        lots = [each async for each in book.export(Wanted(limit=1, who="p-1"), CHECK)]
        assert [each.number for lot in lots for each in lot] == [3, 2, 1]


async def test_the_command_lists_verifies_and_exports(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with named(world, MK, "skopje"):
        assert (await run("--as", "skopje", "log")).exit_code == 2
        first = await until("The chain holds", "--as", "skopje", "log", "--purpose", "lawfulness", "--verify")
        head = first.output.split("--head: ")[1].split()[0]
        command = ("--as", "skopje", "log", "--purpose", "security")
        assert (await run(*command, "--verify", "--head", head)).exit_code == 0
        wrong = await run(*command, "--verify", "--head", f"1:{'0' * 64}")
        assert wrong.exit_code == 1
        assert "entry 1: the chain does not pass through a head that was given" in wrong.output
        listed = await run(*command, "--operation", "consultation", "--limit", "2", "--since", "2020-01-01")
        assert "consultation: verify-log" in listed.output
        assert "Older entries: add --before" in listed.output
        out = tmp_path / "log.jsonl"
        assert (await run(*command, "--export", str(out))).exit_code == 0
        events = [json.loads(line) for line in out.read_text().splitlines()]
        assert [each["metadata"]["sequence"] for each in events] == list(range(len(events), 0, -1))
        assert {each["class_uid"] for each in events} == {6001}
        assert (out.stat().st_mode & 0o077) == 0
        assert "is there already" in (await run(*command, "--export", str(out))).output
        assert "is no date" in (await run(*command, "--since", "soon")).output
        assert "Run the command twice" in (await run(*command, "--verify", "--export", "x")).output
        assert "Add --verify" in (await run(*command, "--head", head)).output
        as_json = await run(*command, "--verify", "--json")
        assert json.loads(as_json.output)["holds"] is True
