"""Writing from the choice of a task to the message: nothing that the system knows is asked, nothing typed is lost."""

import re

import aiohttp

from nodes.casework.departures import Departures
from nodes.casework.drafts import UNDO_S
from nodes.casework.writing_rights import NEEDED, family_of
from nodes.gateway.reading import SentMessage
from nodes.gateway.windows import Window
from nodes.people.roles import Role
from tests.simulators.catalogue import packaged_catalogue
from tests.simulators.node import TestGateway, TestWorld
from tests.simulators.web_desk import Answer, TestDesk, Visitor

PLATE, FACTS = "/subjects/vehicles/0/plate", "/facts"
REASON = "The van carried eleven people over the border at night."


async def begun(visitor: Visitor, template: str = "vehicle", type_: str = "MT-01/1") -> str:
    """Begin a draft and return its path."""
    answer = await visitor.post("/compose", {"type": type_, "template": template})
    assert answer.status == 303, answer.words
    return answer.location


def shown(page: Answer) -> dict[str, list[str]]:
    """Return the fields of the page's main form as a browser would send them."""
    form = page.text.partition("novalidate>")[2].partition("</form>")[0]
    fields: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        kind = 'type="checkbox"' in tag or 'type="radio"' in tag
        if name and (not kind or " checked" in tag):
            fields.setdefault(name[1], []).append(value[1] if value else "")
    for name_, content in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        fields.setdefault(name_, []).append(content)
    for name_, content in re.findall(r'<select[^>]* name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', content)
        fields.setdefault(name_, []).append(chosen[1] if chosen else "")
    fields.pop("csrf", None)
    return fields


async def typed(visitor: Visitor, path: str, changes: dict[str, object], do: str = "preview") -> Answer:
    """Send the form as it is shown with some fields typed."""
    fields = shown(await visitor.get(path))
    return await visitor.post(path, {**fields, **changes, "do": do})


async def send(visitor: Visitor, path: str) -> Answer:
    """Send what the preview shows."""
    preview = await visitor.get(f"{path}/preview")
    digest = re.findall(r'name="digest" value="([0-9a-f]+)"', preview.text)[0]
    version = re.findall(r'name="version" value="(\d+)"', preview.text)[0]
    return await visitor.post(f"{path}/send", {"version": version, "digest": digest})


async def leave(desk: TestDesk) -> None:
    """Let every draft leave whose time has come."""
    await Departures(desk.services.gateway, desk.services.log).turn()


WHOLE = {"to": "mk.ilecu", PLATE: "sk 123-ab", FACTS: REASON}


async def test_a_vehicle_query_needs_a_country_a_plate_and_a_reason(
    desk: TestDesk, belgrade: TestGateway, world: TestWorld
) -> None:
    officer = await desk.as_(Role.DUTY_OFFICER)
    choice = await officer.get("/compose")
    assert choice.heading == "What do you want to do?"
    path = await begun(officer)
    answer = await typed(officer, path, WHOLE)
    assert answer.location == f"{path}/preview"
    preview = await officer.follow(answer)
    assert "fields go to Desk of mk.ilecu" in preview.words
    assert "Nobody else receives them." in preview.words
    assert "May go to Desk of mk.ilecu" in preview.words
    waiting = await officer.follow(await send(officer, path))
    assert "It leaves at" in waiting.heading
    world.clock.advance(UNDO_S - 1)
    await leave(desk)
    assert not (await belgrade.gateway.reading.list_sent(Window(5))).rows
    world.clock.advance(1)
    await leave(desk)
    (row,) = (await belgrade.gateway.reading.list_sent(Window(5))).rows
    gone = await officer.get(f"{path}/sent")
    assert gone.location == f"/messages/{row.message.hex()}"
    found = await belgrade.gateway.reading.find(row.message)
    assert isinstance(found, SentMessage)
    assert found.draft is not None
    said = dict(found.draft.body)
    assert (said[PLATE], said["/subjects/vehicles/0/plate_country"]) == ("SK 123-AB", "MK")
    assert said["/necessity"] == said[FACTS] == REASON


