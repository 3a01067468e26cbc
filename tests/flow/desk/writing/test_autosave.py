"""What a window saves by itself while somebody types: judged like the form, never over what another window saved."""

import re

import pytest

from nodes.people.roles import Role
from tests.flow.desk.test_compose import FACTS, PLATE, REASON, WHOLE, begun, shown
from tests.simulators.web_desk import Answer, TestDesk, Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


def told(answer: Answer) -> dict[str, str]:
    """Return what the answer tells the window: the draft's path, its version, when it was saved."""
    body = re.findall(r"<body ([^>]*)>", answer.text)[0]
    return dict(re.findall(r'data-([\w-]+)="([^"]*)"', body))


async def kept(visitor: Visitor, path: str, fields: dict[str, object]) -> Answer:
    return await visitor.post(f"{path}/keep", fields)


async def test_what_is_typed_is_saved_and_judged_as_the_form_does_it(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    fields = shown(await officer.get(path))
    half = await kept(officer, path, {**fields, PLATE: "SK 123-AB"})
    assert half.status == 200
    assert told(half)["draft-kept"] == path
    assert re.fullmatch(r"Saved at \d\d:\d\d:\d\d", told(half)["said"])
    assert "Nobody is addressed." in half.text, "what is still missing is told"
    whole = await kept(officer, path, {**fields, **WHOLE, "version": told(half)["version"]})
    assert "May go to Desk of mk.ilecu" in whole.text
    page = await officer.get(path)
    assert shown(page)[FACTS] == [REASON]
    assert shown(page)["version"] == [told(whole)["version"]]
    assert "May go to Desk of mk.ilecu" in page.text, "the page without scripts says the same"


async def test_an_answer_that_was_lost_is_no_conflict(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    fields = shown(await officer.get(path))
    await kept(officer, path, {**fields, FACTS: "First words, whose answer never arrived."})
    again = await kept(officer, path, {**fields, FACTS: "Second words, under the version of before."})
    assert again.status == 200
    assert told(again)["draft-kept"] == path
    assert shown(await officer.get(path))[FACTS] == ["Second words, under the version of before."]


async def test_two_windows_keep_both_and_the_second_goes_on_beside(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    first, second = shown(await officer.get(path)), shown(await officer.get(path))
    assert first["window"] != second["window"]
    await kept(officer, path, {**first, FACTS: "Words of the first window."})
    late = await kept(officer, path, {**second, FACTS: "Words of the second window."})
    assert late.status == 409
    beside = told(late)["draft-kept"]
    assert beside != path
    assert "changed in another window" in late.text
    assert f'href="{path}"' in late.text
    on = {**second, FACTS: "More words of the second window.", "version": told(late)["version"]}
    more = await kept(officer, beside, on)
    assert (more.status, told(more)["draft-kept"]) == (200, beside), "there is no third"
    assert shown(await officer.get(path))[FACTS] == ["Words of the first window."]
    assert shown(await officer.get(beside))[FACTS] == ["More words of the second window."]


async def test_a_window_that_is_late_does_not_bring_a_discarded_draft_back(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    fields = shown(await officer.get(path))
    before = (await officer.get("/compose")).text.count("/drafts/")
    assert (await officer.post(f"{path}/discard", {"version": "1"})).heading == "The draft is discarded"
    late = await kept(officer, path, {**fields, FACTS: "Sent by the window as it went away."})
    assert late.status == 404
    assert (await officer.get("/compose")).text.count("/drafts/") < before


async def test_a_place_that_no_form_has_leads_back_to_the_form(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    odd = 'open:/x\r\nX-Evil: 1"><b>'
    answer = await officer.post(path, {**shown(await officer.get(path)), "do": odd})
    assert answer.status == 303
    assert answer.location.startswith(f"{path}#")
    assert "X-Evil" not in answer.headers


async def test_a_session_that_ended_keeps_the_draft_and_the_form_comes_back(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    page = await officer.get(path)
    token = re.findall(r'name="csrf" value="([^"]*)"', page.text)[0]
    fields = shown(page)
    saved = await kept(officer, path, {**fields, FACTS: "Saved before the session ended.", "csrf": token})
    now = {**fields, FACTS: "Typed when the session had ended.", "csrf": token, "version": told(saved)["version"]}
    await desk.persons.sessions.end_all((await desk.member(Role.CASE_OFFICER)).id)
    refused = await kept(officer, path, now)
    assert refused.status == 401
    assert "data-draft-kept" not in refused.text, "the window sees that it was not saved"
    button = await officer.post(path, {**now, "do": "save"})
    assert button.status == 401
    assert 'name="kept"' in button.text, "the button takes what was typed through the sign-in"
    again = await desk.as_(Role.CASE_OFFICER)
    assert shown(await again.get(path))[FACTS] == ["Saved before the session ended."]


async def test_drafts_of_others_and_bombs_are_not_kept(desk: TestDesk) -> None:
    officer, other = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    path = await begun(officer)
    fields = shown(await officer.get(path))
    foreign = await kept(other, path, fields)
    missing = await kept(other, "/drafts/" + "00" * 16, fields)
    assert (foreign.status, foreign.words) == (404, missing.words)
    bomb = await kept(officer, path, {**fields, FACTS: "x" * 20_000})
    assert bomb.status == 413
    assert shown(await officer.get(path))[FACTS] == [""]
