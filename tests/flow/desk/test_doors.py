"""The one place before every page: host, session, permission, origin and token of a form."""

import pytest

from nodes.desk import csrf
from nodes.desk.headers import CSP
from nodes.desk.page import PUBLIC, SIGNED_IN, Page
from nodes.desk.routes import PAGES
from nodes.people.roles import Permission, Role
from tests.simulators.web_desk import TestDesk

GIVEN = {"token": "x" * 32}


def address(page: Page) -> str:
    """A path of the page, its places filled with ids that are not here."""
    path = page.path
    while "{" in path:
        name = path.partition("{")[2].partition("}")[0]
        path = path.replace("{" + name + "}", GIVEN.get(name.partition(":")[0], "0" * 32))
    return path


def test_a_page_without_a_permission_does_not_construct() -> None:
    async def answer(visit: object) -> None: ...

    with pytest.raises(TypeError):
        Page("GET", "/x", answer=answer)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="names its permission"):
        Page("GET", "/x", None, answer)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="names its permission"):
        Page("GET", "/x", "everybody", answer)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="GET or POST"):
        Page("PUT", "/x", PUBLIC, answer)  # type: ignore[arg-type]


def test_no_two_pages_have_one_place_and_none_is_public_without_need() -> None:
    places = [(page.method, page.path) for page in PAGES]
    assert len(places) == len(set(places))
    public = {page.path for page in PAGES if page.permission is PUBLIC}
    assert {path.split("/")[1] for path in public} == {"sign-in", "join", "language", "wall"}


async def test_every_role_at_every_route(desk: TestDesk) -> None:
    """The matrix: a page a role may not open answers exactly as one that is not there; nobody meets a fault."""
    for role in Role:
        await walk(desk, role)


async def walk(desk: TestDesk, role: Role) -> None:
    visitor = await desk.as_(role)
    missing = await visitor.get("/no-such-page")
    assert missing.status == 404
    acting = (await desk.persons.sessions.of((await desk.member(role)).id))[0].acting
    for page in PAGES:
        if page.path in ("/sign-out", "/lock", "/changes", "/wall/changes"):
            continue  # these end the session, or never end
        visitor.jar.clear()
        answer = await (visitor.get if page.method == "GET" else visitor.post)(address(page))
        allowed = page.permission in (PUBLIC, SIGNED_IN) or acting.may(Permission(page.permission))
        assert answer.status < 500, (page.path, answer.words, desk.log.getvalue())
        if not allowed:
            assert (answer.status, answer.words) == (404, missing.words), (role, page.method, page.path)


async def test_whoever_has_not_signed_in_is_led_to_the_sign_in_from_any_path(desk: TestDesk) -> None:
    stranger = desk.stranger()
    for path in {address(page) for page in PAGES if page.permission is not PUBLIC} | {"/no-such-page", "/x/y"}:
        answer = await stranger.get(path)
        assert (answer.status, answer.location) == (303, f"/sign-in?next={path}"), path
    for page in PAGES:
        if page.method == "POST" and page.permission is not PUBLIC:
            answer = await stranger.post(address(page))
            assert (answer.status, answer.heading) == (401, "Sign in"), page.path


async def test_the_headers_stand_on_every_answer(desk: TestDesk) -> None:
    officer, stranger = await desk.as_(Role.CASE_OFFICER), desk.stranger()
    asset = desk.services.assets.path("desk.css")
    answers = [
        await officer.get("/account"),
        await officer.get("/no-such-page"),
        await officer.post("/account/passphrase"),
        await officer.post("/sign-out", Origin="https://evil.example", Sec_Fetch_Site="cross-site"),
        await stranger.get("/sign-in"),
        await stranger.get("/account"),
        await stranger.get("/static/none.css"),
        await stranger.get("/sign-in", Host="evil.example"),
        await officer.call("POST", "/account/passphrase", b"\x00", Content_Type="text/plain"),
    ]
    for answer in answers:
        headers = answer.headers
        assert headers["Content-Security-Policy"] == CSP
        assert headers["Cache-Control"] == "no-store"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cross-Origin-Opener-Policy"] == headers["Cross-Origin-Resource-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert "Server" not in headers
        assert "Strict-Transport-Security" not in headers, "localhost has no TLS"
    found = await stranger.get(asset)
    assert (found.status, found.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    assert found.headers["Content-Security-Policy"] == CSP


async def test_another_host_is_refused(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    for host in ("evil.example", "127.0.0.1", "localhost"):
        answer = await officer.get("/account", Host=host)
        assert answer.status == 421


FOREIGN: tuple[dict[str, str], ...] = (
    {"Origin": "https://evil.example"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "none"},
    {"Origin": "null", "Sec_Fetch_Site": "cross-site"},
    {"Origin": "null", "Sec_Fetch_Site": ""},
    {"Origin": "", "Sec_Fetch_Site": ""},
)


async def test_lesson_18_a_form_of_another_site_does_nothing(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    for headers in FOREIGN:
        answer = await officer.post("/sign-out", **headers)
        assert (answer.status, answer.heading) == (403, "This form was not opened here"), headers
        assert (await officer.get("/account")).status == 200


async def test_a_form_needs_the_token_of_its_own_browser(desk: TestDesk) -> None:
    officer, other = await desk.as_(Role.CASE_OFFICER), await desk.as_(Role.AUDITOR)
    for token in ("", "x", "ž", other.csrf(), csrf.token_of("")):
        answer = await officer.post("/sign-out", {"csrf": token})
        assert (answer.status, answer.heading) == (403, "This form was not opened here"), token
    assert (await officer.get("/account")).status == 200
    assert (await officer.post("/sign-out", Origin="null")).status == 303, "browsers send null under no-referrer"
    assert (await officer.get("/account")).location == "/sign-in?next=/account"


async def test_bodies_are_bounded_and_read_strictly(desk: TestDesk) -> None:
    officer = await desk.as_(Role.CASE_OFFICER)
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert (await officer.call("POST", "/account/passphrase", b"a=" + b"x" * (300 << 10), **form)).status == 413
    for raw in (b"a=%ff", b"a=%00", b"\xff", b"a", b"&".join([b"a=1"] * 3_000), b"=1"):
        answer = await officer.call("POST", "/account/passphrase", raw, **form)
        assert answer.status == 400, raw[:20]
        assert "MALFORMED" in answer.words
    packed = await officer.call("POST", "/account/passphrase", b"x", Content_Encoding="gzip", **form)
    assert packed.status == 415


async def test_a_desk_that_nobody_joined_shows_nothing_but_the_link(desk: TestDesk) -> None:
    stranger = desk.stranger()
    assert (await stranger.get("/join/" + "x" * 40)).heading == "This link does not work"
