"""Statements at the hub: the directory grows, everybody is judged under the new one at once, and logs are served."""

import asyncio
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from hub.roster import grown
from protocol.api import parse_problem
from protocol.catalogue.bundle import bundle_digest, bundle_manifest
from protocol.cbor import decode
from protocol.checkpoint import Checkpoint, directory_origin, messages_origin, verify_checkpoint
from protocol.errors import Code
from protocol.evidence import parse_inclusion, verify_acceptance
from protocol.mailbox import ItemKind, parse_page
from protocol.merkle import leaf_hash, verify_consistency, verify_inclusion
from protocol.shapes import as_bytes, as_map
from protocol.statement_network import PolicyChange, Reason, Revocation, Suspension, Target
from protocol.statements import Body, encode_statement, statement_id
from runtime.operator import OperatorError
from tests.simulators.hub_world import POLICE, POLICE_RULES, Client, World, poll_open
from tests.simulators.network import AUDITOR, MK, RS, identity_of, log_signer_of
from tests.simulators.refusal import refused


@pytest.fixture
async def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    await world.found()
    return world


async def put(client: Client, body: Body, raw: bytes) -> tuple[int, bytes]:
    return await client.put(f"/v1/statements/{statement_id(encode_statement(body)).hex()}", raw)


def suspension(world: World) -> tuple[Suspension, bytes]:
    now = world.clock()
    body = Suspension(node=MK.node, issued_at=now, until=now + 86_400, lift=False, reason=Reason.COMPROMISED)
    return body, world.network.signed(body, world.network.registrars[0])


async def test_a_statement_is_logged_proved_and_in_force(world: World) -> None:
    body, raw = suspension(world)
    charter = world.network.charter
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        status, answer = await put(rs, body, raw)
        repeated = await put(rs, body, raw)
        fetched = await mk.fetch(POLICE)
        sent = await rs.submit(world.senders.seal(RS, MK))
        size = hub.parts.directory_log.size
    fields = decode(answer)
    assert isinstance(fields, dict)
    inclusion = parse_inclusion(fields[2])
    checkpoint = verify_checkpoint(fields[3], directory_origin(charter.network_id), charter.hub_log_keys)
    verify_inclusion(leaf_hash(raw), inclusion.index, checkpoint.size, inclusion.proof, checkpoint.root)
    assert (status, repeated, inclusion.entry) == (201, (200, answer), raw)
    assert inclusion.index == size - 1 == len(world.network.entries)
    assert parse_problem(fetched[1]).code is Code.NODE_SUSPENDED
    assert parse_problem(sent[1]).code is Code.NO_VALID_KEY


async def test_a_suspension_ends_an_open_poll(world: World) -> None:
    body, raw = suspension(world)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        poll = asyncio.create_task(mk.fetch(POLICE, wait=50))
        await poll_open(hub)
        await put(rs, body, raw)
        _, answer = await asyncio.wait_for(poll, 20)
    assert parse_problem(answer).code is Code.NODE_SUSPENDED


async def test_a_revoked_node_is_a_stranger(world: World) -> None:
    body = Revocation(node=MK.node, issued_at=world.clock(), target=Target.NODE, ids=(), reason=Reason.LOST)
    raw = world.network.signed(body, *world.network.quorum)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        assert (await put(rs, body, raw))[0] == 201
        _, answer = await mk.fetch(POLICE)
    assert parse_problem(answer).code is Code.TLS_PEER_UNKNOWN


async def test_mail_to_a_revoked_key_is_withheld(world: World) -> None:
    envelope = world.senders.seal(RS, MK)
    key = envelope.manifest.core.to[0].key_id
    body = Revocation(node=MK.node, issued_at=world.clock(), target=Target.KEYS, ids=(key,), reason=Reason.LOST)
    raw = world.network.signed(body, world.network.nodes[MK.node].identity)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "mk.contact") as mk:
        await rs.submit(envelope)
        await put(mk, body, raw)
        (item,) = parse_page((await mk.fetch(POLICE))[1]).items
    assert (item.kind, item.content) == (ItemKind.GONE, b"")


async def test_the_directory_log_is_served_to_every_node(world: World) -> None:
    charter = world.network.charter
    async with world.running() as hub, world.client(hub, "mk.contact") as mk:
        _, before = await mk.get("/v1/logs/directory/checkpoint")
        _, entries = await mk.get("/v1/logs/directory/entries?start=0&end=1000")
        body, raw = suspension(world)
        await put(mk, body, raw)
        _, after = await mk.get("/v1/logs/directory/checkpoint")
        old, new = (
            verify_checkpoint(each, directory_origin(charter.network_id), charter.hub_log_keys)
            for each in (before, after)
        )
        _, proof = await mk.get(f"/v1/logs/directory/consistency?first={old.size}&second={new.size}")
        _, path = await mk.get(f"/v1/logs/directory/inclusion?index=0&size={new.size}")
    assert decode(entries) == world.network.entries
    verify_consistency(old.size, new.size, old.root, new.root, decode(proof))  # type: ignore[arg-type]
    verify_inclusion(leaf_hash(world.network.entries[0]), 0, new.size, decode(path), new.root)  # type: ignore[arg-type]


