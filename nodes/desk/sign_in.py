"""Signing in and out: a passkey, or sign-in name, passphrase and code on one page. Both ways give the same rights."""

from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from nodes.desk import csrf, keeping
from nodes.desk.page import PUBLIC, SIGNED_IN, Page
from nodes.desk.texts import LANGUAGES
from nodes.desk.visit import Visit
from nodes.people.acting import PersonId
from nodes.people.changes import Change
from nodes.people.factors import Way
from nodes.people.person import Details, Kind
from nodes.people.refusals import NotDone
from nodes.people.sign_in import Typed

SIGN_IN: Final = "/sign-in"
_BODY: Final = 1 << 20  # a form that was kept comes with it
_NO_BODY: Final = 16 << 10
_YEAR_S: Final = 365 * 86_400
_LONGEST: Final = 1_000
_BEGINNINGS: Final = ("/today", "/my-requests", "/people", "/proofs", "/contact-entry")
"""What each kind of work begins with; for everybody else the first page of the menu."""


async def first(visit: Visit) -> web.StreamResponse:
    """Lead to the page with which the person's work begins."""
    paths = [each.path for each in visit.menu()]
    return visit.back_to(next((each for each in (*_BEGINNINGS, *paths) if each in paths), "/account"))


async def show(visit: Visit) -> web.StreamResponse:
    """Show the form; whoever is signed in goes on."""
    if visit.session is not None:
        return visit.back_to("/")
    return _form(visit, _local(visit.request.query.get("next", "")))


async def enter(visit: Visit) -> web.StreamResponse:
    """Sign in, begin a session under a new token, and go where the person was going."""
    persons = visit.desk.persons
    passkey = visit.field("passkey")
    if passkey:
        found, way = await persons.sign_in.by_passkey(passkey), Way.PASSKEY
    else:
        typed = Typed(visit.field("name"), visit.raw("passphrase"), visit.field("code"), visit.request.remote or "")
        found, way = await persons.sign_in.by_passphrase(typed), Way.PASSPHRASE
    if isinstance(found, NotDone):
        return _form(visit, _local(visit.field("next")), found)
    return await welcome(visit, found, way)


async def welcome(visit: Visit, person: PersonId, way: Way) -> web.StreamResponse:
    """Begin a session for somebody who proved who it is; what was typed before comes back."""
    cookies, sessions = visit.cookies, visit.desk.persons.sessions
    token = await sessions.begin(person, way, cookies.session.read(visit.request) or None)
    kept = keeping.give_back(visit.desk.seal, visit.field(keeping.KEPT), person)
    if kept is None:
        response = visit.back_to(_local(visit.field("next")) or "/")
    else:
        visit.session = await sessions.find(token)
        visit.csrf = csrf.token_of(token) + keeping.whose(visit.desk.seal, person)
        response = visit.page("resume.html", kept=kept)
    cookies.session.put(response, token)
    cookies.visitor.drop(response)
    return response


async def options(visit: Visit) -> web.StreamResponse:
    """Give the browser what its passkey dialogue needs."""
    return web.Response(text=await visit.desk.persons.sign_in.passkey_options(), content_type="application/json")


async def leave(visit: Visit) -> web.StreamResponse:
    """End the session."""
    cookie = visit.cookies.session
    await visit.desk.persons.sessions.end(cookie.read(visit.request))
    response = visit.back_to(SIGN_IN, said=visit.text("You are signed out."))
    cookie.drop(response)
    return response


async def lock(visit: Visit) -> web.StreamResponse:
    """End the session and come back to the same page after the next sign-in."""
    cookie, back = visit.cookies.session, _local(visit.field("back"))
    await visit.desk.persons.sessions.end(cookie.read(visit.request))
    said = visit.text("Locked. Sign in to go on where you were.")
    response = visit.back_to(f"{SIGN_IN}?next={quote(back)}", said=said)
    cookie.drop(response)
    return response


async def speak(visit: Visit) -> web.StreamResponse:
    """Change the language of the pages: for this browser, and for the person who is signed in."""
    language = visit.field("language")
    if language not in LANGUAGES:
        return visit.missing()
    if visit.session is not None:
        await visit.desk.people.change(_language(visit.acting.person, language), visit.acting.person)
    response = visit.back_to(_local(visit.field("back")) or "/")
    visit.cookies.language.put(response, language, _YEAR_S)
    return response


def _language(person: PersonId, language: str) -> Change:
    return Change(person, Kind.LANGUAGE, "", Details(language=language))


def _form(visit: Visit, next_: str, refused: NotDone | None = None) -> web.Response:
    return visit.page(
        "sign_in.html",
        status=200 if refused is None else 422,
        next=next_,
        kept=visit.field(keeping.KEPT),
        lapsed=False,
        refused=refused,
        typed=visit.field("name"),
    )


def _local(text: str) -> str:
    """Return a path of the desk as it was asked for; empty for anything that leads elsewhere."""
    found = urlsplit(text)
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and len(text) <= _LONGEST
    return text if plain and not found.scheme and not found.netloc and text.isprintable() else ""


PAGES: Final = (
    Page("GET", "/", SIGNED_IN, first),
    Page("GET", SIGN_IN, PUBLIC, show),
    Page("POST", SIGN_IN, PUBLIC, enter, body_bytes=_BODY),
    Page("GET", f"{SIGN_IN}/passkey", PUBLIC, options),
    Page("POST", "/sign-out", SIGNED_IN, leave, body_bytes=_NO_BODY),
    Page("POST", "/lock", SIGNED_IN, lock, body_bytes=_NO_BODY),
    Page("POST", "/language", PUBLIC, speak, body_bytes=_NO_BODY, before_setup=True),
)
