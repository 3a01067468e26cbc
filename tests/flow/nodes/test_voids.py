"""A number that no message bears leaves no gap: its sender says why, and a message under it is refused for ever."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from nodes.config import GatewaySettings
from nodes.gateway import postings
from nodes.gateway.alarms import Alarm, alarms
from nodes.gateway.inbox import InState
from nodes.gateway.outbox import OutState
from nodes.gateway.postings import Kind, Posting, PostState
from nodes.gateway.reading import SentMessage
from nodes.gateway.sequences import Gap, gaps
from nodes.gateway.voids import Closed, closed, put_voids
from nodes.schema import posting
from protocol.errors import Code, Fault
from protocol.ids import MessageId, NodeId
from protocol.mailbox import ItemKind
from protocol.voids import VOID_EVENT, Void, VoidReason, parse_void, sign_void
from tests.simulators.forge import seal_raw
from tests.simulators.network import identity_of
from tests.simulators.node import AL, CSO, MK, POLICE, RS, TestGateway, TestWorld, example
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])
VOID = Void(sender=MK.node, recipient=RS.node, channel=POLICE, sequence=1, reason=VoidReason.REFUSED)
BOX = (RS.node, POLICE)


async def open_gaps(node: TestGateway) -> list[tuple[int, int]]:
    found: Sequence[Gap] = await node.gateway.store.database.read(gaps)
    return [(gap.low, gap.high) for gap in found]


async def ended(node: TestGateway) -> list[tuple[int, VoidReason]]:
    found: Sequence[Closed] = await node.gateway.store.database.read(closed)
    return [(each.sequence, each.reason) for each in found]


async def raised(node: TestGateway) -> list[tuple[str, str]]:
    found: Sequence[Alarm] = await node.gateway.store.database.read(alarms)
    return [(each.code, each.subject) for each in found if each.code != "QUORUM"]


async def states(node: TestGateway) -> list[str]:
    def load(connection: object) -> list[str]:
        rows = connection.execute(posting.select().where(posting.c.verb == "void"))  # type: ignore[attr-defined]
        return sorted(row.state for row in rows)

    return await node.gateway.store.database.read(load)


def inject(world: TestWorld, void: Void, signer: str = "mk.ilecu", box: tuple[object, object] = BOX) -> None:
    raw = sign_void(void, identity_of(signer), world.network.network_id)
    world.hub.inject(box, raw, parse_void(raw).id, ItemKind.RECEIPT)  # type: ignore[arg-type]


async def test_a_refused_message_leaves_no_gap(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.POLICY_DENIED)
        await skopje.submit()
        await skopje.queue(REQUEST)
        await skopje.submit()
        await belgrade.take()
        assert await open_gaps(belgrade) == [(1, 1)]
        await skopje.post()
        await belgrade.take()
        assert await open_gaps(belgrade) == []
        assert await ended(belgrade) == [(1, VoidReason.REFUSED)]
        assert await states(skopje) == ["logged"]
        assert await raised(belgrade) == []


async def test_a_replaced_message_leaves_no_gap_whatever_comes_first(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.NO_VALID_KEY)
        await skopje.submit()
        await skopje.post()
        await skopje.submit()
        await belgrade.take()
        assert await ended(belgrade) == [(1, VoidReason.REPLACED)]
        assert await open_gaps(belgrade) == []
        (row,) = await belgrade.gateway.reading.received(9)
        assert (row.sequence, row.out_of_order) == (2, False)


async def test_a_message_that_expired_in_the_outbox_is_said_to_every_recipient(world: TestWorld) -> None:
    async with (
        world.machine(MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        world.machine(AL).running() as tirana,
    ):
        await skopje.queue(REQUEST | {"to": ["rs.ilecu", "al.ilecu"], "life_days": 1, "language": "en"})
        world.clock.advance(2 * 86_400)
        await skopje.gateway.network.sync.run()
        await skopje.submit()
        await skopje.post()
        for node in (belgrade, tirana):
            await node.take()
            assert await ended(node) == [(1, VoidReason.EXPIRED)]


async def test_sealing_given_up_ends_every_number_that_was_used(world: TestWorld) -> None:
    machine = world.machine(MK, settings=GatewaySettings(seal_again_limit=2))
    async with machine.running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(REQUEST)
        world.hub.refuse_next(*[Code.POLICY_UNKNOWN] * 3)
        for _ in range(3):
            await skopje.submit()
        await skopje.post()
        await belgrade.take()
        replaced, refused = VoidReason.REPLACED, VoidReason.REFUSED
        assert sorted(await ended(belgrade)) == [(1, replaced), (2, replaced), (3, refused)]


async def test_a_number_that_was_logged_after_all_is_no_alarm(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(REQUEST | {"life_days": 1})
        world.hub.lose_next_reply()
        await skopje.submit()
        world.clock.advance(2 * 86_400)
        await skopje.gateway.network.sync.run()
        await skopje.submit()
        found = await skopje.gateway.reading.find(message)
        assert isinstance(found, SentMessage)
        assert found.row.state is OutState.EXPIRED
        await skopje.post()
        assert await states(skopje) == [PostState.REFUSED.value]
        assert await raised(skopje) == []
        await belgrade.take()
        assert await ended(belgrade) == []


async def test_a_void_to_a_node_that_has_left_is_no_alarm(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        raw = sign_void(replace(VOID, recipient=NodeId("xx.gone")), identity_of(MK.name), world.network.network_id)
        void = Posting(parse_void(raw).id, Kind.VOID, parse_void(raw).id, VOID_EVENT, raw)
        await skopje.gateway.store.database.write(lambda connection: put_voids(connection, (void,), world.clock()))
        await skopje.post()
        assert await states(skopje) == [PostState.REFUSED.value]
        assert await raised(skopje) == []


async def test_a_void_waits_for_the_hub_and_is_posted_once(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        await skopje.queue(REQUEST)
        world.hub.refuse_next(Code.POLICY_DENIED)
        await skopje.submit()
        world.hub.lose_next_reply()
        await skopje.post()
        assert await states(skopje) == ["ready"]
        world.clock.advance(600)
        await skopje.post()
        assert await states(skopje) == ["logged"]
        await belgrade.take()
        assert await ended(belgrade) == [(1, VoidReason.REFUSED)]
        world.hub.repeat(BOX)
        await belgrade.take()
        assert await ended(belgrade) == [(1, VoidReason.REFUSED)]
        assert await raised(belgrade) == []


async def test_a_message_under_an_ended_number_is_equivocation(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        inject(world, VOID)
        world.hub.accept(MK.node, seal_raw(world, 1).encode())
        await belgrade.take()
        (row,) = await belgrade.gateway.reading.received(9)
        assert (row.state, row.code) == (InState.UNOPENABLE, Code.SENDER_EQUIVOCATION)


async def test_a_void_of_a_number_that_arrived_is_an_alarm_and_closes_nothing(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        world.hub.accept(MK.node, seal_raw(world, 1).encode())
        inject(world, VOID)
        await belgrade.take()
        assert await raised(belgrade) == [("SENDER_EQUIVOCATION", "void of mk.ilecu")]
        assert await ended(belgrade) == []


@pytest.mark.parametrize(
    ("void", "signer", "code"),
    [
        (replace(VOID, recipient=AL.node), "mk.ilecu", Code.NOT_A_RECIPIENT),
        (replace(VOID, channel=CSO), "mk.ilecu", Code.BAD_EVIDENCE),
        (VOID, "al.ilecu", Code.UNKNOWN_KEY),
        (replace(VOID, sender=NodeId("xx.nobody")), "mk.ilecu", Code.UNKNOWN_SENDER),
    ],
    ids=["for another", "of another channel", "another's signature", "of nobody"],
)
async def test_a_void_out_of_place_is_an_alarm_and_stops_nothing(
    world: TestWorld, void: Void, signer: str, code: Code
) -> None:
    async with world.machine(RS).running() as belgrade:
        inject(world, void, signer)
        world.hub.accept(MK.node, seal_raw(world, 1).encode())
        await belgrade.take()
        assert await raised(belgrade) == [(code.value, "receipt in police")]
        assert await ended(belgrade) == []
        (row,) = await belgrade.gateway.reading.received(9)
        assert row.sequence == 1


async def test_a_void_far_ahead_shows_the_numbers_before_it_as_missing(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        inject(world, replace(VOID, sequence=4))
        await belgrade.take()
        assert await open_gaps(belgrade) == [(1, 3)]
        inject(world, replace(VOID, sequence=2))
        await belgrade.take()
        assert await open_gaps(belgrade) == [(1, 1), (3, 3)]


async def test_status_tells_which_numbers_are_closed_and_why(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    inject(world, VOID)
    async with api(world, RS) as belgrade:
        (found,) = (await belgrade.until("/status", lambda status: status["closed"]))["closed"]
        assert (found["sender"], found["sequence"], found["reason"]) == ("mk.ilecu", 1, "refused")
        assert found["logged_at"] == world.clock()
    async with named(world, RS, "belgrade"):
        said = await run("--as", "belgrade", "status")
        assert "no message 1 from mk.ilecu in police: the hub refused that message" in said.output


async def test_numbers_set_aside_for_a_message_that_was_not_sealed_are_closed(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        file = await skopje.stash(b"%PDF of a test")

        async def fail_meanwhile(*_: object) -> None:
            await skopje.queue(REQUEST)  # takes the next number; the first is set aside for the message with the file
            raise Fault(Code.BODY_DECRYPT)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nodes.gateway.enclosing.Enclosing.seal", fail_meanwhile)
            with pytest.raises(Fault, match="BODY_DECRYPT"):
                await skopje.send(REQUEST | {"attachments": [file]})
        await skopje.exchange(belgrade)
        await skopje.post()
        await belgrade.take()
        assert await ended(belgrade) == [(1, VoidReason.UNUSED)]
        assert await open_gaps(belgrade) == []


async def test_receipts_about_one_message_keep_their_order_side_by_side_with_others(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        messages: list[MessageId] = [await skopje.queue(REQUEST) for _ in range(4)]
        await skopje.submit()
        await belgrade.take()
        for message in messages:
            await belgrade.gateway.reading.open(message)
        await belgrade.post()
        events = {message: [] for message in messages}  # type: dict[MessageId, list[int]]
        order = [each for verb in ("receipts", "receipt") for call in world.hub.calls.of(verb) for each in call.split()]
        assert len(order) == 8
        for message in messages:
            rows = await belgrade.gateway.store.database.read(lambda c, about=message: postings.about(c, about))
            events[message] = sorted((row.posting.event for row in rows), key=lambda e, r=rows: place(e, r, order))
        assert set(map(tuple, events.values())) == {(1, 2)}


def place(event: int, rows: Sequence[postings.PostRow], order: list[str]) -> int:
    """Return when the receipt of an event was posted."""
    (found,) = [row.posting.id.hex() for row in rows if row.posting.event == event]
    return order.index(found)
