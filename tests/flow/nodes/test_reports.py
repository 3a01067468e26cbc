"""A recipient reports a message: what it reveals is told first, only auditors get it, and anybody can verify it."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.cli import root
from keys.exchange_files import DirectoryFile, encode_directory
from keys.reports import verify_signed_report
from nodes.commands.registry import Place, register
from nodes.commands.reporting import report as report_command
from nodes.gateway.disclosing import NotHere, Proposal, Wanted
from nodes.gateway.reporting import GROUNDS, Accusation, Reporting
from nodes.gateway.wishes import InputFault
from protocol.errors import Code
from protocol.ids import MessageId, NodeId
from protocol.report import parse_report, sign_report
from tests.simulators.network import AUDITOR
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.refusal import refused


def reporting(node: TestGateway) -> Reporting:
    gateway = node.gateway
    return Reporting(gateway.here, gateway.store, gateway.network.replica)


def accusation(message: MessageId, to: str = AUDITOR.node, **changes: object) -> Accusation:
    fields = {"message": message, "recipient": NodeId(to), "rows": ("/facts",)} | changes
    return Accusation(Wanted(**fields), "purpose")  # type: ignore[arg-type]


async def run(*words: str, give: str = "") -> Result:
    return await asyncio.to_thread(CliRunner().invoke, root, list(words), give)


async def test_a_report_proves_its_rows_and_its_reporter_and_is_written_down(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        desk = reporting(belgrade)
        nobody = await desk.make(accusation(message))
        assert isinstance(nobody, InputFault)
        assert "auditors are: none" in nobody.sentence
        world.network.enrol(AUDITOR)
        for each in (belgrade, skopje):
            await each.gateway.network.sync.run()
        for wrong, word in (
            (accusation(message, "mk.ilecu"), "auditors are: auditor"),
            (accusation(message, "xx.nobody"), "no auditor"),
            (accusation(message, rows=()), "at least one"),
            (accusation(message, part="identity"), "identity"),
        ):
            fault = await desk.make(wrong)
            assert isinstance(fault, InputFault)
            assert word in fault.sentence
        assert await reporting(skopje).make(accusation(message)) == NotHere(sent=True)
        assert not await belgrade.gateway.disclosing.shown(message), "nothing was shown so far"
        made = await desk.make(accusation(message))
        assert isinstance(made, Proposal)
        (shown,) = await belgrade.gateway.disclosing.shown(message)
        assert (shown.recipient, shown.purpose, shown.revealed) == (AUDITOR.node, "violation-report", 1)

        directory = skopje.gateway.network.replica.directory
        found = verify_signed_report(parse_report(made.raw), directory)
        assert (found.reporter.node, found.sender.node, found.signed.report.ground) == (RS.node, MK.node, "purpose")
        assert [row.path for row in found.rows] == ["/facts"]
        assert found.leaf is not None
        claimed = replace(found.signed.report, reporter=AUDITOR.node)
        stranger = sign_report(claimed, belgrade.gateway.here.signer, directory.network_id)
        with refused(Code.UNKNOWN_KEY):
            verify_signed_report(parse_report(stranger), directory)
        with refused(Code.UNKNOWN_SENDER):
            verify_signed_report(
                replace(found.signed, report=replace(claimed, reporter=NodeId("xx.nobody"))), directory
            )


async def test_the_console_says_what_becomes_visible_before_it_signs(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = (await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))).hex()
        await skopje.exchange(belgrade)
    world.network.enrol(AUDITOR)
    out, network = world.folder / "shown.report", world.network
    async with world.machine(RS).serving() as node:
        await node.gateway.network.sync.run()
        register("belgrade", Place(f"http://127.0.0.1:{node.port}", node.config.api.token))
        start = ("node", "report", message[:10], "--to", AUDITOR.node, "--ground", "purpose", "--rows", "/facts*")
        declined = await run(*start, "-o", str(out), give="n\n")
        assert (declined.exit_code, out.exists()) == (1, False), declined.output
        assert declined.output.index("becomes visible") < declined.output.index("Sign and write it?")
        for words in ("from: mk.ilecu", "purpose: investigate", "  /facts: ", "Withheld:"):
            assert words in declined.output, words
        stranger = await run(*start[:4], MK.node, *start[5:], "-o", str(out), "--yes")
        assert "no auditor of this network" in stranger.output
        made = await run(*start, "-o", str(out), "--yes")
        assert (made.exit_code, oct(out.stat().st_mode)[-3:]) == (0, "600"), made.output
        assert (await run(*start, "-o", str(out), "--yes")).exit_code == 1, "never overwritten"
        here = await run("node", "verify-report", str(out))
        assert "Reported by rs.ilecu" in here.output, here.output

    directory = world.folder / "network.directory"
    directory.write_bytes(
        encode_directory(DirectoryFile(network.charter_digest, tuple(network.entries), network.directory))
    )
    offline = ("node", "verify-report", str(out), "--directory", str(directory), "--pin", network.charter_digest.hex())
    found = await run(*offline)
    for words in ("Ground: purpose", "signed by mk.ilecu", "Logged by the hub at", "  /facts: "):
        assert words in found.output, found.output
    assert json.loads((await run(*offline, "--json")).output)["reported_by"]["node"] == "rs.ilecu"
    assert "belong together" in (await run(*offline[:5])).output
    out.write_bytes(out.read_bytes()[:-40] + bytes(40))
    assert "BAD_SIGNATURE" in (await run(*offline)).output


def test_the_command_offers_every_ground_that_the_node_takes() -> None:
    (ground,) = [each for each in report_command.params if each.name == "ground"]
    assert tuple(ground.type.choices) == GROUNDS  # type: ignore[attr-defined]
