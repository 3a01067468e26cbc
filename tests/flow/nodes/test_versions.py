"""A type in two versions, and a type more: the new is sent, and what was sealed as the old is read as before."""

import json

from nodes.gateway.inbox import InState
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Faulty, Stopped
from protocol.catalogue.bundle import bundle_manifest
from protocol.ids import MessageId
from tests.simulators.hub import PACKAGED
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example

OLD = example("MT-01/vehicle-mk", to=["rs.ilecu"])
NEW = OLD | {"type": "MT-01/2", "document": OLD["document"] | {"source_reached_by": "Разговор на граничниот премин."}}


def second_version() -> tuple[bytes, dict[str, bytes]]:
    """Return a bundle with a second version of a type, which alone may be sent; the first stays in the catalogue."""
    files = dict(PACKAGED)
    schema = json.loads(files["catalogue/schemas/MT-01.json"])
    schema["$id"] = "urn:xb:1:types:MT-01/2"
    schema["x-type"]["id"] = "MT-01/2"
    schema["x-labels"] = {"en": {"MT-01.source_reached_by": "How the source was reached"}}
    schema["required"].append("source_reached_by")
    schema["properties"]["source_reached_by"] = {
        "$ref": "urn:xb:1:parts#/$defs/line",
        "x-label": "MT-01.source_reached_by",
        "x-category": "OP",
        "x-personal": False,
    }
    files["catalogue/schemas/MT-01.2.json"] = json.dumps(schema).encode()
    files["policies/police.yaml"] = files["policies/police.yaml"].replace(b"MT-01/1", b"MT-01/2")
    return bundle_manifest(files), files


async def taken(by: TestGateway, message: MessageId) -> ReceivedMessage:
    await by.take()
    found = await by.gateway.reading.open(message)
    assert isinstance(found, ReceivedMessage)
    return found


async def test_a_message_of_the_old_version_is_read_under_the_bundle_it_was_sealed_under(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        old = await skopje.queue(OLD)
        await skopje.submit()
        world.network.activate(world.hub.publish(*second_version()))
        for each in (skopje, belgrade):
            await each.gateway.network.sync.run()
        assert (await taken(belgrade, old)).row.state is InState.ACCEPTED

        # Under the new policy only the new version leaves, and it is read too.
        assert isinstance(await skopje.send(OLD), Stopped)
        new = await skopje.queue(NEW)
        await skopje.submit()
        assert (await taken(belgrade, new)).row.state is InState.ACCEPTED


async def test_what_the_new_version_asks_for_is_asked_for(world: TestWorld) -> None:
    world.network.activate(world.hub.publish(*second_version()))
    async with world.machine(MK).running() as skopje:
        result = await skopje.send(NEW | {"document": OLD["document"]})
        assert isinstance(result, Faulty)
        assert [(each.path, str(each.code)) for each in result.faults] == [("/document/source_reached_by", "MISSING")]


def new_type() -> tuple[bytes, dict[str, bytes]]:
    """Return a bundle with one type more: one schema, one form, one line of a policy; nothing else differs."""
    files = dict(PACKAGED)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:xb:1:types:MT-77/1",
        "x-type": {
            "id": "MT-77/1",
            "title": "type.MT-77",
            "channels": ["police"],
            "senders": ["contact-point"],
            "evidence": "information",
        },
        "x-labels": {"en": {"type.MT-77": "Closed crossing", "MT-77.crossing": "Crossing"}},
        "type": "object",
        "additionalProperties": False,
        "required": ["crossing"],
        "properties": {
            "crossing": {
                "$ref": "urn:xb:1:parts#/$defs/line",
                "x-label": "MT-77.crossing",
                "x-category": "OP",
                "x-personal": False,
            },
        },
    }
    groups = [{"title": "group.what", "fields": ["/crossing"]}]
    form = {"type": "MT-77/1", "name": "", "title": "type.MT-77", "groups": groups}
    files["catalogue/schemas/MT-77.json"] = json.dumps(schema).encode()
    files["catalogue/templates/MT-77.json"] = json.dumps(form).encode()
    rules = files["policies/police.yaml"]
    line = (
        b"  - {id: police.who-closes, predicate: sender-kind, types: [MT-77/1], admits: true,"
        b" parameters: {kinds: [contact-point]}, article: PCC 3, text: sender-kind}\n"
    )
    files["policies/police.yaml"] = rules.replace(b"outer:\n", b"outer:\n" + line, 1)
    assert files["policies/police.yaml"] != rules
    return bundle_manifest(files), files


async def test_a_new_type_is_a_schema_a_form_and_a_line_of_policy(world: TestWorld) -> None:
    closed = {"type": "MT-77/1", "document": {"crossing": "Preševo"}, "to": ["rs.ilecu"], "purpose": "public_order"}
    closed |= {"handling": ["H0"], "classification": "BPL"}
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        world.network.agree(MK.node, RS.node, POLICE, purposes=("public_order",))
        world.network.activate(world.hub.publish(*new_type()))
        await skopje.gateway.network.sync.run()
        sent = await skopje.queue(closed)
        await skopje.submit()
        assert (await taken(belgrade, sent)).row.state is InState.ACCEPTED
