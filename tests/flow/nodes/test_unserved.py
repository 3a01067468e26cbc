"""A recipient never fetched: the sender gets the hub's word, verifies it, keeps it, says so, and hands the proof on."""

import base64
from dataclasses import replace

import pytest

from egnatia.evidence.single.told import verify as verify_alone
from keys.evidence_check import Verdict, verify_bundle
from nodes.api.render import proof as rendered
from nodes.casework.leaf_list import Asked, LeafBook
from nodes.casework.seal_check import NEVER_FETCHED, check_seal
from nodes.gateway.alarms import alarms
from nodes.gateway.evidence_export import MadeBundle, ProofWish
from nodes.gateway.evidences import UNSERVED
from nodes.gateway.incoming import UNSERVED_YET_CONFIRMED
from nodes.gateway.promise_book import owing
from nodes.gateway.restarts import offer_lost_again
from nodes.gateway.silence import never_fetched
from nodes.gateway.why import Reader, why_sent
from protocol.checkpoint import messages_origin
from protocol.evidence import Event, Receipt, sign_receipt
from protocol.evidence_bundle import parse_evidence_bundle
from protocol.ids import MessageId
from protocol.mailbox import ItemKind
from protocol.unserved import Unserved, verify_unserved
from tests.simulators.hub_unserved import expire, say_unserved
from tests.simulators.network import identity_of
from tests.simulators.node import AL, MK, POLICE, ROGATORY, RS, TestGateway, TestWorld, example
from tests.simulators.witnessing import let_cosign

ASK = example("MT-01/vehicle-mk", to=["al.ilecu", "rs.ilecu"])


async def ran_out(world: TestWorld, skopje: TestGateway, fetching: TestGateway | None) -> MessageId:
    """Return a message to two recipients whose life ended; one of them may have fetched it and confirmed nothing."""
    message = await skopje.queue(ASK)
    await skopje.submit()
    if fetching is not None:
        await fetching.take()
    world.clock.now = (await skopje.gateway.reading.sent(9))[0].expires_at
    expire(world.hub, message)
    await skopje.take()
    return message


async def steps(node: TestGateway, message: MessageId) -> dict[str | None, str]:
    (row,) = [each for each in await node.gateway.reading.sent(9) if each.message == message]
    people = await node.gateway.reading.people(message)
    reader = Reader("en", None, node.gateway.here.clock())
    return {each.node: each.sentence for each in why_sent(row, people, reader)}


async def found_alarms(node: TestGateway) -> set[tuple[str, str]]:
    return {(each.code, each.subject) for each in await node.gateway.store.database.read(alarms)}


