"""Screening at running nodes: three requests in three lanes, own holdings in every script, nothing delayed by it."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from nodes.casework.holdings import HoldingsBook
from nodes.casework.lists import HoldingList
from nodes.casework.results import Screened, due, find_result
from nodes.casework.screener import Screener
from nodes.casework.screening import Lane
from nodes.gateway.holding import Outcome
from nodes.gateway.inbox import InState
from nodes.holding_tables import holding_list, holding_tag
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from runtime.log import Log
from tests.simulators.forge import seal_raw
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld, example, some_example
from tests.simulators.node_api import Api, api
from tests.simulators.node_cli import named, run, until

NEXT_YEAR = "2027-09-30T10:00:00Z"


def vehicle(plate: str, owner: str = "mk.ilecu", **changes: Any) -> dict[str, Any]:
    found = example("MT-01/vehicle-mk", to=["rs.ilecu"], language="en")
    document = found["document"] | {"answer_needed_by": NEXT_YEAR} | changes
    van = document["subjects"]["vehicles"][0]
    document["subjects"] = {"vehicles": [van | {"plate": plate, "evaluation": van["evaluation"] | {"owner": owner}}]}
    return {**found, "document": document}


def person(family: str, given: str, **changes: Any) -> dict[str, Any]:
    found = vehicle("XX 000-XX")
    subject = {
        "id": "p1",
        "role": "suspect",
        "names": [{"kind": "document", "family": family, "given": given}],
        "birth_date": "1984-07-21",
        "evaluation": {"kind": "fact", "source": "B", "information": "2", "as_of": "2026-03-16", "owner": "mk.ilecu"},
        **changes,
    }
    document = found["document"] | {"query": "person", "subjects": {"persons": [subject]}}
    document["connection"] = "The person is said to have driven the van on that night."
    return {**found, "document": document}


def screener(node: TestGateway) -> Screener:
    return Screener(node.gateway, Log(node.machine.log, node.machine.network.clock, b"k" * 32))


async def screened(node: TestGateway, message: MessageId) -> Screened:
    await screener(node).turn()
    found = await node.gateway.store.database.read(lambda connection: find_result(connection, message))
    assert found is not None
    return found


async def book(node: TestGateway, name: str, *entries: dict[str, Any]) -> HoldingList:
    lists = HoldingsBook(node.gateway.here, node.gateway.store)
    found = await lists.put(name, 30, list(entries))
    assert isinstance(found, HoldingList), found
    return found


def names(result: Screened) -> list[str]:
    return [each.id.removeprefix("screening.") for each in result.reasons]


async def test_three_requests_land_in_three_lanes(world: TestWorld) -> None:
    async with (
        world.machine(RS).running() as belgrade,
        world.machine(MK).running() as skopje,
        world.machine(AL).running() as tirana,
    ):
        green = await skopje.queue(vehicle("BG 111-AA"))
        amber = await skopje.queue(vehicle("BG 222-BB", query="general"))
        await skopje.exchange(belgrade)
        assert names(await screened(belgrade, green)) == ["template-query"]
        assert names(await screened(belgrade, amber)) == ["no-template"]
        earlier = await tirana.queue(vehicle("SK 333-ŽĆ", AL.node))
        await tirana.exchange(belgrade)
        red = await skopje.queue(vehicle("СК 333-ЖЋ"))
        await skopje.exchange(belgrade)
        found = await screened(belgrade, red)
        assert names(found) == ["third-party", "own-holding"]
        assert found.about == (earlier,)
        assert dict(found.reasons[0].parameters) == {"owners": "al.ilecu"}
        lanes = [(await screened(belgrade, each)).lane for each in (green, amber, red)]
        assert lanes == [Lane.GREEN, Lane.AMBER, Lane.RED]


async def test_the_same_question_again_and_elsewhere_is_told(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        first = await skopje.queue(vehicle("BG 444-DD"))
        second = await skopje.queue(vehicle("BG444DD", other_channels=[{"channel": "I-24/7", "reference": "77/26"}]))
        await skopje.exchange(belgrade)
        found = await screened(belgrade, second)
        assert names(found) == ["duplicate", "other-channel"]
        assert found.about == (first,)
        assert found.lane is Lane.AMBER


@pytest.mark.parametrize(
    ("listed", "family", "given"),
    [
        ("Ђорђе Ђорђевић", "Gjorgjevikj", "Gjorgje"),
        ("DJORDJEVIC DJORDJE", "Ђорђевић", "Ђорђе"),
        ("Arben Hoxha", "Hodža", "Arben"),
    ],
)
async def test_a_list_is_compared_in_every_script_and_never_kept(
    world: TestWorld, listed: str, family: str, given: str
) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await book(belgrade, "wanted", {"kind": "person", "value": listed, "birth_date": "1984-07-21"})
        asked = await skopje.queue(person(family, given))
        other = await skopje.queue(person(family, given, birth_date="1990-01-01"))
        await skopje.exchange(belgrade)
        found = await screened(belgrade, asked)
        assert "listed" in names(found)
        assert "listed" not in names(await screened(belgrade, other))
        rows = await belgrade.gateway.store.database.read(lambda c: c.execute(select(holding_tag)).all())
        assert rows
        stored = b"".join(path.read_bytes() for path in belgrade.machine.folder.glob("state.db*"))
        assert not [word for word in listed.split() if word.encode() in stored or word.lower().encode() in stored]
        world.clock.advance(31 * 86_400)
        await screener(belgrade).turn()
        assert not await belgrade.gateway.store.database.read(lambda c: c.execute(select(holding_list)).all())
        assert not await belgrade.gateway.store.database.read(lambda c: c.execute(select(holding_tag)).all())


async def test_an_own_message_in_another_script_is_found(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(person("Ђорђевић", "Ђорђе"))
        again = await skopje.queue(person("Gjorgjevikj", "Gjorgje"))
        apart = await skopje.queue(person("Ђурђевић", "Ђорђе"))
        await skopje.exchange(belgrade)
        assert "duplicate" in names(await screened(belgrade, again))
        assert "duplicate" not in names(await screened(belgrade, apart))


async def test_a_held_request_is_red_by_its_rule_and_screened_again_when_released(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        envelope = seal_raw(world)
        world.hub.accept(MK.node, envelope.encode())
        await belgrade.take()
        found = await screened(belgrade, envelope.id)
        assert (found.lane, found.held, found.reasons[0].id) == (Lane.RED, True, "gate.invalid-document")
        assert "incomplete" not in names(found)
        assert await belgrade.gateway.holding.release(envelope.id, "The desk read it over the phone.") is Outcome.DONE
        found = await screened(belgrade, envelope.id)
        assert (found.lane, found.held) == (Lane.AMBER, False)
        assert names(found) == ["incomplete"]


async def test_what_cannot_be_screened_is_red_and_stops_nothing(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        good = await skopje.queue(vehicle("BG 666-FF"))
        bad = await skopje.queue(vehicle("BG 777-GG"))
        await skopje.exchange(belgrade)
        assert (await belgrade.gateway.reading.received(5))[0].state is InState.ACCEPTED
        real = Screener._examine

        async def broken(self: Screener, row: Any, message: MessageId) -> Screened:
            if message == bad:
                raise ValueError
            return await real(self, row, message)

        monkeypatch.setattr(Screener, "_examine", broken)
        assert names(await screened(belgrade, bad)) == ["unscreened"]
        assert (await screened(belgrade, good)).lane is Lane.GREEN
        assert '"route":"screen"' in belgrade.machine.log.getvalue().replace(" ", "")


async def test_a_fault_of_this_machine_leaves_the_request_for_the_next_turn(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def busy(*_: Any) -> Screened:
        raise Fault(Code.BUSY)

    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(vehicle("BG 888-HH"))
        await skopje.exchange(belgrade)
        with monkeypatch.context() as patch:
            patch.setattr(Screener, "_examine", busy)
            with pytest.raises(Fault):
                await screener(belgrade).turn()
        assert await belgrade.gateway.store.database.read(lambda c: due(c, 5)) == [message]
        assert (await screened(belgrade, message)).lane is Lane.GREEN
        assert not await belgrade.gateway.store.database.read(lambda c: due(c, 5))


async def test_an_erased_message_leaves_no_result(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        asked = vehicle("BG 999-KK") | {"erase_by": world.clock() + 86_400}
        message = await skopje.queue(asked)
        await skopje.exchange(belgrade)
        await screened(belgrade, message)
        world.clock.advance(2 * 86_400)
        await belgrade.gateway.rotation.erase_content()
        await screener(belgrade).turn()
        assert await belgrade.gateway.store.database.read(lambda c: find_result(c, message)) is None


async def lane(node: Api, message: str) -> dict[str, Any]:
    found = await node.until("/messages", lambda all_: any(r["id"] == message and r["lane"] for r in all_["messages"]))
    return dict(next(each for each in found["messages"] if each["id"] == message))


async def test_running_nodes_show_lane_and_reasons_and_take_lists(world: TestWorld) -> None:
    async with api(world, MK) as skopje, api(world, RS) as belgrade:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        entries = [{"kind": "vehicle", "value": "НС 123-ЂЂ"}]
        status, taken = await belgrade.post("/holdings", {"name": "vans", "days": 10, "entries": entries})
        assert (status, taken["entries"]) == (201, 1)
        _, queued = await skopje.post("/messages", vehicle("NS 123-ĐĐ"))
        row = await lane(belgrade, queued["id"])
        assert (row["lane"], row["read_at"]) == ("amber", None)
        why = await belgrade.get(f"/messages/{queued['id']}/why?language=sr-Cyrl")
        (step,) = [each for each in why["steps"] if each["rule"] == "screening.listed"]
        assert "списковима овог чвора: vans" in step["sentence"]
        shown = (await belgrade.get(f"/messages/{queued['id']}"))["screening"]
        assert (shown["lane"], shown["decided"], shown["header_only"]) == ("amber", False, False)
        (reason,) = shown["reasons"]
        assert (reason["text"], reason["values"]) == ("screening.listed", {"lists": "vans"})
        assert "Directive (EU) 2023/977, Art. 16(1)(d)" in reason["article"]
        assert [each["name"] for each in (await belgrade.get("/holdings"))["lists"]] == ["vans"]
        assert (await belgrade.post("/holdings/vans/remove", {}))[0] == 200
        assert (await belgrade.post("/holdings/vans/remove", {}))[0] == 404
        assert not (await belgrade.get("/holdings"))["lists"]


WRONG: tuple[tuple[dict[str, Any], int], ...] = (
    ({"name": "x"}, 400),
    ({"name": "x", "days": True, "entries": []}, 400),
    ({"name": "X!", "days": 3, "entries": [{"kind": "phone", "value": "064123"}]}, 422),
    ({"name": "x", "days": 900, "entries": [{"kind": "phone", "value": "064123"}]}, 422),
    ({"name": "x", "days": 3, "entries": []}, 422),
    ({"name": "x", "days": 3, "entries": [7]}, 422),
    ({"name": "x", "days": 3, "entries": [{"kind": "ship", "value": "Galeb"}]}, 422),
    ({"name": "x", "days": 3, "entries": [{"kind": ["person"], "value": "Galeb"}]}, 422),
    ({"name": "x", "days": 3, "entries": [{"kind": "phone", "value": 64}]}, 422),
    ({"name": "x", "days": 3, "entries": [{"kind": "phone", "value": "064123", "birth_date": "1984"}]}, 422),
    ({"name": "x", "days": 3, "entries": [{"kind": "person", "value": "Secretname"}]}, 422),
)


async def test_a_list_that_cannot_be_compared_is_refused_and_never_repeated(world: TestWorld) -> None:
    async with api(world, RS) as belgrade:
        for body, status in WRONG:
            found, answer = await belgrade.post("/holdings", body)
            assert found == status, (body, answer)
            assert "Secretname" not in str(answer)
        assert not (await belgrade.get("/holdings"))["lists"]


async def test_what_is_no_request_has_no_lane(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        asked = await skopje.queue(vehicle("BG 101-AA"))
        await skopje.exchange(belgrade)
        await belgrade.queue(some_example("MT-04", in_reply_to=asked.hex()))
        await belgrade.exchange(skopje)
        assert await skopje.gateway.reading.received(5)
        assert not await skopje.gateway.store.database.read(lambda c: due(c, 5))


async def test_the_command_line_shows_lanes_and_takes_lists(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    as_csv, as_json, other = tmp_path / "vans.csv", tmp_path / "phones.json", tmp_path / "other.csv"
    as_csv.write_text("\ufeffkind,value,birth_date\nvehicle,NS 123-ĐĐ,\n", encoding="utf-8")
    as_json.write_text('[{"kind": "phone", "value": "+381 64 1234567"}]', encoding="utf-8")
    other.write_text("plate\nNS 123\n", encoding="utf-8")
    request = tmp_path / "request.json"
    request.write_text(json.dumps(vehicle("НС 123-ЂЂ")), encoding="utf-8")
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        belgrade = ("--as", "belgrade")
        for name, path in (("vans", as_csv), ("phones", as_json)):
            taken = await run(*belgrade, "holdings", "import", name, "--file", str(path), "--days", "9")
            assert (taken.exit_code, "1 entries" in taken.output) == (0, True), taken.output
        refused = await run(*belgrade, "holdings", "import", "other", "--file", str(other), "--days", "9")
        assert (refused.exit_code, "UTF-8" in refused.output) == (1, True)
        assert "phones" in (await run(*belgrade, "holdings", "list")).output
        body = json.loads(request.read_text(encoding="utf-8"))
        document = tmp_path / "document.json"
        document.write_text(json.dumps(body["document"]), encoding="utf-8")
        sent = await run(
            *("--as", "skopje", "send", "--to", "rs.ilecu", "--language", "en"),
            *("--type", "MT-01", "--file", str(document)),
        )
        assert sent.exit_code == 0, sent.output
        assert "unread" in (await until("amber", *belgrade, "inbox")).output
        shown = await run(*belgrade, "show", "-")
        assert "lane: amber" in shown.output
        assert "screening.listed" in shown.output
        assert "own lists: vans" in (await run(*belgrade, "why", "-")).output
        assert "erased" in (await run(*belgrade, "holdings", "remove", "vans")).output
        assert '"phones"' in (await run(*belgrade, "holdings", "list", "--json")).output