async def test_only_auditors_and_witnesses_read_the_message_log(world: World) -> None:
    path = "/v1/logs/messages/entries?start=0&end=10"
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "nada") as nada:
        await rs.submit(world.senders.seal(RS, MK))
        witness = await rs.get(path)
        stranger = await nada.get(path)
        async with world.client(hub, AUDITOR.name) as auditor:
            shown = await auditor.get(path)
    assert len(decode(shown[1])) == 1  # type: ignore[arg-type]
    assert witness == shown
    assert parse_problem(stranger[1]).code is Code.NOT_PERMITTED


@pytest.mark.parametrize(
    "path",
    [
        "/v1/logs/messages/inclusion?index=0&size=1",
        "/v1/logs/directory/inclusion?index=0&size=10000",
        "/v1/logs/directory/consistency?first=0&second=1",
        "/v1/logs/directory/consistency?first=2&second=1",
        "/v1/logs/other/checkpoint",
        "/v1/blobs/" + "00" * 32,
        "/v1/mailboxes",
    ],
)
async def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        status, body = await rs.get(path)
    assert (status, parse_problem(body).code) == (404, Code.NOT_FOUND)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/logs/directory/inclusion?index=0",
        "/v1/logs/directory/inclusion?index=0&index=0&size=1",
        "/v1/logs/directory/inclusion?index=-1&size=1",
        "/v1/logs/directory/inclusion?index=+1&size=1",
        "/v1/logs/directory/inclusion?index=x&size=1",
        "/v1/logs/directory/inclusion?index=99999999999999999999&size=1",
        "/v1/logs/directory/entries?start=2&end=1",
        "/v1/mailboxes/everything?after=0&wait=0",
        "/v1/blobs/ABC",
    ],
)
async def test_a_question_out_of_shape_is_malformed(world: World, path: str) -> None:
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        status, body = await rs.get(path)
    assert (status, parse_problem(body).code) == (400, Code.MALFORMED)


async def test_a_policy_comes_into_force_only_with_its_files(world: World) -> None:
    rules = POLICE_RULES.partition(b"  - id: test.agreement-purpose")[0]
    manifest = bundle_manifest({"policies/police.yaml": rules})
    digest = bundle_digest(manifest)
    now = world.clock()
    body = PolicyChange(digest=digest, issued_at=now, activated_at=now, emergency=True)
    raw = world.network.signed(body, *world.network.quorum)
    async with (
        world.running(publishers=("rs.contact",)) as hub,
        world.client(hub, "rs.contact") as rs,
        world.client(hub, "mk.contact") as mk,
    ):
        early = await put(rs, body, raw)
        forbidden = await mk.put(f"/v1/blobs/{digest.hex()}", manifest)
        wrong = await rs.put(f"/v1/blobs/{digest.hex()}", rules)
        for blob in (manifest, rules):
            assert (await rs.put(f"/v1/blobs/{hashlib.sha256(blob).hexdigest()}", blob))[0] == 201
        assert (await put(rs, body, raw))[0] == 201
        assert (await mk.get(f"/v1/blobs/{digest.hex()}")) == (200, manifest)
        old = await rs.submit(world.senders.seal(RS, MK))
        world.senders.policy = digest
        new = await rs.submit(world.senders.seal(RS, MK, purpose="anything"))
    assert parse_problem(early[1]).code is Code.STATEMENT_ORDER
    assert parse_problem(forbidden[1]).code is Code.NOT_PERMITTED
    assert parse_problem(wrong[1]).code is Code.BODY_HASH
    assert parse_problem(old[1]).code is Code.POLICY_UNKNOWN
    assert new[0] == 201, parse_problem(new[1])


async def test_a_superseded_policy_is_good_for_a_day(world: World) -> None:
    manifest = bundle_manifest({"policies/police.yaml": POLICE_RULES})
    async with world.running(publishers=("rs.contact",)) as hub, world.client(hub, "rs.contact") as rs:
        await rs.put(f"/v1/blobs/{hashlib.sha256(manifest).hexdigest()}", manifest)
        now = world.clock()
        body = PolicyChange(digest=bundle_digest(manifest), issued_at=now, activated_at=now + 60, emergency=False)
        assert (await put(rs, body, world.network.signed(body, *world.network.quorum)))[0] == 201
        statuses = []
        for seconds in (0, 60, 86_399, 1):
            world.clock.advance(seconds)
            world.network.directory = hub.parts.services.desk.roster.current.directory
            statuses.append((await rs.submit(world.senders.seal(RS, MK)))[0])
    assert statuses == [201, 201, 201, 409]


