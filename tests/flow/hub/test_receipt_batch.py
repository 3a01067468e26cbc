"""Several receipts handed in at once: one checkpoint proves all that are logged, and none holds up another."""

from pathlib import Path

import pytest
from sqlalchemy import select

from hub.quota import QuotaSettings
from hub.schema import REFUSAL
from protocol.api import parse_problem
from protocol.cbor import encode
from protocol.checkpoint import messages_origin, verify_checkpoint
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt, verify_leaf
from protocol.ids import NodeId
from protocol.leaf import LeafKind
from protocol.limits import CLOCK_SKEW, MAX_BATCH
from protocol.mailbox import parse_page
from protocol.receipt_batch import LoggedBatch, encode_receipts, parse_logged_batch
from protocol.voids import Void, VoidReason, parse_void, sign_void
from tests.simulators.hub_world import POLICE, Client, World
from tests.simulators.network import MK, RS

PATH = "/v1/receipts"


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def receipt(world: World, envelope: Envelope, event: Event = Event.CONTENT_HANDOVER, *, ahead: int = 0) -> bytes:
    said = Receipt(event=event, message=envelope.id, recipient=MK.node, at=world.clock() + ahead)
    return sign_receipt(said, world.network.nodes[MK.node].identity, world.network.network_id)


async def delivered(world: World, rs: Client, mk: Client, count: int) -> list[Envelope]:
    envelopes = [world.senders.seal(RS, MK) for _ in range(count)]
    for each in envelopes:
        await rs.submit(each)
    await mk.fetch(POLICE)
    return envelopes


async def post(client: Client, *receipts: bytes) -> LoggedBatch:
    status, answer = await client.post(PATH, encode_receipts(receipts))
    assert status == 200
    return parse_logged_batch(answer)


def proved(world: World, batch: LoggedBatch) -> list[bytes]:
    """Return the digests of the leaves, each verified under the one checkpoint."""
    charter = world.network.charter
    checkpoint = verify_checkpoint(batch.checkpoint, messages_origin(charter.network_id), charter.hub_log_keys)
    for digest, inclusion in batch.logged:
        leaf = verify_leaf(inclusion, checkpoint)
        assert (leaf.kind, leaf.digest) == (LeafKind.EVIDENCE, digest)
    return [digest for digest, _ in batch.logged]


async def test_a_day_of_receipts_is_proved_under_one_checkpoint_and_relayed(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        envelopes = await delivered(world, rs, mk, 3)
        raws = [receipt(world, each) for each in envelopes]
        raws.append(receipt(world, envelopes[0], Event.CONTENT_ACCESS_TRACKING))
        first, again = await post(mk, *raws), await post(mk, *reversed(raws))
        items = parse_page((await rs.fetch(POLICE))[1]).items
    ids = [parse_receipt(raw).id for raw in raws]
    assert proved(world, first) == ids
    assert sorted(proved(world, again)) == sorted(ids), "a repeat is proved again and logged once"
    assert [item.content for item in items] == raws, "relayed once each, in the order they were handed in"


async def test_one_that_is_refused_holds_up_no_other_and_is_told_why_by_itself(world: World) -> None:
    def void(sender: str, to: NodeId) -> bytes:
        said = Void(sender=MK.node, recipient=to, channel=POLICE, sequence=9, reason=VoidReason.UNUSED)
        return sign_void(said, world.network.nodes[NodeId(sender)].identity, world.network.network_id)

    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        handed, other = await delivered(world, rs, mk, 2)
        unknown = receipt(world, world.senders.seal(RS, MK))
        late = receipt(world, other, ahead=CLOCK_SKEW + 60)
        forged = void("rs.contact", RS.node)
        good, unused = receipt(world, handed), void("mk.contact", RS.node)
        batch = await post(mk, unknown, good, b"no receipt", late, forged, unused)
        nothing = await post(mk, unknown, late)
        told = parse_problem((await mk.put(f"{PATH}/{parse_receipt(unknown).id.hex()}", unknown))[1]).code
        foreign = await post(rs, receipt(world, other))
        await hub.parts.rejections.store()
        counts = await hub.database.read(
            lambda connection: {(row.node, row.code): row.count for row in connection.execute(select(REFUSAL))}
        )
        items = parse_page((await rs.fetch(POLICE))[1]).items
    assert proved(world, batch) == [parse_receipt(good).id, parse_void(unused).id]
    assert (proved(world, nothing), proved(world, foreign)) == ([], [])
    assert told is Code.UNKNOWN_MESSAGE
    assert counts == {
        ("mk.contact", "UNKNOWN_MESSAGE"): 3,
        ("mk.contact", "MALFORMED"): 1,
        ("mk.contact", "NOT_YET_VALID"): 2,
        ("mk.contact", "UNKNOWN_KEY"): 1,
        ("rs.contact", "SENDER_MISMATCH"): 1,
    }, "whoever runs the hub sees them although the answer says nothing"
    assert [item.content for item in items] == [good, unused]


@pytest.mark.parametrize("count", [0, MAX_BATCH + 1])
async def test_no_receipt_or_too_many_are_no_request(world: World, count: int) -> None:
    async with world.running() as hub, world.client(hub, "mk.contact") as mk:
        status, answer = await mk.post(PATH, encode([b"x"] * count))
    assert (status, parse_problem(answer).code) == (400, Code.MALFORMED)


async def test_many_in_one_request_count_as_many_requests(world: World) -> None:
    async with (
        world.running(quotas=QuotaSettings(requests_per_minute=10)) as hub,
        world.client(hub, "rs.contact") as rs,
        world.client(hub, "mk.contact") as mk,
    ):
        (envelope,) = await delivered(world, rs, mk, 1)
        raw = receipt(world, envelope)
        some = [await mk.post(PATH, encode_receipts([raw] * count)) for count in (4, 6)]
        world.clock.advance(60)
        all_ = await mk.post(PATH, encode_receipts([raw] * MAX_BATCH))
    assert [status for status, _ in some] == [200, 429]
    assert parse_problem(some[1][1]).code is Code.RATE_LIMITED
    assert all_[0] == 200, "more than a minute's requests pass once a minute is free"
