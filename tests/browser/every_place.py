"""A contact point in the middle of its work: for every page that has a place in its path, one that exists.

Belgrade asked and was answered with health data, passes it on, corrects, is corrected, holds, drafts, and waits for a
second person; the hub has stopped answering and something urgent waits. All of it is done by the pages' own forms.
Whatever people write freely is ``EVIL``: markup that would complain in the browser's console if it were markup.
"""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from sqlalchemy import Connection, update

from nodes.casework.correction_book import Carried, CorrectionBook, Doing
from nodes.casework.processing_log_book import ProcessingJournal
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.inbox import InState
from nodes.gateway.witness_rules import Contradiction, Finding
from nodes.gateway.witness_store import put_finding
from nodes.people.changes import Change
from nodes.people.invitations import Invited
from nodes.people.person import Details, Kind, PersonRecord
from nodes.people.roles import Role
from nodes.schema import inbox
from tests.flow.desk.test_compose import FACTS, WHOLE, begun, send, shown, typed
from tests.flow.desk.test_draft_release import WHOLE as PERSON_WHOLE
from tests.flow.desk.writing.test_contact_entry import ENTRY, filled
from tests.flow.desk.writing.test_files import several
from tests.flow.desk.writing.test_forward import TIRANA
from tests.flow.desk.writing.test_forward_release import ILL, ask, chosen
from tests.flow.desk.writing.test_investigator import handed_in
from tests.simulators.casework import urgent
from tests.simulators.correcting import ERASE, raised
from tests.simulators.evidence import PERSON, Thread, answered, supervisor
from tests.simulators.node import MK, RS, TestWorld, example
from tests.simulators.node_files import drain_downloads, drain_uploads
from tests.simulators.pictures import png
from tests.simulators.web_desk import Answer, TestDesk, desk_over

EVIL = '"><script>console.error(1)</script><img src=x onerror=console.error(1)><b onclick=console.error(1)>seen</b>'
OFFICER, BOSS, ASKER = Role.CASE_OFFICER, Role.SUPERVISOR, Role.INVESTIGATOR
PHOTO = ("passport.png", png(60, 40))


@dataclass(frozen=True, slots=True)
class Place:
    """A page with the places of its path filled in, and who looks at it (None: nobody is signed in)."""

    page: str
    path: str
    role: Role | None


@dataclass
class Work:
    """The contact point with what happened there so far, and the places that were found on the way."""

    world: TestWorld
    thread: Thread
    desk: TestDesk
    places: list[Place] = field(default_factory=list)

    def at(self, role: Role | None, page: str, *given: str, more: str = "") -> None:
        """Keep a place: ``given`` are the values of the page's placeholders in their order."""
        values = iter(given)
        path = re.sub(r"\{\w+\}", lambda _: next(values), page)
        self.places.append(Place(page, path + more, role))


def last(path: str) -> str:
    return path.rpartition("/")[2]


def hidden(page: Answer, name: str) -> str:
    return str(re.findall(f'name="{name}" value="([^"]*)"', page.text)[0])


@contextlib.asynccontextmanager
async def work_of(world: TestWorld) -> AsyncIterator[Work]:
    """Run the contact point after all of this."""
    here = replace(supervisor(world, RS, "Ana"), journal=ProcessingJournal(RS.node, world.clock))
    async with supervisor(world, MK).running() as skopje, here.running() as belgrade:
        question = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
        await belgrade.exchange(skopje)
        whole = answered("H0")
        whole["document"]["information"]["statements"] = [ILL | {"text": EVIL, "special_reason": EVIL}]
        answer = await skopje.queue(whole | {"in_reply_to": question.hex(), "approve_as": [PERSON.hex()]})
        thread = Thread(belgrade, skopje, question, answer)
        await thread.both()
        async with desk_over(belgrade.gateway) as desk:
            work = Work(world, thread, desk)
            await bind(desk)
            for step in (exchange, write, release, pass_on, correct, hand_in, keep, watch):
                await step(work)
            yield work


async def bind(desk: TestDesk) -> None:
    """Let the supervisor's key be the one that signs approvals."""
    keeper, who = await desk.member(Role.ADMINISTRATOR), await desk.member(BOSS)
    change = Change(who.id, Kind.BOUND, "approves", Details(reference=PERSON.hex()))
    assert isinstance(await desk.persons.book.change(change, keeper.id), PersonRecord)