async def test_the_path_names_the_statement(world: World) -> None:
    _, raw = suspension(world)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        _, answer = await rs.put(f"/v1/statements/{bytes(32).hex()}", raw)
    assert parse_problem(answer).code is Code.MALFORMED


async def test_a_directory_survives_a_restart(world: World) -> None:
    body, raw = suspension(world)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        first = await put(rs, body, raw)
        root = hub.parts.services.desk.roster.current.directory.root
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        assert hub.parts.services.desk.roster.current.directory.root == root
        assert await put(rs, body, raw) == (200, first[1])


async def test_the_message_log_is_proved_consistent_over_restarts(world: World) -> None:
    charter = world.network.charter
    origin, keys = messages_origin(charter.network_id), charter.hub_log_keys
    heads: list[Checkpoint] = []
    for _ in range(3):
        async with world.running() as hub, world.client(hub, "rs.contact") as rs:
            await asyncio.gather(*(rs.submit(world.senders.seal(RS, MK)) for _ in range(5)))
            heads.append(verify_checkpoint((await rs.get("/v1/logs/messages/checkpoint"))[1], origin, keys))
            for old in heads:
                path = f"/v1/logs/messages/consistency?first={old.size}&second={heads[-1].size}"
                proof = decode((await rs.get(path))[1])
                verify_consistency(old.size, heads[-1].size, old.root, heads[-1].root, proof)  # type: ignore[arg-type]
    assert [each.size for each in heads] == [5, 10, 15]


async def test_a_charter_with_other_hub_keys_closes_this_hub(world: World) -> None:
    directory, new = world.network.directory, identity_of("another hub")
    body = replace(directory.charter, version=2, previous=directory.charter_id(), hub_identity=new.public)
    raw = world.network.signed(body, *world.network.quorum, new)
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        logged, note = await put(rs, body, raw)
        _, answer = await rs.submit(world.senders.seal(RS, MK))
        assert hub.parts.directory_log.size == directory.size + 1
    assert (logged, parse_problem(answer).code) == (201, Code.NOT_READY)
    origin = directory_origin(world.network.network_id)
    signed = as_bytes(as_map(decode(note), "proof", (1, 2, 3))[3], "checkpoint")
    assert verify_checkpoint(signed, origin, directory.charter.hub_log_keys).size == directory.size + 1
    with pytest.raises(OperatorError, match="OTHER_KEYS"):
        async with world.running():
            pass


async def test_the_hub_goes_on_with_the_log_keys_of_a_later_charter(world: World) -> None:
    fresh, former = log_signer_of("hub, new keys"), world.network.hub_log.keys
    directory = world.network.directory
    body = replace(directory.charter, version=2, previous=directory.charter_id(), hub_log_keys=fresh.keys)
    raw = world.network.signed(body, *world.network.quorum)
    first, second = (world.senders.seal(RS, MK) for _ in range(2))
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        before = [(await rs.submit(each))[1] for each in (first, second)]
        await put(rs, body, raw)
    world.network.hub_log = fresh
    for _ in range(2):
        async with world.running() as hub, world.client(hub, "rs.contact") as rs:
            for log, size in (("directory", directory.size + 1), ("messages", 2)):
                origin = f"{world.network.network_id.hex()}/{log}"
                note = (await rs.get(f"/v1/logs/{log}/checkpoint"))[1]
                assert verify_checkpoint(note, origin, fresh.keys).size == size
            await hub.parts.auditor.check()
            again = [(await rs.submit(each))[1] for each in (first, second)]
    origin = messages_origin(world.network.network_id)
    assert again[0] == before[0]  # under a smaller checkpoint, which stays as it was signed
    assert verify_acceptance(again[0], first.id, origin, former).index == 0
    assert verify_acceptance(again[1], second.id, origin, fresh.keys).index == 1
    async with world.running() as hub, world.client(hub, "rs.contact") as rs:
        world.network.directory = hub.parts.services.desk.roster.current.directory
        status, answer = await rs.submit(third := world.senders.seal(RS, MK))
    assert (status, verify_acceptance(answer, third.id, origin, fresh.keys).leaf.directory_size) == (
        201,
        directory.size + 1,
    )
    world.network.hub_log = log_signer_of("nobody")
    with pytest.raises(OperatorError, match="OTHER_KEYS"):
        async with world.running():
            pass


async def test_a_directory_that_went_on_after_the_change_is_not_signed_with_former_keys(world: World) -> None:
    directory = world.network.directory
    keys = log_signer_of("hub, new keys").keys
    body = replace(directory.charter, version=2, previous=directory.charter_id(), hub_log_keys=keys)
    change = world.network.signed(body, *world.network.quorum)
    async with world.running() as hub:
        current = hub.parts.services.desk.roster.current
        hub._check_charter(grown(current, [change, suspension(world)[1]], world.clock()))
        with refused(Code.NOT_READY):
            await hub.parts.directory_log._seal()
        await hub.parts.message_log._seal()
        hub._check_charter(grown(current, [change], world.clock()))
        await hub.parts.directory_log._seal()
