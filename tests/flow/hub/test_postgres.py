"""The hub's promises on PostgreSQL: the same code, the same answers."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from hub.marker import Promised, mark_restored
from hub.recovery import Recovery, recover
from hub.schema import MESSAGE, METADATA
from protocol.api import parse_problem
from protocol.checkpoint import messages_origin, verify_checkpoint
from protocol.envelope import parse_delivery
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt, verify_acceptance
from protocol.ids import Reference
from protocol.mailbox import ItemKind, parse_page
from protocol.statement_network import Log, Reason, Restart, Suspension
from protocol.statements import encode_statement, statement_id
from protocol.tokens import Token, TokenKind, parse_token, sign_token
from protocol.unserved import parse_unserved
from runtime.migrations import differences
from tests.simulators.attached import Uploader, attach
from tests.simulators.hub_world import CSO, POLICE, World
from tests.simulators.network import LOTSE, MK, NADA, RS

pytestmark = pytest.mark.postgres
REFERENCE = Reference(b"r" * 16)


@pytest.fixture
async def world(tmp_path: Path, postgres_url: str) -> World:
    world = World(tmp_path, database_url=postgres_url)
    await world.found()
    return world


async def test_the_schema_is_the_codes(world: World) -> None:
    assert await asyncio.to_thread(differences, world.config().database, METADATA) == []


async def test_messages_in_both_directions_at_once_are_proved_and_fetched(world: World) -> None:
    envelopes = [world.senders.seal(RS, MK) for _ in range(30)] + [world.senders.seal(MK, RS) for _ in range(30)]
    charter = world.network.charter
    origin = messages_origin(charter.network_id)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        sent = [(rs if each.manifest.core.sender == RS.node else mk).submit(each) for each in envelopes]
        answers = await asyncio.gather(*sent)
        mail = [parse_page((await client.fetch(POLICE))[1]).items for client in (rs, mk)]
    proved = [
        verify_acceptance(body, each.id, origin, charter.hub_log_keys)
        for each, (_, body) in zip(envelopes, answers, strict=True)
    ]
    assert sorted(each.index for each in proved) == list(range(60))
    assert [len(items) for items in mail] == [30, 30]
    got = {parse_delivery(item.content).id for items in mail for item in items}
    assert got == {each.id for each in envelopes}


async def test_evidence_is_the_same_after_a_restart(world: World) -> None:
    envelopes = [world.senders.seal(RS, MK) for _ in range(5)]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        first = [await rs.submit(each) for each in envelopes]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        again = [await rs.submit(each) for each in envelopes]
        await hub.parts.auditor.check()
    assert [parse_problem(body).code for status, body in first if status != 201] == []
    assert again == [(200, body) for _, body in first]


async def test_equivocation_and_refusals(world: World) -> None:
    one, two = (world.senders.seal(RS, MK, sequence=3) for _ in range(2))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        answers = [await rs.submit(each) for each in (one, two, world.senders.seal(RS, MK, purpose="revenge"))]
        await hub.parts.rejections.store()
    codes = [None if status == 201 else parse_problem(body).code for status, body in answers]
    assert codes == [None, Code.SENDER_EQUIVOCATION, Code.POLICY_DENIED]


async def test_receipts_tokens_statements_and_retention(world: World) -> None:
    network, now = world.network, world.clock()
    envelope = world.senders.seal(RS, MK)
    said = Receipt(event=Event.CONTENT_HANDOVER, message=envelope.id, recipient=MK.node, at=now)
    receipt = sign_receipt(said, network.nodes[MK.node].identity, network.network_id)
    consent = Token(TokenKind.CONSENT, REFERENCE, NADA.node, NADA.node, LOTSE.node, now + 3_600)
    token = sign_token(consent, network.nodes[NADA.node].identity, network.network_id)
    suspension = Suspension(node=MK.node, issued_at=now, until=now + 60, lift=False, reason=Reason.LOST)
    async with (
        world.running() as hub,
        world.client(hub, "rs.contact") as rs,
        world.client(hub, "mk.contact") as mk,
        world.client(hub, "nada") as nada,
    ):
        await rs.submit(envelope)
        await mk.fetch(POLICE)
        statuses = [(await mk.put(f"/v1/receipts/{parse_receipt(receipt).id.hex()}", receipt))[0] for _ in range(2)]
        statuses += [(await nada.put(f"/v1/tokens/{parse_token(token).id.hex()}", token))[0] for _ in range(2)]
        statuses.append((await nada.submit(world.senders.seal(NADA, LOTSE, channel=CSO, consents=(REFERENCE,))))[0])
        raw = network.signed(suspension, network.registrars[0])
        path = f"/v1/statements/{statement_id(encode_statement(suspension)).hex()}"
        statuses += [(await rs.put(path, raw))[0] for _ in range(2)]
        swept = await hub.parts.retention.sweep()
        left = await hub.database.read(
            lambda connection: [row is None for row in connection.execute(select(MESSAGE.c.contents)).scalars()]
        )
        (item,) = parse_page((await rs.fetch(POLICE))[1]).items
    assert statuses == [201, 200, 201, 200, 201, 201, 200]
    assert (swept.contents, sorted(left), item.kind) == (1, [False, True], ItemKind.RECEIPT)


async def test_what_nobody_fetched_is_logged_once_and_what_was_fetched_is_not(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        for _ in range(2):
            await rs.submit(world.senders.seal(RS, MK, life=3_600))
            await mk.fetch(POLICE)
        await rs.submit(world.senders.seal(RS, MK, life=3_600))
        world.clock.advance(3_600)
        swept = [(await hub.parts.retention.sweep()).unserved for _ in range(2)]
        (item,) = parse_page((await rs.fetch(POLICE))[1]).items
        gone = parse_page((await mk.fetch(POLICE))[1]).items
    assert swept == [1, 0]
    assert (item.kind, parse_unserved(item.content).number) == (ItemKind.UNSERVED, 3)
    assert [each.kind for each in gone] == [ItemKind.GONE] * 3


async def test_a_restored_hub_waits_for_its_restart(world: World) -> None:
    charter = world.network.charter
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(world.senders.seal(RS, MK))
        found = hub.parts.message_log.latest
        assert found is not None
        kept = verify_checkpoint(found.raw, messages_origin(charter.network_id), charter.hub_log_keys)
        await hub.database.write(lambda connection: mark_restored(connection, world.clock(), 1))
    body = Restart(log=Log.MESSAGES, issued_at=world.clock(), size=kept.size, root=kept.root, lost_size=300)
    entry = world.network.signed(body, *world.network.quorum)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        _, refused = await rs.submit(world.senders.seal(RS, MK))
        directory = hub.parts.services.desk.roster.current.directory
        given = Recovery((), entry, world.clock())
        await hub.database.write(lambda connection: recover(connection, directory, given, Promised()))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        status, _ = await rs.submit(world.senders.seal(RS, MK))
        size = hub.parts.message_log.size
    assert (parse_problem(refused).code, status, size) == (Code.RESTART_NEEDED, 201, 301)


async def test_a_message_with_attachments_is_logged_when_its_parts_are_here(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"one", b"two")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        up = Uploader(rs, message)
        assert (await up.reserve())[0] == 202
        await asyncio.gather(*(up.put_list(name) for name in message.sealed))
        await asyncio.gather(*(up.put_part(0, name) for name in message.sealed))
        answers = await asyncio.gather(up.commit(), up.commit())
        status, data = await mk.get(f"/v1/messages/{message.envelope.id.hex()}/parts/att-01/0")
        found = await hub.parts.leftovers.check()
    assert sorted(each[0] for each in answers) == [200, 201]
    assert (status, data) == (200, message.sealed["att-01"].ciphertext)
    assert (found.removed, found.again, found.lost) == (0, 0, ())
