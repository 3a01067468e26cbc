"""Corrections between simulated nodes: a message, its being passed on with consent, and a notice about it."""

from typing import Any

from nodes.casework.correction_book import Carried, CorrectionBook
from nodes.casework.correction_notes import Wording
from nodes.gateway.disclosing import Proposal, Wanted
from nodes.gateway.send import Queued
from protocol.catalogue.rows import flatten
from protocol.ids import MessageId, NodeId, TypeId
from tests.simulators.forge import seal_raw
from tests.simulators.node import MK, TestGateway, TestWorld, example

ERASE = Wording(
    action="erase", reason="unlawful", explanation="It was sent to the wrong case by mistake, without a basis."
)


def book(node: TestGateway) -> CorrectionBook:
    """Return the corrections of a node."""
    return CorrectionBook(node.gateway)


async def asked(skopje: TestGateway, belgrade: TestGateway, **changes: Any) -> MessageId:
    """Send a question from one node to another, and return its id."""
    message = await skopje.queue(example("MT-01/vehicle-mk", **({"to": ["rs.ilecu"]} | changes)))
    await skopje.exchange(belgrade)
    return message


async def passed_on(world: TestWorld, belgrade: TestGateway, message: MessageId) -> None:
    """Skopje allows Tirana to have the message, and Belgrade shows it rows."""
    document = {
        "phase": "grant",
        "items": [{"message_id": message.hex()}],
        "use": "dissemination",
        "target": {"name": "Tirana", "node": "al.ilecu"},
        "valid_until": "2099-01-01T00:00:00Z",
        "act": example("MT-11/grant-bs")["document"]["act"],
    }
    body = tuple(flatten(document))
    granted = seal_raw(world, 900, type=TypeId("MT-11/1"), body=body, handling=("H0",), classification="BPL")
    world.hub.accept(MK.node, granted.encode())
    await belgrade.take()
    await belgrade.gateway.holding.release(granted.id, "asked on the telephone")
    wanted = Wanted(message=message, recipient=NodeId("al.ilecu"), patterns=("/subjects/vehicles/*",))
    found = await belgrade.gateway.disclosing.make(wanted)
    assert isinstance(found, Proposal), found


async def raised(node: TestGateway, message: MessageId, wording: Wording = ERASE) -> MessageId:
    """Raise a correction that one holder is told of, and return its notice."""
    done = await book(node).raise_(message, wording)
    assert isinstance(done, Carried), done
    (one,) = done.sent
    assert isinstance(one.result, Queued), one
    return one.result.message