async def exchange(work: Work) -> None:
    """A request with a file came in, was opened and taken; another is held."""
    belgrade, skopje, officer = work.thread.belgrade, work.thread.skopje, await work.desk.as_(OFFICER)
    photo = await skopje.stash(PHOTO[1], PHOTO[0], "image/png")
    asked = example("MT-01/vehicle-mk", to=["rs.ilecu"], attachments=[photo])
    asked["document"]["facts"] = asked["document"]["offence"]["title"] = EVIL
    came = await skopje.queue(asked)
    await drain_uploads(skopje)
    held = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
    await skopje.exchange(belgrade)
    await drain_downloads(belgrade)
    hold = update(inbox).where(inbox.c.message == held).values(state=InState.HELD.value)
    await belgrade.gateway.store.database.write(lambda connection: connection.execute(hold))
    message = f"/messages/{came.hex()}"
    await officer.get(message)
    listed = await officer.get("/cases?show=all&q=VR+123")
    case = re.findall(r'href="/cases/([0-9a-f]{32})"', listed.text)[0]
    seen = hidden(await officer.get(f"/cases/{case}"), "seen")
    noted = await officer.post(f"/cases/{case}", {"act": "note", "seen": seen, "reason": EVIL})
    assert noted.status == 303, noted.words
    for each in (came, work.thread.question, work.thread.answer):
        work.at(OFFICER, "/messages/{id}", each.hex())
    work.at(BOSS, "/messages/{id}", held.hex())
    work.at(OFFICER, "/messages/{id}/print", came.hex())
    work.at(OFFICER, "/messages/{id}/files/{name}/look", came.hex(), "att-00")
    work.at(OFFICER, "/messages/{id}/proof", came.hex())
    work.at(OFFICER, "/cases/{id}", case)
    work.at(OFFICER, "/cases/{id}/proof", case)
    work.at(Role.AUDITOR, "/proofs/{id}", came.hex())
    work.at(BOSS, "/messages/{id}/withdraw", work.thread.question.hex())


async def write(work: Work) -> None:
    """A question is being written with a file, another one waits its half minute."""
    officer = await work.desk.as_(OFFICER)
    draft = await begun(officer)
    await typed(officer, draft, {**WHOLE, FACTS: EVIL}, "save")
    await several(officer, f"{draft}/files", PHOTO)
    file = re.findall(rf'href="{draft}/files/([0-9a-f]{{32}})"', (await officer.get(f"{draft}/files")).text)[0]
    work.at(OFFICER, "/drafts/{id}", last(draft))
    work.at(OFFICER, "/drafts/{id}/files", last(draft))
    work.at(OFFICER, "/drafts/{id}/files/{file}", last(draft), file)
    work.at(OFFICER, "/drafts/{id}/preview", last(draft))
    empty = await begun(officer)
    work.at(OFFICER, "/drafts/{id}", last(empty), more="?check=1")
    gone = await begun(officer)
    await typed(officer, gone, {**WHOLE, "/subjects/vehicles/0/plate": "sk 700-zz"})
    await send(officer, gone)
    work.at(OFFICER, "/drafts/{id}/sent", last(gone))


async def release(work: Work) -> None:
    """A question with health data waits for a second person."""
    officer = await work.desk.as_(OFFICER)
    draft = await begun(officer, "person")
    await typed(officer, draft, {**PERSON_WHOLE, FACTS: EVIL, "/subjects/persons/0/names/0/family": EVIL})
    preview = await officer.get(f"{draft}/preview")
    asked = {"digest": hidden(preview, "digest"), "note": EVIL}
    listed = await officer.follow(await officer.post(f"{draft}/ask", asked))
    number = re.findall(r'href="/approvals/(\d+)"', listed.text)[0]
    work.at(OFFICER, "/drafts/{id}/preview", last(draft))
    work.at(BOSS, "/drafts/{id}/preview", last(draft))
    work.at(BOSS, "/approvals/{number}", number)


async def pass_on(work: Work) -> None:
    """The health data is to go on to Tirana, which the owner allowed, and which needs a second person."""
    question = await work.thread.ask("dissemination", **TIRANA)
    await work.thread.decide(question, "grant", use="dissemination", target=TIRANA)
    officer, path = await work.desk.as_(OFFICER), f"/messages/{work.thread.answer.hex()}/forward"
    number = last(await ask(officer, path, await chosen(officer, path, "/information/statements/")))
    work.at(OFFICER, "/messages/{id}/forward", work.thread.answer.hex())
    work.at(BOSS, "/approvals/{number}", number)
    work.at(OFFICER, "/approvals/{number}/forward", number)
    work.at(BOSS, "/approvals/{number}/forward", number)


