"""A node that witnesses, and what senders see of it: not yet, by how many, since when, and what is overdue."""

import contextlib
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from nodes.api.render import promises
from nodes.gateway.alarms import alarms
from nodes.gateway.promise_book import Owing, owing
from nodes.gateway.promises import Owed
from nodes.gateway.witness_duty import WitnessDuty
from nodes.gateway.witness_settings import WitnessSettings
from nodes.gateway.witness_words import WITNESS_KEYS, WITNESS_OFF
from nodes.gateway.witnessed_store import first_waiting
from protocol.charter import DAY
from protocol.errors import Code, Fault
from protocol.ids import MessageId
from tests.simulators import network
from tests.simulators.log import PlainLogSigner
from tests.simulators.network import log_signer_of
from tests.simulators.node import AL, MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_cli import named, run, until
from tests.simulators.witness_stand import witnessing
from tests.simulators.witnessing import change_log_keys, change_witnesses, let_cosign

VEHICLE = "MT-01/vehicle-mk"
SIGNER = log_signer_of("auditor")


async def cosigned(world: TestWorld, tmp_path: Path, *names: str) -> None:
    """Let witnesses look at the message log."""
    for name in names:
        (tmp_path / name).mkdir(exist_ok=True)
        async with witnessing(tmp_path / name, world.hub, name) as stand:
            assert (await stand.turn()).cosigned


async def owed(node: TestGateway, message: MessageId) -> Owing:
    now = node.machine.network.clock()
    found = await node.gateway.store.database.read(lambda connection: owing(connection, message, now))
    assert found is not None
    return found


async def codes(node: TestGateway) -> dict[str, str]:
    found = await node.gateway.store.database.read(alarms)
    return {each.subject: each.code for each in reversed(found)}  # of several about one subject the latest


async def test_evidence_is_witnessed_once_a_quorum_covers_it(world: TestWorld, tmp_path: Path) -> None:
    async with world.machine(RS).running() as rs:
        message = await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        assert await rs.gateway.witnessed.turn() == 0
        before = await owed(rs, message)
        assert (before.standing.words, before.overdue, before.note) == ("not yet witnessed", (), None)
        await cosigned(world, tmp_path, "mk.contact", "rs.contact")
        assert await rs.gateway.witnessed.turn() == 0  # two of three prove nothing
        world.clock.advance(60)
        await cosigned(world, tmp_path, "auditor")
        assert await rs.gateway.witnessed.turn() == 1
        after = await owed(rs, message)
        assert await rs.gateway.store.database.read(first_waiting) is None
    assert (after.standing.words, after.standing.at, after.overdue) == ("witnessed by 3 of 3", world.clock(), ())
    assert promises(after)["witnessed_at"] == world.clock()


async def test_a_late_witness_and_a_silent_recipient_are_overdue_with_proof(world: TestWorld, tmp_path: Path) -> None:
    async with world.machine(RS).running() as rs:
        message = await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        world.clock.advance(3_600 + 240)
        await rs.gateway.witnessed.turn()
        late = await owed(rs, message)
        assert (late.overdue[0].what, late.overdue[0].by, late.overdue[0].kept) == (Owed.WITNESS, 240, False)
        assert "overdue by 4 min, proof attached" in late.steps[0].sentence
        assert (await codes(rs))["messages"] == "QUORUM"
        await cosigned(world, tmp_path, "auditor", "mk.contact", "rs.contact")
        await rs.gateway.witnessed.turn()
        assert "messages" not in await codes(rs)
        world.clock.advance(3 * DAY)
        silent = await owed(rs, message)
    assert [(each.what, each.kept, each.node) for each in silent.overdue] == [
        (Owed.WITNESS, True, None),
        (Owed.FETCH, False, MK.node),
    ]
    assert "2 h" not in silent.steps[1].sentence
    assert silent.note is not None


