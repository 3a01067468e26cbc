"""Passing rows on from the page of a message: chosen, refused with the rule, allowed by consent, looked at, sent."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from nodes.people.roles import Role
from tests.flow.desk.test_compose import shown
from tests.simulators.evidence import Thread
from tests.simulators.node import TestWorld
from tests.simulators.web_desk import Answer, TestDesk, Visitor, desk_over

pytestmark = pytest.mark.asyncio(loop_scope="session")
TIRANA = {"name": "Tirana", "node": "al.ilecu", "country": "AL"}
RELEVANCE = "The van was seen again on the coast road."


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> TestWorld:
    return TestWorld(tmp_path_factory.mktemp("forwarding"))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def desk(told: Thread) -> AsyncIterator[TestDesk]:
    async with desk_over(told.belgrade.gateway) as running:
        yield running


def rows(page: Answer, part: str) -> list[str]:
    return [each for each in re.findall(r'name="row" value="([^"]+)"', page.text) if part in each]


def fields(page: Answer) -> dict[str, list[str]]:
    """Return what the preview sends along."""
    found: dict[str, list[str]] = {}
    listed = page.text[page.text.index("/forward") :]
    for name, value in re.findall(
        r'type="hidden" name="(to|row|file|relevance|area|purpose|serious)" value="([^"]*)"', listed
    ):
        found.setdefault(name, []).append(value)
    return found


async def chosen(officer: Visitor, path: str, **changes: object) -> Answer:
    page = await officer.get(path)
    vehicles = rows(page, "/information/vehicles/")
    assert vehicles
    asked = {"to": "al.ilecu", "row": vehicles, "relevance": RELEVANCE, "area": "migrant_smuggling"} | changes
    return await officer.post(path, asked)


async def test_from_the_refusal_over_the_consent_to_the_message(desk: TestDesk, told: Thread) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    message = f"/messages/{told.answer.hex()}"
    path = f"{message}/forward"
    assert f'href="{path}"' in (await officer.get(message)).text
    page = await officer.get(path)
    assert "Albania" in page.words
    assert "North Macedonia" not in page.words, "the owner needs no copy of its own"
    assert not rows(page, "/restrictions"), "what the owner restricted is nothing to leave out"
    refused = await chosen(officer, path)
    assert refused.status == 403
    assert "A rule stops it" in refused.words
    assert "Ask the owner for consent" in refused.words
    assert RELEVANCE in refused.text, "nothing typed is lost"
    assert not await told.belgrade.gateway.disclosing.shown(told.answer)

    draft = (await officer.post(f"{path}/consent", {"to": "al.ilecu"})).location
    asked = shown(await officer.get(draft))
    assert asked["/items/0/message_id"] == [told.answer.hex()]
    assert asked["/target/node"] == ["al.ilecu"]

    question = await told.ask("dissemination", **TIRANA)
    await told.decide(question, "grant", use="dissemination", target=TIRANA)
    preview = await chosen(officer, path)
    assert preview.status == 200, preview.words
    assert preview.heading == "Check before it goes"
    assert "allowed it." in preview.words
    assert "Condition: Only in the case that is named" in preview.words
    assert re.search(r"\d+ fields are left out", preview.words)
    assert not await told.belgrade.gateway.disclosing.shown(told.answer), "a look shows nothing to anybody"
    back = await officer.post(path, fields(preview) | {"do": "change"})
    assert RELEVANCE in back.text
    sent = await officer.post(path, fields(preview) | {"do": "send"})
    assert sent.status == 303, sent.words
    assert sent.location.startswith("/messages/")
    (noted,) = await told.belgrade.gateway.disclosing.shown(told.answer)
    assert noted.recipient == "al.ilecu"
    assert noted.withheld > 0


async def test_what_is_missing_is_told_at_its_field(desk: TestDesk, told: Thread) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = f"/messages/{told.answer.hex()}/forward"
    empty = await officer.post(path, {})
    assert empty.status == 422
    for words in ("Choose the country", "Choose at least one row", "Write in a sentence why it matters"):
        assert words in empty.words
    whole = await officer.get(path)
    (vehicle,) = re.findall(r'name="piece" value="(/information/vehicles/0)"', whole.text)
    many = await officer.post(path, {"piece": vehicle, "do": "change"})
    assert f'name="piece" value="{vehicle}" checked' in many.text
    wrong = await chosen(officer, path, row=["/restrictions/choice"])
    assert "Choose at least one row" in wrong.words
    nowhere = await chosen(officer, path, to="nowhere.ilecu")
    assert nowhere.status in (403, 422)


async def test_only_received_messages_and_only_by_those_who_may(desk: TestDesk, told: Thread) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    own = await officer.get(f"/messages/{told.question.hex()}/forward")
    missing = await officer.get(f"/messages/{'00' * 32}/forward")
    assert (own.status, own.words) == (404, missing.words)
    for role in (Role.INVESTIGATOR, Role.AUDITOR, Role.ADMINISTRATOR, Role.PROTECTION_OFFICER):
        visitor = await desk.as_(role)
        path = f"/messages/{told.answer.hex()}/forward"
        assert (await visitor.get(path)).status == 404
        assert (await visitor.post(path, {"to": "al.ilecu"})).status == 404
