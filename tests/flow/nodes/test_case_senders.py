"""Whoever sends the first message of a case has it, unless somebody was chosen or it is closed to the sender."""

from nodes.casework.case_list import CaseFilter, Paging
from nodes.casework.case_senders import Senders
from nodes.casework.drafts import UNDO_S
from nodes.people.acting import PersonId
from tests.flow.nodes.test_departures import ANA, REQUEST, departures, ordered
from tests.simulators.casework import OFFICER, SUPERVISOR, Side, asking, replying
from tests.simulators.node import MK, RS, TestGateway, TestWorld

BO = PersonId("bo")


async def left(world: TestWorld, node: TestGateway) -> Side:
    """Let a request of Ana leave; return the cases of the node."""
    await ordered(node, REQUEST)
    world.clock.advance(UNDO_S)
    await departures(node).turn()
    return Side(node)


async def test_who_sends_the_first_message_has_its_case(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        side = await left(world, node)
        line = await side.line()
        assert line.assignee == ANA
        assert line.message is not None
        shown = await side.show()
        assert [(each.entry.name, each.entry.who) for each in shown.view.steps if each.entry.who] == [
            ("take-over", ANA)
        ]
        assert shown.view.knows(ANA)
        await Senders(node.gateway).entrust(line.message, BO)
        assert (await side.line()).assignee == ANA, "whoever has it keeps it"
        await side.done(OFFICER, "take-over")
        await departures(node).turn()
        assert (await side.line()).assignee == OFFICER.person


async def test_what_a_program_sends_is_nobodys_until_somebody_takes_it(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        message = await node.queue(asking())
        side = Side(node)
        assert (await side.line()).assignee is None
        await side.done(OFFICER, "add-person", to=BO)
        await Senders(node.gateway).entrust(message, BO)
        assert (await side.line()).assignee == BO


async def test_a_case_that_is_closed_to_its_sender_stays_closed(world: TestWorld) -> None:
    async with world.machine(MK).running() as node:
        message = await node.queue(asking())
        side = Side(node)
        await side.done(SUPERVISOR, "limit", reason="An informant is named.")
        await Senders(node.gateway).entrust(message, BO)
        (line,) = (await side.book.list(await side.book.scope(SUPERVISOR), CaseFilter(), Paging())).lines
        found = await side.book.show(SUPERVISOR, line.id)
        assert found is not None
        assert (found.view.assignee, found.view.knows(BO)) == (None, False)


async def test_an_answer_changes_nobodys_case(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        question = await skopje.queue(asking())
        await skopje.exchange(belgrade)
        side = Side(belgrade)
        assert (await side.line()).assignee is None
        answer = await belgrade.queue(replying("MT-04/nothing-en", question))
        await Senders(belgrade.gateway).entrust(answer, BO)
        assert (await side.line()).assignee is None, "it is not the first message of the case"
