"""What is over goes with everything that came of it, what is on hold stays, and what went stays gone."""

import shutil
from pathlib import Path

from sqlalchemy import func, select, update

from nodes.casework.case_approvals import ApprovalBook, Asking
from nodes.casework.draft_book import DraftBook
from nodes.casework.drafts import Purpose, Written
from nodes.casework.legal_hold import ON_HOLD, Hold, HoldCode, Wanted
from nodes.casework.legal_hold_book import LegalHoldBook
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.casework.retention_book import RetentionBook
from nodes.config import RetentionSettings
from nodes.gateway.alarms import alarms
from nodes.gateway.deeds import Doer, Door
from nodes.gateway.journal import acting_as
from nodes.gateway.lost_keys import SUBJECT, tell_lost
from nodes.people.refusals import NotDone
from nodes.retention_tables import erasure
from nodes.schema import item, search_tag
from protocol.erasure import parse_erasure, verify_erasure
from protocol.ids import MessageId, TypeId
from runtime.backup import back_up
from tests.flow.nodes.test_erasure import CANARY, Thief
from tests.simulators.casework import OFFICER, SUPERVISOR, Side, asking, replying
from tests.simulators.node import MK, RS, TestGateway, TestMachine, TestWorld

DAY = 86_400
COURT = "Higher Court in Vranje, K 12/26"


def machine(world: TestWorld) -> TestMachine:
    return world.machine(RS, journal=ProcessingJournal(RS.node, world.clock))


async def received(world: TestWorld, belgrade: TestGateway, **changes: object) -> MessageId:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(asking(**changes))
        await skopje.exchange(belgrade)
    return message


def book(node: TestGateway, **settings: int) -> RetentionBook:
    return RetentionBook(node.gateway, RetentionSettings(**settings))


async def stored(node: TestGateway, table: object = item) -> int:
    query = select(func.count()).select_from(table)  # type: ignore[arg-type]
    return await node.gateway.store.database.read(lambda c: c.execute(query).scalar_one())


async def hold(node: TestGateway, subject: bytes, until: int, code: HoldCode = HoldCode.PROCEEDINGS) -> Hold:
    with acting_as(Doer("supervisor", Door.DESK, "supervision")):
        found = await LegalHoldBook(node.gateway).place(Wanted(subject, code, COURT, until))
    assert isinstance(found, Hold), found
    return found


async def test_the_date_of_the_sender_takes_the_message_its_notes_and_its_index(world: TestWorld) -> None:
    async with machine(world).running() as belgrade:
        message = await received(world, belgrade, erase_by=world.clock() + 30 * DAY)
        there = Side(belgrade)
        await there.done(OFFICER, "note", reason="Ђорђевић је звао из Врања.")
        drafts, approvals = DraftBook(belgrade.gateway.here, belgrade.gateway.store), ApprovalBook(belgrade.gateway)
        begun = await drafts.begin(OFFICER.person, Purpose(TypeId("MT-03/1"), "", message), Written({"/facts": ("x",)}))
        subject = begun.row.id.hex()
        await approvals.ask(OFFICER, Asking(kind="draft", subject=subject, digest=b"x", note="y", copy=b"{}"))
        found = await book(belgrade).plan(message)
        assert found is not None
        assert (found.plan.ground, found.plan.erase_at) == ("erase-by", world.clock() + 30 * DAY)
        assert await stored(belgrade, search_tag) > 0
        world.clock.advance(29 * DAY)
        assert not (await book(belgrade).sweep()).any
        assert [each.message for each in await book(belgrade).coming()] == [message]
        world.clock.advance(DAY)
        swept = await book(belgrade).sweep()
        assert (swept.contents, swept.words) == (1, 1)
        assert await approvals.copies(subject) == []
        assert [each.note for each in await approvals.of(subject)] == [""], "nor what was said about the draft"
        evidence = await book(belgrade).evidence(message)
        assert evidence is not None
        parsed = parse_erasure(evidence.raw)
        verify_erasure(parsed, belgrade.gateway.here.signer.public, belgrade.gateway.here.network)
        said = parsed.erasure
        assert (said.ids, said.ground, said.by, said.items) == ((message,), "erase-by", "node", 1)
        assert said.epoch < belgrade.gateway.rotation.destroyed_before
        assert CANARY not in evidence.raw
        assert (await there.show()).words == {}, "the note went with the last message of the case"
        world.clock.advance(1)
        await there.done(OFFICER, "note", reason="Skopje asks by telephone.")
        assert not (await book(belgrade).sweep()).any
        assert list((await there.show()).words.values()) == ["Skopje asks by telephone."]
        assert await book(belgrade).plan(message) is None


