"""Receipts and tokens: logged, relayed, repeated with the same answer, and never taken from the wrong hand."""

from pathlib import Path

import pytest

from protocol.api import parse_problem
from protocol.cbor import decode
from protocol.checkpoint import messages_origin, verify_checkpoint
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_inclusion, parse_receipt, sign_receipt, verify_leaf
from protocol.ids import MessageId, Reference
from protocol.leaf import LeafKind
from protocol.limits import CLOCK_SKEW
from protocol.mailbox import ItemKind, parse_page
from protocol.tokens import Token, TokenKind, parse_token, sign_token
from tests.simulators.hub_world import CSO, POLICE, Client, World
from tests.simulators.network import LOTSE, MK, NADA, RS, Member

REFERENCE = Reference(b"r" * 16)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


def receipt(
    world: World, by: Member, message: MessageId, event: Event = Event.CONTENT_HANDOVER, **more: object
) -> bytes:
    given = {"at": world.clock(), **more}
    said = Receipt(event=event, message=message, recipient=by.node, **given)  # type: ignore[arg-type]
    return sign_receipt(said, world.network.nodes[by.node].identity, world.network.network_id)


def token(world: World, kind: TokenKind = TokenKind.CONSENT, days: int = 30, holder: Member = NADA) -> bytes:
    expires = world.clock() + days * 86_400
    said = Token(kind, REFERENCE, holder.node, NADA.node, LOTSE.node, expires)
    return sign_token(said, world.network.nodes[holder.node].identity, world.network.network_id)


async def put_receipt(client: Client, raw: bytes) -> tuple[int, bytes]:
    return await client.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw)


async def put_token(client: Client, raw: bytes) -> tuple[int, bytes]:
    return await client.put(f"/v1/tokens/{parse_token(raw).id.hex()}", raw)


def proved(world: World, answer: bytes, kind: LeafKind) -> bytes:
    fields = decode(answer)
    assert isinstance(fields, dict)
    charter = world.network.charter
    checkpoint = verify_checkpoint(fields[3], messages_origin(charter.network_id), charter.hub_log_keys)
    leaf = verify_leaf(parse_inclusion(fields[2]), checkpoint)
    assert leaf.kind is kind
    assert leaf.digest == fields[1]
    return leaf.digest


async def delivered(rs: Client, mk: Client, envelope: Envelope) -> None:
    await rs.submit(envelope)
    await mk.fetch(POLICE)


@pytest.mark.parametrize("more", [{}, {"held": True, "rule": b"a sealed note".ljust(1_300, b".")}])
async def test_a_receipt_is_logged_and_relayed_to_the_sender(world: World, more: dict[str, object]) -> None:
    envelope = world.senders.seal(RS, MK)
    raw = receipt(world, MK, envelope.id, **more)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await delivered(rs, mk, envelope)
        status, answer = await put_receipt(mk, raw)
        repeated = await put_receipt(mk, raw)
        (item,) = parse_page((await rs.fetch(POLICE))[1]).items
    assert (status, repeated) == (201, (200, answer))
    assert proved(world, answer, LeafKind.EVIDENCE) == parse_receipt(raw).id
    assert (item.kind, item.content) == (ItemKind.RECEIPT, raw)


