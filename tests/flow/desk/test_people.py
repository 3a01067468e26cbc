"""The administrator's pages: list, invitation, changes with a reason, and the second person."""

import re
from html import unescape

from nodes.people.codes import code_at
from nodes.people.factors import PassphraseFactor, Way
from nodes.people.person import PROPOSAL_S
from nodes.people.roles import Role
from nodes.people.session_store import digest_of
from tests.simulators.node import TestWorld
from tests.simulators.staff import secret_of
from tests.simulators.web_desk import Answer, TestDesk, Visitor

NEW = {"name": "Vera Nova", "sign_in": "v.nova", "roles": ["case-officer"], "units": "Belgrade, Niš", "why": "starts"}


def link_in(answer: Answer) -> str:
    found = re.search(r'id="link">([^<]+)<', answer.text)
    assert found is not None, answer.words
    return unescape(found[1])


def proposal_in(answer: Answer) -> str:
    found = re.search(r'name="proposal" value="(\d+)"', answer.text)
    assert found is not None, answer.words
    return found[1]


async def second_administrator(desk: TestDesk, keeper: Visitor, world: TestWorld) -> Visitor:
    """Invite another administrator through the pages and sign in as that person a week after it joined."""
    page = await keeper.post("/people/invite", NEW | {"roles": ["administrator"], "sign_in": "second"})
    person = next(each for each in (await desk.services.people.all()).values() if each.sign_in == "second")
    token = link_in(page).rpartition("/")[2]

    secret = await desk.persons.invitations.new_secret(token)
    assert secret is not None
    factor = PassphraseFactor("purple kettle seven", code_at(secret_of(secret), desk.services.now()))
    assert await desk.persons.invitations.accept(token, factor) == person.id
    world.clock.advance(PROPOSAL_S)
    return Visitor(desk, await desk.persons.sessions.begin(person.id, Way.PASSPHRASE))


