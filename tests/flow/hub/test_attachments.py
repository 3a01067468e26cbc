"""Attachments at the hub: reserved, uploaded in parts, committed, fetched by their recipients, through its port."""

import asyncio
import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pytest

from hub.checkup import lost_attachments
from hub.config import AttachmentSettings
from protocol.api import parse_problem
from protocol.attachments import trim_pieces
from protocol.checkpoint import messages_origin
from protocol.envelope import parse_delivery
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt, verify_acceptance
from protocol.floe_stream import StreamOpener
from protocol.mailbox import parse_page
from protocol.opening import Reader, open_delivery
from protocol.parts import parse_part_list, verify_part, verify_part_list
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.statements import Body, encode_statement, statement_id
from protocol.uploads import parse_upload
from tests.simulators.attached import Uploader, attach
from tests.simulators.hub_world import POLICE, Client, World
from tests.simulators.network import MK, RS

MINUTE = AttachmentSettings(reservation_s=60)
BIG = os.urandom(1 << 16) * 150  # 9.4 MiB: two parts


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def test_a_message_is_logged_only_when_its_parts_are_here(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG, b"small")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        up = Uploader(rs, message)
        status, body = await up.reserve()
        state = parse_upload(body)
        assert (status, state.until, hub.parts.message_log.size) == (202, world.clock() + 86_400, 0)
        assert [(each.name, each.listed, each.missing) for each in state.attachments] == [
            ("att-00", False, (0, 1)),
            ("att-01", False, (0,)),
        ]
        assert parse_page((await mk.fetch(POLICE))[1]).items == ()
        await up.put_all()
        assert parse_upload((await up.state())[1]).complete
        status, evidence = await up.commit()
        again = await up.commit()
        repeated = await up.reserve()
        assert len(parse_page((await mk.fetch(POLICE))[1]).items) == 1
    charter = world.network.charter
    acceptance = verify_acceptance(
        evidence, message.envelope.id, messages_origin(charter.network_id), charter.hub_log_keys
    )
    assert (status, acceptance.index) == (201, 0)
    assert again == repeated == (200, evidence)


