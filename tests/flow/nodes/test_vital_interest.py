"""To save a life, information leaves without consent: a reason, two workers' own signatures, and word to her after."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from keys.identity import IdentitySeeds, private_identity
from keys.private_keys import PersonalSeed
from nodes.gateway.consents import Recorded
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import postpone
from nodes.gateway.reading import ReceivedMessage, SentMessage
from nodes.gateway.send import Faulty, Queued, Stopped
from nodes.gateway.withdrawal_store import Result
from nodes.gateway.withdrawing import Wanted
from protocol.errors import Code
from protocol.ids import Channel, Reference
from protocol.statement_nodes import PersonBinding
from tests.simulators.consents import BY_PHONE, consent_world, record_for, recorded, settle, told
from tests.simulators.network import Member, _seed
from tests.simulators.node import CATEGORIES, CSO, LOTSE, NADA, RS, TestMachine, TestWorld, example

ACROSS = Channel("police-cso")
WORKERS = (Reference(b"worker one of us"), Reference(b"worker two of us"))
TELLING = example("MT-V8/threat-sr-Latn", to=["rs.ilecu"])


@pytest.fixture
def world(tmp_path: Path) -> TestWorld:
    world = consent_world(tmp_path, members=(NADA, RS, LOTSE))
    world.network.agree(NADA.node, RS.node, ACROSS, purposes=("assistance",), data_categories=CATEGORIES)
    return world


def with_workers(world: TestWorld, member: Member = NADA) -> TestMachine:
    """Return an organisation's machine with the keys of two workers whom the directory knows."""
    node, people = world.network.nodes[member.node], []
    for at, role in enumerate(("case_worker", "supervisor")):
        seeds = IdentitySeeds(_seed("ed25519", f"worker {at}"), _seed("mldsa65", f"worker {at}"))
        signer = private_identity(seeds)
        body = PersonBinding(
            node=node.node,
            issued_at=world.clock(),
            person=WORKERS[at],
            role=role,
            identity=signer.public,
            not_before=world.clock(),
            not_after=world.clock() + 86_400,
        )
        world.network.append(body, node.identity, signer)
        people.append(PersonalSeed(WORKERS[at], role, seeds))
    return replace(world.machine(member), people=tuple(people))


def vital() -> dict[str, Any]:
    request = example("MT-V8/vital-mk", to=["rs.ilecu"])
    del request["document"]["x_other_basis"]["approvals"]
    return request


