"""The operator's side: health that tells the truth, numbers without names, statements and policies brought in."""

import asyncio
import contextlib
import hashlib
import json
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from hub.app import Hub
from hub.config import FetchSettings
from hub.quota import QuotaSettings
from hub.schema import REFUSAL
from hub.setup import back_up_hub
from protocol.api import parse_problem
from protocol.errors import Code
from protocol.statement_network import Reason, Suspension
from protocol.statements import encode_statement, statement_id
from tests.simulators.hub_world import POLICE, World, poll_open
from tests.simulators.network import MK, RS


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def ask(hub: Hub, path: str) -> tuple[int, dict[str, object]]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{hub.admin_port}{path}") as answer:
        return answer.status, json.loads(await answer.read())


async def put(hub: Hub, path: str, body: bytes) -> tuple[int, bytes]:
    url = f"http://127.0.0.1:{hub.admin_port}{path}"
    async with aiohttp.ClientSession() as session, session.put(url, data=body) as answer:
        return answer.status, await answer.read()


async def test_a_working_hub_is_live_ready_and_started(world: World) -> None:
    async with world.running() as hub:
        answers = [await ask(hub, path) for path in ("/live", "/ready", "/startup")]
    assert answers == [(200, {"ok": True, "reason": None})] * 3


async def test_readiness_breaks_with_signing(world: World) -> None:
    async with world.running() as hub:
        hub.parts.message_log.closed = Code.LOG_FORK
        answer = await ask(hub, "/ready")
        hub.parts.message_log.closed = None
    assert answer == (503, {"ok": False, "reason": "LOG_FORK"})


async def test_readiness_and_life_break_with_the_store(world: World) -> None:
    async with world.running() as hub:
        hub.database._writer.fatal = "a failed write"
        answers = [await ask(hub, path) for path in ("/live", "/ready")]
        hub.database._writer.fatal = None
    assert [status for status, _ in answers] == [503, 503]
    assert answers[0][1] == {"ok": False, "reason": "database"}


async def test_a_full_disk_refuses_new_messages_and_still_delivers(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(world.senders.seal(RS, MK))
        hub.database._space = (float("inf"), False)  # what the last look at the disk said
        _, refused = await rs.submit(world.senders.seal(RS, MK))
        ready = await ask(hub, "/ready")
        fetched = await mk.fetch(POLICE)
    assert parse_problem(refused).code is Code.DISK_FULL
    assert (ready, fetched[0]) == ((503, {"ok": False, "reason": "disk-full"}), 200)


async def test_numbers_name_nodes_at_most(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(envelope)
        await rs.submit(envelope)
        await rs.submit(world.senders.seal(RS, MK, purpose="revenge"))
        url = f"http://127.0.0.1:{hub.admin_port}/metrics"
        async with aiohttp.ClientSession() as session, session.get(url) as answer:
            text = await answer.text()
    for line in (
        'hub_accept_total{result="accepted"} 1.0',
        'hub_accept_total{result="repeated"} 1.0',
        'hub_accept_total{result="POLICY_DENIED"} 1.0',
        "hub_duplicates_suppressed_total 1.0",
        "hub_audit_chain_ok 1.0",
    ):
        assert line in text
    assert envelope.id.hex() not in text


async def test_the_operator_brings_statements_and_policy_files(world: World) -> None:
    now = world.clock()
    body = Suspension(node=MK.node, issued_at=now, until=now + 3_600, lift=False, reason=Reason.LOST)
    raw = world.network.signed(body, world.network.registrars[0])
    path = f"/statements/{statement_id(encode_statement(body)).hex()}"
    blob = b"a policy file"
    async with world.running() as hub:
        before = hub.parts.directory_log.size
        statuses = [(await put(hub, path, raw))[0] for _ in range(2)]
        stored = [(await put(hub, f"/blobs/{hashlib.sha256(blob).hexdigest()}", blob))[0] for _ in range(2)]
        wrong = await put(hub, f"/blobs/{bytes(32).hex()}", blob)
        assert hub.parts.directory_log.size == before + 1
    assert (statuses, stored) == ([201, 200], [201, 200])
    assert parse_problem(wrong[1]).code is Code.BODY_HASH


async def test_nothing_of_a_message_is_logged(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    envelope = world.senders.seal(RS, MK, body=(("/plate", "CANARY-PLATE"), ("/reason", "CANARY-REASON")))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(envelope)
        await rs.submit(world.senders.seal(RS, MK, purpose="CANARY-PURPOSE"))
    logged = capsys.readouterr().err
    assert '"event": "refused"' in logged
    for secret in ("CANARY", "rs.contact", "mk.contact", envelope.id.hex()):
        assert secret not in logged


async def test_counts_of_refusals_are_kept_without_content(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        for _ in range(3):
            await rs.submit(world.senders.seal(RS, MK, purpose="revenge"))
        await hub.parts.rejections.store()
        rows = await hub.database.read(
            lambda connection: [
                tuple(row) for row in connection.execute(select(REFUSAL.c.node, REFUSAL.c.code, REFUSAL.c.count))
            ]
        )
    assert rows == [("rs.contact", "POLICY_DENIED", 3)]


async def test_a_node_that_asks_too_often_waits(world: World) -> None:
    quotas = QuotaSettings(requests_per_minute=3, messages_per_day=2)
    async with world.running(quotas=quotas) as hub, world.client(hub, "rs.contact") as rs:
        codes = [await code(rs.submit(world.senders.seal(RS, MK))) for _ in range(4)]
        world.clock.advance(60)
        codes.append(await code(rs.get("/v1/time")))
    assert codes == [None, None, Code.QUOTA, Code.RATE_LIMITED, None]


async def test_a_node_holds_only_so_many_polls_open(world: World) -> None:
    fetching = FetchSettings(open_polls_per_node=1)
    async with world.running(fetch=fetching) as hub, world.client(hub, "mk.contact") as mk:
        poll = asyncio.create_task(mk.fetch(POLICE, wait=30))
        await poll_open(hub)
        second = await code(mk.fetch(POLICE))
        await mk.session.close()
        with contextlib.suppress(aiohttp.ClientError):
            await poll
    assert second is Code.RATE_LIMITED


async def test_how_long_mail_has_waited_is_measured_by_node(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(world.senders.seal(RS, MK))
        world.clock.advance(900)
        await hub._measure()
        waited = hub.metrics.exposition()
        await mk.fetch(POLICE)
        await hub._measure()
        served = hub.metrics.exposition()
    assert b'hub_oldest_undelivered_seconds{node="mk.contact"} 900.0' in waited
    assert b'hub_oldest_undelivered_seconds{node="mk.contact"} 0.0' in served


async def test_the_age_of_the_last_verified_backup_is_measured(world: World) -> None:
    async with world.running() as hub:
        target = world.folder / "backup.db"
        report = await asyncio.to_thread(back_up_hub, world.config(), target, world.clock())
        world.clock.advance(600)
        await hub._look_ahead()
        assert b"hub_backup_age_seconds 600.0" in hub.metrics.exposition()
    assert report.sha256 == hashlib.sha256(target.read_bytes()).digest()


async def code(answer) -> Code | None:
    status, body = await answer
    return None if status < 400 else parse_problem(body).code
