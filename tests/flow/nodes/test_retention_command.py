"""Keeping and erasing on the command line, and so over the API: what goes, holds, evidence."""

import json
from pathlib import Path

import pytest

from nodes.config import RetentionSettings
from protocol.ids import MessageId
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_cli import named, run, until

COURT = "Higher Court in Vranje, K 12/26"


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_a_message_is_held_let_go_and_proved_to_be_erased(world: TestWorld, tmp_path: Path) -> None:
    async with (
        world.machine(MK).running() as skopje,
        named(world, RS, "belgrade", retention=RetentionSettings(police_months=1)) as node,
    ):
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.gateway.submitter.drain()
        command = ("--as", "belgrade", "retention")
        shown = await until(message.hex()[:12], *command)
        assert "national-limit (LED 5, GDPR 5(1)(e))" in shown.output
        assert "police 1, judicial 120, civil society 24" in shown.output
        assert "Everything that is stored here opens." in (await run(*command, "--lost")).output
        assert "Add --code" in (await run(*command, "--hold", message.hex())).output
        hold = ("--hold", message.hex(), "--code", "proceedings", "--authority", COURT)
        assert "ends after today" in (await run(*command, *hold, "--until", "2020-01-01")).output
        assert "Hold 1 stands until" in (await run(*command, *hold, "--until", "2027-06-30")).output
        held = json.loads((await run(*command, "--holds", "--json")).output)["holds"]
        assert [(each["subject"], each["stands"], each["placed_by"]) for each in held] == [
            (message.hex(), True, "program")
        ]
        assert COURT not in (await run(*command, "--holds")).output
        assert "One thing at a time" in (await run(*command, "--holds", "--lost")).output
        assert "Add --why" in (await run(*command, "--lift", "1")).output
        assert "Hold 1 is lifted." in (await run(*command, "--lift", "1", "--why", "The trial is over.")).output
        assert "was lifted, or is over" in (await run(*command, "--lift", "1", "--why", "Once more.")).output
        assert (await run(*command, "--evidence", message.hex())).exit_code != 0
        world.clock.advance(32 * 86_400)
        await node.gateway.rotation.erase_content()
        assert await _erased(node, message)
        out = tmp_path / "evidence.json"
        proof = await run(*command, "--evidence", message.hex(), "--out", str(out))
        assert "by node: national-limit (LED 5, GDPR 5(1)(e))" in proof.output
        assert json.loads(out.read_text())["ids"] == [message.hex()]
        assert "is there already" in (await run(*command, "--evidence", message.hex(), "--out", str(out))).output


async def _erased(node: object, message: MessageId) -> bool:
    from nodes.casework.retention_book import RetentionBook

    book = RetentionBook(node.gateway, RetentionSettings(police_months=1))  # type: ignore[attr-defined]
    return (await book.sweep()).contents == 1 and await book.evidence(message) is not None
