"""A held message has an owner and a way out, and its sender, and nobody else, is told by which rule it is held."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.gateway.alarms import alarms
from nodes.gateway.held_notes import OWN_RULE, read_rule, rule_of
from nodes.gateway.inbox import InState
from nodes.gateway.incoming import REFUSED_YET_DELIVERED
from nodes.gateway.outbox import mark_refused
from nodes.gateway.overlay import MARK
from nodes.gateway.why import Reader, why_sent
from protocol.decision import Decision, Finding, Verdict
from protocol.errors import Code
from protocol.evidence import Event, Receipt
from protocol.ids import MessageId, PolicyDigest
from protocol.stages import Cleared, Draft, Refused
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example
from tests.simulators.node_cli import named, run, until

RULE = "police.owner-corrects"


def careless(node: TestGateway, patch: pytest.MonkeyPatch) -> None:
    """Let a node's own gate pass everything, as other software might."""
    real = node.gateway.judge.draft

    async def draft(found: Draft, author: str | None = None) -> Cleared | Refused:
        verdict = await real(found, author)
        if isinstance(verdict, Cleared):
            return verdict
        network = node.machine.network
        pairs = [tuple(sorted((found.sender, who.node))) for who in found.to]
        agreements = [network.agreements[one, other, found.channel] for one, other in pairs]
        decision = Decision(Verdict.ALLOW, node.gateway.network.replica.policy_state().active)  # type: ignore[union-attr]
        named_ = tuple((who.node, each) for who, each in zip(found.to, agreements, strict=True))
        return Cleared(found, decision, named_)

    patch.setattr(node.gateway.judge, "draft", draft)


def erasing(message: MessageId) -> dict[str, Any]:
    asked = example("MT-12/erase-en", to=["rs.ilecu"], channel="police", purpose="investigate", language="en")
    return asked | {"document": asked["document"] | {"items": [{"message_id": message.hex()}]}}


async def held(skopje: TestGateway, belgrade: TestGateway, patch: pytest.MonkeyPatch) -> MessageId:
    """Skopje tries to have a message of Belgrade erased; Belgrade holds that notice. Return its id."""
    theirs = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
    await belgrade.exchange(skopje)
    careless(skopje, patch)
    notice = await skopje.queue(erasing(theirs))
    await skopje.exchange(belgrade)
    return notice


async def test_the_sender_learns_the_rule_and_the_hub_does_not(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        notice = await held(skopje, belgrade, monkeypatch)
        (row,) = [each for each in await belgrade.gateway.reading.received(5) if each.message == notice]
        assert row.state is InState.HELD
        assert any(each.subject.startswith(RULE) for each in await belgrade.gateway.store.database.read(alarms))
        (who,) = await skopje.gateway.reading.people(notice)
        assert (who.held, who.held_rule) == (True, RULE)
        passed = [each.content for box in world.hub.boxes.values() for each in box]
        assert len(passed) > 2
        assert not [raw for raw in passed if b"owner-corrects" in raw]
        bundle = skopje.gateway.network.replica.bundle
        assert bundle is not None
        found = await skopje.gateway.reading.find(notice)
        rules = {each.id: each for each in bundle.policies.channels[row.channel].rules()}
        (step,) = why_sent(found.row, [who], Reader("sr-Cyrl", bundle.texts, world.clock(), rules=rules))  # type: ignore[union-attr, arg-type]
        assert (step.rule, step.where, step.who) == (RULE, "recipient", "recipient")
        assert "правило је тамо задржава" in step.sentence
        assert "само онај ко их је послао" in step.sentence
        assert "LED" not in (step.article or "")
        (bare,) = why_sent(found.row, [who], Reader("en", bundle.texts, world.clock()))  # type: ignore[union-attr, arg-type]
        assert (bare.rule, bare.article) == (RULE, None)
        (mute,) = why_sent(found.row, [who], Reader("en", None, world.clock()))  # type: ignore[union-attr, arg-type]
        assert "has to release it" in mute.sentence


async def test_a_note_that_cannot_be_read_leaves_the_hold_known(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = MessageId(b"m" * 32)
        said = Receipt(event=Event.CONTENT_HANDOVER, message=message, recipient=RS.node, at=1, held=True, rule=b"junk")
        assert read_rule(skopje.gateway.here, said) is None


def test_a_rule_of_the_holders_own_is_not_named() -> None:
    own = Finding("police.mine", "NET", "t", Verdict.DENY, None, ((MARK, "x"),))
    other = Finding("police.theirs", "NET", "t", Verdict.DENY, MK.node)
    for findings, expected in (((own,), OWN_RULE), ((other,), None), ((), None)):
        assert rule_of(Decision(Verdict.DENY, PolicyDigest(bytes(32)), findings), RS.node) == expected


async def test_a_message_that_was_refused_and_yet_delivered_is_an_alarm(world: TestWorld) -> None:
    """A hub that takes a message, hands it over, and tells the sender that it refused it gave two answers."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.submit()
        database = skopje.gateway.store.database
        await database.write(lambda connection: mark_refused(connection, message, Code.QUOTA, None))
        await belgrade.take()
        await belgrade.post()
        assert REFUSED_YET_DELIVERED not in [each.code for each in await database.read(alarms)]
        await skopje.take()
        raised = [each for each in await database.read(alarms) if each.code == REFUSED_YET_DELIVERED]
        assert [each.subject for each in raised] == [f"message {message.hex()[:12]}"]
        found = await skopje.gateway.reading.find(message)
        people = await skopje.gateway.reading.people(message)
        steps = why_sent(found.row, people, Reader("en", None, world.clock()))  # type: ignore[union-attr, arg-type]
        assert "although the hub refused it" in steps[-1].sentence


async def test_the_console_shows_owner_and_ways_out(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        notice = (await held(skopje, belgrade, monkeypatch)).hex()
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        listed = await run("--as", "belgrade", "held")
        assert all(word in listed.output for word in (RULE, "supervisor", "release or return")), listed.output
        (one,) = json.loads((await run("--as", "belgrade", "held", "--json")).output)["held"]
        assert (one["id"], one["overdue"], one["due_at"] - one["since"]) == (notice, False, 86_400)
        assert f"held there: rule {RULE}" in (await run("--as", "skopje", "outbox")).output
        why = await run("--as", "skopje", "why", notice)
        assert "Data are corrected" in why.output, why.output
        assert (await run("--as", "belgrade", "return", notice, "--reason", "it is not theirs")).exit_code == 0
        assert notice[:12] not in (await run("--as", "belgrade", "held")).output
        await until("returned", "--as", "skopje", "outbox")
        assert "returned it" in (await run("--as", "skopje", "why", notice)).output


async def test_a_message_with_files_tells_its_rule_once_they_are_there(
    world: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        careless(skopje, monkeypatch)
        file = await skopje.stash(b"%PDF-1.7 a report, in a test " * 40)
        asked = example("MT-05/hidden-compartment-sq", to=["rs.ilecu"], language="en", purpose="investigate")
        message = await skopje.queue(asked | {"handling": ["H0", "H3"], "attachments": [file]})
        for _ in range(9):
            await skopje.upload()
            await skopje.exchange(belgrade)
            await belgrade.download()
            await belgrade.post()
        await skopje.take()
        (who,) = await skopje.gateway.reading.people(message)
        assert (who.held, who.held_rule) == (True, "police.h3-text")
