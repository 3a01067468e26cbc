"""What nobody fetched: the hub logs it once, tells the sender, and hands it to nobody afterwards."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, select

from hub.audit_store import Reader, records_between, records_of
from hub.items import NewUnserved
from hub.schema import MESSAGE, UNSERVED
from protocol.api import parse_problem
from protocol.checkpoint import messages_origin
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.leaf import LeafKind, parse_leaf
from protocol.mailbox import ItemKind, MailboxItem, Page, parse_page
from protocol.mandate import ALL, Mandate
from protocol.statement_network import Reason, Revocation, Target
from protocol.statements import encode_statement, statement_id
from protocol.unserved import (
    ProvedUnserved,
    check_unserved_core,
    encode_unserved_evidence,
    parse_unserved,
    verify_unserved,
)
from tests.simulators.hub_world import POLICE, Client, World
from tests.simulators.network import AL, MK, RS, Member

LIFE = 3_600


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def proved(world: World, page: Page, item: MailboxItem, envelope: Envelope) -> ProvedUnserved:
    charter = world.network.charter
    record = parse_unserved(item.content)
    check_unserved_core(record, envelope.manifest.core)
    raw = encode_unserved_evidence(record, item.inclusion, page.checkpoint)
    return verify_unserved(raw, envelope.id, messages_origin(charter.network_id), charter.hub_log_keys)


async def said(world: World, client: Client, by: Member, envelope: Envelope) -> tuple[int, bytes]:
    receipt = Receipt(event=Event.CONTENT_HANDOVER, message=envelope.id, recipient=by.node, at=world.clock())
    raw = sign_receipt(receipt, world.network.nodes[by.node].identity, world.network.network_id)
    return await client.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw)


async def told(client: Client) -> tuple[Page, list[MailboxItem]]:
    page = parse_page((await client.fetch(POLICE))[1])
    return page, [each for each in page.items if each.kind is ItemKind.UNSERVED]


async def test_the_sender_gets_the_hubs_word_about_who_never_fetched_and_about_nobody_else(world: World) -> None:
    envelope = world.senders.seal(RS, MK, AL, life=LIFE)
    async with (
        world.running() as hub,
        world.client(hub, "rs.contact") as rs,
        world.client(hub, "mk.contact") as mk,
        world.client(hub, "al.contact") as al,
    ):
        await rs.submit(envelope)
        await mk.fetch(POLICE)  # it was handed out, and is not confirmed
        world.clock.advance(LIFE - 1)
        assert (await hub.parts.retention.sweep()).unserved == 0
        world.clock.advance(1)
        swept = await hub.parts.retention.sweep()
        assert (swept.unserved, swept.contents) == (1, 1)
        page, items = await told(rs)
        size = hub.parts.message_log.size
        late = await said(world, al, AL, envelope)
        (gone,) = parse_page((await al.fetch(POLICE))[1]).items
        later = await said(world, al, AL, envelope)
        confirmed = await said(world, mk, MK, envelope)
        assert (await hub.parts.retention.sweep()).unserved == 0
        eyes = Reader(world.network.directory, Mandate(countries=ALL, channels=("police",), since=0))
        shown = await hub.database.read(lambda c: (records_of(c, eyes, envelope.id), records_between(c, eyes, 1, 2)))
    async with world.running() as hub:
        assert (await hub.parts.retention.sweep()).unserved == 0
        assert hub.parts.message_log.size == size + 1, "a leaf for the receipt, and none for anything twice"
    (item,) = items
    found = proved(world, page, item, envelope)
    assert (found.record.recipient, found.record.number) == (AL.node, 1)
    assert found.leaf.time == envelope.manifest.core.expires_at
    assert (gone.kind, gone.content) == (ItemKind.GONE, b"")
    assert [each.leaf for each in shown[0]] == [0, 1, 2], "header, record, receipt"
    assert [(each.leaf, each.raw) for each in shown[1]] == [(1, item.content)]
    assert {parse_problem(body).code for _, body in (late, later)} == {Code.BAD_EVIDENCE}
    assert confirmed[0] == 201, "who was handed it may confirm it afterwards"


async def test_a_crash_before_the_contents_go_hands_nothing_out_and_logs_nothing_twice(world: World) -> None:
    envelope = world.senders.seal(RS, MK, life=LIFE)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(envelope)
        world.clock.advance(LIFE)
        logged = await hub.parts.services.desk.intake.take(NewUnserved(10), 0)
        assert parse_leaf(logged.entry).kind is LeafKind.UNSERVED
    async with world.running() as hub, world.client(hub, "mk.contact") as mk:
        kept = await hub.database.read(lambda c: c.execute(select(MESSAGE.c.contents)).scalar_one())
        assert kept is not None, "the control: its contents are here still"
        (item,) = parse_page((await mk.fetch(POLICE))[1]).items
        swept = await hub.parts.retention.sweep()
        assert (item.kind, swept.unserved, swept.contents) == (ItemKind.GONE, 0, 1)


async def test_attack_022_what_is_handed_out_while_the_round_runs_is_not_said_to_be_unfetched(world: World) -> None:
    """The page was read before the round and marked after it, or the other way round: never both, never neither."""
    for first in ("round", "page"):
        envelope = world.senders.seal(RS, MK, life=LIFE)
        async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
            await rs.submit(envelope)
            before = len((await told(rs))[1])
            world.clock.advance(LIFE)
            jobs = [mk.fetch(POLICE), hub.parts.retention.sweep()]
            found = await asyncio.gather(*(jobs if first == "page" else reversed(jobs)))
            body = next(each for each in found if isinstance(each, tuple))[1]
            handed = any(each.kind is ItemKind.MESSAGE for each in parse_page(body).items)
            assert len((await told(rs))[1]) - before == int(not handed)


async def test_what_was_withheld_counts_as_never_handed_out_and_what_was_fetched_before_does_not(world: World) -> None:
    envelopes = [world.senders.seal(RS, MK, life=LIFE) for _ in range(2)]
    keys = {envelopes[0].manifest.core.to[0].key_id}
    body = Revocation(node=MK.node, issued_at=world.clock(), target=Target.KEYS, ids=tuple(keys), reason=Reason.LOST)
    raw = world.network.signed(body, world.network.nodes[MK.node].identity)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelopes[0])
        await mk.fetch(POLICE)
        await rs.submit(envelopes[1])
        assert (await mk.put(f"/v1/statements/{statement_id(encode_statement(body)).hex()}", raw))[0] == 201
        kinds = [each.kind for each in parse_page((await mk.fetch(POLICE))[1]).items]
        refused = await said(world, mk, MK, envelopes[1])
        world.clock.advance(LIFE)
        assert (await hub.parts.retention.sweep()).unserved == 1
        page, (item,) = await told(rs)
    assert kinds == [ItemKind.GONE] * 2
    assert parse_problem(refused[1]).code is Code.UNKNOWN_MESSAGE
    assert proved(world, page, item, envelopes[1]).record.number == 2


async def test_a_round_logs_a_bounded_number_of_rows_in_one_commit(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        for each in [world.senders.seal(RS, MK, life=LIFE) for _ in range(7)]:
            await rs.submit(each)
        world.clock.advance(LIFE)
        rows: list[int] = []
        take = hub.parts.services.desk.intake.take
        for _ in range(3):
            await take(NewUnserved(3), 0)
            rows.append(
                await hub.database.read(lambda c: c.execute(select(func.count(UNSERVED.c.logged))).scalar_one())
            )
    assert rows == [3, 6, 7]