async def test_the_recipient_fetches_and_opens_what_was_sent(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        assert (await Uploader(rs, message).send())[0] == 201
        (item,) = parse_page((await mk.fetch(POLICE))[1]).items
        reader = Reader(MK.node, world.network.network_id, 1, world.network.nodes[MK.node].ring)
        sender = world.network.nodes[RS.node].identity.public
        opened = open_delivery(parse_delivery(item.content), sender, reader)
        (attachment,) = opened.attachments
        base = f"/v1/messages/{opened.id.hex()}/parts/{attachment.part.name}"
        parts = parse_part_list((await mk.get(base))[1])
        verify_part_list(parts, attachment.part)
        opener = StreamOpener(*attachment.opening, attachment.part.length)
        pieces = []
        for index in range(len(parts.leaves)):
            _, data = await mk.get(f"{base}/{index}")
            verify_part(parts, index, data)
            pieces.extend(opener.update(data))
        opener.finish()
    content = b"".join(trim_pieces(pieces, attachment.about.size))
    assert hashlib.sha256(content).digest() == attachment.about.sha256 == hashlib.sha256(BIG).digest()


async def test_to_everybody_else_an_upload_is_not_there(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        own, foreign = Uploader(rs, message), Uploader(mk, message)
        await own.reserve()
        missing = await mk.get(f"/v1/uploads/{'00' * 32}")
        answers = [await foreign.state(), await foreign.put_list(), await foreign.put_part(), await foreign.commit()]
        assert [parse_problem(body).code for _, body in answers] == [Code.NOT_FOUND] * 4
        assert answers[0] == missing


@pytest.mark.parametrize("name", ["rs.contact", "al.contact", "auditor"])
async def test_to_everybody_but_recipients_an_attachment_is_not_there(world: World, name: str) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    base = f"/v1/messages/{message.envelope.id.hex()}/parts/att-00"
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, name) as other:
        await Uploader(rs, message).send()
        answers = [await other.get(base), await other.get(f"{base}/0")]
        missing = await other.get(f"/v1/messages/{'00' * 32}/parts/att-00")
    assert answers == [missing] * 2
    assert parse_problem(missing[1]).code is Code.NOT_FOUND


async def test_nothing_can_be_fetched_before_the_commit(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        up = Uploader(rs, message)
        await up.reserve()
        await up.put_all()
        status, body = await mk.get(f"/v1/messages/{message.envelope.id.hex()}/parts/att-00/0")
    assert (status, parse_problem(body).code) == (404, Code.NOT_FOUND)


@pytest.mark.parametrize(
    "path", ["att-64", "body", "identity", "..", "att-00%2f0", "att-00/1", "att-00/00", "att-00/-1", "att-00/x"]
)
async def test_other_names_and_indexes_are_not_there(world: World, path: str) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await Uploader(rs, message).send()
        status, _ = await mk.get(f"/v1/messages/{message.envelope.id.hex()}/parts/{path}")
    assert status == 404


async def test_a_restart_keeps_what_was_uploaded(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG)
    async with world.client_of("rs.contact") as connect:
        async with world.running() as hub:
            up = Uploader(connect(hub), message)
            await up.reserve()
            await up.put_list()
            await up.put_part(1)
        async with world.running() as hub:
            up = Uploader(connect(hub), message)
            (held,) = parse_upload((await up.state())[1]).attachments
            assert held.missing == (0,)
            assert (await up.put_part(0))[0] == 204
            assert (await up.commit())[0] == 201


async def test_commit_waits_for_every_part(world: World) -> None:
    message = attach(world.senders, RS, (MK,), BIG)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = Uploader(rs, message)
        await up.reserve()
        early = [await up.put_part(0), await up.commit()]
        await up.put_list()
        await up.put_part(0)
        late = await up.commit()
        size = hub.parts.message_log.size
    assert [parse_problem(body).code for _, body in (*early, late)] == [Code.ATT_MISSING] * 3
    assert size == 0


async def test_a_part_may_be_sent_again(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = Uploader(rs, message)
        await up.reserve()
        assert [(await up.put_list())[0] for _ in range(2)] == [204, 204]
        assert [(await up.put_part())[0] for _ in range(2)] == [204, 204]
        assert (await up.commit())[0] == 201


async def put_statement(client: Client, body: Body, raw: bytes) -> None:
    assert (await client.put(f"/v1/statements/{statement_id(encode_statement(body)).hex()}", raw))[0] == 201


async def test_keys_are_looked_at_again_at_the_commit(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    key = message.envelope.manifest.core.to[0].key_id
    revoked = Revocation(node=MK.node, issued_at=world.clock(), target=Target.KEYS, ids=(key,), reason=Reason.LOST)
    raw = world.network.signed(revoked, world.network.nodes[MK.node].identity)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        up = Uploader(rs, message)
        await up.reserve()
        await up.put_all()
        await put_statement(mk, revoked, raw)
        status, body = await up.commit()
        assert (status, parse_problem(body).code, hub.parts.message_log.size) == (409, Code.NO_VALID_KEY, 0)


async def test_a_reservation_never_outlives_its_message(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content", life=3_600)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = Uploader(rs, message)
        state = parse_upload((await up.reserve())[1])
        await up.put_all()
        world.clock.advance(3_600)
        answers = [await up.commit(), await up.reserve()]
    assert state.until == message.envelope.manifest.core.expires_at
    assert [parse_problem(body).code for _, body in answers] == [Code.NOT_FOUND, Code.EXPIRED]


async def test_a_reservation_lapses_with_its_parts(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    folder = world.folder / "attachments"
    async with world.running(attachments=MINUTE) as hub, world.client(hub, "rs.contact") as rs:
        up = Uploader(rs, message)
        await up.reserve()
        await up.put_all()
        await hub.parts.retention.sweep()
        assert len(list(folder.glob("*/att-00/*"))) == 1
        world.clock.advance(60)
        answers = [await up.state(), await up.put_list(), await up.put_part(), await up.commit()]
        swept = await hub.parts.retention.sweep()
        again = parse_upload((await up.reserve())[1])
    assert [parse_problem(body).code for _, body in answers] == [Code.NOT_FOUND] * 4
    assert (swept.reservations, [path.name for path in folder.iterdir()]) == (1, [".partial"])
    assert (again.until, again.attachments[0].missing) == (world.clock() + 60, (0,))


async def test_a_lapsed_reservation_made_again_finds_its_parts(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running(attachments=MINUTE) as hub, world.client(hub, "rs.contact") as rs:
        up = Uploader(rs, message)
        await up.reserve()
        await up.put_all()
        world.clock.advance(60)
        state = parse_upload((await up.reserve())[1])
        assert (state.until, state.complete) == (world.clock() + 60, True)
        assert (await up.commit())[0] == 201


async def test_attachments_go_with_the_contents(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content", life=3_600)
    folder = world.folder / "attachments"
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await Uploader(rs, message).send()
        await hub.parts.retention.sweep()
        base = f"/v1/messages/{message.envelope.id.hex()}/parts/att-00"
        before = await mk.get(f"{base}/0")
        world.clock.advance(3_601)
        after = await mk.get(f"{base}/0")
        await hub.parts.retention.sweep()
        swept = await mk.get(base)
    assert (before[0], after[0], swept[0]) == (200, 404, 404)
    assert [path.name for path in folder.iterdir()] == [".partial"]


async def test_reserved_bytes_count(world: World) -> None:
    quotas = replace(world.config().quotas, attachment_bytes_per_day=1_000)
    async with world.running(quotas=quotas) as hub, world.client(hub, "rs.contact") as rs:
        first = await Uploader(rs, attach(world.senders, RS, (MK,), b"content")).reserve()
        again = Uploader(rs, attach(world.senders, RS, (MK,), b"content"))
        assert (first[0], (await again.reserve())[0]) == (202, 202)
        status, body = await Uploader(rs, attach(world.senders, RS, (MK,), b"content")).reserve()
        assert (await again.reserve())[0] == 202  # a repeat costs nothing
    assert (status, parse_problem(body).code) == (429, Code.QUOTA)


async def test_a_second_message_under_a_used_number_is_not_reserved(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        first = Uploader(rs, attach(world.senders, RS, (MK,), b"content", sequence=7))
        second = Uploader(rs, attach(world.senders, RS, (MK,), b"other", sequence=7))
        third = Uploader(rs, attach(world.senders, RS, (MK,), b"more", sequence=7))
        await second.reserve()
        await second.put_all()
        assert (await first.send())[0] == 201
        answers = [await second.commit(), await third.reserve()]
    assert [parse_problem(body).code for _, body in answers] == [Code.SENDER_EQUIVOCATION] * 2


async def test_parts_without_rows_go_and_rows_without_parts_are_named(world: World) -> None:
    kept, open_ = attach(world.senders, RS, (MK,), b"kept"), attach(world.senders, RS, (MK,), b"open")
    folder = world.folder / "attachments"
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await Uploader(rs, kept).send()
        kept_part = next(folder.glob("*/att-00/*"))
        up = Uploader(rs, open_)
        await up.reserve()
        await up.put_all()
        stray = folder / ("ab" * 16) / "att-00" / "0000"
        stray.parent.mkdir(parents=True)
        stray.write_bytes(b"left by a crash")
        found = await hub.parts.leftovers.check()
        assert (found.removed, found.again, found.lost) == (1, 0, ())
        for path in folder.glob("*/att-00/*"):
            path.unlink()
        found = await hub.parts.leftovers.check()
        assert (found.removed, found.again) == (0, 1)
        assert [(each.message, each.name, each.missing) for each in found.lost] == [(kept.envelope.id, "att-00", (0,))]
        assert not parse_upload((await up.state())[1]).complete
    (lost,) = await asyncio.to_thread(lost_attachments, world.config())
    assert lost == found.lost[0]
    assert not stray.parent.parent.exists()
    assert not kept_part.exists()


async def test_a_lost_part_is_told_to_its_recipient(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await Uploader(rs, message).send()
        next((world.folder / "attachments").glob("*/att-00/*")).unlink()
        status, body = await mk.get(f"/v1/messages/{message.envelope.id.hex()}/parts/att-00/0")
    assert (status, parse_problem(body).code) == (404, Code.ATT_MISSING)


async def test_a_suspended_node_neither_uploads_nor_fetches(world: World) -> None:
    sent, open_ = attach(world.senders, RS, (MK,), b"content"), attach(world.senders, MK, (RS,), b"content")
    base = f"/v1/messages/{sent.envelope.id.hex()}/parts/att-00"
    now = world.clock()
    body = Suspension(node=MK.node, issued_at=now, until=now + 86_400, lift=False, reason=Reason.COMPROMISED)
    raw = world.network.signed(body, world.network.registrars[0])
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await Uploader(rs, sent).send()
        up = Uploader(mk, open_)
        await up.reserve()
        await put_statement(rs, body, raw)
        answers = [await up.state(), await up.put_list(), await up.put_part(), await up.commit()]
        answers += [await mk.get(base), await mk.get(f"{base}/0")]
    assert [parse_problem(body).code for _, body in answers] == [Code.NODE_SUSPENDED] * 6


async def test_attachments_go_after_the_last_receipt(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    base = f"/v1/messages/{message.envelope.id.hex()}/parts/att-00"
    said = Receipt(event=Event.CONTENT_HANDOVER, message=message.envelope.id, recipient=MK.node, at=world.clock())
    raw = sign_receipt(said, world.network.nodes[MK.node].identity, world.network.network_id)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await Uploader(rs, message).send()
        await mk.fetch(POLICE)
        assert (await mk.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw))[0] == 201
        assert (await mk.get(f"{base}/0"))[0] == 200  # until the next round of deletion
        swept = await hub.parts.retention.sweep()
        assert ((await mk.get(base))[0], swept.contents) == (404, 1)
        repeated = await Uploader(rs, message).reserve()
    assert repeated[0] == 200
    assert [path.name for path in (world.folder / "attachments").iterdir()] == [".partial"]
