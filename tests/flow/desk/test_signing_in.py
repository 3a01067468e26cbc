"""Signing in and out, the one-time link, and what was typed when a session had ended."""

import re
from html import unescape

from nodes.people.codes import code_at
from nodes.people.roles import Role
from tests.simulators.node import TestGateway, TestWorld
from tests.simulators.web_desk import PHRASE, Answer, TestDesk, Visitor, desk_over


async def enter(desk: TestDesk, visitor: Visitor, role: Role, **fields: str) -> Answer:
    """Sign in with what the person of a role knows."""
    member = await desk.member(role)
    given = {"name": member.sign_in, "passphrase": PHRASE, "code": code_at(member.secret, desk.services.now())}
    return await visitor.post("/sign-in", given | fields)


def hidden(answer: Answer) -> dict[str, str]:
    """The hidden fields of the page's main part."""
    main = answer.text.partition("<main")[2]
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', main.partition("</main>")[0])
    return {name: unescape(value) for name, value in found}


async def later(world: TestWorld) -> None:
    """Let the next code be another one."""
    world.clock.advance(60)


async def test_signing_in_and_out(desk: TestDesk, world: TestWorld) -> None:
    stranger = desk.stranger()
    page = await stranger.get("/sign-in?next=/account")
    assert (page.status, hidden(page)["next"]) == (200, "/account")
    await desk.member(Role.CASE_OFFICER)
    await later(world)
    answer = await enter(desk, stranger, Role.CASE_OFFICER, next="/account")
    assert (answer.status, answer.location) == (303, "/account")
    assert "Mira Petrova" in (await stranger.get("/account")).text
    assert (await stranger.get("/sign-in")).location == "/"
    out = await stranger.follow(await stranger.post("/sign-out"))
    assert (out.heading, "You are signed out." in out.words) == ("Sign in", True)
    assert "You are signed out." not in (await stranger.get("/sign-in")).words, "it is shown once"


async def test_the_cookie_belongs_to_this_origin_alone(desk: TestDesk, world: TestWorld) -> None:
    stranger = desk.stranger()
    await stranger.get("/sign-in")
    await desk.member(Role.CASE_OFFICER)
    await later(world)
    answer = await enter(desk, stranger, Role.CASE_OFFICER)
    cookies = [value for name, value in answer.headers.items() if name == "Set-Cookie"]  # type: ignore[union-attr]
    (session,) = [each for each in cookies if each.startswith("__Host-desk-")]
    for part in ("; HttpOnly", "; Secure", "; SameSite=Strict", "; Path=/"):
        assert part in session
    assert "Domain" not in session
    assert "Max-Age" not in session


async def test_a_wrong_detail_is_not_named(desk: TestDesk, world: TestWorld) -> None:
    stranger = desk.stranger()
    await stranger.get("/sign-in")
    await desk.member(Role.CASE_OFFICER)
    for changed in ({"passphrase": "wrong"}, {"name": "nobody.here"}, {"code": "000000"}):
        await later(world)
        answer = await enter(desk, stranger, Role.CASE_OFFICER, next="/account", **changed)
        assert answer.status == 422, changed
        assert "These details do not fit together." in answer.words
        assert hidden(answer)["next"] == "/account"
        assert PHRASE not in answer.text


async def test_a_token_from_before_the_sign_in_is_not_taken_over(desk: TestDesk, world: TestWorld) -> None:
    """Session fixation: neither a planted token nor the former session becomes the new one."""
    auditor, planted = await desk.as_(Role.AUDITOR), desk.stranger()
    planted.token = auditor.token
    await desk.member(Role.CASE_OFFICER)
    await later(world)
    answer = await enter(desk, planted, Role.CASE_OFFICER)
    assert answer.status == 303
    assert planted.token != auditor.token
    assert (await auditor.get("/account")).status == 303, "the former session ended"
    made_up = desk.stranger()
    made_up.token = "f" * 64
    await made_up.get("/sign-in")
    await later(world)
    await enter(desk, made_up, Role.CASE_OFFICER)
    assert made_up.token != "f" * 64


async def test_nobody_is_led_elsewhere(desk: TestDesk, world: TestWorld) -> None:
    await desk.member(Role.CASE_OFFICER)
    for to in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:1", "x", "/\n"):
        stranger = desk.stranger()
        await stranger.get("/sign-in")
        await later(world)
        answer = await enter(desk, stranger, Role.CASE_OFFICER, next=to)
        assert (answer.status, answer.location) == (303, "/"), to


