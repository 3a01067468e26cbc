"""A box is listed page by page: nothing is left out, nothing comes twice, and what arrives meanwhile shifts nothing."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.commands.reading import whole_id
from nodes.gateway.windows import Window
from protocol.errors import Code
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_api import Api, api
from tests.simulators.node_cli import named, run

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


async def walk(client: Api, box: str, limit: int) -> list[str]:
    """Return the ids of all pages of a box, in the order they are listed."""
    found = await client.get(f"/messages?box={box}&limit={limit}")
    ids = [row["id"] for row in found["messages"]]
    while found["next"] is not None:
        assert len(found["messages"]) == limit
        found = await client.get(f"/messages?box={box}&limit={limit}&before={found['next']}")
        ids += [row["id"] for row in found["messages"]]
    return ids


async def fill(world: TestWorld, count: int) -> list[str]:
    """Let one node send so many messages to the other; return their ids, the newest first."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        sent = [await skopje.queue(REQUEST) for _ in range(count)]
        await skopje.exchange(belgrade)
    return [each.hex() for each in reversed(sent)]


async def test_every_page_size_lists_everything_once_and_in_order(world: TestWorld) -> None:
    ids = await fill(world, 5)
    async with api(world, MK) as skopje, api(world, RS) as belgrade:
        for limit in (1, 2, 4, 5, 6):
            assert await walk(skopje, "outbox", limit) == ids
            assert sorted(await walk(belgrade, "inbox", limit)) == sorted(ids)
        assert await walk(belgrade, "inbox", 1) == await walk(belgrade, "inbox", 3)


async def test_what_arrives_meanwhile_shifts_no_page(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        old = [await skopje.queue(REQUEST) for _ in range(4)]
        first = await skopje.gateway.reading.list_sent(Window(2))
        await skopje.queue(REQUEST)
        second = await skopje.gateway.reading.list_sent(Window(2, first.next))
        assert [row.message for row in (*first.rows, *second.rows)] == old[::-1]
        assert second.next is None


async def test_a_search_is_paged_too(world: TestWorld) -> None:
    ids = await fill(world, 3)
    async with world.machine(RS).running() as belgrade:
        found = await listed(belgrade, "lojane")
        assert sorted(found) == sorted(ids)
        assert await listed(belgrade, "ohrid") == []
        assert await listed(belgrade, " ") == []


async def listed(node: TestGateway, words: str) -> list[str]:
    window: Window | None = Window(2)
    out: list[str] = []
    while window is not None:
        page = await node.gateway.reading.list_received(window, words)
        out += [each.message.hex() for each in page.rows if each.message]
        window = None if page.next is None else Window(2, page.next)
    return out


async def test_replaced_messages_take_no_place(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        first = await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.NO_VALID_KEY)
        await skopje.submit()
        page = await skopje.gateway.reading.list_sent(Window(1))
        assert page.next is None
        assert [row.replaces for row in page.rows] == [first]


@pytest.mark.parametrize("digits", [1, 7, 12, 64])
async def test_the_beginning_of_an_id_finds_it(world: TestWorld, digits: int) -> None:
    async with world.machine(MK).running() as skopje:
        messages = [await skopje.queue(REQUEST) for _ in range(3)]
        for message in messages:
            prefix = message.hex()[:digits]
            fits = [each for each in messages if each.hex().startswith(prefix)]
            page = await skopje.gateway.reading.list_sent(Window(9, prefix=prefix))
            assert [row.message for row in page.rows] == fits[::-1]


@pytest.mark.parametrize("query", ["before=x", "before=", "before=-1", "before=" + "9" * 19, "id=G", "id=", "id=A1"])
async def test_what_is_no_cursor_or_id_is_refused(world: TestWorld, query: str) -> None:
    async with api(world, MK) as skopje:
        status, found = await skopje.call("GET", f"/messages?{query}")
        assert (status, found["code"]) == (400, "MALFORMED")


class Box:
    """Answers like a node that holds these messages, and counts the questions."""

    def __init__(self, *ids: str) -> None:
        self.ids = ids
        self.asked: list[dict[str, Any]] = []

    def get(self, _path: str, **query: Any) -> dict[str, Any]:
        self.asked.append(query)
        own = self.ids if query["box"] == "inbox" else ()
        rows = [{"id": each, "box": "inbox"} for each in own if each.startswith(query.get("id", ""))]
        return {"messages": rows[: query["limit"]], "next": None}


def test_the_first_digits_name_a_message_where_they_fit_one() -> None:
    one, two = "ab" * 32, "ac" * 32
    box = Box(one, two)
    assert whole_id(box, "AB") == one
    assert whole_id(box, "a") == "a"
    assert whole_id(box, "ff") == "ff"
    assert whole_id(box, "-") == one
    assert whole_id(box, "../x") == "../x"
    assert whole_id(Box(), "-") == "-"
    assert whole_id(box, two) == two


async def test_a_person_pages_through_a_box(world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr("nodes.commands.pages._LARGEST", 2)
    ids = await fill(world, 5)
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        first = json.loads((await run("--as", "skopje", "outbox", "--limit", "2", "--json")).output)
        assert [row["id"] for row in first["messages"]] == ids[:2]
        before = str(first["next"])
        more = await run("--as", "skopje", "outbox", "--limit", "2", "--before", before, "--json")
        assert [row["id"] for row in json.loads(more.output)["messages"]] == ids[2:4]
        told = await run("--as", "belgrade", "inbox", "--limit", "2")
        assert "--before" in told.output
        every = json.loads((await run("--as", "belgrade", "inbox", "--all", "--json")).output)
        assert sorted(row["id"] for row in every["messages"]) == sorted(ids)
        assert every["next"] is None
        assert "--before" not in (await run("--as", "belgrade", "inbox", "--all")).output
