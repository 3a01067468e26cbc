"""Attachments over the API and the command line: streamed in, listed, shown, given out; names are data."""

import asyncio
import hashlib
import io
import json
import random
from pathlib import Path
from typing import Any

import pytest

from protocol.limits import UPLOAD_PART
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_api import Api, api
from tests.simulators.node_cli import named, run, until

FILE = random.Random(3).randbytes(2 * UPLOAD_PART // 3)


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def send_file(skopje: Api, content: bytes = FILE, name: str = "scan.pdf", **changes: Any) -> str:
    await skopje.node.gateway.network.sync.run()
    status, taken = await skopje.call(
        "POST", f"/attachments?name={name}&media_type=application/pdf", io.BytesIO(content)
    )
    assert status == 201, taken
    assert taken["sha256"] == hashlib.sha256(content).hexdigest()
    files = [{"id": taken["id"], "category": "CA", "sha256": taken["sha256"]}]
    request = example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=files, **changes)
    status, sent = await skopje.post("/messages", request)
    assert status == 201, sent
    return str(sent["id"])


async def fetch(node: Api, path: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    token = node.node.config.api.token.read_text().strip()
    url = f"http://127.0.0.1:{node.node.port}/api/v1{path}"
    async with node.session.get(url, headers={"Authorization": f"Bearer {token}", **headers}) as answer:
        return answer.status, await answer.read(), {key.lower(): value for key, value in answer.headers.items()}


async def test_a_file_goes_over_and_is_given_out(world: TestWorld) -> None:
    async with api(world, MK) as skopje, api(world, RS) as belgrade:
        message = await send_file(skopje)
        shown = await belgrade.until(
            f"/messages/{message}/attachments",
            lambda found: [each["state"] for each in found["attachments"]] == ["here"],
        )
        assert shown["attachments"][0]["bytes_done"] == shown["attachments"][0]["bytes"]
        path = f"/messages/{message}/attachments/att-00"
        status, content, headers = await fetch(belgrade, path)
        assert (status, content) == (200, FILE)
        assert headers["content-disposition"].startswith('attachment; filename="attachment.bin"; filename*=')
        assert headers["content-type"] == "application/octet-stream"
        assert headers["x-content-type-options"] == "nosniff"
        status, content, headers = await fetch(belgrade, path, Range="bytes=1048000-1049999")
        assert (status, content) == (206, FILE[1_048_000:1_050_000])
        assert headers["content-range"] == f"bytes 1048000-1049999/{len(FILE)}"
        assert (await fetch(belgrade, path, Range="bytes=-7"))[1] == FILE[-7:]
        assert (await fetch(belgrade, path, Range=f"bytes={len(FILE)}-"))[0] == 416
        assert (await fetch(belgrade, path, Range="bytes=1-2,4-5"))[0] == 400
        whole = await belgrade.get(f"/messages/{message}")
        assert whole["attachments"][0]["name"] == "scan.pdf"
        assert whole["read_at"] is not None
        assert (await fetch(belgrade, f"/messages/{message}/attachments/att-01"))[0] == 404
        assert (await fetch(belgrade, f"/messages/{'00' * 32}/attachments/att-00"))[0] == 404


async def test_progress_is_told_while_the_hub_is_down(world: TestWorld) -> None:
    async with api(world, MK) as skopje, api(world, RS):
        world.hub.uploads.cut_next(*["before"] * 500)
        message = await send_file(skopje)
        status = await skopje.until("/status", lambda found: found["transfers"])
        assert status["transfers"][0] | {"next_at": 0} == {
            "message": message,
            "box": "out",
            "part": "att-00",
            "state": "ready",
            "code": None,
            "parts": 1,
            "parts_done": 0,
            "bytes": status["transfers"][0]["bytes"],
            "bytes_done": 0,
            "next_at": 0,
            "scan": "not-scanned",
            "threat": None,
        }


@pytest.mark.parametrize(
    "name",
    ["..%2Fx.pdf", "a%00b.pdf", "%E2%80%AEfdp.exe", "%2Fetc%2Fpasswd", "C%3A%5Cx", "NUL", "CON.txt", "", "x" * 300],
)
async def test_attack_050_a_name_that_misleads_is_refused(world: TestWorld, name: str) -> None:
    async with api(world, MK) as skopje:
        status, refused = await skopje.call("POST", f"/attachments?name={name}", b"content")
        assert (status, refused["code"]) == (400, "NAME_REJECTED")
        assert list((skopje.node.config.files).iterdir()) == []


async def test_a_repeated_request_sends_once_though_its_file_was_uploaded_again(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        await skopje.node.gateway.network.sync.run()
        first = await self_send(skopje, "key-1")
        assert await self_send(skopje, "key-1") == first
        status, refused = await self_send_raw(skopje, "key-1", b"another file")
        assert (status, refused["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


async def self_send_raw(skopje: Api, key: str, content: bytes) -> tuple[int, dict[str, Any]]:
    _, taken = await skopje.call("POST", "/attachments?name=a.pdf", content)
    files = [{"id": taken["id"], "category": "CA", "sha256": taken["sha256"]}]
    request = example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=files)
    return await skopje.call("POST", "/messages", request, Idempotency_Key=key)


async def self_send(skopje: Api, key: str) -> str:
    status, sent = await self_send_raw(skopje, key, b"the same file")
    assert status == 201, sent
    return str(sent["id"])


async def test_the_command_line_sends_shows_and_saves(world: TestWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.folder)
    file = world.folder / "Записник саслушања.pdf"
    file.write_bytes(FILE)
    document = world.folder / "question.json"
    document.write_text(json.dumps(example("MT-01/vehicle-mk")))
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        words = (
            "--to",
            "rs.ilecu",
            "--file",
            str(document),
            "--attach",
            str(file),
            "--attach",
            str(document),
            "--wait",
        )
        sent = await run("--as", "skopje", "send", *words)
        assert sent.exit_code == 0, sent.output
        assert sent.output.startswith("The hub has it: ")
        message = sent.output.split()[-1]
        await until("att-01\there", "--as", "belgrade", "attachment", "list", message)
        shown = await run("--as", "belgrade", "show", message)
        assert f"attachment att-00: Записник саслушања.pdf (application/pdf, {len(FILE)} bytes), here" in shown.output
        saved = await run("--as", "belgrade", "attachment", "save", message, "att-00")
        assert saved.exit_code == 0, saved.output
        out = world.folder / f"{message[:12]}-att-00.bin"
        assert out.read_bytes() == FILE
        assert out.stat().st_mode & 0o077 == 0
        again = await run("--as", "belgrade", "attachment", "save", message, "att-00")
        assert (again.exit_code, "[FILE_EXISTS]" in again.output) == (1, True)
        ranged = ("attachment", "save", message, "att-00", "-o", str(out), "--force", "--range", "5-14", "--json")
        found = await run("--as", "belgrade", *ranged)
        assert json.loads(found.output) == {"file": str(out), "bytes": 10}
        assert out.read_bytes() == FILE[5:15]
        odd = await run("--as", "belgrade", "attachment", "save", message, "../att-00")
        assert (odd.exit_code, "[NAME_REJECTED]" in odd.output) == (1, True)
        assert not [path.name for path in world.folder.iterdir() if path.name.endswith(".partial")]
        assert (await run("--as", "skopje", "status")).exit_code == 0


async def test_why_tells_how_far_an_upload_is(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        world.hub.uploads.cut_next(*["before"] * 500)
        message = await send_file(skopje)
        found = await skopje.until(f"/messages/{message}/why", lambda found: len(found["steps"]) > 1)
        assert "Attachment att-00: 0 of 1 parts (0 bytes of 5." in found["steps"][1]["sentence"]


async def test_an_upload_that_breaks_off_leaves_nothing(world: TestWorld) -> None:
    async with api(world, MK) as skopje:
        folder = skopje.node.config.files
        token = skopje.node.config.api.token.read_text().strip()
        for sent in (0, 100_000, 3_000_000):
            _, writer = await asyncio.open_connection("127.0.0.1", skopje.node.port)
            head = f"POST /api/v1/attachments?name=a.pdf HTTP/1.1\r\nHost: 127.0.0.1:{skopje.node.port}\r\n"
            head += f"Authorization: Bearer {token}\r\nContent-Length: {len(FILE)}\r\n\r\n"
            writer.write(head.encode() + FILE[:sent])
            await writer.drain()
            await until_there_are(folder, 1)
            writer.transport.abort()
            await until_there_are(folder, 0)
        assert skopje.node.gateway.store.files.settled() == frozenset()


def names_in(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


async def until_there_are(folder: Path, files: int) -> None:
    for _ in range(2_000):
        if len(names_in(folder)) == files:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(names_in(folder))