async def test_the_count_is_that_of_the_fields_which_are_shown(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    preview = await officer.follow(await typed(officer, path, WHOLE))
    count = int(re.findall(r"These (\d+) fields go", preview.words)[0])
    content = preview.text.partition('<section class="desk-part">')[2].partition("<form")[0]
    assert count == content.count("govuk-summary-list__row") - content.count("desk-judged") * 3


async def test_what_is_wrong_is_told_at_its_field_and_nothing_typed_is_lost(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    changes = {PLATE: "?? what", FACTS: "", "/answer_needed_by": "next <b>week</b>", "/necessity": "too short"}
    answer = await typed(officer, path, changes)
    assert answer.location == f"{path}?check=1#problems"
    page = await officer.get(answer.location.partition("#")[0])
    assert page.status == 422
    assert page.title.startswith("Error:")
    assert "Nobody is addressed. Choose at least one country." in page.words
    for anchor in re.findall(r'<li><a href="#([^"]+)">', page.text):
        assert f'id="{anchor}"' in page.text, anchor
    assert "Write day and time such as 27.3.2026 14:30." in page.words
    assert "Write at least 20 characters." in page.words
    kept = shown(page)
    assert kept[PLATE] == ["?? what"]
    assert kept["/answer_needed_by"] == ["next &lt;b&gt;week&lt;/b&gt;"]
    assert kept["/necessity"] == ["too short"]


STORED = ("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "javascript:alert(1)", "'; DROP")


async def test_what_a_victim_needs_is_opened_and_asked_in_its_own_words(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer, "person")
    person, asked = "/subjects/persons/0", "Anonymity must be guaranteed"
    wrong = await officer.follow(await typed(officer, path, {"to": "mk.ilecu", f"{person}/role": "victim"}))
    assert (wrong.status, "For a victim” is missing" in wrong.words) == (422, False)
    assert f"“{asked}” is missing. Fill it in." in wrong.words
    anchor = re.findall(rf'href="#([^"]+)">“{asked}”', wrong.text)[0]
    assert f'id="{anchor}"' in wrong.text
    part = wrong.text.partition('id="field-subjects-persons-0-victim"')[2].partition("</fieldset>\n\n")[0]
    assert "For a victim" in part
    assert f'name="{person}/victim/anonymity"' in part, "the part stands open, with its questions"
    mended = await typed(officer, path, {**shown(wrong), f"{person}/victim/anonymity": "yes"})
    assert f"“{asked}” is missing" not in (await officer.follow(mended)).words


async def test_stored_scripts_are_words_in_every_field(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    for attack in STORED:
        fields = shown(await officer.get(path))
        texts = {name: attack for name in fields if name.startswith("/") and name != "/crime_area"}
        await officer.post(path, {**fields, **texts, "to": attack, "do": "save"})
        for page in (await officer.get(path), await officer.get(f"{path}?check=1"), await officer.get("/compose")):
            assert "<script>alert" not in page.text
            assert "<img src=x" not in page.text
            assert "49" not in page.words.replace("{{ 7*7 }}", "")
    assert not desk.log.getvalue().count("unexpected")


async def test_parts_are_opened_and_taken_out_without_scripts(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer, "")
    page = await officer.get(path)
    assert "/contact/unit" not in shown(page)
    answer = await typed(officer, path, {}, "open:/contact")
    assert answer.location == f"{path}#field-contact"
    page = await officer.get(path)
    assert "/contact/unit" in shown(page)
    await typed(officer, path, {"/contact/unit": "Duty desk"}, "open:/subjects/persons/0")
    page = await officer.get(path)
    assert shown(page)["/contact/unit"] == ["Duty desk"]
    assert "/subjects/persons/0/role" in page.text
    await typed(officer, path, {}, "drop:/contact")
    assert "/contact/unit" not in shown(await officer.get(path))


async def test_two_windows_keep_both_versions(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    one = shown(await officer.get(path))
    two = shown(await officer.get(path))
    await officer.post(path, {**one, FACTS: "the first window", "do": "save"})
    answer = await officer.post(path, {**two, FACTS: "the second window", "do": "save"})
    assert answer.location != path
    page = await officer.follow(answer)
    assert "This draft was changed in another window." in page.words
    assert shown(page)[FACTS] == ["the second window"]
    assert shown(await officer.get(path))[FACTS] == ["the first window"]


async def test_undo_within_the_time_and_not_after(desk: TestDesk, belgrade: TestGateway, world: TestWorld) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    await typed(officer, path, WHOLE)
    waiting = await officer.follow(await send(officer, path))
    version = re.findall(r'name="version" value="(\d+)"', waiting.text)[0]
    back = await officer.post(f"{path}/back", {"version": version})
    page = await officer.follow(back)
    assert shown(page)[PLATE] == ["sk 123-ab"]
    world.clock.advance(UNDO_S)
    await leave(desk)
    assert not (await belgrade.gateway.reading.list_sent(Window(5))).rows
    await send(officer, path)
    world.clock.advance(UNDO_S)
    await leave(desk)
    late = await officer.post(f"{path}/back", {"version": version})
    assert "The message has left" in (await officer.follow(late)).words
    assert len((await belgrade.gateway.reading.list_sent(Window(5))).rows) == 1


async def test_urgent_ones_leave_at_once(desk: TestDesk, belgrade: TestGateway) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    await typed(officer, path, WHOLE, "open:/urgency")
    urgent = {"/urgency/ground": "life", "/urgency/reason": "A person is locked in and has no air any more."}
    grounds = re.findall(r'name="/urgency/ground" value="([^"]+)"', (await officer.get(path)).text)
    answer = await typed(officer, path, urgent | {"/urgency/ground": grounds[0]})
    preview = await officer.follow(answer)
    assert "cannot be taken back" in preview.words
    gone = await officer.follow(await send(officer, path))
    assert len((await belgrade.gateway.reading.list_sent(Window(5))).rows) == 1
    assert gone.location.startswith("/messages/")


async def test_what_changed_since_it_was_looked_at_is_not_sent(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    preview = await officer.follow(await typed(officer, path, WHOLE))
    digest = re.findall(r'name="digest" value="([0-9a-f]+)"', preview.text)[0]
    await typed(officer, path, {FACTS: REASON + " Now also by day."}, "save")
    version = re.findall(r'name="version" value="(\d+)"', (await officer.get(path)).text)[0]
    answer = await officer.post(f"{path}/send", {"version": version, "digest": digest})
    assert answer.location == f"{path}/preview"
    assert "It has changed since you looked at it." in (await officer.follow(answer)).words


async def test_the_same_question_again_is_warned_of(desk: TestDesk, world: TestWorld) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    for again in (False, True):
        path = await begun(officer)
        preview = await officer.follow(await typed(officer, path, WHOLE))
        assert ("This was asked there before." in preview.words) is again
        await send(officer, path)
        world.clock.advance(UNDO_S)
        await leave(desk)


async def test_a_refusing_rule_is_told_with_article_and_remedy_and_nothing_goes(
    desk: TestDesk, belgrade: TestGateway
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    preview = await officer.follow(await typed(officer, path, {**WHOLE, "handling": "H3"}))
    assert "What to do:" in preview.words, preview.words
    assert 'action="' + path + '/send"' not in preview.text
    assert not (await belgrade.gateway.reading.list_sent(Window(5))).rows


async def test_a_form_bomb_is_refused_and_changes_nothing(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    fields = shown(await officer.get(path))
    answer = await officer.post(path, {**fields, FACTS: "x" * 20_000, "do": "save"})
    assert answer.status == 413
    assert "more than 16000 characters" in answer.words
    assert shown(await officer.get(path)) | {"window": []} == fields | {"window": []}


async def test_drafts_of_others_and_what_is_none_are_missing_alike(desk: TestDesk) -> None:
    officer, other = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.DUTY_OFFICER)
    path = await begun(officer)
    nothing = "/drafts/" + "00" * 16
    for where in ("", "/preview", "/sent", "/files"):
        for each in (path, nothing, "/drafts/x"):
            assert (await other.get(each + where)).status == 404
    for where in ("", "/send"):
        for each in (path, nothing):
            assert (await other.post(each + where, {"do": "save", "version": "1"})).status == 404
    for type_, template in (("MT-01/1", "none"), ("MT-99/1", ""), ("nothing", "")):
        assert (await officer.post("/compose", {"type": type_, "template": template})).status == 404


async def test_what_is_discarded_can_be_brought_back(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    await typed(officer, path, WHOLE, "save")
    gone = await officer.post(f"{path}/discard", {"version": "2"})
    assert gone.heading == "The draft is discarded"
    version = re.findall(r'name="version" value="(\d+)"', gone.text)[0]
    assert (await officer.get(path)).heading == "This draft was discarded"
    page = await officer.follow(await officer.post(f"{path}/back", {"version": version}))
    assert shown(page)[PLATE] == ["sk 123-ab"]


async def test_who_may_not_write_this_is_told_why(desk: TestDesk) -> None:
    duty = await desk.as_(Role.DUTY_OFFICER)
    answer = await duty.post("/compose", {"type": "MT-12/1", "template": ""})
    assert answer.status == 403
    assert "None of your roles gives the right" in answer.words
    for role in (Role.AUDITOR, Role.INVESTIGATOR, Role.ADMINISTRATOR):
        assert (await (await desk.as_(role)).get("/compose")).status == 404


async def test_every_form_opens(desk: TestDesk) -> None:
    officer = await desk.as_(Role.SUPERVISOR)
    catalogue = packaged_catalogue()
    for template in catalogue.templates:
        type_ = catalogue.type(template.type)
        if "police" in type_.channels and family_of(template.type) in NEEDED and not type_.reply_to:
            path = await begun(officer, template.name, template.type)
            for page in (await officer.get(path), await officer.get(f"{path}?check=1")):
                assert page.status in (200, 422), (template.type, template.name)
                ids = re.findall(r' id="([^"]+)"', page.text)
                assert len(ids) == len(set(ids)), [each for each in ids if ids.count(each) > 1]


async def upload(visitor: Visitor, path: str, name: str, content: bytes) -> Answer:
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("csrf", visitor.csrf())
    form.add_field("category", "CA")
    form.add_field("files", content, filename=name, content_type="image/png")
    return await visitor.call("POST", f"{path}/files", form)


async def test_files_go_along_and_a_misleading_name_does_not(
    desk: TestDesk, belgrade: TestGateway, world: TestWorld
) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    path = await begun(officer)
    await typed(officer, path, WHOLE, "files")
    answer = await upload(officer, path, "photo one.png", b"not really a picture")
    page = await officer.follow(answer)
    assert "photo one.png" in page.words
    bad = await upload(officer, path, "photo\u202egnp.exe", b"x")
    assert bad.status == 422
    assert "Give the file a plain name" in bad.words
    await upload(officer, path, "second.png", b"2")
    listed = await officer.get(f"{path}/files")
    ids = re.findall(r'name="file" value="([0-9a-f]+)"', listed.text)
    assert len(ids) == 2
    await officer.post(f"{path}/files/out", {"file": ids[1], "version": "1"})
    preview = await officer.get(f"{path}/preview")
    assert "1 file goes along." in preview.words
    await send(officer, path)
    world.clock.advance(UNDO_S)
    await leave(desk)
    (row,) = (await belgrade.gateway.reading.list_sent(Window(5))).rows
    message = await officer.get(f"/messages/{row.message.hex()}")
    assert "photo one.png" in message.words
    assert "Not scanned for malware." in message.words
    given = await officer.get(f"/messages/{row.message.hex()}/files/att-00")
    assert (given.status, given.text) == (200, "not really a picture")
    assert given.headers["Content-Disposition"].startswith("attachment;")
    assert given.headers["Content-Type"] == "application/octet-stream"
