"""`egnatia evidence export` against running nodes, its file verified by both verifiers; programs get the same file."""

from pathlib import Path

import aiohttp
import pytest

from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.node_cli import named, run, until
from tests.simulators.witnessing import let_cosign

REASON = "Eleven people were driven to the border in this van last night."


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TestWorld:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return TestWorld(tmp_path)


async def test_a_message_and_its_case_are_exported_and_verified(world: TestWorld) -> None:
    pin, folder = world.network.charter_digest.hex(), world.folder
    async with named(world, MK, "skopje") as node, named(world, RS, "belgrade"):
        form = ("--query", "vehicle", "--plate", "VR 123-ŽĆ", "--country", "RS", "--reason", REASON)
        sent = await run("--as", "skopje", "send", "--to", "rs.ilecu", *form)
        message = sent.output.split()[-1]
        await until(message[:12], "--as", "belgrade", "inbox")
        assert (await run("--as", "belgrade", "show", message)).exit_code == 0
        await until("(read)", "--as", "skopje", "outbox")
        await let_cosign(world.hub)
        proof = folder / "proof.xbe"
        made = await run("--as", "skopje", "evidence", "export", "--message", message[:12], "-o", str(proof))
        assert made.exit_code == 0, made.output
        assert "Fingerprint: " in made.output
        old = await run("--as", "skopje", "evidence", message)
        assert old.exit_code == 0, old.output
        status, raw = await posted(node.port, node.config.api.token, f"/messages/{message}/proof", "{}")
        assert (status, len(raw)) == (200, proof.stat().st_size)
        wrong = ('{"sealed": 1}', '{"all": true}', '{"disclosures": ["?"]}')
        for body in wrong:
            assert (await posted(node.port, node.config.api.token, f"/messages/{message}/proof", body))[0] == 400
        missing = await run("--as", "skopje", "evidence", "export", "--case", "0" * 32, "-o", str(folder / "none"))
        assert missing.exit_code == 1
        assert not (folder / "none").exists()
    found = await run("evidence", "verify", str(proof), "--charter", pin)
    assert found.exit_code == 0, found.output
    assert found.output.startswith("VERIFIED.")
    assert message in found.output


def headers_of(token: Path) -> dict[str, str]:
    return {"Authorization": f"Bearer {token.read_text().strip()}", "Content-Type": "application/json"}


async def posted(port: int, token: Path, path: str, body: str) -> tuple[int, bytes]:
    sent = headers_of(token)
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"http://127.0.0.1:{port}/api/v1{path}", data=body, headers=sent) as answer,
    ):
        return answer.status, await answer.read()
