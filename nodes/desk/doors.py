"""The one place before every page: host, session, permission, origin and token of a form, in this order.

What a page asks for is checked here and nowhere else. Whoever may not open a page gets the answer of a page that is
not there; whoever has not signed in gets the sign-in for any path at all. What somebody typed into a form whose
session is over comes back after signing in (``nodes.desk.keeping``).
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from nodes.desk import csrf, keeping
from nodes.desk.body import read_fields, read_parts
from nodes.desk.doing import doer_of
from nodes.desk.page import Page
from nodes.desk.texts import Speech
from nodes.desk.visit import FILES, Stage, Visit
from nodes.gateway.journal import acting_as
from nodes.people.sessions import SignedIn
from runtime.http import LIFECYCLE

SIGN_IN: Final = "/sign-in"
_TOKEN: Final = 32
_BOUND: Final = web.RequestKey("bound", str)
_FRESH: Final = web.RequestKey("fresh", bool)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Doors:
    """Opens pages to those who may."""

    stage: Stage
    joined: bool = False  # once somebody has joined, somebody has

    def answer(self, page: Page) -> Answer:
        """Return what stands in the route table for a page."""

        async def open_(request: web.Request) -> web.StreamResponse:
            visit = await self.visit(request)
            if not page.before_setup and not await self._is_set_up():
                return visit.page("not_set_up.html", status=503)
            if request.method == "POST" and not csrf.is_same_origin(request.headers, self.stage.desk.origin):
                return visit.page("stale_form.html", status=403)
            if not page.is_open_to(visit.who):
                return await self._closed(visit, page)
            if request.method == "POST":
                await self._read(visit, page)
                if not csrf.is_ours(visit.field(csrf.FIELD).partition(".")[0], request[_BOUND]):
                    return keeping.offer(visit, page)
            with acting_as(doer_of(visit.who)):
                if request.method == "POST":  # what writes runs to its end, whether or not the browser waits
                    response = await request.app[LIFECYCLE].keep(page.answer(visit))
                    self._tell(visit, response)
                    return response
                return await page.answer(visit)

        return open_

    async def unknown(self, request: web.Request) -> web.StreamResponse:
        """Answer a path that is no page: like a page that this person may not open."""
        return await self._closed(await self.visit(request), None)

    async def visit(self, request: web.Request) -> Visit:
        """Return a visit with whoever is signed in; its forms are bound to the session, or to the browser without."""
        token = self.stage.cookies.session.read(request)
        session = await self.stage.desk.persons.sessions.find(token) if token else None
        request[_BOUND] = token if session is not None else self._visitor(request)
        form_token = csrf.token_of(request[_BOUND])
        if session is not None:
            form_token += keeping.whose(self.stage.desk.seal, session.acting.person)
        return Visit(request, self.stage, self._speech(request, session), form_token, session)

    def greeting(self) -> Middleware:
        """Return the middleware that gives a browser without a session the cookie its next form is bound to."""

        @web.middleware
        async def greet(request: web.Request, handler: Handler) -> web.StreamResponse:
            response = await handler(request)
            if request.get(_FRESH) and not response.prepared:
                self.stage.cookies.visitor.put(response, request[_BOUND])
            return response

        return greet

    def _tell(self, visit: Visit, response: web.StreamResponse) -> None:
        """Let the pages of others know when somebody did something."""
        if visit.who is not None and response.status == web.HTTPSeeOther.status_code:
            self.stage.desk.changes.tell()

    async def _is_set_up(self) -> bool:
        self.joined = self.joined or not await self.stage.desk.people.is_empty()
        return self.joined

    def _visitor(self, request: web.Request) -> str:
        known = self.stage.cookies.visitor.read(request)
        request[_FRESH] = not known
        return known or self.stage.desk.gateway.here.entropy(_TOKEN).hex()

    def _speech(self, request: web.Request, session: SignedIn | None) -> Speech:
        texts, chosen = self.stage.desk.texts, self.stage.cookies.language.read(request)
        if session is not None:
            return texts.speech(session.acting.language)
        return texts.speech(chosen) if chosen else texts.choose(request.headers.get("Accept-Language", ""))

    async def _read(self, visit: Visit, page: Page) -> None:
        if page.files:
            visit.form, visit.request[FILES] = await read_parts(visit.request, page.body_bytes)
        else:
            visit.form = await read_fields(visit.request, page.body_bytes)

    async def _closed(self, visit: Visit, page: Page | None) -> web.StreamResponse:
        """Answer whoever may not open a page, or asked for one that is not there."""
        if visit.session is not None:
            return visit.missing()
        if visit.request.method == "POST" and page is not None:
            await self._read(visit, page)
            return keeping.sign_in_again(visit, page)
        return web.Response(status=303, headers={"Location": f"{SIGN_IN}?next={quote(visit.request.path)}"})


def addressed_to(origin: str) -> Middleware:
    """Return the middleware that refuses a request which was addressed to another host (DNS rebinding)."""
    host = origin.partition("://")[2]

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.headers.getall("Host", []) != [host]:
            return web.Response(status=421, text="This desk answers under its own name only.\n")
        return await handler(request)

    return check
