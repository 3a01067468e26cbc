"""Today, cases, one case and approvals as people use them: over a real desk, with requests that really arrived."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest

from nodes.casework.case_approvals import Approval, Asking
from nodes.people.acting import Acting
from nodes.people.roles import Role
from tests.simulators.node import AL, MK, TestGateway, TestWorld, example
from tests.simulators.web_desk import NAMES, Answer, TestDesk, Visitor


@pytest.fixture
async def skopje(world: TestWorld, belgrade: TestGateway) -> AsyncIterator[TestGateway]:
    async with world.machine(MK).running() as gateway:
        yield gateway


async def asked(skopje: TestGateway, belgrade: TestGateway, **changes: Any) -> bytes:
    message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"], **changes))
    await skopje.exchange(belgrade)
    return message


def paths(page: Answer) -> list[str]:
    return page.cases


async def opened(visitor: Visitor) -> str:
    """Return the path of the only case in the list."""
    [path] = paths(await visitor.get("/cases"))
    return path


def seen(page: Answer) -> str:
    return re.findall(r'name="seen" value="(\d+)"', page.text)[0]


async def do(visitor: Visitor, path: str, act: str, **fields: str) -> Answer:
    """Do something from the page as it is shown now."""
    page = await visitor.get(path)
    return await visitor.post(path, {"act": act, "seen": seen(page), **fields})


async def test_an_empty_desk_teaches(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    today = await officer.get("/today")
    assert today.heading == "Today"
    assert "To ask another country, choose Write" in (await officer.get("/cases")).words
    assert "what is due first" in today.words
    assert "No cases of yours yet" in (await (await desk.as_(Role.INVESTIGATOR)).get("/today")).words
    assert (await officer.get("/")).status in (200, 303)


async def test_a_request_is_taken_worked_checked_by_another_and_never_approved_by_its_drafter(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    await asked(skopje, belgrade)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await opened(officer)
    assert "nobody has it" in (await officer.get("/today")).words
    page = await officer.get(path)
    assert page.title.startswith("Case")
    assert "7 days left" in page.words
    assert "None of your roles gives this right." in page.words  # to refuse
    assert "The case is assigned to somebody else, or to nobody. Take the case over first." in page.words
    for act in ("take-over", "work", "draft-reply", "ask-check"):
        answer = await do(officer, path, act)
        assert answer.location == path, answer.words
    assert "Waiting for a second person" in (await officer.get(path)).words
    assert (await officer.post(path, {"act": "approve", "seen": seen(await officer.get(path))})).status == 409
    assert "Replies that wait for a second person" in (await supervisor.get("/today")).words
    assert paths(await supervisor.get("/approvals")) == [path]
    refused = await do(supervisor, path, "give-back")
    assert refused.status == 409
    assert "This needs a reason." in refused.words
    returned = await supervisor.follow(await do(supervisor, path, "give-back", reason="Question 3 is open."))
    assert "Question 3 is open." in returned.words
    await do(officer, path, "ask-check")
    done = await supervisor.follow(await do(supervisor, path, "approve"))
    assert "Approved, to be sent" in done.words
    assert NAMES[Role.SUPERVISOR] in done.words


async def test_a_case_that_moved_shows_what_happened_and_keeps_what_was_typed(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    await asked(skopje, belgrade)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    path = await opened(officer)
    number = seen(await officer.get(path))
    await do(supervisor, path, "take-over")
    answer = await officer.post(path, {"act": "note", "seen": number, "reason": "<b>They called.</b>"})
    assert answer.status == 409
    assert "The case moved while this page was open" in answer.words
    assert f"{NAMES[Role.SUPERVISOR]}" in answer.words
    assert "&lt;b&gt;They called.&lt;/b&gt;</textarea>" in answer.text
    again = await officer.follow(await do(officer, path, "note", reason="<b>They called.</b>"))
    assert "<b>They called.</b>" in again.words
    assert "<b>They" not in again.text


async def test_filters_stand_in_the_address_and_words_are_found_in_every_script(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    message = await asked(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await opened(officer)
    await officer.get(f"/messages/{message.hex()}")
    page = await officer.get("/cases?q=%D0%92%D0%A0123%D0%96%D0%8B&partner=mk.ilecu&kind=MT-01&order=due&show=ours")
    assert paths(page) == [path]
    assert "VR 123-ŽĆ" in page.words
    assert 'value="ВР123ЖЋ"' in page.text
    for query in ("q=BG999", "partner=al.ilecu", "kind=MT-05", "lane=red", "urgent=yes", "show=held", "show=closed"):
        found = await officer.get(f"/cases?{query}")
        assert not paths(found), query
        assert "Clear all filters" in found.words
    for query in ("after=x.y", "after=9", "lane=blue&show=everything&order=none&partner=%3Cscript%3E", "show=nobody"):
        assert paths(await officer.get(f"/cases?{query}")) == [path], query


async def test_the_list_as_a_file_is_harmless_and_holds_the_same(
    desk: TestDesk, belgrade: TestGateway, world: TestWorld
) -> None:
    async with world.machine(AL).running() as tirana:
        message = await tirana.queue(example("MT-01/phone-sq", to=["rs.ilecu"], language="en"))
        await tirana.exchange(belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    await officer.get(f"/messages/{message.hex()}")
    table = await officer.get("/cases.csv")
    assert table.headers["Content-Disposition"] == 'attachment; filename="cases.csv"'
    [case] = json.loads((await officer.get("/cases.json?show=ours")).text)["cases"]
    assert case["subject"].startswith("+")
    assert f'"\'{case["subject"]}"' in table.text
    assert (case["partners"], case["state"]) == ("al.ilecu", "New")
    assert json.loads((await officer.get("/cases.json?show=closed")).text) == {"cases": []}


async def test_many_are_acknowledged_at_once_and_each_sender_gets_its_receipt(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    for _ in range(2):
        await asked(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    page = await officer.get("/cases")
    chosen = re.findall(r'name="case" value="([0-9a-f.]+)"', page.text)
    assert len(chosen) == 2
    answer = await officer.follow(
        await officer.post("/cases", {"case": chosen, "do": "acknowledge", "unit": "Duty desk"})
    )
    assert "Done: 2 of 2." in answer.words
    await belgrade.exchange(skopje)
    assert [each.type for each in await skopje.gateway.reading.received(5)] == ["MT-02/1", "MT-02/1"]
    assert "Taken in" in (await officer.get("/cases")).words
    again = await officer.post("/cases", {"case": chosen, "do": "acknowledge"})
    assert "Done: 0 of 2." in again.words
    assert "not possible while the case stands as it does" in again.words
    stale = await officer.post("/cases", {"case": [chosen[0], f"{'0' * 32}.0", "x"], "do": "take-over"})
    assert "Done: 0 of 2." in stale.words
    assert "moved since you looked" in stale.words
    page = await officer.get("/cases")
    chosen = re.findall(r'name="case" value="([0-9a-f.]+)"', page.text)
    assert (
        "Done: 2 of 2."
        in (await officer.follow(await officer.post("/cases", {"case": chosen, "do": "take-over"}))).words
    )
    assert "Nothing was chosen." in (await officer.follow(await officer.post("/cases", {}))).words


async def test_whoever_may_not_know_of_a_case_gets_the_answer_of_a_missing_one(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    await asked(skopje, belgrade)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    investigator, duty = await desk.as_(Role.INVESTIGATOR), await desk.as_(Role.DUTY_OFFICER)
    path = await opened(officer)
    missing = await investigator.get("/cases/" + "0" * 32)
    assert missing.status == 404
    assert (await investigator.get(path)).words == missing.words
    assert (await investigator.post(path, {"act": "note", "seen": "0", "reason": "Hello."})).status == 404
    assert paths(await investigator.get("/cases")) == []
    person = (await desk.member(Role.INVESTIGATOR)).id
    await do(officer, path, "add-person", to=person)
    assert (await investigator.get(path)).status == 200
    assert paths(await investigator.get("/cases")) == [path]
    noted = await investigator.follow(await do(investigator, path, "note", reason="The van is red."))
    assert "The van is red." in noted.words
    await do(supervisor, path, "limit", reason="An informant is named.")
    assert (await duty.get(path)).status == 404
    assert paths(await duty.get("/cases")) == []
    assert (await officer.get(path)).status == 200
    for role in (Role.AUDITOR, Role.ADMINISTRATOR, Role.DIRECTORY_EDITOR):
        visitor = await desk.as_(role)
        assert (await visitor.get("/cases")).status == 404
        assert (await visitor.get(path)).status == 404
    for wrong in ("x", "0" * 31, path[7:].upper()):
        assert (await officer.get(f"/cases/{wrong}")).status == 404
    assert (await officer.post(path, {"act": "note", "seen": "-1"})).status == 404


async def test_a_case_is_given_only_to_somebody_who_may_work_on_it(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    await asked(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await opened(officer)
    for person in ("nobody", (await desk.member(Role.INVESTIGATOR)).id):
        answer = await do(officer, path, "assign", to=person)
        assert answer.status == 409
        assert "This needs the name of a colleague." in answer.words
    await do(officer, path, "take-over")
    bare = await do(officer, path, "hand-over")
    assert re.findall(r'<li><a href="#([^"]+)"', bare.text) == ["to-hand-over", "reason-hand-over"], "both at once"
    for each in ("to-hand-over", "reason-hand-over"):
        assert f'id="{each}"' in bare.text
        assert f'id="{each}-error"' in bare.text
    kept = await do(officer, path, "hand-over", reason="The shift ends.")
    assert re.findall(r'<li><a href="#([^"]+)"', kept.text) == ["to-hand-over"]
    assert "The shift ends.</textarea>" in kept.text
    duty = (await desk.member(Role.DUTY_OFFICER)).id
    given = await officer.follow(await do(officer, path, "assign", to=duty))
    assert f"Assigned to {NAMES[Role.DUTY_OFFICER]}" in given.words
    assert "yours" in (await (await desk.as_(Role.DUTY_OFFICER)).get("/today")).words


async def released(desk: TestDesk, role: Role, case: bytes | None = None) -> Approval:
    member = await desk.member(role)
    acting = Acting(member.id, NAMES[role], frozenset({role}))
    asking = Asking(
        kind="reply",
        subject="s1",
        digest=b"\x01",
        note="Health data of a victim.",
        case=case,
        rules=("police.special",),
    )
    found = await desk.services.approvals.ask(acting, asking)
    assert isinstance(found, Approval)
    return found


async def test_a_release_is_decided_by_another_person_about_what_was_shown(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    await asked(skopje, belgrade)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    case = bytes.fromhex((await opened(officer)).rpartition("/")[2])
    found = await released(desk, Role.CASE_OFFICER, case)
    path = f"/approvals/{found.number}"
    assert "None of your roles gives this right." in (await officer.get(path)).words
    assert (await officer.post(path, {"do": "approve", "digest": "01"})).status == 404
    assert "Health data of a victim." in (await supervisor.get("/today")).words
    page = await supervisor.get(path)
    assert "police.special" in page.words
    assert (await supervisor.post(path, {"do": "approve", "digest": "02"})).status == 409
    refused = await supervisor.post(path, {"do": "return", "digest": "01", "reason": "x"})
    assert refused.status == 409
    assert ">\nx</textarea>" in refused.text
    assert (await supervisor.post(path, {"do": "approve", "digest": "zz"})).status == 409
    assert (await supervisor.post(path, {"do": "fly", "digest": "01"})).status == 404
    done = await supervisor.follow(await supervisor.post(path, {"do": "return", "digest": "01", "reason": "Too much."}))
    assert "Nothing waits for you" in done.words
    assert "Too much." in (await officer.get("/approvals")).words
    assert (await (await desk.as_(Role.DUTY_OFFICER)).get(path)).status == 404
    own = await released(desk, Role.SUPERVISOR)
    assert "needs a second person" in (await supervisor.get(f"/approvals/{own.number}")).words
    for wrong in ("x", "9999999999", "77"):
        assert (await supervisor.get(f"/approvals/{wrong}")).status == 404


@pytest.mark.parametrize("language", ["sr-Latn", "mk", "sq"])
async def test_pages_open_in_every_language(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway, language: str
) -> None:
    await asked(skopje, belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await opened(officer)
    await officer.post("/language", {"language": language, "back": "/today"})
    for page in ("/today", "/cases", path, "/approvals"):
        assert (await officer.get(page)).status == 200
