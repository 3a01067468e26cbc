"""What a network attacker, a node gone bad or a curious administrator tries at the hub, by attack number."""

import asyncio
import hashlib
import ssl
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from hub.schema import EQUIVOCATION
from protocol import domains
from protocol.api import parse_problem
from protocol.cbor import Tagged, decode, encode
from protocol.core import encode_core
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.decision import parse_decision
from protocol.envelope import Envelope, encode_manifest, parse_manifest
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.ids import MessageId, message_id
from protocol.limits import CLOCK_SKEW, DIRECTORY_FRESH, MAX_ENVELOPE, MAX_SIGNED
from protocol.mailbox import parse_page
from protocol.statement_network import Reason, Revocation, Suspension, Target
from protocol.statement_nodes import Recovery
from protocol.statements import Body, encode_statement, statement_id
from protocol.wrap import WRAP_ALG, encode_wrap, wrap_protected
from tests.simulators.hub_world import POLICE, Client, World
from tests.simulators.network import MK, NADA, RS, Member, identity_of, tls_key_of


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def code(answer) -> Code | None:
    status, body = await answer
    return None if status < 400 else parse_problem(body).code


def signed_anew(world: World, envelope: Envelope, **changes: object) -> Envelope:
    """Return the envelope with other fields in its core, or other wraps, validly signed by its sender."""
    sender = envelope.manifest.core.sender
    wraps = changes.pop("wraps", envelope.wraps)
    core = encode_core(replace(envelope.manifest.core, **changes))  # type: ignore[arg-type]
    payload = encode_manifest(core, wraps, envelope.manifest.parts)  # type: ignore[arg-type]
    identity, network = world.network.nodes[sender].identity, world.network.network_id
    signed = parse_signed(sign(identity, domains.MESSAGE, network, payload), MAX_SIGNED)
    return Envelope(message_id(payload), parse_manifest(payload), signed, wraps, envelope.contents)  # type: ignore[arg-type]


def with_signed(envelope: Envelope, raw: bytes) -> bytes:
    return encode([raw, list(envelope.wraps), list(envelope.contents)])


async def submit_raw(client: Client, envelope: Envelope, raw: bytes) -> Code | None:
    return await code(client.put(f"/v1/envelopes/{envelope.id.hex()}", raw))


async def put_statement(client: Client, body: Body, raw: bytes) -> int:
    return (await client.put(f"/v1/statements/{statement_id(encode_statement(body)).hex()}", raw))[0]


