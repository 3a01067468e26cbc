"""The yearly report from real messages: asked, answered, refused, delayed by a court, erased."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.casework.statistics import UNKNOWN, Table
from nodes.casework.statistics_book import StatisticsBook
from nodes.gateway.reading import SentMessage
from nodes.gateway.vault import erase_item
from policies.clocks.zones import DAY
from protocol.ids import MessageId
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run

YEAR = 2026  # in which the clock of the simulators starts


def book(node: TestGateway) -> StatisticsBook:
    gateway = node.gateway
    return StatisticsBook(gateway.here, gateway.store, gateway.network.replica)


async def rows(node: TestGateway, table: Table) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    return [(row.keys, row.figures) for row in (await book(node).report(YEAR)).tables[table]]


def replying(name: str, message: MessageId, **body: Any) -> dict[str, Any]:
    found = example(name, to=["mk.ilecu"], in_reply_to=message.hex())
    found["document"] = {**found["document"], **body}
    return found


async def test_both_sides_count_what_passed_between_them(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        first, second, third = [await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"])) for _ in range(3)]
        assert await rows(skopje, Table.SUBMITTED) == []  # nothing counts before the hub has it
        await skopje.exchange(belgrade)
        ((keys, figures),) = await rows(skopje, Table.SUBMITTED)
        assert (keys[1:], figures) == (("RS", "contact-point"), (3,))
        assert await rows(belgrade, Table.SUBMITTED) == []
        assert [sum(row) for row in zip(*(one for _, one in await rows(belgrade, Table.RECEIVED)), strict=True)] == [
            3,
            0,
        ]
        await belgrade.queue(replying("MT-04/nothing-en", first))
        refused = await belgrade.queue(replying("MT-10/full-mk", second, scope="full"))
        world.clock.advance(60)
        soon = "2026-12-24T12:00:00Z"
        await belgrade.queue(replying("MT-09/granted-bs", third, step="first", expected_by=soon))
        await belgrade.exchange(skopje)
        ((_, counted),) = await rows(belgrade, Table.RECEIVED)
        assert counted == (3, 1)
        assert await rows(belgrade, Table.REFUSED) == [(("MK", "R-b", "full"), (1,))]
        assert await rows(belgrade, Table.DEVIATED) == []
        world.clock.advance(10 * DAY)
        assert await rows(belgrade, Table.DEVIATED) == [(("MK",), (1, 0, 0, 0))]
        await belgrade.queue(replying("MT-04/nothing-en", third))
        await belgrade.exchange(skopje)
        ((_, (cases, ended, _, longest)),) = await rows(belgrade, Table.DEVIATED)
        assert (cases, ended) == (1, 1)
        assert 0 < longest <= 24 * 10
        before = await book(belgrade).report(YEAR)
        assert await book(belgrade).report(YEAR) == before
        found = await belgrade.gateway.reading.find(refused)
        assert isinstance(found, SentMessage)
        item = found.row.item
        assert item is not None
        await belgrade.gateway.store.database.write(lambda connection: erase_item(connection, item))
        assert await rows(belgrade, Table.REFUSED) == [(("MK", UNKNOWN, "full"), (1,))]


async def test_the_report_is_given_over_the_api_and_by_the_command(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with api(world, MK) as skopje:
        found = await skopje.get(f"/statistics?year={YEAR}")
        assert [each["table"] for each in found["tables"]] == ["ST-1", "ST-2", "ST-3", "ST-4"]
        for query in ("", "?year=26", "?year=x", f"?year={YEAR}&as=pdf"):
            assert (await skopje.call("GET", f"/statistics{query}"))[0] == 400, query
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with named(world, MK, "skopje"):
        told = await run("--as", "skopje", "statistics", "--year", str(YEAR))
        assert told.exit_code == 0, told.output
        assert "Requests submitted (Directive (EU) 2023/977 Art 18(2)(a))" in told.output
        as_json = await run("--as", "skopje", "statistics", "--year", str(YEAR), "--json")
        assert json.loads(as_json.output) == found
        as_csv = await run("--as", "skopje", "statistics", "--year", str(YEAR), "--csv")
        assert as_csv.output.startswith('"table","article","month"')
