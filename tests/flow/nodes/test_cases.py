"""Cases over real messages: each opens by itself and moves with what is sent, received and erased."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from nodes.case_event_tables import case_event, case_file
from nodes.casework.case_acts import Denied
from nodes.casework.case_book import case_id
from nodes.casework.machine import Stand
from nodes.gateway.overlay import load_overlay
from nodes.gateway.vault import erase_item
from nodes.schema import inbox, outbox
from policies.clocks.zones import DAY
from tests.simulators.casework import OFFICER, SUPERVISOR, Side, asking, replying
from tests.simulators.node import AL, MK, RS, TestWorld, example


async def test_a_request_lives_from_its_sending_to_its_end_on_both_sides(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        here, there = Side(skopje), Side(belgrade)
        message = await skopje.queue(asking())
        assert (await here.line()).state == "checked"
        await skopje.exchange(belgrade)
        mine, theirs = await here.line(), await there.line()
        assert (mine.state, mine.stand, mine.mine, mine.partners) == ("delivered", Stand.THEIRS, True, (RS.node,))
        assert (theirs.state, theirs.stand, theirs.mine, theirs.partners) == ("received", Stand.OURS, False, (MK.node,))
        assert mine.awaited_at == theirs.due_at is not None
        assert mine.due_at is theirs.awaited_at is None
        assert (mine.reference, mine.reference) == (theirs.reference, mine.reference)

        question = await belgrade.queue(replying("MT-07/vehicle-mk", message))
        await belgrade.exchange(skopje)
        assert ((await here.line()).state, (await there.line()).state) == ("to-clarify", "clarifying")
        assert (await there.line()).rests
        await skopje.queue(replying("MT-08/vehicle-sr-Cyrl", question, "rs.ilecu", complete=True))
        await skopje.exchange(belgrade)
        assert ((await here.line()).state, (await there.line()).state) == ("acknowledged", "assigned")

        refused = await there.do(OFFICER, "file", reason="Nothing to do.")
        assert isinstance(refused, Denied)
        part = {"scope": "part", "grounds": [{"ground": "R-c", "reason": "The court said no to it.", "part": "Q 4"}]}
        await belgrade.queue({**replying("MT-10/part-en", message), "document": part})
        await belgrade.exchange(skopje)
        assert ((await here.line()).state, (await there.line()).state) == ("partial", "partial")
        assert (await here.line()).awaited_at is not None
        await belgrade.queue(replying("MT-04/nothing-en", message))
        await belgrade.exchange(skopje)
        for side in (here, there):
            line = await side.line()
            assert (line.state, line.stand) == ("answered", Stand.OURS)
            assert line.due_at is line.awaited_at is None
            closed = await side.done(OFFICER, "close")
            assert closed.view.stand is Stand.RESTING
            assert closed.line.review_at is not None
            assert await side.sync.catch_up() == 0


async def test_looking_again_or_after_a_restart_adds_nothing(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        async with world.machine(RS).running() as belgrade:
            message = await skopje.queue(asking())
            await skopje.exchange(belgrade)
            await belgrade.queue(replying("MT-04/nothing-en", message))
            await belgrade.exchange(skopje)
            side = Side(belgrade)
            first = await side.show()
        async with world.machine(RS).running() as belgrade:
            again = Side(belgrade)
            await again.sync.catch_up()
            assert (await again.show()).view == first.view
            events = await belgrade.gateway.store.database.read(lambda c: c.execute(select(case_event)).all())
            assert len(events) == first.view.last


async def test_what_an_earlier_release_stored_gets_its_cases_whatever_answered_what_first(world: TestWorld) -> None:
    machines = [world.machine(each) for each in (RS, MK, AL)]
    async with machines[0].running() as belgrade, machines[1].running() as skopje, machines[2].running() as tirana:
        message = await skopje.queue(asking())
        await skopje.exchange(belgrade)
        question = await belgrade.queue(replying("MT-07/vehicle-mk", message))
        await belgrade.exchange(skopje)
        await skopje.queue(replying("MT-08/vehicle-sr-Cyrl", question, "rs.ilecu", complete=True))
        await skopje.exchange(belgrade)
        await belgrade.queue(replying("MT-04/nothing-en", message))
        await belgrade.exchange(skopje)
        await tirana.queue(example("MT-05/hidden-compartment-sq", to=["rs.ilecu"], language="en"))
        await tirana.exchange(belgrade)
        for side, states in (
            (Side(skopje), {"MT-01": "answered"}),
            (Side(tirana), {"MT-05": "sent"}),
            (Side(belgrade), {"MT-01": "answered", "MT-05": "received"}),
        ):
            assert {each.family: each.state for each in await side.lines()} == states


HELD_HERE = """\
overlay: police
outer:
  - {id: rs.look-first, predicate: purpose, sides: [recipient], verdict: hold, parameters: {purposes: [prevent]},
     article: NET, text: purpose-police}