async def test_attack_001_a_flipped_bit_anywhere_is_refused(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    raw = envelope.encode()
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        for at in range(0, len(raw), 97):
            flipped = bytearray(raw)
            flipped[at] ^= 1 << at % 8
            assert await submit_raw(rs, envelope, bytes(flipped)) is not None, at
        assert hub.parts.message_log.size == 0


async def test_attack_003_a_replay_is_answered_from_store_and_delivered_once(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        first, second = await rs.submit(envelope), await rs.submit(envelope)
        stolen = await code(mk.submit(envelope))
        page = parse_page((await mk.fetch(POLICE))[1])
    assert (first[0], second) == (201, (200, first[1]))
    assert (stolen, len(page.items)) == (Code.SENDER_MISMATCH, 1)


async def test_attack_004_a_message_past_its_life_is_refused(world: World) -> None:
    late = world.senders.seal(RS, MK, life=600)
    long = world.senders.seal(RS, MK, life=14 * 86_400 + 1)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        too_long = await code(rs.submit(long))
        world.clock.advance(600)
        expired = await code(rs.submit(late))
    assert (expired, too_long) == (Code.EXPIRED, Code.POLICY_DENIED)


async def test_attack_005_a_message_signed_for_another_network_is_refused(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    other = sign(world.network.nodes[RS.node].identity, domains.MESSAGE, bytes(16), envelope.signed.payload)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await submit_raw(rs, envelope, with_signed(envelope, other)) is Code.BAD_SIGNATURE


async def test_attack_006_a_certified_stranger_gets_nothing(world: World) -> None:
    async with world.running() as hub, world.client(hub, "a.stranger") as stranger:
        answers = [
            await code(stranger.submit(world.senders.seal(RS, MK))),
            await code(stranger.fetch(POLICE)),
            await code(stranger.get("/v1/logs/directory/checkpoint")),
            await code(stranger.get("/v1/time")),
        ]
    assert set(answers) == {Code.TLS_PEER_UNKNOWN}


async def test_attack_007_a_node_cannot_send_for_another(world: World) -> None:
    async with world.running() as hub, world.client(hub, "mk.contact") as mk:
        assert await code(mk.submit(world.senders.seal(RS, MK))) is Code.SENDER_MISMATCH


async def test_attack_012_a_message_from_the_future_is_told_the_time(world: World) -> None:
    now = world.clock()
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        allowed = await rs.submit(world.senders.seal(RS, MK, at=now + CLOCK_SKEW))
        status, body = await rs.submit(world.senders.seal(RS, MK, at=now + CLOCK_SKEW + 1))
    problem = parse_problem(body)
    assert (allowed[0], status, problem.code, problem.hub_time) == (201, 400, Code.NOT_YET_VALID, now)


async def test_attack_013_bytes_behind_the_body_store_nothing(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    raw = envelope.encode()
    head = (
        f"PUT /v1/envelopes/{envelope.id.hex()} HTTP/1.1\r\nHost: hub\r\n"
        f"Content-Length: {len(raw)}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    async with world.running() as hub:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", hub.port, ssl=world.client_tls("rs.contact"), server_hostname="localhost"
        )
        writer.write(head.encode() + raw)
        await writer.drain()
        status = await reader.readline()
        writer.close()
        assert hub.parts.message_log.size == 0
    assert b" 400 " in status


@pytest.mark.parametrize("wrong", [{"directory_root": bytes(32)}, {"directory_size": 10_000}])
async def test_attack_015_another_view_of_the_directory_is_exposed(world: World, wrong: dict[str, object]) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await code(rs.submit(world.senders.seal(RS, MK, **wrong))) is Code.SPLIT_VIEW


async def test_attack_019_a_sender_with_yesterdays_directory_synchronises_first(world: World) -> None:
    old = {"directory_size": world.network.directory.size, "directory_root": world.network.directory.root}
    now = world.clock()
    body = Suspension(node=NADA.node, issued_at=now, until=now + 60, lift=False, reason=Reason.LOST)
    raw = world.network.signed(body, world.network.registrars[0])
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await put_statement(rs, body, raw) == 201
        world.clock.advance(DIRECTORY_FRESH)
        fresh = await code(rs.submit(world.senders.seal(RS, MK, **old)))
        world.clock.advance(1)
        stale = await code(rs.submit(world.senders.seal(RS, MK, **old)))
    assert (fresh, stale) == (None, Code.STALE_DIRECTORY)


@pytest.mark.parametrize("kept", [0, 1], ids=["only Ed25519", "only ML-DSA"])
async def test_attack_030_a_stripped_signature_is_missed(world: World, kept: int) -> None:
    envelope = world.senders.seal(RS, MK)
    tagged = decode(envelope.signed.raw, MAX_SIGNED)
    assert isinstance(tagged, Tagged)
    protected, unprotected, payload, signatures = tagged.value  # type: ignore[misc]
    stripped = encode(Tagged(98, [protected, unprotected, payload, [signatures[kept]]]))  # type: ignore[list-item,index]
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await submit_raw(rs, envelope, with_signed(envelope, stripped)) is Code.MISSING_SIGNATURE


async def test_attack_031_a_forged_receipt_is_refused(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    said = Receipt(event=Event.CONTENT_HANDOVER, message=envelope.id, recipient=MK.node, at=world.clock())
    by_sender = sign_receipt(said, world.network.nodes[RS.node].identity, world.network.network_id)
    wrong_domain = sign(
        world.network.nodes[MK.node].identity,
        domains.MESSAGE,
        world.network.network_id,
        parse_receipt(by_sender).signed.payload,
    )
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelope)
        await mk.fetch(POLICE)
        path = f"/v1/receipts/{parse_receipt(by_sender).id.hex()}"
        codes = [await code(mk.put(path, by_sender)), await code(mk.put(path, wrong_domain))]
    assert codes == [Code.UNKNOWN_KEY, Code.BAD_SIGNATURE]


async def test_attack_032_a_signature_of_another_kind_is_no_message(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    identity, network = world.network.nodes[RS.node].identity, world.network.network_id
    statement = sign(identity, domains.STATEMENT, network, envelope.signed.payload)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await submit_raw(rs, envelope, with_signed(envelope, statement)) is Code.BAD_SIGNATURE


async def test_attack_041_a_key_outside_its_week_or_revoked_is_named(world: World) -> None:
    early = world.senders.seal(RS, MK)
    key = early.manifest.core.to[0].key_id
    body = Revocation(node=MK.node, issued_at=world.clock(), target=Target.KEYS, ids=(key,), reason=Reason.LOST)
    raw = world.network.signed(body, world.network.nodes[MK.node].identity)
    next_week = world.network.directory.recipient_keys(MK.node, POLICE)[1]
    to = (replace(early.manifest.core.to[0], key_id=next_week.key_id),)
    wraps = (encode_wrap(next_week.key_id, bytes(1200)),)
    outside = signed_anew(world, early, to=to, wraps=wraps)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        answers = [await rs.submit(outside)]
        assert await put_statement(mk, body, raw) == 201
        answers.append(await rs.submit(early))
    for (_, body_), reason in zip(answers, ("outside-window", "revoked-key"), strict=True):
        problem = parse_problem(body_)
        assert problem.code is Code.NO_VALID_KEY
        assert problem.decision is not None
        (finding,) = parse_decision(problem.decision).findings
        assert (finding.recipient, finding.parameters) == (MK.node, (("reason", reason),))


async def test_attack_043_two_messages_under_one_number_are_kept_as_proof(world: World) -> None:
    one = world.senders.seal(RS, MK, sequence=5)
    same_number = world.senders.seal(RS, MK, sequence=5)
    other = world.senders.seal(RS, MK, sequence=6)
    same_random = signed_anew(world, other, random=one.manifest.core.random)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        codes = [await code(rs.submit(each)) for each in (one, same_number, same_random, other)]
        kept = await hub.database.read(lambda connection: set(connection.execute(select(EQUIVOCATION.c.id)).scalars()))
    assert codes == [None, Code.SENDER_EQUIVOCATION, Code.SENDER_EQUIVOCATION, None]
    assert kept == {same_number.id, same_random.id}


async def test_attack_051_a_purpose_the_agreement_does_not_name_is_denied(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await code(rs.submit(world.senders.seal(RS, MK, purpose="statistics"))) is Code.POLICY_DENIED


async def test_an_agreement_of_others_gives_no_basis(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    foreign = next(id_ for pair, id_ in world.network.agreements.items() if RS.node not in pair)
    to = (replace(envelope.manifest.core.to[0], agreement=foreign),)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await code(rs.submit(signed_anew(world, envelope, to=to))) is Code.POLICY_DENIED


async def test_attack_061_a_receipt_for_what_was_never_handed_out_is_refused(world: World) -> None:
    envelope = world.senders.seal(RS, MK)

    def receipt(message: MessageId, by: Member) -> bytes:
        said = Receipt(event=Event.CONTENT_HANDOVER, message=message, recipient=by.node, at=world.clock())
        return sign_receipt(said, world.network.nodes[by.node].identity, world.network.network_id)

    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelope)
        async with world.client(hub, "al.contact") as al:
            member = next(each for each in world.members if each.name == "al.contact")
            cases = [
                (mk, receipt(MessageId(bytes(32)), MK)),
                (mk, receipt(envelope.id, MK)),
                (al, receipt(envelope.id, member)),
            ]
            codes = [
                await code(client.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw)) for client, raw in cases
            ]
    assert codes == [Code.UNKNOWN_MESSAGE] * 3


async def test_attack_063_a_receipt_speaks_for_its_own_node_only(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    said = Receipt(event=Event.CONTENT_HANDOVER, message=envelope.id, recipient=MK.node, at=world.clock())
    raw = sign_receipt(said, world.network.nodes[MK.node].identity, world.network.network_id)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        await rs.submit(envelope)
        answer = await code(rs.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw))
    assert answer is Code.SENDER_MISMATCH


async def test_attack_075_a_replaced_identity_signs_no_more(world: World) -> None:
    before = world.senders.seal(RS, MK)
    new = identity_of("rs.contact, recovered")
    body = Recovery(
        node=RS.node,
        version=world.network.directory.version(RS.node) + 1,
        issued_at=world.clock(),
        identity=new.public,
        tls_pin=tls_key_of("rs.contact, recovered").pin,
    )
    raw = world.network.signed(body, new, *world.network.quorum)
    async with world.running() as hub, world.client(hub, "mk.contact") as mk:
        assert await put_statement(mk, body, raw) == 201
        async with world.client(hub, "rs.contact") as old:
            stranger = await code(old.submit(before))
        async with world.client(hub, "rs.contact, recovered") as rs:
            stolen = await code(rs.submit(before))
    assert (stranger, stolen) == (Code.TLS_PEER_UNKNOWN, Code.UNKNOWN_KEY)


async def test_attack_082_the_stores_files_hold_no_content(world: World) -> None:
    envelope = world.senders.seal(RS, MK, body=(("/plate", "CANARY-1234"), ("/reason", "CANARY-REASON")))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        assert (await rs.submit(envelope))[0] == 201
        await mk.fetch(POLICE)
        files = [path for path in world.folder.iterdir() if path.name.startswith("hub.db")]
        assert not [path for path in files if b"CANARY" in path.read_bytes()]
    assert files


async def test_attack_083_an_unknown_suite_is_not_negotiated(world: World) -> None:
    envelope = signed_anew(world, world.senders.seal(RS, MK), suite=2)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert await code(rs.submit(envelope)) is Code.UNKNOWN_SUITE


async def test_attack_084_a_validly_signed_wrap_of_another_kind_is_refused(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    protected, unprotected, body = decode(envelope.wraps[0])  # type: ignore[misc]
    key_id = envelope.manifest.core.to[0].key_id
    assert protected == wrap_protected(key_id)
    classical = encode([encode({1: WRAP_ALG - 1, 4: key_id}), unprotected, body])
    other_key = encode([wrap_protected(type(key_id)(bytes(32))), unprotected, body])
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        mixed = await code(rs.submit(signed_anew(world, envelope, wraps=(classical,))))
        moved = await code(rs.submit(signed_anew(world, envelope, wraps=(other_key,))))
        exchanged = await submit_raw(rs, envelope, encode([envelope.signed.raw, [classical], list(envelope.contents)]))
    assert (mixed, moved, exchanged) == (Code.MIXED_SUITE, Code.WRAP_HASH, Code.WRAP_HASH)


@pytest.mark.parametrize("weak", ["no certificate", "TLS 1.2"])
async def test_attack_091_old_tls_or_no_certificate_ends_in_the_handshake(world: World, weak: str) -> None:
    context = ssl.create_default_context(cafile=str(world.folder / "authority.crt"))
    if weak == "TLS 1.2":
        context = world.client_tls("rs.contact")
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
    connector = aiohttp.TCPConnector(ssl=context)
    async with world.running() as hub, aiohttp.ClientSession(connector=connector) as session:
        with pytest.raises(aiohttp.ClientError):
            await session.get(f"https://localhost:{hub.port}/v1/time")


async def test_attack_107_too_large_is_refused_unread(world: World) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        too_large = await code(rs.put(f"/v1/envelopes/{bytes(32).hex()}", bytes(MAX_ENVELOPE + 1)))
        encoded = rs.session.put(
            f"{rs.base}/v1/envelopes/{bytes(32).hex()}", data=b"x", headers={"Content-Encoding": "gzip"}
        )
        async with encoded as answer:
            problem = parse_problem(await answer.read())
    assert (too_large, answer.status, problem.code) == (Code.TOO_LARGE, 415, Code.CONTENT_ENCODING)


async def test_the_path_names_the_message(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        wrong = hashlib.sha256(b"other").hexdigest()
        assert await code(rs.put(f"/v1/envelopes/{wrong}", envelope.encode())) is Code.MALFORMED
