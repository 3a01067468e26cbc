"""A node changes its signing keys at a running hub: judged under the new ones at once, and nothing is stranded."""

from dataclasses import replace
from pathlib import Path

import pytest

from hub.items import NewReceipt, NewToken
from protocol.api import parse_problem
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.domains import MESSAGE
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.ids import Reference
from protocol.limits import MAX_SIGNED
from protocol.mailbox import parse_page
from protocol.statement_nodes import IdentityChange
from protocol.statements import encode_statement, statement_id
from protocol.tokens import Token, TokenKind, parse_token, sign_token
from tests.simulators.attached import Uploader, attach
from tests.simulators.hub_world import POLICE, Client, World
from tests.simulators.network import MK, RS, identity_of
from tests.simulators.refusal import refused

OLD, NEW = identity_of(RS.name), identity_of("rs next")


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def change(world: World, rs: Client) -> None:
    body = IdentityChange(node=RS.node, version=2, issued_at=world.clock(), identity=NEW.public)
    raw = world.network.signed(body, OLD, NEW)
    status, _ = await rs.put(f"/v1/statements/{statement_id(encode_statement(body)).hex()}", raw)
    assert status == 201


def signed_anew(envelope: Envelope, world: World) -> Envelope:
    raw = sign(NEW, MESSAGE, world.network.network_id, envelope.signed.payload)
    return replace(envelope, signed=parse_signed(raw, MAX_SIGNED))


async def test_the_same_message_is_taken_under_the_new_keys_only(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await change(world, rs)
        _, answer = await rs.submit(envelope)
        assert parse_problem(answer).code is Code.UNKNOWN_KEY
        status, _ = await rs.submit(signed_anew(envelope, world))
        assert status == 201
        assert len(parse_page((await mk.fetch(POLICE))[1]).items) == 1


async def test_a_message_accepted_before_keeps_its_answer(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        status, first = await rs.submit(envelope)
        await change(world, rs)
        assert await rs.submit(signed_anew(envelope, world)) == (200, first)
        assert (status, hub.parts.message_log.size) == (201, 1)


async def test_an_upload_goes_on_under_the_new_keys(world: World) -> None:
    message = attach(world.senders, RS, (MK,), b"content")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        up = Uploader(rs, message)
        await up.reserve()
        await up.put_all()
        await change(world, rs)
        assert parse_problem((await up.commit())[1]).code is Code.UNKNOWN_KEY
        again = Uploader(rs, replace(message, envelope=signed_anew(message.envelope, world)))
        assert (await again.reserve())[0] == 202
        status, _ = await again.commit()
        assert (status, hub.parts.message_log.size) == (201, 1)


async def test_evidence_verified_under_the_old_keys_is_not_logged_under_a_directory_with_the_new_ones(
    world: World,
) -> None:
    """The change came in between; whoever reads the leaf would verify it under the new keys and find it false."""
    envelope = world.senders.seal(MK, RS)
    network = world.network.network_id
    said = Receipt(event=Event.CONTENT_HANDOVER, message=envelope.id, recipient=RS.node, at=world.clock(), held=False)
    token = Token(TokenKind.CONSENT, Reference(b"r" * 16), RS.node, MK.node, RS.node, world.clock() + 60)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await mk.submit(envelope)
        await rs.fetch(POLICE)
        await change(world, rs)
        intake, size = hub.parts.services.desk.intake, hub.parts.message_log.size
        with refused(Code.UNKNOWN_KEY):
            await intake.take(NewReceipt(parse_receipt(sign_receipt(said, OLD, network))), 1)
        with refused(Code.UNKNOWN_KEY):
            await intake.take(NewToken(parse_token(sign_token(token, OLD, network))), 1)
        assert hub.parts.message_log.size == size
        logged = await intake.take(NewReceipt(parse_receipt(sign_receipt(said, NEW, network))), 1)
        assert logged.fresh
