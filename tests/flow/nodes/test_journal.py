"""Every act on personal data reaches the journal, in the transaction of the act, with who did it."""

from pathlib import Path

import pytest
from sqlalchemy import Connection

from nodes.gateway.deeds import ITSELF, Act, Doer, Door, Operation
from nodes.gateway.exporting import Exported, ExportWish
from nodes.gateway.journal import acting_as, doer_now
from nodes.gateway.reading import ReceivedMessage
from policies.facts import Use
from protocol.scope import EvidentialUse
from tests.simulators.evidence import CONDITION, agree_on_evidence, thread
from tests.simulators.journal import Remembering
from tests.simulators.node import MK, RS, RS_PROSECUTION, TestWorld, example

OFFICER = Doer("p-4711", Door.DESK, "own-case", ("case-officer",))


class Full:
    """A journal that cannot write."""

    def note(self, connection: Connection, act: Act) -> None:
        del connection, act
        raise OSError("no room")


async def test_sending_receiving_showing_and_searching_are_written_down(tmp_path: Path) -> None:
    world, ours, theirs = TestWorld(tmp_path), Remembering(), Remembering()
    async with (
        world.machine(RS, journal=ours).running() as belgrade,
        world.machine(MK, journal=theirs).running() as skopje,
    ):
        with acting_as(OFFICER):
            message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        doer, sent = theirs.noted[0]
        assert doer == OFFICER
        assert (sent.operation, sent.deed, sent.objects) == (Operation.TRANSFER, "send", (message,))
        assert (sent.recipients, sent.channel, sent.type) == ((RS.node,), "police", "MT-01/1")
        assert sent.purpose == "investigate"
        assert sent.verdict == "allow"
        assert sent.policy is not None
        doer, taken = ours.noted[0]
        assert (doer, taken.operation, taken.deed, taken.objects) == (
            ITSELF, Operation.COLLECTION, "receive", (message,),
        )  # fmt: skip
        with acting_as(OFFICER):
            for use in (Use.READ, Use.PRINT):
                assert isinstance(await belgrade.gateway.reading.open(message, use), ReceivedMessage)
            found = await belgrade.gateway.reading.received(10, "petrov")
            assert await belgrade.gateway.reading.open(type(message)(bytes(32))) is None
        assert ours.deeds()[1:] == ["consultation/show", "consultation/print", "consultation/search"]
        assert {doer for doer, _ in ours.noted[1:]} == {OFFICER}
        assert doer_now() == ITSELF
        search = ours.noted[-1][1]
        assert search.count == len(found)
        assert search.terms is not None
        assert len(search.terms) == 16
        assert b"petrov" not in search.terms


async def test_an_act_that_cannot_be_written_down_does_not_happen(tmp_path: Path) -> None:
    world = TestWorld(tmp_path)
    async with world.machine(RS, journal=Full()).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.submit()
        with pytest.raises(OSError, match="no room"):
            await belgrade.take()
        with pytest.raises(OSError, match="no room"):
            await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
        assert await belgrade.gateway.reading.find(message) is None
        assert await belgrade.gateway.reading.sent(10) == []


async def test_exports_are_written_down_with_what_went_to_whom(world: TestWorld) -> None:
    agree_on_evidence(world, EvidentialUse.POLICE)
    journal = Remembering()
    async with thread(world, "H0", evidence_consent={"decision": "granted", "conditions": CONDITION}) as told:
        exporting = told.belgrade.gateway.exporting
        object.__setattr__(told.belgrade.gateway.store, "journal", journal)
        wish = ExportWish(message=told.answer, recipient=RS_PROSECUTION.node, accepted=True)
        assert isinstance(await exporting.export(wish, dry_run=True), Exported)
        assert journal.deeds() == []
        assert isinstance(await exporting.export(wish), Exported)
        (act,) = (act for _, act in journal.noted)
        assert (act.operation, act.deed, act.objects) == (Operation.DISCLOSURE, "export", (told.answer,))
        assert (act.recipients, act.purpose) == ((RS_PROSECUTION.node,), "proceedings")
        assert act.digest is not None
        assert act.count