async def test_a_hold_keeps_what_is_over_and_lifting_it_or_its_end_lets_it_go(world: TestWorld) -> None:
    async with machine(world).running() as belgrade:
        message = await received(world, belgrade, erase_by=world.clock() + 30 * DAY)
        there = Side(belgrade)
        case = (await there.line()).id
        first = await hold(belgrade, case, world.clock() + 60 * DAY)
        await hold(belgrade, message, world.clock() + 90 * DAY, HoldCode.CLAIM)
        holds = LegalHoldBook(belgrade.gateway)
        assert [each.authority for each in await holds.on(case, message)] == [COURT, COURT]
        world.clock.advance(40 * DAY)
        assert not (await book(belgrade).sweep()).any
        assert await belgrade.gateway.rotation.erase_content() == 0
        lifted = await holds.lift(first.number, "The court no longer needs it.")
        assert isinstance(lifted, Hold)
        assert (lifted.lifted_at, lifted.why) == (world.clock(), "The court no longer needs it.")
        again = await holds.lift(first.number, "Once more.")
        assert isinstance(again, NotDone)
        assert not (await book(belgrade).sweep()).any
        world.clock.advance(50 * DAY)
        assert (await book(belgrade).sweep()).contents == 1
        await there.done(OFFICER, "note", reason="The court asked again.")
        await belgrade.gateway.store.database.write(lambda c: c.execute(update(erasure).values(at=world.clock() + 1)))
        late = await hold(belgrade, case, world.clock() + DAY)
        assert not (await book(belgrade).sweep()).any, "what people wrote about the case is on hold too"
        await holds.lift(late.number, "The court no longer needs it.")
        assert (await book(belgrade).sweep()).words == 1
        assert isinstance(await holds.place(Wanted(b"x" * 32, HoldCode.CLAIM, COURT, world.clock() + 1)), NotDone)


async def test_a_review_erases_the_case_with_what_people_wrote_unless_it_is_held(world: TestWorld) -> None:
    async with machine(world).running() as belgrade:
        async with world.machine(MK).running() as skopje:
            message = await skopje.queue(asking())
            await skopje.exchange(belgrade)
            await belgrade.queue(replying("MT-04/nothing-en", message))
            await belgrade.exchange(skopje)
        there = Side(belgrade)
        await there.done(OFFICER, "note", reason="Ђорђевић је звао из Врања.")
        await there.done(OFFICER, "close")
        world.clock.advance(185 * DAY)
        assert (await there.line()).state == "review"
        case = (await there.line()).id
        held = await hold(belgrade, case, world.clock() + DAY)
        denied = await there.do(SUPERVISOR, "erase", reason="Nobody needs it.")
        assert denied.code == ON_HOLD.code
        await LegalHoldBook(belgrade.gateway).lift(held.number, "It was on hold by mistake.")
        with acting_as(Doer("supervisor", Door.DESK, "review")):
            done = await there.done(SUPERVISOR, "erase", reason="Nobody needs it.")
        assert done.view.state == "erased"
        assert done.words == {}
        await belgrade.gateway.rotation.erase_content()
        evidence = await book(belgrade).evidence(case)
        assert evidence is not None
        assert (evidence.ground, evidence.by) == ("not-needed", "supervisor")
        about = await book(belgrade).evidence(message)
        assert about is not None
        assert about.at == evidence.at
        assert (await book(belgrade).latest())[0].at == evidence.at


async def test_a_backup_put_back_brings_nothing_back_and_the_node_says_which(world: TestWorld, tmp_path: Path) -> None:
    here = machine(world)
    async with here.running() as belgrade:
        message = await received(world, belgrade, erase_by=world.clock() + 30 * DAY)
        assert (await belgrade.gateway.reading.find(message)).opened is not None  # type: ignore[union-attr]
        backup = tmp_path / "backup.db"
        back_up(here.database_settings, backup)
        world.clock.advance(30 * DAY)
        assert (await book(belgrade).sweep()).contents == 1
    for name in ("state.db-wal", "state.db-shm"):
        (here.folder / name).unlink(missing_ok=True)
    shutil.copyfile(backup, here.folder / "state.db")
    async with here.running() as belgrade:
        assert await stored(belgrade) > 0, "the control: the bytes are back"
        found = await belgrade.gateway.reading.find(message)
        assert found is not None
        assert found.opened is None  # type: ignore[union-attr]
        lost = await book(belgrade).lost()
        assert lost.messages == (message,)
        oldest = belgrade.gateway.rotation.destroyed_before
        await belgrade.gateway.store.database.write(lambda c: tell_lost(c, oldest, world.clock()))
        assert SUBJECT in [each.subject for each in await belgrade.gateway.store.database.read(alarms)]
        assert (await book(belgrade).sweep()).contents == 1
        assert (await book(belgrade).lost()).messages == ()
    assert not Thief(here.folder).finds(CANARY)
