"""What nobody sent has limits of its own: old drafts, and requests of investigators, go with signed evidence."""

from nodes.casework.ask_book import AskBook
from nodes.casework.asks import AskState
from nodes.casework.case_approvals import ApprovalBook, Asking
from nodes.casework.draft_book import DraftBook
from nodes.casework.drafts import Purpose, TakenFile, Written
from nodes.casework.legal_hold_book import LegalHoldBook
from nodes.casework.retention_unsent import Unsent
from nodes.inquiry_tables import inquiry_file
from nodes.people.refusals import NotDone
from protocol.erasure import parse_erasure, verify_erasure
from protocol.ids import TypeId
from tests.flow.nodes.test_erasure import CANARY
from tests.flow.nodes.test_retention import book, hold, machine, received, stored
from tests.simulators.casework import INVESTIGATOR, OFFICER
from tests.simulators.node import TestWorld

DAY, MONTH = 86_400, 31 * 86_400
SAID = Written({"/facts": (CANARY.decode(),)}, files=(TakenFile(b"f" * 16, "a.png", 1, b"s" * 32),))
QUESTION, ANSWER = Purpose(TypeId("MT-01/1"), "vehicle"), TypeId("MT-03/1")


async def test_a_draft_goes_when_its_time_is_over_unless_what_it_answers_is_held(world: TestWorld) -> None:
    async with machine(world).running() as belgrade:
        gateway = belgrade.gateway
        message = await received(world, belgrade)
        drafts, approvals = DraftBook(gateway.here, gateway.store), ApprovalBook(gateway)
        plain = await drafts.begin(OFFICER.person, QUESTION, SAID)
        answer = await drafts.begin(OFFICER.person, Purpose(ANSWER, "", message), SAID)
        subject = plain.row.id.hex()
        await approvals.ask(OFFICER, Asking(kind="draft", subject=subject, digest=b"x", note="y", copy=b"{}"))
        held = await hold(belgrade, message, world.clock() + 200 * DAY)
        world.clock.advance(MONTH)
        young = await drafts.begin(OFFICER.person, QUESTION, SAID)
        there, _ = await book(belgrade, draft_months=2).unsent()
        assert there.count == 2, "a held one is not counted"
        assert there.next_at is not None
        assert not (await book(belgrade, draft_months=2).sweep()).any
        world.clock.advance(MONTH)
        swept = await book(belgrade, draft_months=2).sweep()
        assert swept.unsent == 1
        assert await drafts.find(plain.row.id, OFFICER.person) is None
        assert [each.note for each in await approvals.of(subject)] == [""]
        assert await approvals.copies(subject) == []
        assert await drafts.find(young.row.id, OFFICER.person) is not None
        assert await drafts.find(answer.row.id, OFFICER.person) is not None, "a hold keeps it"
        evidence = await book(belgrade).evidence(plain.row.id)
        assert evidence is not None
        parsed = parse_erasure(evidence.raw)
        verify_erasure(parsed, gateway.here.signer.public, gateway.here.network)
        assert (parsed.erasure.ids, parsed.erasure.ground, parsed.erasure.items) == (
            (plain.row.id,),
            "national-limit",
            2,
        )
        assert CANARY not in evidence.raw
        lifted = await LegalHoldBook(gateway).lift(held.number, "The court let it go.")
        assert not isinstance(lifted, NotDone)
        assert (await book(belgrade, draft_months=2).sweep()).unsent == 1


async def test_a_request_that_nobody_sent_lapses_and_its_asker_is_told(world: TestWorld) -> None:
    async with machine(world).running() as belgrade:
        gateway = belgrade.gateway
        asks, drafts = AskBook(gateway.here, gateway.store), DraftBook(gateway.here, gateway.store)
        rows = []
        for _ in range(2):
            begun = await drafts.begin(INVESTIGATOR.person, QUESTION, SAID)
            row = await asks.hand_in(begun.row.id, INVESTIGATOR.person)
            assert not isinstance(row, NotDone)
            rows.append(row)
        first, second = rows
        assert await stored(belgrade, inquiry_file) == 2
        world.clock.advance(5 * MONTH)
        taken = await asks.take(second.id, OFFICER.person, AskState.ASKED)
        assert not isinstance(taken, NotDone)
        world.clock.advance(2 * MONTH)
        _, waiting = await book(belgrade).unsent()
        assert waiting.count == 1, "what an officer writes from goes after the draft"
        assert (await book(belgrade).sweep()).unsent == 1
        found = await asks.find(first.id, INVESTIGATOR.person)
        assert found is not None
        assert (found.row.state, found.written, found.note) == (AskState.LAPSED, Written({}), "")
        assert await stored(belgrade, inquiry_file) == 1
        evidence = await book(belgrade).evidence(first.id)
        assert evidence is not None
        assert CANARY not in evidence.raw
        world.clock.advance(9 * MONTH)
        assert (await book(belgrade).sweep()).unsent == 2, "the draft, and with it the request"
        assert await book(belgrade).unsent() == (Unsent(0, None), Unsent(0, None))
