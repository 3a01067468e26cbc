"""What the hub deletes, and what it never deletes early (protocol decision 20)."""

from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select

from hub.app import Hub
from hub.quota import DAY
from hub.schema import DECIDED, MESSAGE, QUOTA, REFUSAL, WRAP
from protocol.envelope import Envelope
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.mailbox import ItemKind, parse_page
from tests.simulators.hub_world import CSO, POLICE, Client, World
from tests.simulators.network import LOTSE, MK, NADA, RS, Member


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def confirm(world: World, client: Client, by: Member, envelope: Envelope, event: Event) -> None:
    said = Receipt(event=event, message=envelope.id, recipient=by.node, at=world.clock())
    raw = sign_receipt(said, world.network.nodes[by.node].identity, world.network.network_id)
    status, _ = await client.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw)
    assert status == 201


async def kept(hub: Hub) -> list[tuple[bool, bool, bool]]:
    """Whether signed core, contents and wraps of each message are still there."""
    rows = select(MESSAGE.c.signed, MESSAGE.c.contents, WRAP.c.wrap).join(WRAP, WRAP.c.leaf == MESSAGE.c.leaf)
    return await hub.database.read(
        lambda connection: [tuple(value is not None for value in row) for row in connection.execute(rows)]
    )


async def test_contents_stay_until_every_recipient_confirmed(world: World) -> None:
    al = next(each for each in world.members if each.name == "al.contact")
    envelope = world.senders.seal(RS, MK, al)
    async with (
        world.running() as hub,
        world.client(hub, "rs.contact") as rs,
        world.client(hub, "mk.contact") as mk,
        world.client(hub, "al.contact") as other,
    ):
        await rs.submit(envelope)
        for client in (mk, other):
            await client.fetch(POLICE)
        await confirm(world, mk, MK, envelope, Event.CONTENT_HANDOVER)
        await hub.parts.retention.sweep()
        assert await kept(hub) == [(True, True, True)] * 2
        await confirm(world, other, al, envelope, Event.CONTENT_HANDOVER)
        swept = await hub.parts.retention.sweep()
        assert (swept.contents, await kept(hub)) == (1, [(True, False, False)] * 2)
        (item,) = parse_page((await mk.fetch(POLICE))[1]).items
        repeated = await rs.submit(envelope)
    assert (item.kind, item.content, repeated[0]) == (ItemKind.GONE, b"", 200)


async def test_a_failure_to_open_is_no_hand_over(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelope)
        await mk.fetch(POLICE)
        await confirm(world, mk, MK, envelope, Event.CONTENT_HANDOVER_FAILURE)
        await hub.parts.retention.sweep()
        assert await kept(hub) == [(True, True, True)]


async def test_an_expired_message_loses_its_contents_unfetched(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(world.senders.seal(RS, MK, life=3_600))
        await rs.submit(world.senders.seal(RS, MK, life=7_200))
        world.clock.advance(3_600)
        await hub.parts.retention.sweep()
        kinds = [item.kind for item in parse_page((await mk.fetch(POLICE))[1]).items]
    assert kinds == [ItemKind.GONE, ItemKind.MESSAGE]


async def test_signed_cores_go_years_later_and_civil_ones_after_90_days(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "nada") as nada:
        await rs.submit(world.senders.seal(RS, MK))
        await nada.submit(world.senders.seal(NADA, LOTSE, channel=CSO))
        states = []
        for days in (15, 76, 1_095):
            world.clock.advance(days * DAY)
            await hub.parts.retention.sweep()
            states.append([row[0] for row in await kept(hub)])
        assert hub.parts.message_log.size == 4, "nobody fetched them, which is logged too, and leaves stay"
    assert states == [[True, True], [True, False], [False, False]]


async def test_counts_of_use_of_refusals_and_of_rules_go_after_their_days(world: World) -> None:
    async with world.running() as hub:
        today = world.clock() // DAY

        def count(connection: Connection) -> None:
            for day in (today - 91, today - 90):
                connection.execute(insert(QUOTA).values(day=day, node="rs.contact", what="messages", used=1))
                connection.execute(insert(REFUSAL).values(day=day, node="rs.contact", code="QUOTA", count=1))
                told = {"rule": "r", "article": "a", "verdict": "deny", "count": 1}
                connection.execute(insert(DECIDED).values(day=day, node="rs.contact", channel="police", **told))

        await hub.database.write(count)
        assert (await hub.parts.retention.sweep()).counts == 3
        left = [select(table.c.day) for table in (QUOTA, REFUSAL, DECIDED)]
        days = await hub.database.read(lambda c: [list(c.execute(each).scalars()) for each in left])
    assert days == [[today - 90]] * 3


def on_disk(world: World, needle: bytes) -> list[str]:
    """The files of the hub's folder in which these bytes stand."""
    files = (path for path in world.folder.rglob("*") if path.is_file())
    return sorted(path.name for path in files if needle in path.read_bytes())


async def test_the_ciphertext_is_gone_from_every_file_after_the_hand_over(world: World) -> None:
    envelope = world.senders.seal(RS, MK, body=(("/plate", "SK-1234-AB"), ("/reason", "seen at the border " * 400)))
    (wrap,), needle = envelope.wraps, envelope.contents[0][-64:]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelope)
        await mk.fetch(POLICE)
        assert on_disk(world, needle), "the control: it is there until it was handed over"
        await confirm(world, mk, MK, envelope, Event.CONTENT_HANDOVER)
        await hub._sweep()
        await hub.database.write(lambda _: None)  # the log is emptied between two commits
        assert (on_disk(world, needle), on_disk(world, wrap[-64:])) == ([], []), "database, log and free pages"
    assert on_disk(world, needle) == []
