"""A breach: who is concerned comes from the evidence, the authority's clock runs, and nothing leaves by itself."""

import json
from pathlib import Path
from typing import Any

import pytest

from nodes.casework.breach_book import BreachBook, draft_for
from nodes.casework.breaches import Breach, BreachStage, Part, Step
from nodes.people.refusals import NotDone
from policies.clocks.clock import Escalation
from protocol.ids import Channel, MessageId
from tests.simulators.correcting import asked, passed_on, raised
from tests.simulators.node import AL, MK, NADA, RS, TestGateway, TestWorld, some_example
from tests.simulators.node_cli import named, run

HOUR = 3_600
SYSTEM = Channel("system")
COMPLETE: dict[str, Any] = {
    "kinds": ["stolen_device"],
    "description": "A laptop of the unit was stolen; its disk is encrypted.",
    "consequences": "None are expected.",
    "measures": ["The key of the device was revoked"],
    "contact": {"unit": "Data protection officer", "phone": "+38900000190"},
}


async def recorded(node: TestGateway, *messages: MessageId, reference: str = "2026/17") -> Breach:
    found = await BreachBook(node.gateway).record(reference, node.machine.network.clock(), messages)
    assert isinstance(found, Breach), found
    return found


def parts(found: Breach) -> dict[str, set[Part]]:
    return {each.node: set(each.parts) for each in found.parties}


async def test_everybody_concerned_is_named_from_the_evidence(world: TestWorld) -> None:
    async with (
        world.machine(MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        world.machine(AL).running() as tirana,
    ):
        message = await asked(skopje, belgrade, to=["rs.ilecu", "al.ilecu"], language="en")
        await tirana.take()
        await tirana.post()
        await belgrade.gateway.reading.open(message)
        await belgrade.post()
        await skopje.take()
        sender = await recorded(skopje, message)
        assert parts(sender) == {
            "al.ilecu": {Part.ADDRESSED, Part.RECEIVED},
            "rs.ilecu": {Part.ADDRESSED, Part.RECEIVED, Part.OPENED},
        }
        reader = await recorded(belgrade, message)
        assert parts(reader) == {"mk.ilecu": {Part.OWNER}, "al.ilecu": {Part.ADDRESSED}}
        assert all(each.categories == sender.parties[0].categories != () for each in sender.parties)


async def test_rows_that_were_shown_make_a_party(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        await passed_on(world, belgrade, message)
        found = await recorded(belgrade, message)
        assert parts(found) == {"mk.ilecu": {Part.OWNER}, "al.ilecu": {Part.FORWARDED_TO}}


async def test_the_story_of_a_breach_with_notices_that_people_sent(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        found, book = await recorded(belgrade, message), BreachBook(belgrade.gateway)
        assert (found.stage, found.clock.due(world.clock())) == (BreachStage.DETECTED, world.clock() + 72 * HOUR)
        assert [found.escalation(world.clock() + hours * HOUR) for hours in (35, 36, 54, 65, 73)] == [
            *(Escalation.NONE, Escalation.HALF, Escalation.THREE_QUARTERS, Escalation.NINE_TENTHS, Escalation.OVERDUE)
        ]
        early = await book.note("2026/17", Step.AUTHORITY, "called")
        assert isinstance(early, NotDone)
        for step in (Step.ASSESSED, Step.AUTHORITY):
            noted = await book.note("2026/17", step, "done by the officer")
            assert isinstance(noted, Breach)
        assert noted.stage is BreachStage.AUTHORITY_TOLD
        (party,) = noted.untold
        draft = draft_for(noted, party)
        assert draft["document"]["items"] == [{"message_id": message.hex()}]
        asked_again = {"type": draft["type"], "to": draft["to"], "document": draft["document"]}
        incomplete = await belgrade.send(asked_again)
        assert {each.path for each in incomplete.faults} >= {"/document/kinds", "/document/contact"}  # type: ignore[union-attr]
        before = world.hub.stored
        await belgrade.submit()
        assert world.hub.stored == before, "a draft never leaves by itself"
        document = draft["document"] | COMPLETE
        await belgrade.queue(asked_again | {"document": document, "purpose": "network", "language": "en"})
        await belgrade.exchange(skopje, SYSTEM)
        (told,) = [each for each in await skopje.gateway.reading.received(5) if each.type == "MT-S2/1"]
        assert told.sender == "rs.ilecu"
        after = await book.find("2026/17")
        assert after is not None
        assert (after.stage, after.untold) == (BreachStage.PARTIES_TOLD, ())
        for step, stage in ((Step.PERSONS, BreachStage.PERSONS_TOLD), (Step.CLOSED, BreachStage.CLOSED)):
            noted = await book.note("2026/17", step, "not needed")
            assert isinstance(noted, Breach)
            assert noted.stage is stage


async def test_what_cannot_be_recorded_is_said(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        book, now = BreachBook(belgrade.gateway), world.clock()
        for arguments, code in (
            (("a", now + 1, [message]), "NOT_YET"),
            (("a", now, []), "UNKNOWN_MESSAGE"),
            (("a", now, [MessageId(b"?" * 32)]), "UNKNOWN_MESSAGE"),
        ):
            refused = await book.record(*arguments)  # type: ignore[arg-type]
            assert isinstance(refused, NotDone)
            assert refused.code == code
        await recorded(belgrade, message, reference="a")
        again = await book.record("a", now, [message])
        assert isinstance(again, NotDone)
        unknown = await book.note("b", Step.ASSESSED, "x")
        assert isinstance(unknown, NotDone)
        assert await book.find("b") is None


async def test_an_organisation_finds_the_categories_in_the_content(world: TestWorld) -> None:
    """Headers of its channel name no categories."""
    async with world.machine(NADA).running() as nada:
        message = await nada.queue(some_example("MT-E1", to=["lotse.at"], purpose="assistance"))
        notice = await raised(nada, message)
        found = await recorded(nada, notice)
        assert [(each.node, each.categories) for each in found.parties] == [("lotse.at", ("CA",))]


async def test_the_console_records_drafts_and_notes(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = (await asked(skopje, belgrade)).hex()
    out = tmp_path / "drafts"
    async with named(world, RS, "belgrade"):
        start = ("--as", "belgrade", "breach", message, "--reference", "INC-1", "--detected-at")
        assert "with a zone" in (await run(*start, "yesterday")).output
        done = await run(*start, "2026-09-20T10:00:00Z", "--out", str(out))
        assert done.exit_code == 0, done.output
        assert "mk.ilecu" in done.output
        assert "owner" in done.output
        draft = json.loads((out / "mk.ilecu.json").read_text(encoding="utf-8"))
        assert (draft["phase"], draft["reference"], draft["persons"]) == ("first", "INC-1", "unknown")
        assert "BREACH_EXISTS" in (await run(*start, "2026-09-20T10:00:00Z")).output
        world.clock.advance(80 * 24 * HOUR)
        listed = await run("--as", "belgrade", "breaches")
        assert "OVERDUE" in listed.output
        assert "at once" in listed.output
        assert "breaches: 1 open, 1 late" in (await run("--as", "belgrade", "status")).output
        noted = await run("--as", "belgrade", "breaches", "note", "INC-1", "assessed", "--note", "low risk")
        assert "assessed" in noted.output
        assert (
            "NOTED_BEFORE"
            in (await run("--as", "belgrade", "breaches", "note", "INC-1", "assessed", "--note", "x")).output
        )
        again = await run("--as", "belgrade", "breaches", "drafts", "INC-1", "--out", str(out))
        assert "to complete: kinds" in again.output
