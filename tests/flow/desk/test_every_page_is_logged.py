"""Every page that shows what messages say leaves an act in the processing log.

A page that is new has to be named here: as one whose visit is watched, or as one that shows no content, and why.
"""

import re

import pytest

from nodes.casework.processing_log import LogPurpose
from nodes.casework.processing_log_book import LogBook, ProcessingJournal
from nodes.casework.processing_log_entry import parse_entry
from nodes.casework.processing_log_store import Wanted
from nodes.desk.page import Door
from nodes.desk.routes import PAGES
from nodes.gateway.deeds import Operation
from nodes.people.roles import MAY, NEVER, Permission, Role
from tests.simulators.casework import Side, asking
from tests.simulators.node import MK, RS, TestGateway, TestWorld
from tests.simulators.web_desk import SIGN_INS, TestDesk

CONTENT = frozenset(NEVER[Role.AUDITOR]) & frozenset(MAY[Role.SUPERVISOR]) | {Permission.ASK_HERE, Permission.SEE_LOG}
WATCHED = {
    "/messages/{id}": Role.SUPERVISOR,
    "/messages/{id}/print": Role.SUPERVISOR,
    "/cases/{id}": Role.SUPERVISOR,
    "/today": Role.SUPERVISOR,
    "/cases": Role.SUPERVISOR,
    "/cases.csv": Role.SUPERVISOR,
    "/cases.json": Role.SUPERVISOR,
    "/retention": Role.SUPERVISOR,
    "/log": Role.AUDITOR,
    "/proofs/{id}": Role.AUDITOR,
}
"""Pages that are visited here, by whom."""
ELSEWHERE = {
    "/approvals/{number}": "nodes.desk.approvals notes it before the page is made",
    "/approvals/{number}/forward": "it opens the message, as /messages/{id} does",
    "/corrections/{id}": "nodes.desk.corrections notes it, and opens the notice, as /messages/{id} does",
    "/drafts/{id}/preview": "nodes.desk.draft_release notes it for whoever reviews; whoever writes sees the own draft",
    "/handed-in/{id}": "nodes.desk.handed_in notes it before the page is made",
    "/messages/{id}/files/{name}": "opening a file is a reading of its message, as /messages/{id} is",
    "/messages/{id}/files/{name}/look": "so is looking at it",
    "/messages/{id}/files/{name}/picture": "so is its picture",
    "/messages/{id}/forward": "it opens the message, as /messages/{id} does",
    "/messages/{id}/withdraw": "it opens the message, as /messages/{id} does",
    "/messages/{id}/proof": "saving the proof is an act of its own (POST)",
    "/cases/{id}/proof": "saving the proof is an act of its own (POST)",
    "/paper/{id}": "showing the form for the telephone is a printing, as /messages/{id}/print is",
    "/proofs/{id}/save": "saving the proof is an act of its own (POST)",
}
"""Pages whose act is watched by a test of their own, and which."""
QUIET = {
    "/": "leads to the first page",
    "/account": "the person's own account",
    "/account/passkey": "the person's own account",
    "/account/passphrase": "the person's own account",
    "/approvals": "who asked for which release, without what goes out",
    "/break-glass": "an empty form",
    "/changes": "that something changed, never what",
    "/compose": "types of messages",
    "/corrections": "ids, what is to be done, and how far holders are",
    "/drafts/{id}": "what the person writes; sending it is an act, and so is what is found about its subjects",
    "/drafts/{id}/files": "files that the person added",
    "/drafts/{id}/files/{file}": "a file that the person added",
    "/drafts/{id}/files/{file}/picture": "a file that the person added",
    "/drafts/{id}/sent": "that it was sent",
    "/duty": "who is on duty",
    "/duty/drafts": "how many drafts everybody has",
    "/handed-in": "types and askers of requests",
    "/my-requests": "the person's own requests",
    "/my-requests/handed-in/{id}": "the person's own request",
    "/my-requests/{id}": "what the person writes",
    "/my-requests/{id}/files": "files that the person added",
    "/my-requests/{id}/files/{file}": "a file that the person added",
    "/my-requests/{id}/files/{file}/picture": "a picture that the person added",
    "/proofs": "ids, states and times",
    "/proofs/alarms": "findings about the hub, in codes",
    "/proofs/alarms/{name}": "signed artefacts of the hub",
    "/proofs/decisions": "rules and counts",
    "/proofs/log": "leaves of the network's log",
    "/retention/evidence/{subject}": "ids and a ground",
}
"""Pages that show no content of messages, and what they show instead."""


@pytest.fixture
async def belgrade(world: TestWorld):
    async with world.machine(RS, journal=ProcessingJournal(RS.node, world.clock)).running() as gateway:
        yield gateway


async def test_a_visit_leaves_an_act(world: TestWorld, belgrade: TestGateway, desk: TestDesk) -> None:
    async with world.machine(MK).running() as skopje:
        message = await skopje.queue(asking())
        await skopje.exchange(belgrade)
    side = Side(belgrade)
    await side.sync.catch_up()
    ids = {"messages": message.hex(), "proofs": message.hex(), "cases": (await side.line()).id.hex()}
    store = belgrade.gateway.store
    book = LogBook(belgrade.node, world.clock, store.database, store.search)
    silent = []
    for path, role in WATCHED.items():
        visitor = await desk.as_(role)
        before = (await book.standing()).head.number
        room = path.split("/")[1]
        asked = path.replace("{id}", ids.get(room, "")) + ("?purpose=lawfulness" if path == "/log" else "")
        answer = await visitor.get(asked)
        assert answer.status == 200, (path, answer.words, desk.log.getvalue())
        if (await book.standing()).head.number == before:
            silent.append(path)
    assert silent == []
    # So does whoever comes in, is not let in, or goes; these are no processing and have a kind of their own.
    stranger = desk.stranger()
    await stranger.get("/sign-in")
    wrong = {"name": SIGN_INS[Role.SUPERVISOR], "passphrase": "another one altogether", "code": "000000"}
    assert (await stranger.post("/sign-in", wrong)).status == 422
    await (await desk.as_(Role.SUPERVISOR)).post("/sign-out")
    page = await book.read(Wanted(limit=3, operation=Operation.SECURITY), LogPurpose.SECURITY)
    seen = [parse_entry(each.body) for each in page.entries[:3]]
    person = (await desk.member(Role.SUPERVISOR)).id
    assert [(each.act.deed, each.doer.who) for each in seen] == [
        ("sign-out", person),
        ("sign-in", person),
        ("sign-in-failed", "somebody"),
    ]
    assert [each.act.objects for each in seen] == [(bytes.fromhex(person),)] * 3


def test_every_page_that_could_show_content_is_named() -> None:
    asked = {
        page.path
        for page in PAGES
        if page.method == "GET" and (page.permission in CONTENT or page.permission is Door.SIGNED_IN)
    }
    named = [*WATCHED, *ELSEWHERE, *QUIET]
    assert len(named) == len(set(named))
    assert asked - set(named) == set()
    assert set(named) - asked == set()
    assert all(re.fullmatch(r"\S.*\S", why) for why in (*ELSEWHERE.values(), *QUIET.values()))