async def test_a_receipt_from_the_future_is_refused_and_one_from_the_past_is_not(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await delivered(rs, mk, envelope)
        answers = [
            await put_receipt(mk, receipt(world, MK, envelope.id, event, at=world.clock() + ahead))
            for event, ahead in (
                (Event.CONTENT_HANDOVER, CLOCK_SKEW + 1),
                (Event.CONTENT_HANDOVER, CLOCK_SKEW),
                (Event.CONTENT_ACCESS_TRACKING, -40 * 86_400),
            )
        ]
        items = parse_page((await rs.fetch(POLICE))[1]).items
    assert parse_problem(answers[0][1]).code is Code.NOT_YET_VALID
    assert [status for status, _ in answers[1:]] == [201, 201]
    assert len(items) == 2, "what was refused is not relayed"


async def test_evidence_goes_forward_only(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await delivered(rs, mk, envelope)
        await put_receipt(mk, receipt(world, MK, envelope.id, Event.CONTENT_HANDOVER, held=True))
        read = await put_receipt(mk, receipt(world, MK, envelope.id, Event.CONTENT_ACCESS_TRACKING))
        back = await put_receipt(mk, receipt(world, MK, envelope.id, Event.CONTENT_HANDOVER_FAILURE))
    assert read[0] == 201
    assert parse_problem(back[1]).code is Code.BAD_EVIDENCE


async def test_a_consent_token_opens_the_way_until_it_is_withdrawn(world: World) -> None:
    def message() -> Envelope:
        return world.senders.seal(NADA, LOTSE, channel=CSO, consents=(REFERENCE,))

    async with world.running() as hub, world.client(hub, "nada") as nada:
        before = await nada.submit(message())
        given = await put_token(nada, token(world))
        during = await nada.submit(message())
        ended = await put_token(nada, token(world, TokenKind.CONSENT_WITHDRAWN))
        after = await nada.submit(message())
        again = await put_token(nada, token(world, TokenKind.CONSENT_WITHDRAWN, days=29))
    assert [status for status, _ in (before, given, during, ended, after, again)] == [403, 201, 201, 201, 403, 403]
    assert {parse_problem(body).code for _, body in (before, after)} == {Code.CONSENT_MISSING}
    assert proved(world, given[1], LeafKind.TOKEN) == parse_token(token(world)).id


async def test_a_withdrawal_outlives_a_restart_whatever_it_says_of_time(world: World) -> None:
    async with world.running() as hub, world.client(hub, "nada") as nada:
        await put_token(nada, token(world, days=30))
        assert (await put_token(nada, token(world, TokenKind.CONSENT_WITHDRAWN, days=-30)))[0] == 201
    async with world.running() as hub, world.client(hub, "nada") as nada:
        _, body = await nada.submit(world.senders.seal(NADA, LOTSE, channel=CSO, consents=(REFERENCE,)))
    assert parse_problem(body).code is Code.CONSENT_MISSING


async def test_a_consent_token_is_still_known_after_a_restart_and_expires(world: World) -> None:
    async with world.running() as hub, world.client(hub, "nada") as nada:
        await put_token(nada, token(world, days=1))
    async with world.running() as hub, world.client(hub, "nada") as nada:
        known = await nada.submit(world.senders.seal(NADA, LOTSE, channel=CSO, consents=(REFERENCE,)))
        world.clock.advance(86_400)
        expired = await nada.submit(world.senders.seal(NADA, LOTSE, channel=CSO, consents=(REFERENCE,)))
    assert (known[0], parse_problem(expired[1]).code) == (201, Code.CONSENT_MISSING)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (lambda world: token(world, days=91), Code.NOT_PERMITTED),
        (lambda world: token(world, days=0), Code.NOT_PERMITTED),
        (lambda world: token(world, TokenKind.CONSENT_WITHDRAWN), Code.NOT_PERMITTED),
        (lambda world: token(world, holder=LOTSE), Code.SENDER_MISMATCH),
    ],
    ids=["longer than 90 days", "expired", "nothing to withdraw", "somebody else's"],
)
async def test_a_token_out_of_place_is_refused(world: World, raw, code: Code) -> None:
    async with world.running() as hub, world.client(hub, "nada") as nada:
        _, body = await put_token(nada, raw(world))
    assert parse_problem(body).code is code


async def test_one_reference_means_one_thing(world: World) -> None:
    async with world.running() as hub, world.client(hub, "nada") as nada:
        first = await put_token(nada, token(world, days=30))
        same = await put_token(nada, token(world, days=30))
        other = await put_token(nada, token(world, days=31))
    assert same == (200, first[1])
    assert parse_problem(other[1]).code is Code.NOT_PERMITTED
