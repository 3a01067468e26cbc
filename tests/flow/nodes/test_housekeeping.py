"""One round of housekeeping ends the epoch of the storage keys at most once, whatever was erased since the last one."""

import io

from nodes.casework import draft_store
from nodes.casework.draft_book import DraftBook, Seen
from nodes.casework.drafts import DISCARDED_S, Purpose, Written
from nodes.config import GatewaySettings
from nodes.gateway.loops import Rounds
from nodes.gateway.watch import Watch
from nodes.people.acting import PersonId
from protocol.ids import TypeId
from runtime.log import Log
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example

ANA = PersonId("ana")
PURPOSE = Purpose(TypeId("MT-01/1"), "vehicle")


def rounds(node: TestGateway) -> Rounds:
    log = Log(io.StringIO(), node.gateway.here.clock, bytes(32))
    settings = GatewaySettings()
    return Rounds(node.gateway, settings, log, Watch(node.gateway.here, settings, log))


def epoch(node: TestGateway) -> int:
    return node.gateway.rotation.destroyed_before


async def test_many_erasures_end_one_epoch(world: TestWorld) -> None:
    async with world.machine(RS).running() as node, world.machine(MK).running() as skopje:
        store, book = node.gateway.store, DraftBook(node.gateway.here, node.gateway.store)
        file = await skopje.stash(b"a photograph")
        await skopje.queue(
            example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=[file], erase_by=world.clock() + 9_000)
        )
        for _ in range(6):
            await skopje.upload()
            await skopje.exchange(node)
            await node.download()
        for number in range(5):
            begun = await book.begin(ANA, PURPOSE, Written({"/facts": (f"draft {number}",)}))
            await book.discard(Seen(begun.row.id, ANA, begun.row.version))
        await node.stash(b"a file that no message took")
        world.clock.advance(DISCARDED_S + 86_400)
        gone = await store.database.write(lambda connection: draft_store.tidy(connection, world.clock()))
        assert gone == 5
        before, turns = epoch(node), rounds(node)
        await turns.tend()
        assert epoch(node) == before + 1, "drafts, a message, its file and a forgotten upload: one new epoch"
        await turns.tend()
        assert epoch(node) == before + 1, "nothing was erased since"
