"""People and cases: nobody overwrites a colleague, approves his own work, or sees what is closed to a group."""

from nodes.casework.case_acts import NO_RIGHT, NOT_YOURS, SECOND_PERSON, Act, Denied, Moved
from nodes.casework.case_approvals import CHANGED, DECIDED, Asking, Decision, Verdict
from nodes.casework.case_book import CaseBook, CaseFile
from nodes.casework.case_list import PROGRAM, CaseFilter, Order, Paging
from nodes.casework.case_sync import CaseSync
from nodes.people.acting import Acting
from protocol.ids import Reference
from tests.simulators.casework import INVESTIGATOR, OFFICER, OTHER, SECOND, SUPERVISOR, Side, asking, replying
from tests.simulators.node import MK, RS, TestWorld
from tests.simulators.node_api import api


async def test_two_officers_never_overwrite_each_other(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        there = Side(belgrade)
        seen = (await there.show()).view.last
        await there.done(OTHER, "take-over")
        found = await there.do(OFFICER, "take-over", seen=seen)
        assert isinstance(found, Moved)
        assert [(each.entry.name, each.entry.who) for each in found.steps] == [("take-over", OTHER.person)]
        assert (await there.line()).assignee == OTHER.person
        assert (await there.do(OFFICER, "work")) is NOT_YOURS
        message = (await there.line()).message
        assert message is not None
        seen = (await there.line()).last
        await belgrade.queue(replying("MT-04/nothing-en", message))
        await belgrade.exchange(skopje)
        found = await there.do(OTHER, "work", seen=seen)  # the answer left while the page was open
        assert isinstance(found, Moved)
        assert [each.entry.name for each in found.steps] == ["answer"]


async def test_a_release_needs_another_person(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        there = Side(belgrade)
        await there.done(SUPERVISOR, "take-over", "work", "draft-reply", "ask-check")
        assert await there.do(SUPERVISOR, "approve") is SECOND_PERSON
        assert await there.do(OFFICER, "approve") is NO_RIGHT
        back = await there.done(SECOND, "give-back", reason="Question 3 is open.")
        assert back.view.state == "reply"
        assert back.words[back.view.last] == "Question 3 is open."
        await there.done(SUPERVISOR, "ask-check")
        assert (await there.done(SECOND, "approve")).view.state == "approved"


async def test_only_who_takes_part_knows_of_a_closed_case_and_all_others_see_nothing(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        there = Side(belgrade)
        id_ = (await there.line()).id
        assert await there.book.show(INVESTIGATOR, id_) is None
        await there.done(OFFICER, "add-person", to=INVESTIGATOR.person)
        assert await there.book.show(INVESTIGATOR, id_) is not None
        await there.done(SUPERVISOR, "limit", reason="An informant is named.")
        assert await there.lines() == []
        line = await there.book.line(await there.book.scope(OTHER), id_)
        assert line is None
        assert await there.book.show(OTHER, id_) is None
        assert await there.book.act(OTHER, id_, Act(name="take-over", seen=0)) is None
        assert await there.book.show(OFFICER, id_) is not None
        assert await there.book.show(OFFICER, Reference(bytes(16))) is None

        async def opened(acting: Acting) -> frozenset[bytes]:
            return frozenset({id_} if acting is OTHER else ())

        broken = CaseBook(belgrade.gateway, there.sync, opened)
        assert await broken.show(OTHER, id_) is not None


async def test_many_are_taken_over_at_once_and_each_says_what_came_of_it(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        for _ in range(3):
            await skopje.queue(asking())
        await skopje.exchange(belgrade)
        there = Side(belgrade)
        lines = await there.lines()
        chosen = [(each.id, each.last) for each in lines[:2]] + [(lines[2].id, 7), (Reference(bytes(16)), 0)]
        found = await there.book.act_on_many(OFFICER, chosen, Act(name="take-over", seen=0))
        assert [type(each) for _, each in found] == [CaseFile, CaseFile, Moved, type(None)]
        assert len(await there.lines(assignee=OFFICER.person)) == 2
        assert len(await there.lines(assignee="")) == 1
        due = await there.book.list(PROGRAM, CaseFilter(), Paging(2, order=Order.DUE))
        assert len(due.lines) == 2
        rest = await there.book.list(PROGRAM, CaseFilter(), Paging(2, due.next, Order.DUE))
        assert len(rest.lines) == 1
        assert rest.next is None


async def test_what_is_approved_is_exactly_what_was_shown(world: TestWorld) -> None:
    async with world.machine(RS).running() as belgrade, world.machine(MK).running() as skopje:
        await skopje.queue(asking())
        await skopje.exchange(belgrade)
        side = Side(belgrade)
        book, case = side.approvals, (await side.line()).id
        asked = await book.ask(
            SUPERVISOR, Asking(kind="draft", subject="d1", digest=b"1", note="Health data.", case=case)
        )
        assert not isinstance(asked, Denied)
        assert (asked.note, asked.case, asked.verdict) == ("Health data.", case, None)
        assert list(await book.waiting(SECOND)) == [asked]
        yes = Decision(Verdict.APPROVED, b"1")
        for acting, decision, refusal in (
            (SUPERVISOR, yes, SECOND_PERSON),
            (OFFICER, yes, NO_RIGHT),
            (SECOND, Decision(Verdict.APPROVED, b"2"), CHANGED),
        ):
            assert await book.decide(acting, asked.number, decision) is refusal
        no_reason = await book.decide(SECOND, asked.number, Decision(Verdict.RETURNED, b"1", " "))
        assert isinstance(no_reason, Denied)
        too_long = await book.decide(SECOND, asked.number, Decision(Verdict.RETURNED, b"1", "x" * 3_000))
        assert isinstance(too_long, Denied)
        assert await book.decide(SECOND, 99, yes) is None
        done = await book.decide(SECOND, asked.number, yes)
        assert not isinstance(done, Denied | None)
        assert (done.verdict, done.decided_by) == (Verdict.APPROVED, SECOND.person)
        assert await book.decide(SECOND, asked.number, yes) is DECIDED
        assert await book.approved("d1", b"1") == done
        assert await book.approved("d1", b"2") is None
        again = await book.ask(OFFICER, Asking(kind="draft", subject="d1", digest=b"2"))
        newer = await book.ask(OFFICER, Asking(kind="draft", subject="d1", digest=b"3"))
        assert not isinstance(again, Denied)
        assert not isinstance(newer, Denied)
        assert [each.number for each in await book.waiting(SECOND)] == [newer.number]
        assert [each.verdict for each in await book.of("d1")] == [None, Verdict.DROPPED, Verdict.APPROVED]
        await book.drop(OFFICER, "d1")
        assert not await book.waiting(SECOND)
        assert [each.number for each in await book.asked_by(SUPERVISOR.person)] == [asked.number]
        assert isinstance(
            await book.ask(OFFICER, Asking(kind="draft", subject="d2", digest=b"", note="x" * 3_000)), Denied
        )


async def test_a_program_reads_cases_and_can_do_nothing_to_them(world: TestWorld) -> None:
    async with world.machine(MK).running() as skopje, api(world, RS) as belgrade:
        await skopje.queue(asking())
        await skopje.submit()
        found = await belgrade.until("/cases", lambda found: found["cases"])
        [case] = found["cases"]
        assert (case["state"], case["stand"], case["partners"]) == ("received", "ours", ["mk.ilecu"])
        shown = await belgrade.get(f"/cases/{case['id']}")
        assert (shown["id"], shown["events"]) == (case["id"], [])
        assert (await belgrade.get("/cases?order=due&q=vr123zc&partner=mk.ilecu&stand=ours&urgent=0&held=0"))["cases"]
        for nothing in ("partner=al.ilecu", "q=nobody", "lane=red&urgent=1", "after=1.1", "stand=over"):
            assert not (await belgrade.get(f"/cases?{nothing}"))["cases"], nothing
        book = CaseBook(belgrade.node.gateway, CaseSync(belgrade.node.gateway))
        done = await book.act(SUPERVISOR, bytes.fromhex(case["id"]), Act(name="take-over", seen=case["last"]))
        assert isinstance(done, CaseFile)
        shown = await belgrade.get(f"/cases/{case['id']}")
        assert [(each["name"], each["who"]) for each in shown["events"]] == [("take-over", "supervisor")]
        limited = Act(name="limit", seen=done.view.last, reason="An informant is named.")
        assert isinstance(await book.act(SUPERVISOR, bytes.fromhex(case["id"]), limited), CaseFile)
        assert not (await belgrade.get("/cases"))["cases"]
        for wrong, status in (("/cases/" + case["id"], 404), ("/cases/x", 404)):
            assert (await belgrade.call("GET", wrong))[0] == status
        for wrong in ("after=x", "after=1", "partner=%3F", "stand=none", "order=age", f"q={'x' * 300}"):
            assert (await belgrade.call("GET", f"/cases?{wrong}"))[0] == 400, wrong
        assert (await belgrade.call("POST", f"/cases/{case['id']}", {"act": "close"}))[0] in (404, 405)
