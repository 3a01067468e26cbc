"""What a message takes over keeps the restrictions of its source, and only an owner changes its own codes."""

import json
from datetime import UTC, datetime
from typing import Any

from nodes.gateway.alarms import alarms
from nodes.gateway.send import Queued, Stopped, WouldGo
from protocol.catalogue.rows import flatten
from protocol.ids import MessageId, TypeId
from tests.simulators.forge import seal_raw
from tests.simulators.node import MK, RS, TestGateway, TestWorld, example

REQUEST = example("MT-01/vehicle-mk", to=["rs.ilecu"])


def recode(message: MessageId, to: str) -> dict[str, Any]:
    asked = example("MT-15/level-mk", to=[to])
    document = asked["document"] | {"items": [{"message_id": message.hex()}]}
    return asked | {"document": document, "language": "en", "purpose": "investigate"}


async def raised(node: TestGateway) -> list[tuple[str, str]]:
    found = await node.gateway.store.database.read(alarms)
    return [(each.code, each.subject) for each in found]


async def test_the_owner_recodes_its_message_and_nobody_else_does(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(REQUEST)
        await skopje.exchange(belgrade)
        refused = await belgrade.send(recode(message, "mk.ilecu"))
        assert isinstance(refused, Stopped)
        assert refused.refused.decision is not None
        assert [each.rule for each in refused.refused.decision.findings] == ["police.owner-lifts"]
        assert ("POLICY_DENIED", "police.owner-lifts rs.ilecu") in await raised(belgrade)
        assert isinstance(await skopje.send(recode(message, "rs.ilecu")), Queued)
        assert not [each for each in await raised(skopje) if each[0] == "POLICY_DENIED"]


async def test_a_message_that_is_not_here_is_recoded_by_nobody(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        refused = await skopje.send(recode(MessageId(b"x" * 32), "rs.ilecu"))
        assert isinstance(refused, Stopped)


def quoting(grant: MessageId, **changes: Any) -> dict[str, Any]:
    """News from Belgrade for Tirana, of which Skopje owns every item."""
    asked = example("MT-05/hidden-compartment-sq", to=["al.ilecu"])
    document = json.loads(json.dumps(asked["document"]).replace("rs.ilecu", "mk.ilecu").replace("xk.ilecu", "mk.ilecu"))
    for listed in document["information"].values():
        for item in listed:
            if "evaluation" in item:
                item["evaluation"]["owner"] = "mk.ilecu"
    document["origin_consents"] = [{"owner": "mk.ilecu", "message_id": grant.hex()}]
    return asked | {"document": document, "language": "en", "purpose": "investigate", "handling": ["H0"]} | changes


async def rules_of(node: TestGateway, asked: dict[str, Any]) -> set[str]:
    found = await node.send(asked, dry_run=True)
    if isinstance(found, WouldGo):
        return set()
    assert isinstance(found, Stopped), found
    assert found.refused.decision is not None
    return {each.rule for each in found.refused.decision.findings}


async def test_a_source_binds_purpose_level_and_date_of_what_quotes_it(world: TestWorld) -> None:
    """Belgrade quotes Skopje towards Tirana, on a consent that a person at Belgrade let pass."""
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        source = await skopje.queue(REQUEST | {"handling": ["H0", "H1"]})
        await skopje.exchange(belgrade)
        document = {
            "phase": "grant",
            "items": [{"message_id": source.hex()}],
            "use": "dissemination",
            "target": {"name": "Tirana", "node": "al.ilecu"},
            "valid_until": "2099-01-01T00:00:00Z",
            "act": example("MT-11/grant-bs")["document"]["act"],
        }
        body = tuple(flatten(document))
        granted = seal_raw(world, 2, type=TypeId("MT-11/1"), body=body, handling=("H0",), classification="BPL")
        world.hub.accept(MK.node, granted.encode())
        await belgrade.take()
        await belgrade.gateway.holding.release(granted.id, "asked on the telephone")
        date = world.clock() + 86_400
        fitting = quoting(granted.id, handling=["H0", "H1"], erase_by=instant(date))
        assert await rules_of(belgrade, fitting) == set()
        assert await rules_of(belgrade, fitting | {"handling": ["H0"]}) == {"police.handling-of-items"}
        late = fitting | {"erase_by": instant(world.clock() + 900 * 86_400)}
        assert await rules_of(belgrade, late) == {"police.erased-with-sources"}
        other = fitting | {"purpose": "detect"}
        assert "police.purpose-of-sources" in await rules_of(belgrade, other)
        assert await rules_of(belgrade, quoting(MessageId(b"?" * 32))) >= {
            "police.owner-consents",
            "police.purpose-of-sources",
        }


def instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
