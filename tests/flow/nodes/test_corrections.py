"""A correction reaches whoever holds the data: directly, and through those who passed them on."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from nodes.case_tables import restricted_reading
from nodes.casework.correction_book import Carried, Doing, Entry
from nodes.casework.correction_notes import Wording
from nodes.casework.corrections import CorrectionCase, Reach, Stage
from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_book import LogBook, ProcessingJournal
from nodes.casework.processing_log_store import Wanted as LogWanted
from nodes.gateway.disclosing import Wanted
from nodes.gateway.forwarding import Forward, Forwarded
from nodes.gateway.inbox import InState
from nodes.gateway.passing_on import Cover
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Queued, Stopped
from nodes.people.refusals import NotDone
from protocol.catalogue.rows import flatten
from protocol.ids import MessageId, NodeId, TypeId
from protocol.stages import Refused
from tests.simulators.correcting import ERASE, asked, book, passed_on, raised
from tests.simulators.evidence import thread
from tests.simulators.forge import seal_raw
from tests.simulators.network import Member
from tests.simulators.node import AL, MK, RS, TestGateway, TestMachine, TestWorld, example
from tests.simulators.node_api import api
from tests.simulators.node_cli import named, run, until

HOUR = 3_600
DESK = Doing("Data quality desk", "done by the officer on duty")


async def entry(node: TestGateway, notice: MessageId) -> Entry:
    (found,) = await book(node).of(notice)
    return found


async def case(node: TestGateway, notice: MessageId) -> CorrectionCase:
    return (await entry(node, notice)).case


def reached(found: CorrectionCase) -> dict[str, str]:
    return {each.node: each.reach.name for each in found.holders}


async def done(node: TestGateway, notice: MessageId, act: str, doing: Doing = DESK) -> Carried:
    found = await getattr(book(node), act)(notice, doing)
    assert isinstance(found, Carried), found
    assert all(isinstance(each.result, Queued) for each in found.sent), found
    return found


async def newest(node: TestGateway) -> MessageId:
    (row, *_) = await node.gateway.reading.received(1)
    assert row.message is not None
    assert row.state is InState.ACCEPTED, (row.state, row.decision)
    return row.message


async def test_a_correction_reaches_every_holder_and_each_confirms(world: TestWorld) -> None:
    async with (
        world.machine(MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        world.machine(AL).running() as tirana,
    ):
        message = await asked(skopje, belgrade)
        await passed_on(world, belgrade, message)
        notice = await raised(skopje, message)
        assert (await case(skopje, notice)).stage is Stage.SENT
        await skopje.exchange(belgrade)
        at_belgrade = await case(belgrade, notice)
        assert (at_belgrade.stage, at_belgrade.to_tell) == (Stage.RAISED, (NodeId("al.ilecu"),))
        assert not await belgrade.gateway.reading.received(5, "123"), "what is to be erased is found by no search"

        (told,) = (await done(belgrade, notice, "pass_on", {})).sent  # type: ignore[arg-type]
        assert told.node == "al.ilecu"
        await belgrade.exchange(tirana)
        relayed = await newest(tirana)
        await done(tirana, relayed, "confirm")
        await tirana.exchange(belgrade)
        assert reached(await case(belgrade, notice)) == {"al.ilecu": "CONFIRMED"}
        assert (await done(belgrade, notice, "apply")).erased == 1
        await belgrade.exchange(skopje)
        at_skopje = await case(skopje, notice)
        assert reached(at_skopje) == {"rs.ilecu": "APPLIED", "al.ilecu": "CONFIRMED"}
        assert [each.via for each in at_skopje.holders if each.node == "al.ilecu"] == ["rs.ilecu"]
        assert not (await case(belgrade, notice)).to_report

        await done(tirana, relayed, "apply")
        await tirana.exchange(belgrade)
        assert (await case(belgrade, notice)).to_report, "Skopje does not know of Tirana yet"
        await done(belgrade, notice, "confirm")
        await belgrade.exchange(skopje)
        early = await book(skopje).verify(notice, DESK)
        assert isinstance(early, NotDone), "the issuer has its own copy to erase"
        assert (await done(skopje, notice, "apply")).erased == 1
        await done(skopje, notice, "verify")
        closed = await case(skopje, notice)
        assert (closed.stage, set(reached(closed).values())) == (Stage.VERIFIED, {"APPLIED"})
        assert not closed.late(world.clock() + 365 * 24 * HOUR)
        found = await belgrade.gateway.reading.find(message)
        assert found is not None
        assert found.row.item is None, "the content is gone, the fact of the message stays"


async def test_who_is_late_is_named(world: TestWorld) -> None:
    async with (
        world.machine(MK).running() as skopje,
        world.machine(RS).running() as belgrade,
        world.machine(AL).running(),
    ):
        message = await asked(skopje, belgrade)
        await passed_on(world, belgrade, message)
        notice = await raised(skopje, message)
        await skopje.exchange(belgrade)
        for node, names in ((skopje, ["rs.ilecu"]), (belgrade, ["al.ilecu"])):
            found = await case(node, notice)
            assert not found.late(world.clock())
            assert [each.node for each in found.overdue(world.clock() + 24 * HOUR)] == names
        own = (await case(belgrade, notice)).own_due_at
        assert own == world.clock() + 24 * HOUR
        await done(belgrade, notice, "confirm")
        await belgrade.exchange(skopje)
        (holder, onward) = (await case(skopje, notice)).holders
        assert (holder.reach, onward.reach, onward.via) == (Reach.CONFIRMED, Reach.UNTOLD, "rs.ilecu")


async def test_a_restriction_hides_until_its_sender_lifts_it(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        for node in (skopje, belgrade):
            assert await _found(node), "it is found before"
        restrict = Wording(action="restrict", reason="data_subject", explanation=ERASE.explanation)
        await raised(skopje, message, restrict)
        await skopje.exchange(belgrade)
        for node in (skopje, belgrade):
            assert not await _found(node)
        release = Wording(action="release", reason="data_subject", explanation=ERASE.explanation)
        await raised(skopje, message, release)
        await skopje.exchange(belgrade)
        for node in (skopje, belgrade):
            assert await _found(node)


async def _found(node: TestGateway) -> bool:
    reading = node.gateway.reading
    return bool(await reading.received(5, "VR 123-ŽĆ")) or bool(await reading.sent(5, "VR 123-ŽĆ"))


async def test_only_the_sender_raises_and_others_are_refused(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        found = await book(belgrade).raise_(message, ERASE)
        assert isinstance(found, NotDone)
        assert found.code == "NOT_SENT_HERE"
        stranger = example("MT-12/erase-en", to=["mk.ilecu"], channel="police", purpose="investigate", language="en")
        stranger["document"]["items"] = [{"message_id": message.hex()}]
        refused = await belgrade.send(stranger)
        assert isinstance(refused, Stopped), refused
        assert refused.refused.decision is not None
        assert [each.rule for each in refused.refused.decision.findings] == ["police.owner-corrects"]
        assert isinstance(await book(belgrade).confirm(message, DESK), NotDone)


async def test_an_entry_alone_is_not_erased_without_a_word_on_the_whole(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        one = Wording(action="erase", reason="inaccurate", explanation=ERASE.explanation, item="v1")
        notice = await raised(skopje, message, one)
        await skopje.exchange(belgrade)
        refused = await book(belgrade).apply(notice, DESK)
        assert isinstance(refused, NotDone)
        assert refused.code == "WHOLE_MESSAGE"
        assert (await done(belgrade, notice, "apply", Doing("desk", "n", whole=True))).erased == 1


async def test_a_restricted_message_is_used_for_nothing_and_read_with_a_reason(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        restrict = Wording(action="restrict", reason="data_subject", explanation=ERASE.explanation)
        await raised(skopje, message, restrict)
        await skopje.exchange(belgrade)
        reading = belgrade.gateway.reading
        refused = await reading.open(message)
        assert isinstance(refused, Refused)
        assert refused.decision is not None
        assert [each.rule for each in refused.decision.findings] == ["police.use-unrestricted"]
        wanted = Wanted(message=message, recipient=MK.node, patterns=("/subjects/vehicles/*",))
        shown = await belgrade.gateway.disclosing.make(wanted)
        assert isinstance(shown, Refused)
        assert shown.decision is not None
        assert "police.disclose-unrestricted" in {each.rule for each in shown.decision.findings}
        found = await reading.open(message, despite="The defence asked what was kept.")
        assert isinstance(found, ReceivedMessage)
        assert found.body
        rows = await belgrade.gateway.store.database.read(lambda c: c.execute(select(restricted_reading)).all())
        assert [row.message for row in rows] == [message]


async def test_the_processing_log_of_both_sides_says_what_a_notice_restricted(world: TestWorld) -> None:
    def logging(member: Member) -> TestMachine:
        return world.machine(member, journal=ProcessingJournal(member.node, world.clock))

    async def restricted(node: TestGateway) -> list[frozenset[bytes]]:
        store = node.gateway.store
        log = LogBook(node.node, world.clock, store.database, store.search)
        found = await log.read(LogWanted(limit=50), LogPurpose.LAWFULNESS)
        return [each.objects for each in found.entries if b"restrict" in each.body and each.operation == "alteration"]

    async with logging(MK).running() as skopje, logging(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        await raised(skopje, message)
        assert await restricted(skopje) == [{message}]
        assert await restricted(belgrade) == []
        await skopje.exchange(belgrade)
        assert await restricted(belgrade) == [{message}]


async def test_a_notice_that_comes_before_its_message_binds_when_it_comes(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade:
        later = seal_raw(world, 1, body=tuple(flatten(example("MT-01/vehicle-mk")["document"])))
        notice = example("MT-12/erase-en")["document"] | {"items": [{"message_id": later.id.hex()}]}
        marks = {"handling": ("H0",), "classification": "BPL", "data_categories": ("CA",)}
        marks |= {"erase_by": world.clock() + 86_400, "body": tuple(flatten(notice))}
        early = seal_raw(world, 2, type=TypeId("MT-12/1"), **marks)
        for envelope in (early, later):
            world.hub.accept(MK.node, envelope.encode())
        await belgrade.take()
        (found,) = await book(belgrade).of(early.id)
        assert (found.binding, found.restricted, found.here) == (True, True, True)
        assert not await belgrade.gateway.reading.received(5, "VR 123-ŽĆ")


# At the console


async def test_the_console_raises_lists_applies_and_verifies(
    world: TestWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = (await asked(skopje, belgrade)).hex()
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        at_skopje, at_belgrade = ("--as", "skopje", "corrections"), ("--as", "belgrade", "corrections")
        words = ("--reason", "inaccurate", "--explanation", "Two digits of the plate were exchanged.")
        wrong = await run(*at_skopje, "raise", message, "--action", "erase", "--reason", "x", "--explanation", "short")
        assert (wrong.exit_code, "/document/reason" in wrong.output) == (1, True), wrong.output
        tried = await run(*at_skopje, "raise", message, "--action", "erase", *words, "--dry-run")
        assert "it would go" in tried.output, tried.output
        change = ("--change", "/subjects/vehicles/0/plate=VR 132-ŽĆ")
        sent = await run(*at_skopje, "raise", message, "--action", "correct", *words, *change)
        assert "on its way as" in sent.output, sent.output
        listed = await until("This node carries", *at_belgrade)
        assert "correct" in listed.output
        assert "corrections: 1 open" in (await run("--as", "belgrade", "status")).output
        notice = json.loads((await run(*at_belgrade, "--json")).output)["corrections"][0]["notices"][0]
        await run(*at_skopje, "apply", notice, "--unit", "Registry", "--note", "corrected at home")
        late = await run(*at_skopje, "verify", notice, "--note", "checked")
        assert "Not carried out yet, as far as is known here: rs.ilecu." in late.output
        assert "NOT_APPLIED" in late.output
        done = await run(*at_belgrade, "apply", notice, "--unit", "Data desk", "--note", "corrected in the file")
        assert "mk.ilecu: on its way" in done.output, done.output
        await until("rs.ilecu applied", *at_skopje)
        closed = await run(*at_skopje, "verify", notice, "--note", "checked with Belgrade")
        assert "verified and closed" in closed.output, closed.output
        assert "verified" in (await run(*at_skopje)).output
        assert not json.loads((await run(*at_skopje, "--overdue", "--json")).output)["corrections"]
        unknown = await run(*at_skopje, "verify", message, "--note", "x")
        assert "UNKNOWN_CORRECTION" in unknown.output
        erase = await run(*at_skopje, "raise", message, "--action", "erase", *words)
        notice = erase.output.split()[-1].rstrip(".")
        await until("restricted here", *at_belgrade)
        own = await run(*at_skopje, "verify", notice, "--note", "checked")
        assert "This node has not said that it carried the correction out itself." in own.output
        shown = await run("--as", "belgrade", "show", message)
        assert "restricted it" in shown.output, shown.output
        read = await run(*at_belgrade, "read", message, "--reason", "the court asked what was kept")
        assert "VR 123" in read.output, read.output
        declined = await run(*at_belgrade, "apply", notice, "--unit", "Desk", "--note", "n", give="n\n")
        assert declined.exit_code == 1
        erased = await run(*at_belgrade, "apply", notice, "--unit", "Desk", "--note", "n", "--yes")
        assert "Erased here: 1." in erased.output, erased.output


async def test_what_was_passed_on_in_a_message_is_hidden_and_erased_there(world: TestWorld) -> None:
    """Belgrade forwards rows of an answer to Tirana; Skopje has the answer erased; it goes at all three."""
    async with thread(world, "H0") as told, world.machine(AL).running() as tirana:
        asked_ = await told.ask("dissemination", name="Tirana", node="al.ilecu", country="AL")
        target = {"name": "Tirana", "node": "al.ilecu", "country": "AL"}
        await told.decide(asked_, "grant", use="dissemination", target=target)
        wanted = Wanted(message=told.answer, recipient=AL.node, patterns=("/information/vehicles/*",))
        cover = Cover(relevance="The van was seen again on the coast road.", crime_area="migrant_smuggling")
        sent = await told.belgrade.gateway.forwarding.forward(Forward(wanted=wanted, cover=cover))
        assert isinstance(sent, Forwarded), sent
        assert sent.message is not None
        for _ in range(9):
            await told.belgrade.upload()
            await told.belgrade.exchange(tirana)
            await tirana.download()
        assert await tirana.gateway.carried.of(sent.message)

        notice = await raised(told.skopje, told.answer)
        await told.skopje.exchange(told.belgrade)
        assert isinstance(await told.belgrade.gateway.forwarding.forward(Forward(wanted=wanted, cover=cover)), Refused)
        await done(told.belgrade, notice, "pass_on", {})  # type: ignore[arg-type]
        await told.belgrade.exchange(tirana)
        relayed = await newest(tirana)
        found = {each.case.facts.about: each for each in await book(tirana).of(relayed)}
        assert found.keys() == {told.answer, sent.message}, "the answer, and the message that brought it"
        assert (found[told.answer].here, found[sent.message].binding) == (False, True)
        assert found[sent.message].restricted
        assert isinstance(await tirana.gateway.reading.open(sent.message), Refused)
        assert (await done(tirana, relayed, "apply")).erased == 1
        assert not await tirana.gateway.carried.of(sent.message)
        await tirana.exchange(told.belgrade)
        assert reached(await case(told.belgrade, notice)) == {"al.ilecu": "APPLIED"}
        assert (await done(told.belgrade, notice, "apply")).erased == 1
        await told.belgrade.exchange(told.skopje)
        assert reached(await case(told.skopje, notice)) == {"al.ilecu": "APPLIED", "rs.ilecu": "APPLIED"}


WRONG: tuple[tuple[str, dict[str, Any], int], ...] = (
    ("/corrections", {"message": "00"}, 404),
    ("/corrections", {"message": "zz", "action": "erase", "reason": "unlawful", "explanation": "x" * 30}, 404),
    ("/corrections", {"message": "00" * 32, "action": "erase", "reason": "unlawful", "explanation": "x" * 30}, 409),
    ("/corrections", {"message": "00" * 32, "action": "correct", "changes": [7]}, 400),
    ("/corrections", {"unknown": 1}, 400),
    (f"/corrections/{'00' * 32}/confirm", {"unit": "desk"}, 404),
    (f"/corrections/{'00' * 32}/confirm", {"unit": " "}, 400),
    (f"/corrections/{'00' * 32}/apply", {"unit": "desk", "note": "n", "whole": 1}, 400),
    (f"/corrections/{'00' * 32}/pass-on", {"explanation": 7}, 400),
    (f"/corrections/{'00' * 32}/pass-on", {}, 404),
    (f"/messages/{'00' * 32}/read-restricted", {"reason": "the court asked"}, 404),
    (f"/messages/{'00' * 32}/read-restricted", {}, 400),
    ("/breaches", {"reference": "a", "detected_at": "yesterday", "messages": []}, 400),
    ("/breaches", {"reference": "a", "detected_at": 1, "messages": ["00" * 32] * 101}, 400),
    ("/breaches", {"reference": "a\n", "detected_at": 1, "messages": ["00" * 32]}, 404),
    ("/breaches", {"other": 1}, 400),
    ("/breaches/note", {"reference": "a", "step": "later", "note": "n"}, 400),
    ("/breaches/note", {"reference": "a", "step": "assessed", "note": "n"}, 404),
)


async def test_the_api_names_what_is_wrong_and_speaks_the_readers_language(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, world.machine(RS).running() as belgrade:
        message = await asked(skopje, belgrade)
        await raised(skopje, message)
        await skopje.exchange(belgrade)
    world.clock.advance(25 * HOUR)
    async with api(world, RS) as belgrade:
        await belgrade.until("/status", lambda found: found["policy"]["here"])
        for path, body, status in WRONG:
            found, answer = await belgrade.post(path, body)
            assert found == status, (path, body, answer)
        assert (await belgrade.call("GET", f"/corrections/{'00' * 32}"))[0] == 404
        assert (await belgrade.call("GET", "/breaches/one?reference=a"))[0] == 404
        (late,) = (await belgrade.get("/corrections?overdue=1&language=sr-Latn"))["corrections"]
        assert "sprovodi ispravku i odgovara" in late["words"][0]["sentence"]
        assert (late["overdue"], late["restricted"], late["to_report"]) == (True, True, True)
        assert (await belgrade.get("/status"))["corrections"] == {"open": 1, "overdue": 1, "to_pass_on": 0}
    async with api(world, MK) as skopje:
        await skopje.until("/status", lambda found: found["policy"]["here"])
        (late,) = (await skopje.get("/corrections?overdue=1&language=mk"))["corrections"]
        (holder,) = late["holders"]
        assert (holder["node"], holder["state"], holder["overdue"]) == ("rs.ilecu", "told", True)
        assert "не ја потврди" in holder["sentence"]
        assert "2016/680" in holder["article"]
        (clock,) = [each for each in (await skopje.get("/clocks"))["clocks"] if each["awaited"] == "correction"]
        assert clock["reminder"]["document"]["waiting_for"] == "correction"