async def test_an_under_witnessed_checkpoint_is_no_proof_and_messages_go_on(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.machine(RS).running() as rs:
        message = await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        await cosigned(world, tmp_path, "auditor", "mk.contact", "rs.contact")
        door = rs.gateway.network.hub
        lines = (await door.witnessed("messages", 0)).splitlines(keepends=True)
        fewer = lines[: 4 + 2 + 2 * 2]  # text and gap, the log's own, two witnesses of three
        false = [*lines[:-1], lines[-1][:-8] + b"AAAAAAA\n"]
        for told, code in ((fewer, Code.QUORUM), (false, Code.BAD_COSIGNATURE)):

            async def witnessed(log: str, after: int | None, told: list[bytes] = told) -> bytes:
                return b"".join(told)

            with monkeypatch.context() as patch, contextlib.suppress(Fault):
                patch.setattr(door, "witnessed", witnessed)
                await rs.gateway.witnessed.turn()
            assert (await codes(rs))["witnessed checkpoint"] == code.value
            assert (await owed(rs, message)).standing.at is None
        await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        assert await rs.gateway.witnessed.turn() == 1


async def test_a_named_node_that_does_not_witness_says_so(world: TestWorld) -> None:
    async with world.machine(RS).running() as rs:
        gateway, charter = rs.gateway, world.network.charter
        named = replace(charter, witnesses=(replace(charter.witnesses[0], name=RS.node), *charter.witnesses[1:]))
        for chart, keys, on, alarm in (
            (charter, SIGNER, True, None),
            (named, SIGNER, False, WITNESS_OFF),
            (named, PlainLogSigner("other"), True, WITNESS_KEYS),
            (named, None, True, WITNESS_KEYS),
            (named, SIGNER, True, None),
        ):
            told = SimpleNamespace(directory=SimpleNamespace(charter=chart))
            seen = replace(gateway.network, replica=told)  # type: ignore[arg-type]  # only the charter is asked for
            duty = WitnessDuty(gateway.here, seen, gateway.store, keys, WitnessSettings(on))  # type: ignore[arg-type]
            witness = await duty.witness()
            assert (await codes(rs)).get("witness") == alarm
            assert (witness is not None) == (chart is named and alarm is None)


async def test_a_named_node_witnesses_by_itself_and_hands_on_what_it_keeps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    world = TestWorld(tmp_path, members=(network.MK, AL))
    async with named(world, network.MK, "skopje"):
        shown = await until("directory", "--as", "skopje", "witness", "--export", str(tmp_path / "kept"))
        assert shown.exit_code == 0
        assert {path.name for path in (tmp_path / "kept").iterdir()} == {"directory.note"}
        told = json.loads((await run("--as", "skopje", "witness", "--json")).output)
        assert [(each["log"], each["size"]) for each in told["heads"]] == [("directory", len(world.network.entries))]
        assert told["findings"] == []
    async with named(world, AL, "tirana"):
        assert "cosigned nothing" in (await run("--as", "tirana", "witness")).output
    assert len(world.hub.offers.lines["directory", len(world.network.entries)]["mk.contact"]) == 2


async def test_a_leaf_seen_under_former_log_keys_waits_no_longer(world: TestWorld) -> None:
    async with world.machine(RS).running() as rs:
        message = await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        await let_cosign(world.hub, "messages")
        await change_log_keys(world.network, rs.gateway.network.sync)
        assert await rs.gateway.witnessed.turn() == 1
        assert (await owed(rs, message)).standing.words == "witnessed by 3 of 3"
        assert "witnessed checkpoint" not in await codes(rs)


async def test_a_leaf_seen_by_former_witnesses_is_covered_by_a_later_head(world: TestWorld) -> None:
    async with world.machine(RS).running() as rs:
        message = await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        await let_cosign(world.hub, "messages")
        change_witnesses(world.network)
        await rs.gateway.network.sync.run()
        assert await rs.gateway.witnessed.turn() == 0
        assert (await owed(rs, message)).standing.words == "not yet witnessed"
        await rs.queue(example(VEHICLE, to=[MK.node]))
        await rs.submit()
        await let_cosign(world.hub, "messages")
        assert await rs.gateway.witnessed.turn() == 1
        assert (await owed(rs, message)).standing.words == "witnessed by 3 of 3"
        assert await rs.gateway.store.database.read(first_waiting) is None
        assert "witnessed checkpoint" not in await codes(rs)


async def test_a_directory_seen_under_former_log_keys_stops_no_synchronisation(world: TestWorld) -> None:
    async with world.machine(RS).running() as rs:
        sync = rs.gateway.network.sync
        await let_cosign(world.hub, "directory")
        await sync.run()
        await change_log_keys(world.network, sync)
        await sync.run()
        assert rs.gateway.network.replica.directory.size == world.network.directory.size