async def test_an_administrator_invites_somebody_who_joins(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    assert (await keeper.get("/people")).heading == "People"
    assert (await keeper.get("/people/invite")).status == 200
    page = await keeper.post("/people/invite", NEW)
    assert page.heading == "The link for Vera Nova"
    assert "Vera" not in page.title
    link = link_in(page)
    assert link.startswith(desk.services.origin + "/join/")
    joined = await desk.stranger().get(link.removeprefix(desk.services.origin))
    assert "Welcome, Vera Nova" in joined.heading
    listed = await keeper.get("/people")
    assert "Vera Nova" in listed.words
    assert "Belgrade, Niš" in listed.words
    assert link.rpartition("/")[2] not in listed.text


FAULTS = (
    ({"name": ""}, "A person needs a name."),
    ({"sign_in": "a b"}, "A sign-in name has 3 to 64"),
    ({"roles": []}, "A person needs at least one role."),
    ({"roles": ["king"]}, "A person needs at least one role."),
    ({"roles": ["administrator", "auditor"]}, "One of these roles may never do"),
    ({"ends_at": "tomorrow"}, "The end is not after the beginning."),
    ({"starts_at": "2026-13-01T00:00"}, "The end is not after the beginning."),
    ({"why": ""}, "A reason is missing."),
)


async def test_what_was_typed_stays_and_the_fault_is_at_its_field(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    for changed, sentence in FAULTS:
        typed: dict[str, object] = NEW | changed
        page = await keeper.post("/people/invite", typed)
        assert page.status == 422
        assert page.words.count(sentence) == 2, "above, and at the field"
        href = re.search(r'<a href="#([^"]+)">', page.text.partition("govuk-error-summary__list")[2])
        assert href is not None
        assert f'id="{href[1]}"' in page.text
        for value in typed.values():
            kept = (f'value="{value}"', f">{value}</textarea>")
            assert not isinstance(value, str) or any(each in page.text for each in kept), value
    page = await keeper.post("/people/invite", {"sign_in": "a b", "roles": []})
    summary = page.text.partition("govuk-error-summary__list")[2].partition("</ul>")[0]
    assert re.findall(r'href="#([^"]+)"', summary) == ["name", "sign_in", "roles", "why"], "all at once"
    assert len(await desk.services.people.all()) == 1


async def test_an_account_is_changed_with_a_reason_and_the_page_tells_its_history(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    officer = await desk.as_(Role.CASE_OFFICER)
    who = (await desk.member(Role.CASE_OFFICER)).id
    path = f"/people/{who}"
    page = await keeper.get(path)
    assert page.heading == "Mira Petrova"
    for act, fields in (
        ("named", {"name": "Mira Petrova-Kim"}),
        ("placed", {"units": "Skopje", "languages": ["mk", "sq"]}),
        ("times", {"ends_at": "2030-01-01T08:00"}),
        ("roles", {"roles": ["case-officer", "directory-editor"]}),
    ):
        answer = await keeper.post(path, {"act": act, "why": f"because {act}", **fields})
        page = await keeper.follow(answer)
        assert "The account is changed." in page.words
    assert page.heading == "Mira Petrova-Kim"
    history = page.text.partition("<aside")[2]
    assert all(f"because {act}" in history for act in ("named", "placed", "times", "roles"))
    assert "until 1 Jan 2030, 08:00 CET" in page.words
    assert (await officer.get("/account")).status == 200, "more rights end no session"
    await keeper.post(path, {"act": "roles", "why": "other work", "roles": ["directory-editor"]})
    assert (await officer.get("/account")).status in (303, 401), "a right ended, and the session with it"


async def test_a_refused_change_opens_its_form_again(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    who = (await desk.member(Role.CASE_OFFICER)).id
    page = await keeper.post(f"/people/{who}", {"act": "roles", "why": "", "roles": ["supervisor"]})
    assert (page.status, page.words.count("A reason is missing.")) == (422, 2)
    assert re.search(r'<details[^>]*id="change-roles" open', page.text)
    assert re.search(r'value="supervisor" checked', page.text)
    page = await keeper.post(f"/people/{who}", {"act": "times", "why": "x", "ends_at": "never"})
    assert page.status == 422
    mine = (await desk.member(Role.ADMINISTRATOR)).id
    page = await keeper.post(f"/people/{mine}", {"act": "ended", "why": "left"})
    assert (page.status, "Nobody would be left to keep the accounts." in page.words) == (422, True)


async def test_a_reset_waits_for_a_second_person(desk: TestDesk, world: TestWorld) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    other = await second_administrator(desk, keeper, world)
    keeper = await desk.as_(Role.ADMINISTRATOR)
    officer, who = await desk.as_(Role.CASE_OFFICER), (await desk.member(Role.CASE_OFFICER)).id
    path = f"/people/{who}"
    page = await keeper.follow(await keeper.post(path, {"act": "reset", "why": "lost telephone"}))
    assert "This waits for a second person now." in page.words
    assert "You asked for this" in page.words
    number = proposal_in(page)
    assert "lost telephone" in (await other.get("/people")).words
    refused = await keeper.post(f"{path}/confirm", {"proposal": number})
    assert (refused.status, "cannot also confirm it" in refused.words) == (422, True)
    assert (await officer.get("/account")).status == 200
    page = await other.follow(await other.post(f"{path}/confirm", {"proposal": number}))
    assert "It is done." in page.words
    assert (await officer.get("/account")).status in (303, 401)
    link = link_in(await keeper.post(f"{path}/link"))
    assert (await desk.stranger().get(link.removeprefix(desk.services.origin))).status == 200


async def test_what_waits_is_given_up(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    path = f"/people/{(await desk.member(Role.CASE_OFFICER)).id}"
    page = await keeper.follow(await keeper.post(path, {"act": "reset", "why": "lost"}))
    page = await keeper.follow(await keeper.post(f"{path}/drop", {"proposal": proposal_in(page)}))
    assert "It is given up." in page.words
    for number in ("", "x", "99", "²"):
        assert (await keeper.post(f"{path}/confirm", {"proposal": number})).status == 422


async def test_somebody_is_signed_out_everywhere_and_ended(desk: TestDesk) -> None:
    keeper, officer = await desk.as_(Role.ADMINISTRATOR), await desk.as_(Role.CASE_OFFICER)
    path = f"/people/{(await desk.member(Role.CASE_OFFICER)).id}"
    page = await keeper.follow(await keeper.post(f"{path}/sessions/end"))
    assert "The person is signed out everywhere." in page.words
    assert (await officer.get("/account")).status in (303, 401)
    page = await keeper.follow(await keeper.post(path, {"act": "ended", "why": "left"}))
    assert "Ended" in page.words
    assert "change-roles" not in page.text, "an account that has ended is not changed"
    assert (await keeper.post(f"{path}/link")).status == 422


async def test_an_unknown_account_is_missing(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    for path in ("/people/unknown", f"/people/{'0' * 32}"):
        assert (await keeper.get(path)).status == 404
        for rest, fields in (
            ("", {"act": "ended", "why": "x"}),
            ("/link", {}),
            ("/sessions/end", {}),
            ("/confirm", {"proposal": "1"}),
        ):
            assert (await keeper.post(path + rest, fields)).status == 404
    mine = (await desk.member(Role.ADMINISTRATOR)).id
    for act in ("", "joined", "invited", "language", "proposed"):
        assert (await keeper.post(f"/people/{mine}", {"act": act, "why": "x"})).status == 404


async def test_nobody_else_sees_or_changes_accounts(desk: TestDesk) -> None:
    who = (await desk.member(Role.ADMINISTRATOR)).id
    for role in set(Role) - {Role.ADMINISTRATOR}:
        visitor = await desk.as_(role)
        for path in ("/people", "/people/invite", f"/people/{who}"):
            assert (await visitor.get(path)).status == 404
        for path in ("/people/invite", f"/people/{who}", f"/people/{who}/confirm", f"/people/{who}/sessions/end"):
            assert (await visitor.post(path, NEW)).status == 404
        assert '"/people"' not in (await visitor.get("/account")).text


async def test_names_and_reasons_are_shown_as_text(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    evil = "<script>alert(1)</script>"
    page = await keeper.post("/people/invite", NEW | {"name": evil, "units": evil, "why": evil})
    assert evil not in page.text
    person = next(each for each in (await desk.services.people.all()).values() if each.sign_in == "v.nova")
    for path in ("/people", f"/people/{person.id}"):
        page = await keeper.get(path)
        assert evil not in page.text
        assert evil in page.words.replace("< ", "<") or "alert(1)" in page.text


async def test_no_page_shows_a_session(desk: TestDesk) -> None:
    keeper = await desk.as_(Role.ADMINISTRATOR)
    page = await keeper.get(f"/people/{(await desk.member(Role.ADMINISTRATOR)).id}")
    assert keeper.token not in page.text
    assert digest_of(keeper.token).hex() not in page.text
    assert "1 session" in page.words
