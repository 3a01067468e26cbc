"""An investigator asks the own contact point, follows the request and reads the answer to it: nothing else is there."""

import re

import pytest

from nodes.casework.drafts import UNDO_S
from nodes.people.roles import Role
from tests.flow.desk.test_compose import FACTS, PLATE, REASON, WHOLE, leave, send, shown
from tests.simulators import web_desk as simulated
from tests.simulators.journal import Remembering
from tests.simulators.node import TestGateway, TestWorld, example
from tests.simulators.web_desk import TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
ROOM = "/my-requests"


async def handed_in(asker: Visitor, **changes: object) -> str:
    """Hand a request in; return the path of its page."""
    path = (await asker.post(ROOM, {"template": "vehicle"})).location
    fields = shown(await asker.get(path))
    answer = await asker.post(path, {**fields, **WHOLE, **changes, "do": "preview"})
    assert answer.location == ROOM, (await asker.get(f"{path}?check=1")).words
    return re.findall(rf'href="({ROOM}/handed-in/[0-9a-f]{{32}})"', (await asker.get(ROOM)).text)[0]


def as_officers_see_it(path: str) -> str:
    return path.removeprefix(ROOM)


async def test_from_the_question_to_the_answer(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway, world: TestWorld, journal: Remembering
) -> None:
    asker, officer = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.CASE_OFFICER)
    mine = await handed_in(asker)
    page = await asker.get(mine)
    assert "Waits for an officer" in page.words
    assert REASON in page.words
    queue = await officer.get("/handed-in")
    assert "Ivo Horvat" in queue.words
    path = as_officers_see_it(mine)
    assert path in queue.text
    one = await officer.get(path)
    assert REASON in one.words
    assert "Desk of mk.ilecu" in one.words
    read = [doer.who for doer, act in journal.noted if act.deed == "show-request"]
    assert (await desk.member(Role.CASE_OFFICER)).id in read, "who read what was asked is written down"
    draft = (await officer.post(f"{path}/take", {"state": "asked"})).location
    fields = shown(await officer.get(draft))
    assert fields[FACTS] == [REASON]
    assert fields["purpose"] == ["investigate"]
    assert "An officer writes the message" in (await asker.get(mine)).words
    await officer.post(draft, {**fields, FACTS: REASON + " Checked by the contact point.", "do": "preview"})
    await send(officer, draft)
    world.clock.advance(UNDO_S)
    await leave(desk)
    page = await asker.get(mine)
    assert "Sent to the other country" in page.words
    case = page.cases[0]
    assert (await asker.get(case)).status == 200

    await belgrade.exchange(skopje)
    question = next(row for row in await skopje.gateway.reading.received(9) if row.type == "MT-01/1")
    answer = example("MT-03/vehicle-sr-Cyrl", to=["rs.ilecu"])
    await skopje.queue(answer | {"in_reply_to": (question.message or b"").hex()})
    await skopje.exchange(belgrade)
    await officer.get("/cases")
    followed = await asker.get(case)
    letters = set(re.findall(r'href="(/messages/[0-9a-f]{64})"', followed.text))
    assert len(letters) == 2
    for each in letters:
        assert (await asker.get(each)).status == 200
    assert (await asker.get(f"{min(letters)}/forward")).status == 404


async def test_nothing_else_is_in_the_menu_and_nothing_of_others_is_there(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    asker, officer = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.CASE_OFFICER)
    page = await asker.get(ROOM)
    menu = re.findall(r'<nav class="desk-menu".*?</nav>', page.text, re.DOTALL)[0]
    assert re.findall(r'href="([^"]+)"', menu) == [ROOM]
    await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
    await skopje.exchange(belgrade)
    cases = set((await officer.get("/cases")).cases)
    own = set(page.cases)
    assert cases - own
    for case in cases - own:
        assert (await asker.get(case)).status == 404
    missing = await asker.get(f"{ROOM}/handed-in/{'00' * 16}")
    handed = await handed_in(asker)
    token = (await desk.as_(Role.INVESTIGATOR)).token
    assert token
    other = await desk.as_(Role.SUPERVISOR)
    for path in (handed, f"{handed}/again", f"{handed}/withdraw"):
        found = await other.get(path) if path == handed else await other.post(path)
        assert (found.status, found.words) == (404, missing.words), "not even a supervisor opens these pages"
    draft = (await asker.post(ROOM, {"template": "vehicle"})).location
    foreign = draft.replace(ROOM, "/drafts")
    assert (await asker.get(foreign)).status == 404, "the pages of officers are not for investigators"
    assert (await officer.get(foreign)).status == 404
    assert (await asker.get("/handed-in")).status == 404
    assert (await asker.post(ROOM, {"template": "nothing"})).status == 404