async def test_what_was_typed_comes_back_after_the_session_ended(desk: TestDesk, world: TestWorld) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    token = hidden(await officer.get("/account"))["csrf"]
    world.clock.advance(3_600)
    typed = {"csrf": token, "label": 'a "key" <b>&amp; Ђорђе\nsecond line', "passkey": ""}
    answer = await officer.post("/account/passkey", typed)
    assert (answer.status, answer.heading) == (401, "Sign in")
    assert "What you typed is kept" in answer.words
    kept = hidden(answer)["kept"]
    assert "Ђорђе" not in kept
    resumed = await enter(desk, officer, Role.CASE_OFFICER, kept=kept)
    assert (resumed.status, resumed.heading) == (200, "Your text is still here")
    back = hidden(resumed)
    assert back["label"] == typed["label"]
    assert 'action="/account/passkey"' in resumed.text
    again = await officer.post("/account/passkey", back)
    assert again.status == 422, "the form arrived, with a passkey that is none"


async def test_nobody_else_gets_what_was_typed(desk: TestDesk, world: TestWorld) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    token = hidden(await officer.get("/account"))["csrf"]
    world.clock.advance(3_600)
    kept = hidden(await officer.post("/account/passkey", {"csrf": token, "label": "mine"}))["kept"]
    await desk.member(Role.AUDITOR)
    await later(world)
    answer = await enter(desk, officer, Role.AUDITOR, kept=kept)
    assert answer.status == 303
    changed = kept[:-6] + ("A" if kept[-6] != "A" else "B") + kept[-5:]
    for wrong in (changed, "x", "é"):
        await later(world)
        visitor = desk.stranger()
        await visitor.get("/sign-in")
        assert (await enter(desk, visitor, Role.CASE_OFFICER, kept=wrong)).status == 303


async def test_a_form_of_a_former_session_of_the_same_person_goes_on(desk: TestDesk) -> None:
    before, after = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.CASE_OFFICER)
    token = hidden(await before.get("/account"))["csrf"]
    answer = await after.post("/account/passkey", {"csrf": token, "label": "kept"})
    assert (answer.heading, hidden(answer)["label"]) == ("Your text is still here", "kept")
    assert hidden(answer)["csrf"].partition(".")[0] == after.csrf()


async def test_locking_comes_back_to_the_same_page(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    answer = await officer.post("/lock", {"back": "/account/passphrase"})
    assert answer.location == "/sign-in?next=/account/passphrase"
    assert officer.token == ""
    assert "Locked." in (await officer.follow(answer)).words


async def test_ways_to_sign_in_are_changed_after_a_sign_in_only(desk: TestDesk, world: TestWorld) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    forms = ('action="/account/passkey"', 'href="/account/passphrase"')
    fresh = await officer.get("/account")
    assert [each in fresh.text for each in forms] == [True, True]
    world.clock.advance(600)
    left = await officer.get("/account")
    assert [each in left.text for each in forms] == [False, False]
    assert "within ten minutes of a sign-in" in left.words
    for path in ("/account/passkey", "/account/passphrase", "/account/ways/remove"):
        answer = await officer.post(path, {"way": "00" * 16, "label": "theirs", "passkey": "{}"})
        assert (answer.status, "This was not done" in answer.words) == (422, True), path
        assert "Sign in again" in answer.words
    assert "data:image" not in (await officer.get("/account/passphrase")).text, "no secret is shown"
    again = await officer.post("/lock", {"back": "/account"})
    assert again.location == "/sign-in?next=/account"


async def test_a_right_that_ends_ends_the_session(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    await desk.persons.sessions.end_all((await desk.member(Role.CASE_OFFICER)).id)
    assert (await officer.get("/account")).location == "/sign-in?next=/account"


async def test_the_first_administrator_joins_by_the_link(belgrade: TestGateway, world: TestWorld) -> None:
    async with desk_over(belgrade.gateway, joined=False) as desk:
        stranger = desk.stranger()
        for path in ("/sign-in", "/account", "/"):
            assert (await stranger.get(path)).status == 503
        path = await desk.link(Role.ADMINISTRATOR, None)
        page = await stranger.get(path)
        assert page.heading == "Set up this desk"
        assert "<svg" in page.text
        secret = unescape(re.findall(r'class="desk-secret">([A-Z2-7 ]+)<', page.text)[0])
        typed = {"full_name": "Zana Hoxha", "name": "zana", "passphrase": PHRASE, "code": totp(secret, desk)}
        wrong = await stranger.post(path, typed | {"passphrase": "short", "name": "zana"})
        assert (wrong.status, "at least 12 characters" in wrong.words) == (422, True)
        assert 'value="Zana Hoxha"' in wrong.text, "what was typed stays"
        answer = await stranger.post(path, typed)
        assert answer.status == 303, answer.words
        assert "Zana Hoxha" in (await stranger.get("/account")).text
        assert (await desk.stranger().get(path)).status == 410, "the link works once"
        assert (await desk.stranger().get("/sign-in")).status == 200


def totp(secret: str, desk: TestDesk) -> str:
    """The code an authenticator shows for the secret on the page."""
    import base64

    text = secret.replace(" ", "")
    return code_at(base64.b32decode(text + "=" * (-len(text) % 8)), desk.services.now())
