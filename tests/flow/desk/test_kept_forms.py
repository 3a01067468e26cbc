"""No form loses what was typed when its session is over: every page that takes one, found in the table of routes."""

import re
from html import unescape

from nodes.desk import keeping
from nodes.desk.page import PUBLIC
from nodes.desk.routes import PAGES
from nodes.people.acting import PersonId
from nodes.people.roles import Role
from tests.flow.desk.test_compose import FACTS, REASON, shown
from tests.flow.desk.test_doors import address
from tests.flow.desk.test_signing_in import enter, hidden, later
from tests.simulators.node import TestWorld
from tests.simulators.web_desk import Answer, TestDesk

WORDS = {"reason": 'He said "now" <b>&amp;\nĐorđe, Ђорђе', "explanation": "x" * 20_000, "row": ["a", "b"]}
DAY = 86_400


def kept_of(answer: Answer) -> str:
    return unescape(re.findall(r'name="kept" value="([^"]*)"', answer.text)[0])


async def test_every_form_comes_back_to_whoever_typed_it(desk: TestDesk) -> None:
    officer, who = await desk.as_(Role.CASE_OFFICER), (await desk.member(Role.CASE_OFFICER)).id
    token = hidden(await officer.get("/account"))["csrf"]
    await desk.persons.sessions.end_all(who)
    lost = []
    for page in PAGES:
        if page.method != "POST" or page.permission is PUBLIC or page.path in ("/sign-out", "/lock"):
            continue  # these ask for nothing in words
        answer = await officer.post(address(page), {"csrf": token, **WORDS})
        found = keeping.give_back(desk.services.seal, kept_of(answer), PersonId(who))
        typed = [
            (name, each) for name, value in WORDS.items() for each in (value if isinstance(value, list) else [value])
        ]
        if answer.status != 401 or found != keeping.Kept(address(page), tuple(typed)):
            lost.append((page.path, answer.status))
    assert lost == []


async def test_a_form_that_stood_open_over_a_holiday_comes_back_the_next_morning(
    desk: TestDesk, world: TestWorld
) -> None:
    officer, who = await desk.as_(Role.CASE_OFFICER), (await desk.member(Role.CASE_OFFICER)).id
    token = hidden(await officer.get("/account"))["csrf"]
    world.clock.advance(13 * DAY)
    kept = kept_of(await officer.post("/break-glass", {"csrf": token, **WORDS}))
    world.clock.advance(DAY - 60)
    assert keeping.give_back(desk.services.seal, kept, PersonId(who)) is not None


async def test_what_an_investigator_typed_comes_back_through_the_sign_in(desk: TestDesk, world: TestWorld) -> None:
    asker = await desk.as_(Role.INVESTIGATOR)
    path = (await asker.post("/my-requests", {"template": "vehicle"})).location
    page = await asker.get(path)
    typed = {**shown(page), FACTS: REASON, "csrf": re.findall(r'name="csrf" value="([^"]*)"', page.text)[0]}
    world.clock.advance(DAY)
    window = await asker.post(f"{path}/keep", typed)
    assert (window.status, "data-draft-kept" in window.text) == (401, False), "the window sees that it was not saved"
    refused = await asker.post(path, {**typed, "do": "save"})
    assert refused.status == 401
    await later(world)
    resumed = await enter(desk, asker, Role.INVESTIGATOR, kept=kept_of(refused))
    assert (resumed.status, f'action="{path}"' in resumed.text) == (200, True)
    back = hidden(resumed)
    assert back[FACTS] == REASON
    saved = await asker.follow(await asker.post(path, back))
    assert "The draft is saved." in saved.text
    assert shown(await asker.get(path))[FACTS] == [REASON]