"""


@pytest.mark.parametrize("released", [True, False])
async def test_a_held_request_is_a_case_from_the_start_and_ends_its_wait_by_a_person(
    world: TestWorld, tmp_path: Path, *, released: bool
) -> None:
    rules = tmp_path / "own.yaml"
    rules.write_text(HELD_HERE)
    mine = load_overlay(rules)
    async with world.machine(MK).running() as skopje, world.machine(RS).running(overlay=mine) as belgrade:
        message = await skopje.queue(asking())
        await skopje.exchange(belgrade)
        here, there = Side(skopje), Side(belgrade)
        line = await there.line(held=True)
        assert (line.state, line.due_at is not None) == ("held", True)
        assert (await there.book.subjects([line]))[line.number].text == ""
        assert {each.transition.name for each in (await there.show()).offers if not each.denied} >= {
            "take-over",
            "note",
        }
        if released:
            await belgrade.gateway.holding.release(message, "looked at")
            line = await there.line()
            assert (line.state, line.held) == ("received", False)
        else:
            await belgrade.gateway.holding.give_back(message, "not ours")
            for _ in range(2):  # the receipt is posted, then it is fetched
                await belgrade.exchange(skopje)
            line = await there.line()
            assert (line.state, line.held, line.due_at) == ("returned", False, None)
            assert (await here.line()).state == "returned"


async def test_what_nobody_opened_is_not_told_in_a_list(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        there = Side(belgrade)
        line = await there.line()
        assert (await there.book.subjects([line]))[line.number].text == ""
        assert line.message is not None
        await belgrade.gateway.reading.open(line.message)
        found = (await there.book.subjects([line]))[line.number]
        assert (found.text, found.kind, found.unread) == ("VR 123-ŽĆ", "vehicle", False)


async def test_notes_are_found_in_every_script_and_go_with_the_content(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        there = Side(belgrade)
        await there.done(OFFICER, "note", reason="Ђорђевић је звао из Врања.")
        for words in ("Gjorgjevikj", "djordjevic vranja", "VR123ZC"):
            assert len(await there.lines(words=words)) == 1, words
        assert await there.lines(words="nobody") == []

        def erase(connection: Any) -> None:
            for table in (inbox.c.item, case_event.c.reason):
                for item in connection.execute(select(table).where(table.is_not(None))).scalars().all():
                    erase_item(connection, item)

        await belgrade.gateway.store.database.write(erase)
        assert await there.lines(words="Gjorgjevikj") == await there.lines(words="VR123ZC") == []


async def test_the_review_comes_after_six_months_and_what_is_erased_is_over(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(asking())
        await skopje.exchange(belgrade)
        await belgrade.queue(replying("MT-04/nothing-en", message))
        await belgrade.exchange(skopje)
        there = Side(belgrade)
        await there.done(OFFICER, "close")
        world.clock.advance(185 * DAY)
        assert (await there.line()).state == "review"
        assert (await there.done(SUPERVISOR, "extend", reason="The trial goes on.")).view.state == "closed"
        assert (await there.line()).state == "closed"
        world.clock.advance(370 * DAY)
        assert (await there.line()).state == "review"

        def erase(connection: Any) -> None:
            for table in (inbox.c.item, outbox.c.item):
                for item in connection.execute(select(table).where(table.is_not(None))).scalars().all():
                    erase_item(connection, item)

        await belgrade.gateway.store.database.write(erase)
        world.clock.advance(2 * 3_600)
        assert (await there.line()).state == "erased"
        assert (await there.show()).offers == ()


async def test_a_case_with_several_countries_is_found_under_each(world: TestWorld) -> None:
    machines = [world.machine(each) for each in (MK, RS, AL)]
    async with machines[0].running() as skopje, machines[1].running() as belgrade, machines[2].running() as tirana:
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu", "al.ilecu"]))
        await skopje.exchange(belgrade)
        await skopje.exchange(tirana)
        here = Side(skopje)
        for partner in (RS.node, AL.node):
            assert len(await here.lines(partners=(partner,))) == 1
        assert await here.lines(partners=(MK.node,)) == []
        await belgrade.queue(replying("MT-04/nothing-en", message))
        await belgrade.exchange(skopje)
        assert (await here.line()).state == "partial"
        await tirana.queue(replying("MT-04/nothing-en", message))
        await tirana.exchange(skopje)
        assert (await here.line()).state == "answered"


async def test_a_consent_that_nobody_answers_is_denied_and_stands_beside_its_request(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        message = await skopje.queue(asking())
        await skopje.exchange(belgrade)
        here, there = Side(skopje), Side(belgrade)
        ask = example("MT-11/ask-sr-Latn", to=["mk.ilecu"], language="en", in_reply_to=message.hex())
        ask["document"] |= {"items": [{"message_id": message.hex()}], "answer_by": "2026-10-05T10:00:00Z"}
        await belgrade.queue(ask)
        await belgrade.exchange(skopje)
        assert {each.machine.name: each.state for each in await there.lines()} == {
            "police-answer": "received",
            "consent-asked": "asked",
        }
        await there.sync.catch_up()
        [request] = await there.lines(families=("MT-01",))
        found = await there.book.show(OFFICER, request.id)
        assert found is not None
        assert [each.family for each in found.related] == ["MT-11"]
        [consent] = await here.lines(families=("MT-11",))
        assert (consent.state, consent.due_at is not None) == ("received", True)
        world.clock.advance(8 * DAY)
        for side in (here, there):
            [consent] = await side.lines(families=("MT-11",))
            assert consent.state == "expired"


@pytest.mark.parametrize(("text", "known"), [("00" * 16, True), ("00" * 15, False), ("AB" * 16, False), ("x", False)])
def test_ids_are_read_strictly(text: str, *, known: bool) -> None:
    assert (case_id(text) is not None) is known


async def test_every_line_belongs_to_a_machine_of_this_release(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        side = Side(skopje)
        await side.sync.turn()
        rows = await skopje.gateway.store.database.read(lambda c: c.execute(select(case_file)).all())
        assert [row.machine for row in rows] == ["police-request"]
