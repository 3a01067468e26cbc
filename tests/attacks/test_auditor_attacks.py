"""An auditor looks beyond its mandate: other countries, channels and times, suspended, or as somebody who is none."""

import asyncio
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from egnatia.audit.bring import _bring_counts
from egnatia.audit.copy_store import Copy
from egnatia.audit.hub_reads import HubReads
from egnatia.audit.objects import Known, act_states, verify_object
from hub import audit_reads
from hub.app import Hub
from hub.log_store import read_entries
from hub.schema import REFUSAL
from protocol.api import MESSAGE_LOG, parse_problem
from protocol.audit import Record, Refusals, parse_found, parse_page, parse_refusals
from protocol.cose import ed25519_kid
from protocol.envelope import Envelope, parse_manifest
from protocol.errors import Code
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.hub_acts import Drain, Ground, HubAct, Operators, Subject, parse_act, sign_act
from protocol.ids import Channel, Reference
from protocol.leaf import parse_leaf
from protocol.mandate import ALL, Mandate
from protocol.ports import IdentitySigner
from protocol.records import Kind
from protocol.statement_network import Reason, Suspension
from protocol.statements import parse_entry
from tests.simulators.hub_world import CSO, POLICE, Client, World
from tests.simulators.network import AUDITOR, LOTSE, MK, NADA, RS, Member, TestNetwork, identity_of
from tests.simulators.refusal import refused


def auditor(name: str, **mandate: object) -> Member:
    whole = Mandate(countries=ALL, channels=ALL, since=0)
    return replace(AUDITOR, name=name, mandate=replace(whole, **mandate))  # type: ignore[arg-type]