async def test_two_workers_sign_and_the_person_is_told_afterwards(world: TestWorld) -> None:
    async with with_workers(world).running() as nada, world.machine(RS).running() as belgrade:
        one, two = (each.hex() for each in WORKERS)
        unsigned = await nada.send(vital())
        assert isinstance(unsigned, Faulty)
        assert [each.path for each in unsigned.faults] == ["/document/x_other_basis/approvals"]
        alone = await nada.send(vital() | {"approve_as": [one, one]})
        assert isinstance(alone, Faulty), "one person does not sign twice"
        stranger = await nada.send(vital() | {"approve_as": [one, "00" * 16]})
        assert isinstance(stranger, Faulty)
        assert [each.path for each in stranger.faults] == ["/approve_as"]
        elsewhere = await nada.send(TELLING | {"approve_as": [one, two]})
        assert isinstance(elsewhere, Faulty), "a message on consent has no place for these signatures"
        short = vital()
        short["document"]["x_other_basis"]["basis"] = "legal_duty"
        refused = await nada.send(short | {"approve_as": [one, two]})
        assert isinstance(refused, Stopped)
        assert refused.refused.decision is not None
        assert {each.rule for each in refused.refused.decision.findings} == {"police-cso.consent-or-vital-interest"}

        result = await nada.send(vital() | {"approve_as": [one, two]})
        assert isinstance(result, Queued), result
        await nada.exchange(belgrade, ACROSS)
        found = await belgrade.gateway.reading.open(result.message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision
        assert {value for path, value in found.body if path.endswith("/person")} == {one, two}
        duties = await nada.gateway.duties.list(9)
        assert [(each.obligation, each.due_at - each.about.since) for each in duties] == [
            ("override-reviewed", 72 * 3_600),
            ("person-told", 72 * 3_600),
        ]


async def test_what_she_told_the_police_ends_with_her_consent_too(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, world.machine(RS).running() as belgrade:
        assert isinstance(await nada.send(TELLING), Stopped)
        consent = await recorded(nada, record_for(TELLING, RS.node))
        assert isinstance(consent, Recorded)
        request = TELLING | {"purpose": "assistance"}
        result = await nada.send(request)
        assert isinstance(result, Queued), result
        second = await nada.queue(request)
        await nada.exchange(belgrade, ACROSS)
        found = await belgrade.gateway.reading.open(result.message)
        assert isinstance(found, ReceivedMessage)
        assert found.row.state is InState.ACCEPTED, found.row.decision

        risk = Wanted(channel="in_person", told="The police have it already.", categories=("RI",))
        await nada.gateway.withdrawals.withdraw(consent.id, risk)
        await nada.exchange(belgrade, ACROSS)
        found = await belgrade.gateway.reading.open(result.message)
        assert isinstance(found, ReceivedMessage)
        left = dict(found.body)
        assert "/x_risk_level" not in left
        assert "/x_item" in left

        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        await nada.exchange(belgrade, ACROSS)
        for message in (result.message, second):
            found = await belgrade.gateway.reading.open(message)
            assert isinstance(found, ReceivedMessage)
            assert found.opened is None, "the police hold no record of the consent, and hear of its end"
        for waiting in await belgrade.gateway.carrying_out.list():
            assert await belgrade.gateway.carrying_out.purge(waiting.end.number) is not None
        await settle(nada, belgrade, ACROSS)
        assert await nada.gateway.withdrawals.follow() == []
        done = await belgrade.gateway.carrying_out.list(done=True)
        assert [(each.end.result, each.end.items) for each in done] == [(Result.PURGED, 2), (Result.PURGED, 2)]


async def test_what_a_party_wrote_of_her_itself_is_locked_with_the_rest(world: TestWorld) -> None:
    async with world.machine(NADA).running() as nada, with_workers(world, LOTSE).running() as lotse:
        alarm = example("MT-V9/overdue-sr-Latn", to=["nada.rs"], purpose="return")
        document = record_for(alarm)
        consent = await recorded(nada, document)
        await told(nada, LOTSE.node, document)
        await nada.exchange(lotse, CSO)
        alarm["document"]["x_other_basis"] = {
            "basis": "vital_interest",
            "reason": "She did not get off the bus and does not answer.",
            "tell_by": "2026-09-12T12:00:00Z",
        }
        signed = alarm | {"approve_as": [each.hex() for each in WORKERS]}
        sent = await lotse.queue(signed)
        waiting = await lotse.queue(signed)  # still in the outbox when she calls
        await lotse.gateway.store.database.write(
            lambda connection: postpone(connection, waiting, world.clock() + 86_400, Code.BUSY)
        )
        await lotse.exchange(nada, CSO)
        part = Wanted(channel="phone", told="Lotse has it already.", categories=("LO", "ID"))
        await nada.gateway.withdrawals.withdraw(consent.id, part)
        await nada.exchange(lotse, CSO)
        found = await lotse.gateway.reading.find(sent)
        assert isinstance(found, SentMessage)
        assert found.draft is not None
        left = dict(found.draft.body)
        assert ("/x_last_safe_area" in left, "/x_alias" in left, "/level" in left) == (False, False, True)
        assert found.draft.identity == ()

        await nada.gateway.withdrawals.withdraw(consent.id, BY_PHONE)
        await nada.exchange(lotse, CSO)
        kept = [await lotse.gateway.reading.find(each) for each in (sent, waiting)]
        assert [isinstance(each, SentMessage) and each.draft is None for each in kept] == [True, False]
        world.clock.advance(86_400)
        await lotse.submit()
        await lotse.gateway.carrying_out.turn()
        late = await lotse.gateway.reading.find(waiting)
        assert isinstance(late, SentMessage)
        assert late.draft is None, "it is locked once its fate is known"
        for each in await lotse.gateway.carrying_out.list():
            assert await lotse.gateway.carrying_out.purge(each.end.number) is not None
        assert await lotse.gateway.carrying_out.list() == []