async def test_the_sender_keeps_shows_and_exports_the_proof_and_none_of_who_was_handed_it(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await ran_out(world, skopje, belgrade)
        quiet, fetched = await skopje.gateway.reading.people(message)
        assert (quiet.never_fetched, fetched.never_fetched, fetched.spoke) == (True, False, False)
        told = await steps(skopje, message)
        assert told[AL.node] == "al.ilecu never fetched it before it ran out; the hub has signed this."
        assert told[RS.node].startswith("rs.ilecu: no hand-over evidence by 20")
        database, directory = skopje.gateway.store.database, skopje.gateway.network.replica.directory
        (noted,) = await database.read(lambda c: never_fetched(c, 0, 9))
        assert (noted.message, noted.node) == (message, AL.node)
        owed = await database.read(lambda c: owing(c, message, world.clock()))
        assert owed is not None
        assert [each.node for each in owed.overdue if each.node] == [RS.node], "only of the other is nothing proved"

        manifest, proofs = await skopje.gateway.reading.evidence(message) or (None, ())
        checks = {each.what: each for each in check_seal(message, manifest, proofs, directory).checks}
        assert (checks[NEVER_FETCHED].who, checks[NEVER_FETCHED].fault) == (AL.node, None)
        (shown,) = [rendered(each) for each in proofs if each.event == UNSERVED]
        assert (shown["event"], shown["issuer"], shown["recipient"]) == ("ContentHandoverFailure", "hub", AL.node)
        keys, origin = directory.charter.hub_log_keys, messages_origin(directory.network_id)
        assert verify_unserved(base64.b64decode(shown["proof"]), message, origin, keys).record.number == 1
        (leaf,) = (await LeafBook(skopje.gateway.store, MK.node).listed(Asked(limit=9, event=UNSERVED))).rows
        assert (leaf.about, leaf.to) == (AL.node, (AL.node,))

        await let_cosign(world.hub)
        made = await skopje.gateway.evidence.make(ProofWish((message,)))
        assert isinstance(made, MadeBundle)
    proved = verify_bundle(parse_evidence_bundle(made.raw), world.network.charter_digest)
    silent, other = proved.messages[0].recipients
    assert (proved.verdict, other.unserved) == (Verdict.VERIFIED, None)
    assert silent.unserved is not None
    assert silent.unserved.leaf.time == silent.unserved.ended
    _, (alone,) = verify_alone(made.raw, world.network.charter_digest)
    assert [(each.node, each.ended) for each in alone.unserved] == [(AL.node, silent.unserved.ended)]


async def test_it_survives_a_restart_of_the_node_and_is_marked_where_the_hub_lost_its_leaf(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await ran_out(world, skopje, None)
    async with world.machine(MK).running() as skopje:
        people = await skopje.gateway.reading.people(message)
        assert [each.never_fetched for each in people] == [True, True]
        directory = skopje.gateway.network.replica.directory
        await skopje.gateway.store.database.write(lambda c: offer_lost_again(c, 1, world.clock()))
        lost = await skopje.gateway.reading.people(message)
        assert [each.unserved_at for each in lost] == [None, None]
        manifest, proofs = await skopje.gateway.reading.evidence(message) or (None, ())
        checks = check_seal(message, manifest, proofs, directory).checks
        assert [(each.lost, each.fault) for each in checks if each.what == NEVER_FETCHED] == [(True, None)] * 2
        made = await skopje.gateway.evidence.make(ProofWish((message,)))
        assert isinstance(made, MadeBundle)
        assert [each.unserved for each in made.proved.messages[0].recipients] == [None, None]


async def test_attack_061_a_record_that_is_not_about_this_nodes_message_is_an_alarm(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(ASK)
        await skopje.submit()
        ends = (await skopje.gateway.reading.sent(9))[0].expires_at
        good = Unserved(message, AL.node, POLICE, 1, ends)
        world.clock.now = ends
        lies = {
            "UNKNOWN_MESSAGE": replace(good, message=MessageId(bytes(32))),
            "NOT_A_RECIPIENT": replace(good, recipient=MK.node),
            "BAD_EVIDENCE": replace(good, expires_at=ends - 1),
        }
        for lie in lies.values():
            say_unserved(world.hub, lie, (MK.node, POLICE))
        say_unserved(world.hub, replace(good, channel=ROGATORY), (MK.node, POLICE))
        world.hub.inject((MK.node, POLICE), good.encode(), bytes(32), ItemKind.UNSERVED)
        world.clock.now = ends - 1
        say_unserved(world.hub, good)
        await skopje.take()
        assert {each for each in await found_alarms(skopje) if each[1].startswith("record")} == {
            ("UNKNOWN_MESSAGE", "record of al.ilecu"),
            ("NOT_A_RECIPIENT", "record of mk.ilecu"),
            ("BAD_EVIDENCE", "record of al.ilecu"),
            ("BAD_EVIDENCE", "record in police"),
        }
        assert not any(each.never_fetched for each in await skopje.gateway.reading.people(message))


@pytest.mark.parametrize("first", ["hub", "recipient"])
async def test_two_contrary_words_are_both_kept_and_raise_an_alarm(world: TestWorld, first: str) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(ASK)
        await skopje.submit()
        world.clock.now = (await skopje.gateway.reading.sent(9))[0].expires_at
        said = Receipt(event=Event.CONTENT_HANDOVER, message=message, recipient=AL.node, at=world.clock())
        raw = sign_receipt(said, identity_of(AL.name), world.network.network_id)
        words = [lambda: expire(world.hub, message), lambda: world.hub.log_receipt(raw)]
        for say in words if first == "hub" else reversed(words):
            say()
            await skopje.take()
        assert (UNSERVED_YET_CONFIRMED, f"{message.hex()[:12]} by {AL.node}") in await found_alarms(skopje)
        quiet, other = await skopje.gateway.reading.people(message)
        assert (quiet.never_fetched, other.never_fetched) == (False, True)
        assert (await steps(skopje, message))[AL.node].startswith("al.ilecu received it")
        made = await skopje.gateway.evidence.make(ProofWish((message,)))
        assert isinstance(made, MadeBundle)
        assert [each.unserved is not None for each in made.proved.messages[0].recipients] == [False, True]
