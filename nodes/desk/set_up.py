"""The one-time link: somebody comes in for the first time, or again after a reset."""

import re
from typing import Final

from aiohttp import web

from nodes.desk.page import PUBLIC, Page
from nodes.desk.picture import qr_code
from nodes.desk.sign_in import welcome
from nodes.desk.texts import LANGUAGES
from nodes.desk.visit import Visit
from nodes.people.factors import Factor, PasskeyFactor, PassphraseFactor, Way
from nodes.people.invitations import JOIN
from nodes.people.person import Details
from nodes.people.refusals import LINK_DEAD, NotDone

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{16,128}")


async def show(visit: Visit) -> web.StreamResponse:
    """Show what the link is for, and both ways to sign in."""
    return await _page(visit)


async def options(visit: Visit) -> web.StreamResponse:
    """Give the browser what its dialogue for a new passkey needs."""
    name = visit.request.query.get("name", "")[:64] or "administrator"
    found = await visit.desk.persons.invitations.passkey_options(_token(visit), name)
    return visit.missing() if found is None else web.Response(text=found, content_type="application/json")


async def join(visit: Visit) -> web.StreamResponse:
    """Let the person in and begin a session."""
    passkey = visit.field("passkey")
    factor: Factor = PassphraseFactor(visit.raw("passphrase"), visit.field("code"))
    if passkey:
        factor = PasskeyFactor(passkey, visit.field("label"))
    language = visit.language if visit.language in LANGUAGES else "en"
    first = Details(name=visit.field("full_name"), sign_in=visit.field("name"), language=language)
    found = await visit.desk.persons.invitations.accept(_token(visit), factor, first)
    if isinstance(found, NotDone):
        return await _page(visit, found)
    return await welcome(visit, found, Way.PASSKEY if passkey else Way.PASSPHRASE)


async def _page(visit: Visit, refused: NotDone | None = None) -> web.Response:
    invitations, token = visit.desk.persons.invitations, _token(visit)
    offer, secret = await invitations.look(token), await invitations.new_secret(token)
    if offer is None or secret is None:
        return visit.page("link_dead.html", status=410, refused=LINK_DEAD)
    return visit.page(
        "join.html",
        status=200 if refused is None else 422,
        record=offer.record,
        expires_at=offer.expires_at,
        path=visit.request.path,
        secret=secret,
        picture=qr_code(secret),
        refused=refused,
        typed={name: visit.field(name) for name in ("full_name", "name", "label")},
    )


def _token(visit: Visit) -> str:
    """Return the token in the path; what cannot be one is no link at all."""
    found = visit.request.match_info["token"]
    return found if _TOKEN.fullmatch(found) else ""


PAGES: Final = (
    Page("GET", JOIN + "{token}", PUBLIC, show, before_setup=True),
    Page("GET", JOIN + "{token}/passkey", PUBLIC, options, before_setup=True),
    Page("POST", JOIN + "{token}", PUBLIC, join, before_setup=True),
)