WHOLE, CIVIL = auditor("whole"), auditor("civil", channels=("cso",))
NORTH, LATER = auditor("north", countries=("MK",)), auditor("later", since=4_000_000_000)
AUSTRIA = auditor("austria", countries=("AT",), channels=("cso", "police"))
GONE = auditor("gone")
PART = auditor("part", until=(int(time.time()) // 86_400 + 1) * 86_400 - 1)  # ends before this day does
MEMBERS = (RS, MK, NADA, LOTSE, AUDITOR, WHOLE, CIVIL, NORTH, LATER, AUSTRIA, GONE, PART)


@dataclass
class Seen:
    """What each auditor was shown of one day: records by leaf, by id, counts."""

    pages: Mapping[str, tuple[Record, ...] | Code]
    single: Mapping[tuple[str, str], tuple[Record, ...] | Code]
    counts: Mapping[str, Refusals | Code]
    police: Envelope
    civil: Envelope
    counted: int


async def told(answer: tuple[int, bytes]) -> bytes | Code:
    status, body = answer
    return body if status == 200 else parse_problem(body).code


async def hand_over(client: Client, world: World, message: Envelope, who: Member, channel: Channel) -> None:
    await client.fetch(channel)
    receipt = Receipt(
        event=Event.CONTENT_HANDOVER, message=message.id, recipient=who.node, at=world.clock(), held=False
    )
    raw = sign_receipt(receipt, world.network.nodes[who.node].identity, world.network.network_id)
    assert (await client.put(f"/v1/receipts/{parse_receipt(raw).id.hex()}", raw))[0] == 201


async def day(world: World) -> Seen:
    police, civil = world.senders.seal(RS, MK), world.senders.seal(NADA, LOTSE, channel=CSO)
    wrong = world.senders.seal(RS, MK, type="MT-02/1", purpose="gossip")
    pages: dict[str, tuple[Record, ...] | Code] = {}
    single: dict[tuple[str, str], tuple[Record, ...] | Code] = {}
    counts: dict[str, Refusals | Code] = {}
    today = world.clock() // 86_400
    async with world.running() as hub:
        async with (
            world.client(hub, "rs.contact") as rs,
            world.client(hub, "nada") as nada,
            world.client(hub, "whole") as eyes,
        ):
            waiting = asyncio.create_task(eyes.get("/v1/audit/records?start=0&end=1&wait=30"))
            while not hub.parts.services.audits._wakes:  # noqa: ASYNC110 - the hub announces polls to nobody
                await asyncio.sleep(0)
            assert [(await rs.submit(police))[0], (await nada.submit(civil))[0]] == [201, 201]
            assert parse_problem((await rs.submit(wrong))[1]).code is Code.POLICY_DENIED
            assert [each.leaf for each in parse_page((await waiting)[1]).records] == [0]  # told as soon as it is there
        async with world.client(hub, "mk.contact") as mk:
            await hand_over(mk, world, police, MK, POLICE)
        body = Suspension(node=GONE.node, issued_at=world.clock(), until=None, lift=False, reason=Reason.LEFT)
        entry = world.network.signed(body, *world.network.quorum)
        await hub.parts.statements.take(entry, parse_entry(entry).id, NADA.node)
        await hub.parts.rejections.store()
        for name in ("rs.contact", *(each.name for each in MEMBERS if each.kind is Kind.AUDITOR)):
            async with world.client(hub, name) as client:
                found = await told(await client.get("/v1/audit/records?start=0&end=100"))
                asked = [
                    await told(await client.get(f"/v1/audit/messages/{each.id.hex()}")) for each in (police, civil)
                ]
                refused = await told(await client.get(f"/v1/audit/refusals?since={today}&until={today + 1}"))
            pages[name] = found if isinstance(found, Code) else parse_page(found).records
            counts[name] = refused if isinstance(refused, Code) else parse_refusals(refused)
            for what, one in zip(("police", "civil"), asked, strict=True):
                single[name, what] = one if isinstance(one, Code) else parse_found(one)
        await hub.parts.rejections.store()
        north = REFUSAL.c.node == "north"
        counted = await hub.database.read(lambda c: len(c.execute(REFUSAL.select().where(north)).all()))
    return Seen(pages, single, counts, police, civil, counted)


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    async def run() -> Seen:
        world = World(tmp_path_factory.mktemp("hub"), members=MEMBERS)
        await world.found()
        return await day(world)

    return asyncio.run(run())


def leaves(found: object) -> list[int]:
    assert isinstance(found, tuple)
    return [each.leaf for each in found]


def test_within_its_mandate_an_auditor_sees_headers_and_evidence_and_never_content(seen: Seen) -> None:
    assert leaves(seen.pages["whole"]) == [0, 1, 2]
    assert leaves(seen.single["whole", "police"]) == [0, 2]
    record = seen.single["whole", "police"][0]
    assert isinstance(record, Record)
    assert record.raw == seen.police.signed.raw
    assert parse_manifest(seen.police.signed.payload).core.sender == RS.node
    assert b"SK-1234-AB" not in record.raw


def test_another_channel_looks_as_if_it_were_not_there(seen: Seen) -> None:
    assert leaves(seen.pages["civil"]) == [1]
    assert seen.single["civil", "police"] is Code.NOT_FOUND
    assert leaves(seen.single["civil", "civil"]) == [1]


def test_another_country_looks_as_if_it_were_not_there_and_asking_is_counted(seen: Seen) -> None:
    assert leaves(seen.pages["north"]) == [0, 2]
    assert seen.single["north", "civil"] is Code.NOT_FOUND
    assert leaves(seen.pages["austria"]) == [1]
    assert seen.counted == 1


def test_another_time_looks_as_if_it_were_not_there(seen: Seen) -> None:
    assert seen.pages["later"] == ()
    assert seen.single["later", "police"] is Code.NOT_FOUND


def test_counts_stay_within_country_channel_and_time(seen: Seen) -> None:
    whole = seen.counts["whole"]
    assert isinstance(whole, Refusals)
    assert [(each.node, each.channel, each.rule) for each in whole.rules] == [
        ("rs.contact", "police", "test.agreement-purpose")
    ]
    assert ("rs.contact", "POLICY_DENIED") in {(each.node, each.code) for each in whole.codes}
    empty = Refusals((), ())
    assert [seen.counts[each] for each in ("civil", "north", "later", "austria")] == [empty] * 4


def test_a_day_that_goes_on_after_the_mandate_is_not_counted_for_it(seen: Seen) -> None:
    assert seen.pages["part"] == seen.pages["whole"]
    assert seen.counts["part"] == Refusals((), ())


def test_whoever_has_no_mandate_sees_nothing(seen: Seen) -> None:
    for name in ("rs.contact", "auditor"):
        asked = (seen.pages[name], seen.single[name, "police"], seen.counts[name])
        assert asked == (Code.NOT_PERMITTED,) * 3


def test_a_suspended_auditor_sees_nothing(seen: Seen) -> None:
    assert (seen.pages["gone"], seen.counts["gone"]) == (Code.NODE_SUSPENDED, Code.NODE_SUSPENDED)


async def test_an_auditor_whose_enrolment_has_ended_reads_neither_objects_nor_leaves(tmp_path: Path) -> None:
    world = World(tmp_path, members=(RS, MK, AUDITOR, WHOLE))
    await world.found()
    ways = ("/v1/audit/records?start=0&end=1", "/v1/logs/messages/entries?start=0&end=1")
    async with world.running() as hub, world.client(hub, "rs.contact") as rs, world.client(hub, "whole") as whole:
        await rs.submit(world.senders.seal(RS, MK))
        body = replace(world.network.enrolment(WHOLE), valid_until=world.clock() + 60)
        entry = world.network.signed(body, *world.network.quorum)
        await hub.parts.statements.take(entry, parse_entry(entry).id, RS.node)
        before = [(await whole.get(each))[0] for each in ways]
        world.clock.advance(61)
        after = [parse_problem((await whole.get(each))[1]).code for each in ways]
    assert (before, after) == ([200, 200], [Code.NOT_PERMITTED] * 2)


async def test_every_auditor_is_shown_who_the_operators_are_and_no_other_act_of_another_time(tmp_path: Path) -> None:
    new = auditor("new", since=int(time.time()) + 600)
    world = World(tmp_path, members=(RS, MK, AUDITOR, LATER, new))
    await world.found()
    two = [identity_of(f"operator {n}") for n in range(2)]
    kids = sorted(two, key=lambda each: ed25519_kid(each.public.ed25519))
    people = Operators(tuple(each.public for each in kids))
    shown = {}
    async with world.running() as hub:
        await take_act(world, hub, people, world.network.registrars[:2])
        await take_act(world, hub, Drain(on=True), kids)
        world.clock.advance(1_200)
        await take_act(world, hub, Drain(on=False), kids)
        await hub.parts.message_log.seal()
        for name in ("later", "new"):
            async with world.client(hub, name) as client:
                shown[name] = parse_page((await client.get("/v1/audit/records?start=0&end=9"))[1]).records
        entries = await hub.database.read(lambda connection: read_entries(connection, MESSAGE_LOG, 0, 3))
    assert {name: leaves(found) for name, found in shown.items()} == {"later": [0], "new": [0, 2]}
    known = Known(world.network.directory, act_states({each.leaf: each.raw for each in shown["new"]}))
    for each in shown["new"]:
        verify_object(each.leaf, parse_leaf(entries[each.leaf]), each.raw, known)


async def take_act(world: World, hub: Hub, what: Subject, people: Sequence[IdentitySigner]) -> None:
    act = HubAct(what, world.clock(), Reference(os.urandom(16)), Ground.STAFF)
    for each in people:
        raw = sign_act(act, each, world.network.network_id)
        await hub.parts.services.acts.take(raw, parse_act(raw).id)


async def test_more_counts_than_one_answer_holds_are_brought_bit_by_bit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_reads, "_ROOM", 150)  # about four counts
    world = World(tmp_path, members=(RS, MK, AUDITOR, WHOLE))
    await world.found()
    today = world.clock() // 86_400
    rows = [
        {"day": today - back, "node": "rs.contact", "code": f"CODE_{at}", "count": 1 + at}
        for back in (40, 2, 0)
        for at in range(11)
    ]
    copy = Copy.open(tmp_path / "copy", pin=world.network.charter_digest)
    async with world.running() as hub, world.client(hub, "whole") as whole:
        await hub.database.write(lambda connection: connection.execute(REFUSAL.insert(), rows))
        asked: list[str] = []

        class Asking(HubReads):
            def __init__(self) -> None:
                pass

            async def _get(self, path: str, limit: int, total_s: float | None = None) -> bytes:  # noqa: ARG002 - as its base
                asked.append(path)
                status, body = await whole.get(path)
                assert (status, len(body) <= min(limit, 200)) == (200, True)
                return body

        await _bring_counts(copy, Asking(), world.clock())
        endless = Refusals((), (), (today - 92, 0))
        monkeypatch.setattr(Asking, "refusals", lambda *_: asyncio.sleep(0, endless))
        copy.put_fact("counted-until", today - 91)
        with refused(Code.NOT_FOUND):
            await _bring_counts(copy, Asking(), world.clock())
    brought = set(copy.rows("SELECT day, node, code, count FROM code_count"))
    copy.close()
    assert {tuple(each.values()) for each in rows} <= brought
    assert len(asked) > 3
    assert any("&skip=" in each for each in asked)


def test_a_participant_is_never_given_a_mandate(seen: Seen) -> None:
    network = TestNetwork.small(lambda: 1_790_000_000, bytes, members=(RS, MK))
    with refused(Code.NOT_PERMITTED):
        network.append(network.enrolment(replace(RS, mandate=WHOLE.mandate)), *network.quorum)
