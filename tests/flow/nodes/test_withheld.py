"""Mail that waits under a key which was revoked: the sender is told, and a new message goes to the new key."""

from keys.directory import Directory
from nodes.gateway.alarms import alarms
from nodes.gateway.withheld import note_withheld, withheld_from
from protocol.ids import MessageId
from protocol.statement_network import Reason, Revocation, Target
from tests.simulators.network import identity_of
from tests.simulators.node import MK, POLICE, RS, TestGateway, TestWorld, example

ASK = example("MT-01/vehicle-mk", to=["rs.ilecu"])


def revoke_keys(world: TestWorld) -> None:
    ids = tuple(sorted(each.key_id for each in world.network.directory.recipient_keys(RS.node, POLICE)))
    body = Revocation(node=RS.node, issued_at=world.clock(), target=Target.KEYS, ids=ids, reason=Reason.COMPROMISED)
    world.network.append(body, identity_of(RS.name))


async def told(node: TestGateway, message: MessageId) -> tuple[frozenset[str], int, list[str]]:
    """Return from whom a message is withheld, how many findings there are, and the alarms."""
    directory: Directory = node.gateway.network.replica.directory
    database, now = node.gateway.store.database, node.gateway.here.clock()
    nodes = await database.read(lambda connection: withheld_from(connection, message, directory))
    count = await database.write(lambda connection: note_withheld(connection, directory, now))
    return nodes, count, [each.subject for each in await database.read(alarms) if each.code == "KEY_REVOKED"]


async def test_the_sender_is_told_what_is_withheld_from_whom(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(ASK)
        await skopje.submit()
        assert await told(skopje, message) == (frozenset(), 0, [])
        revoke_keys(world)
        await skopje.gateway.network.sync.run()
        nodes, count, subjects = await told(skopje, message)
        assert (nodes, count) == ({RS.node}, 1)
        assert subjects == [f"{message[:8].hex()} withheld from rs.ilecu"]


async def test_what_was_handed_over_before_is_not_withheld(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(ASK)
        await skopje.exchange(belgrade)
        revoke_keys(world)
        await skopje.gateway.network.sync.run()
        assert await told(skopje, message) == (frozenset(), 0, [])


async def test_a_message_that_still_waits_here_is_sealed_again_to_the_new_key(world: TestWorld) -> None:
    """NO_VALID_KEY: the node synchronises, and the draft goes out as a new message."""
    from protocol.errors import Code

    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await skopje.queue(ASK)
        revoke_keys(world)
        await belgrade.gateway.network.sync.run()
        await belgrade.gateway.rotation.tend()
        world.hub.refuse_next(Code.NO_VALID_KEY)
        await skopje.submit()
        await skopje.submit()
        await skopje.exchange(belgrade)
        rows = {row.message: row for row in await skopje.gateway.reading.sent(9)}
        assert message not in rows, "it was replaced"
        (row,) = rows.values()
        (who,) = await skopje.gateway.reading.people(row.message)
        assert who.handed_over_at is not None
