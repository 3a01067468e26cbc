"""My account: roles, ways to sign in, and where the person is signed in."""

from typing import Final

from aiohttp import web

from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.picture import qr_code
from nodes.desk.visit import Visit
from nodes.people.factors import PasskeyFactor, PassphraseFactor
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission

ACCOUNT: Final = "/account"
_DIGITS: Final = 64


async def show(visit: Visit) -> web.StreamResponse:
    """Show the person's own account."""
    return await _page(visit)


async def _page(visit: Visit, refused: NotDone | None = None) -> web.Response:
    persons, person = visit.desk.persons, visit.acting.person
    return visit.page(
        "account.html",
        status=200 if refused is None else 422,
        record=await persons.book.find(person),
        ways=await persons.factors.of(person),
        sessions=await persons.sessions.of(person),
        mine=visit.live.session,
        refused=refused,
        stale=persons.factors.refuse_stale(visit.live),
        label=visit.field("label"),
        alerts=visit.acting.may(Permission.SEE_ALERTS),
    )


async def passkey_options(visit: Visit) -> web.StreamResponse:
    """Give the browser what its dialogue for a new passkey needs."""
    options = await visit.desk.persons.factors.passkey_options(visit.acting.person)
    return web.Response(text=options, content_type="application/json")


async def add_passkey(visit: Visit) -> web.StreamResponse:
    """Add a passkey."""
    factor = PasskeyFactor(visit.field("passkey"), visit.field("label"))
    refused = await visit.desk.persons.factors.add(visit.live, factor)
    if refused is not None:
        return await _page(visit, refused)
    return visit.back_to(ACCOUNT, said=visit.text("The passkey is added. It works from now on."))


async def show_passphrase(visit: Visit) -> web.StreamResponse:
    """Show the form for a new passphrase with the secret for its codes."""
    return await _passphrase(visit)


async def set_passphrase(visit: Visit) -> web.StreamResponse:
    """Put a new passphrase and a new secret in place of the old ones."""
    factor = PassphraseFactor(visit.raw("passphrase"), visit.field("code"))
    refused = await visit.desk.persons.factors.add(visit.live, factor)
    if refused is not None:
        return await _passphrase(visit, refused)
    return visit.back_to(ACCOUNT, said=visit.text("Passphrase and code are set. You are signed out everywhere else."))


async def _passphrase(visit: Visit, refused: NotDone | None = None) -> web.Response:
    if (stale := visit.desk.persons.factors.refuse_stale(visit.live)) is not None:
        return await _page(visit, stale)
    secret = await visit.desk.persons.factors.new_secret(visit.live)
    status = 200 if refused is None else 422
    return visit.page("passphrase.html", status=status, secret=secret, picture=qr_code(secret), refused=refused)


async def remove_way(visit: Visit) -> web.StreamResponse:
    """End one way to sign in."""
    way = visit.field("way")
    if not way or len(way) > _DIGITS or set(way) - set("0123456789abcdef") or len(way) % 2:
        return visit.missing()
    refused = await visit.desk.persons.factors.remove(visit.live, bytes.fromhex(way))
    if refused is not None:
        return await _page(visit, refused)
    return visit.back_to(ACCOUNT, said=visit.text("That way to sign in has ended."))


async def end_others(visit: Visit) -> web.StreamResponse:
    """End every session of the person but this one."""
    ended = await visit.desk.persons.sessions.end_all(visit.acting.person, visit.live.session)
    said = visit.speech.say_many("%(num)s other session has ended.", "%(num)s other sessions have ended.", ended)
    return visit.back_to(ACCOUNT, said=said)


PAGES: Final = (
    Page("GET", ACCOUNT, SIGNED_IN, show),
    Page("GET", f"{ACCOUNT}/passkey", SIGNED_IN, passkey_options),
    Page("POST", f"{ACCOUNT}/passkey", SIGNED_IN, add_passkey),
    Page("GET", f"{ACCOUNT}/passphrase", SIGNED_IN, show_passphrase),
    Page("POST", f"{ACCOUNT}/passphrase", SIGNED_IN, set_passphrase),
    Page("POST", f"{ACCOUNT}/ways/remove", SIGNED_IN, remove_way),
    Page("POST", f"{ACCOUNT}/sessions/end", SIGNED_IN, end_others),
)