async def test_a_second_investigator_sees_nothing_of_the_first(desk: TestDesk) -> None:
    first = await desk.as_(Role.INVESTIGATOR)
    path = await handed_in(first)
    missing = await first.get(f"{ROOM}/handed-in/{'00' * 16}")
    before = desk.members.pop(Role.INVESTIGATOR)
    simulated.SIGN_INS[Role.INVESTIGATOR] = "second.investigator"
    try:
        second = await desk.as_(Role.INVESTIGATOR)
    finally:
        simulated.SIGN_INS[Role.INVESTIGATOR] = before.sign_in
        desk.members[Role.INVESTIGATOR] = before
    for one in (await second.get(path), await second.post(f"{path}/withdraw"), await second.post(f"{path}/again")):
        assert (one.status, one.words) == (404, missing.words)
    assert "Nothing asked yet" in (await second.get(ROOM)).words


async def test_what_comes_back_is_changed_and_handed_in_again(desk: TestDesk) -> None:
    asker, officer = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.CASE_OFFICER)
    mine = await handed_in(asker)
    path = as_officers_see_it(mine)
    short = await officer.post(f"{path}/return", {"state": "asked", "note": " "})
    assert short.status == 409
    assert "This needs a reason." in short.words
    done = await officer.post(f"{path}/return", {"state": "asked", "note": "Name the offence, please."})
    assert done.location == "/handed-in"
    assert path not in (await officer.get("/handed-in")).text
    page = await asker.get(mine)
    assert "Name the offence, please." in page.words
    draft = (await asker.post(f"{mine}/again")).location
    assert (await asker.post(f"{mine}/again")).location == draft, "one draft, not two"
    fields = shown(await asker.get(draft))
    assert fields[PLATE] == ["sk 123-ab"]
    answer = await asker.post(draft, {**fields, FACTS: "Smuggling of persons, by night.", "do": "preview"})
    assert answer.location == ROOM
    page = await asker.get(mine)
    assert "Waits for an officer" in page.words
    assert "Smuggling of persons" in page.words
    assert "Name the offence" not in page.words


async def test_two_officers_do_not_take_the_same_request_unseen(desk: TestDesk) -> None:
    asker = await desk.as_(Role.INVESTIGATOR)
    officer, duty = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    mine = await handed_in(asker)
    path = as_officers_see_it(mine)
    assert (await officer.post(f"{path}/take", {"state": "asked"})).status == 303
    late = await duty.post(f"{path}/take", {"state": "asked"})
    assert late.status == 409
    assert "Somebody was quicker" in late.words
    assert "Mira Petrova" in late.words
    refused = await asker.post(f"{mine}/withdraw")
    assert refused.location == mine, "an officer writes from it already"
    assert (await duty.post(f"{path}/take", {"state": "taken"})).status == 303


async def test_a_request_that_is_given_up_is_gone_for_the_officers(desk: TestDesk) -> None:
    asker, officer = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.CASE_OFFICER)
    mine = await handed_in(asker)
    path = as_officers_see_it(mine)
    assert (await asker.post(f"{mine}/withdraw")).location == ROOM
    missing = await officer.get(f"/handed-in/{'00' * 16}")
    gone = await officer.get(path)
    assert (gone.status, gone.words) == (404, missing.words)
    assert REASON not in (await asker.get(mine)).words, "what it asked is erased"
    second = await handed_in(asker)
    note = "Name the informant Zoran first."
    await officer.post(f"{as_officers_see_it(second)}/return", {"state": "asked", "note": note})
    assert note in (await asker.get(second)).words
    assert (await asker.post(f"{second}/withdraw")).location == ROOM
    assert note not in (await asker.get(second)).words, "nor what an officer said about it"


async def test_what_is_wrong_with_a_request_is_told_at_its_field(desk: TestDesk) -> None:
    asker = await desk.as_(Role.INVESTIGATOR)
    path = (await asker.post(ROOM, {"template": "vehicle"})).location
    fields = shown(await asker.get(path))
    answer = await asker.post(path, {**fields, PLATE: "sk 1", "do": "preview"})
    page = await asker.follow(answer)
    assert page.status == 422
    assert "Nobody is addressed." in page.words
    assert shown(page)[PLATE] == ["sk 1"]
    assert (await asker.post(path, {**fields, FACTS: "x" * 20_000, "do": "save"})).status == 413
    kept = await asker.post(f"{path}/keep", {**shown(page), PLATE: "sk 2"})
    assert f'data-draft-kept="{path}"' in kept.text
    version = re.findall(r'data-version="(\d+)"', kept.text)[0]
    assert (await asker.post(f"{path}/discard", {"version": version})).location == ROOM
    assert (await asker.get(path)).status == 404