async def correct(work: Work) -> None:
    """A message that came is to be erased, and one that left as well; two others were erased and restricted."""
    belgrade, skopje = work.thread.belgrade, work.thread.skopje
    wrong = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
    await skopje.exchange(belgrade)
    wording = replace(ERASE, explanation=EVIL)
    notice = await raised(skopje, wrong, wording)
    own = await belgrade.queue(example("MT-01/vehicle-mk", to=["mk.ilecu"]))
    await belgrade.exchange(skopje)
    told = await raised(belgrade, own, wording)
    await skopje.exchange(belgrade)
    for action in ("erase", "restrict"):
        message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
        await skopje.exchange(belgrade)
        applied = await raised(skopje, message, replace(wording, action=action))
        await skopje.exchange(belgrade)
        done = await CorrectionBook(belgrade.gateway).apply(applied, Doing("Data quality desk", EVIL))
        assert isinstance(done, Carried), done
        work.at(BOSS, "/messages/{id}", message.hex())
        work.at(BOSS, "/corrections/{id}", applied.hex())
    for each in (notice, told):
        work.at(BOSS, "/corrections/{id}", each.hex())
    work.at(BOSS, "/messages/{id}", notice.hex())


async def hand_in(work: Work) -> None:
    """An investigator handed a request in and writes another one."""
    asker = await work.desk.as_(ASKER)
    handed = last(await handed_in(asker, **{FACTS: EVIL}))
    path = (await asker.post("/my-requests", {"template": "vehicle"})).location
    await asker.post(path, {**shown(await asker.get(path)), **WHOLE, FACTS: EVIL, "do": "files"})
    await several(asker, f"{path}/files", PHOTO)
    file = re.findall(rf'href="{path}/files/([0-9a-f]{{32}})"', (await asker.get(f"{path}/files")).text)[0]
    work.at(ASKER, "/my-requests/handed-in/{id}", handed)
    work.at(ASKER, "/my-requests/{id}", last(path))
    work.at(ASKER, "/my-requests/{id}/files", last(path))
    work.at(ASKER, "/my-requests/{id}/files/{file}", last(path), file)
    work.at(OFFICER, "/handed-in/{id}", handed)


async def keep(work: Work) -> None:
    """Accounts, the directory, an own entry, a link to join, and one for a screen on the wall."""
    desk, editor = work.desk, await work.desk.as_(Role.DIRECTORY_EDITOR)
    keeper = await desk.member(Role.ADMINISTRATOR)
    work.at(Role.ADMINISTRATOR, "/people/{person}", (await desk.member(OFFICER)).id)
    work.at(OFFICER, "/directory/{node}", "mk.ilecu")
    entry = (await editor.post("/contact-entry")).location
    await filled(editor, entry, ENTRY | {"/unit": EVIL})
    work.at(Role.DIRECTORY_EDITOR, "/contact-entry/{id}", last(entry))
    work.at(Role.DIRECTORY_EDITOR, "/contact-entry/{id}/preview", last(entry))
    new = Details(name=EVIL, sign_in="somebody.new", roles=frozenset({Role.PROTECTION_OFFICER}))
    invited = await desk.persons.invitations.invite(new, EVIL, keeper.id)
    assert isinstance(invited, Invited), invited
    work.at(None, "/join/{token}", last(invited.link))
    work.at(Role.ADMINISTRATOR, "/people/{person}", invited.record.id)
    made = await (await desk.as_(BOSS)).post("/alerts/screens")
    work.at(None, "/wall/{token}", last(re.findall(r'id="link">([^<]+)<', made.text)[0]))


async def watch(work: Work) -> None:
    """The auditor has an alarm to look at; the hub is silent while something urgent waits, which is passed on."""
    store, now = work.desk.services.gateway.store, work.world.clock()

    def alarm(connection: Connection) -> None:
        raise_alarm(connection, Finding.FORK.value, "messages", now)
        put_finding(connection, "messages", Contradiction(Finding.FORK, b"before\n", b"now\n", ()), now)

    await store.database.write(alarm)
    work.world.hub.down = True
    asked = urgent()
    asked["document"]["urgency"] |= {"reason": EVIL}
    message = await work.thread.belgrade.queue(asked | {"to": ["mk.ilecu"]})
    await work.thread.belgrade.submit()
    work.world.clock.advance(600)
    begun_ = await (await work.desk.as_(OFFICER)).post(f"/paper/{message.hex()}")
    assert begun_.location == f"/paper/{message.hex()}"
    work.at(OFFICER, "/paper/{id}", message.hex())
