"""A release in a case that is closed to a group: whoever may not know of the case sees nothing of what is asked."""

import re

import pytest

from nodes.casework.case_acts import Act
from nodes.casework.case_book import CaseFile
from nodes.people.roles import Role
from tests.flow.desk.test_compose import shown
from tests.flow.desk.writing.test_files import several
from tests.simulators.casework import person
from tests.simulators.node import TestGateway, example
from tests.simulators.pictures import png
from tests.simulators.web_desk import Answer, TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")
NOTE = "The person is ill and an informant is named."
LEFT = person("5e" * 16, Role.SUPERVISOR)
REASON = "A child is missing and nobody of the case is there"
PERSON = "/information/persons/0"
SPECIAL = {
    f"{PERSON}/role": "suspect",
    f"{PERSON}/names/0/kind": "document",
    f"{PERSON}/names/0/family": "Petrović",
    f"{PERSON}/special_categories": "health",
    f"{PERSON}/special_reason": "The person needs medicine every day.",
}


async def act(visitor: Visitor, case: str, name: str, **fields: str) -> None:
    seen = re.findall(r'name="seen" value="(\d+)"', (await visitor.get(case)).text)[0]
    done = await visitor.post(case, {"act": name, "seen": seen, **fields})
    assert done.status == 303, done.words


async def close(desk: TestDesk, case: str) -> None:
    """Let a supervisor who left since close a case, by its path, to those who have to do with it."""
    cases, identifier = desk.services.cases, bytes.fromhex(case.rpartition("/")[2])
    found = await cases.show(LEFT, identifier)
    assert found is not None
    closing = Act(name="limit", seen=found.view.last, reason="An informant is named.")
    assert isinstance(await cases.act(LEFT, identifier, closing), CaseFile)


async def closed_case(desk: TestDesk, belgrade: TestGateway, skopje: TestGateway) -> tuple[str, str]:
    """Let a supervisor who left since close a request to its officer; return the path of the case and the message."""
    message = await skopje.queue(example("MT-01/vehicle-mk", to=["rs.ilecu"]))
    await skopje.exchange(belgrade)
    officer = await desk.as_(Role.CASE_OFFICER)
    await officer.get("/cases")
    page = await officer.get(f"/messages/{message.hex()}")
    case = page.cases[0]
    await act(officer, case, "take-over")
    await close(desk, case)
    await desk.member(Role.SUPERVISOR)
    return case, message.hex()


def hidden(page: Answer, name: str) -> str:
    return str(re.findall(f'name="{name}" value="([^"]*)"', page.text)[0])


async def asked(officer: Visitor, message: str) -> tuple[Answer, str, str]:
    """Write an answer that needs a second person and ask for one; return the page, the approval and the draft."""
    path = (await officer.post("/compose", {"type": "MT-03/1", "in_reply_to": message})).location
    answer = await officer.post(path, {**shown(await officer.get(path)), **SPECIAL, "do": "preview"})
    assert answer.location == f"{path}/preview", (await officer.get(answer.location)).words
    await several(officer, f"{path}/files", ("passport.png", png(2, 2)))
    page = await officer.get(f"{path}/preview")
    assert "nobody else in it may release this" in page.words, "told before anybody is asked"
    page = await officer.follow(await officer.post(f"{path}/ask", {"digest": hidden(page, "digest"), "note": NOTE}))
    return page, re.findall(r'href="(/approvals/\d+)"', page.text)[0], f"{path}/preview"


async def test_only_who_may_know_of_the_case_sees_and_decides(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    case, message = await closed_case(desk, belgrade, skopje)
    officer = await desk.as_(Role.CASE_OFFICER)
    page, approval, preview = await asked(officer, message)
    assert "It waits for a second person since" in page.words
    assert "Add a supervisor to the case" in page.words, "no silent dead end"
    digest = hidden(page, "digest")
    looks = re.findall(
        r'href="(/drafts/[0-9a-f]{32}/files/[0-9a-f]{32})"',
        (await officer.get(preview.replace("preview", "files"))).text,
    )
    decided = {"do": "approve", "digest": digest, "reason": "Necessary."}

    for role in Role:  # role x object: whoever is outside of the group meets what is not there
        if role is Role.CASE_OFFICER:
            continue
        visitor = await desk.as_(role)
        for found, missing in (
            (await visitor.get(approval), await visitor.get("/approvals/99999")),
            (await visitor.post(approval, decided), await visitor.post("/approvals/99999", decided)),
            (await visitor.get(preview), await visitor.get(f"/drafts/{'0' * 32}/preview")),
            (await visitor.get(looks[0]), await visitor.get(f"/drafts/{'0' * 32}/files/{'0' * 32}")),
        ):
            assert (found.status, found.words) == (404, missing.words), role
        for listing in ("/approvals", "/today"):
            assert NOTE not in (await visitor.get(listing)).words, (role, listing)
    assert NOTE in (await officer.get(approval)).words, "who asked sees what was asked"
    assert "None of your roles" in (await officer.get(approval)).words

    supervisor = await desk.as_(Role.SUPERVISOR)
    reference = case.rpartition("/")[2]
    glass = {"reference": reference, "ground": "danger-to-life", "reason": REASON}
    await supervisor.post("/break-glass", glass)
    assert NOTE in (await supervisor.get("/approvals")).words, "through broken glass"
    assert "nobody else in it may release" not in (await officer.get(preview)).words
    looked = await supervisor.get(preview)
    assert "Petrović" in looked.words
    assert looks[0] in looked.text
    assert f"{looks[0]}/picture" in (await supervisor.get(looks[0])).text, "whoever decides sees what would go"
    assert (await supervisor.post(approval, decided)).location == "/approvals"
    assert "Approved" in (await officer.get(approval)).words


async def test_a_supervisor_who_is_added_to_the_group_decides(
    desk: TestDesk, belgrade: TestGateway, skopje: TestGateway
) -> None:
    case, message = await closed_case(desk, belgrade, skopje)
    officer, supervisor = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.SUPERVISOR)
    page, approval, _ = await asked(officer, message)
    returned = {"do": "return", "digest": hidden(page, "digest"), "reason": "Say why."}
    assert (await supervisor.post(approval, returned)).status == 404
    await act(officer, case, "add-person", to=(await desk.member(Role.SUPERVISOR)).id)
    assert (await supervisor.post(approval, returned)).location == "/approvals"
