"""A running desk over a gateway on the simulated hub, with one person of each role, and browsers that visit it."""

import contextlib
import io
import re
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode

import aiohttp

from nodes.casework.counted_reports import CountedReports
from nodes.config import DeskSettings
from nodes.desk import csrf
from nodes.desk.app import build_desk, build_services
from nodes.desk.cookies import Cookies
from nodes.desk.page import Page
from nodes.desk.routes import PAGES
from nodes.desk.services import DeskServices, Persons
from nodes.gateway.gateway import Gateway
from nodes.people.acting import PersonId
from nodes.people.codes import code_at
from nodes.people.factors import PassphraseFactor, Site, Way
from nodes.people.invitations import JOIN, Invitations, Invited
from nodes.people.own_factors import OwnFactors
from nodes.people.people_book import PeopleBook
from nodes.people.person import Details
from nodes.people.refusals import NotDone
from nodes.people.roles import Role
from nodes.people.sessions import SessionLimits, Sessions
from nodes.people.sign_in import SignIn
from runtime.http import LIFECYCLE
from runtime.log import Log
from tests.simulators.staff import CHEAP, secret_of

NAMES = {
    Role.DUTY_OFFICER: "Dušan Đorđević",
    Role.CASE_OFFICER: "Mira Petrova",
    Role.SUPERVISOR: "Ana Lleshi",
    Role.INVESTIGATOR: "Ivo Horvat",
    Role.PROTECTION_OFFICER: "Lea Kovač",
    Role.AUDITOR: "Petar Stojanov",
    Role.ADMINISTRATOR: "Zana Hoxha",
    Role.DIRECTORY_EDITOR: "Goran Babić",
}


SIGN_INS = {role: str(role).replace("-", ".") for role in Role}
PHRASE = "purple kettle seven rivers"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who joined, with what the person knows and has."""

    id: PersonId
    sign_in: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a page answered."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def title(self) -> str:
        return unescape(re.findall(r"<title>(.*?)</title>", self.text, re.DOTALL)[0]).strip()

    @property
    def heading(self) -> str:
        """The first heading, in words."""
        return self.words_of(re.findall(r"<h1.*?</h1>", self.text, re.DOTALL)[0])

    @property
    def words(self) -> str:
        """The words of the page's main part, blanks joined."""
        return self.words_of(self.text.partition("<main")[2].partition("</main>")[0].partition(">")[2])

    @property
    def cases(self) -> list[str]:
        """The paths of the cases that the page leads to, each once."""
        return list(dict.fromkeys(re.findall(r'href="(/cases/[0-9a-f]{32})"', self.text)))

    @property
    def location(self) -> str:
        return self.headers["Location"]

    @staticmethod
    def words_of(html: str) -> str:
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@dataclass
class Visitor:
    """A browser, signed in or not. Cookies that pages set are kept."""

    desk: "TestDesk"
    token: str = ""
    jar: dict[str, str] = field(default_factory=dict)

    @property
    def cookies(self) -> dict[str, str]:
        own = {Cookies.of(self.desk.services.origin).session.name: self.token} if self.token else {}
        return self.jar | own

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send a request as a browser would; ``Sec_Fetch_Site=""`` and the like take a header away or change it."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        sent |= {"Sec-Fetch-Site": "same-origin", "Origin": self.desk.services.origin} if method == "POST" else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {name: value for name, value in sent.items() if value}
        url = self.desk.services.origin + path
        async with self.desk.http.request(method, url, data=body, headers=sent, allow_redirects=False) as found:
            for name, morsel in found.cookies.items():
                self._keep(name, morsel.value)
            return Answer(found.status, found.headers, await found.text())

    def _keep(self, name: str, value: str) -> None:
        if name == Cookies.of(self.desk.services.origin).session.name:
            self.token = value
        elif value:
            self.jar[name] = value
        else:
            self.jar.pop(name, None)

    async def get(self, path: str, **headers: str) -> Answer:
        """Open a page."""
        return await self.call("GET", path, None, **headers)

    async def post(self, path: str, fields: Mapping[str, Any] | None = None, **headers: str) -> Answer:
        """Send a form with its token; a value that is a list is sent as several fields."""
        body = urlencode({"csrf": self.csrf(), **(fields or {})}, doseq=True).encode()
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return await self.call("POST", path, body, **(kind | headers))

    def csrf(self) -> str:
        """The token that the forms of this browser carry."""
        return csrf.token_of(self.jar.get(Cookies.of(self.desk.services.origin).visitor.name, "") or self.token)

    async def follow(self, answer: Answer) -> Answer:
        """Go where a form's answer leads."""
        assert answer.status == 303, (answer.status, answer.words)
        return await self.get(answer.location)


@dataclass
class TestDesk:
    """A running desk; the people of a role join when a test first names the role."""

    __test__ = False

    services: DeskServices
    http: aiohttp.ClientSession
    log: io.StringIO
    members: dict[Role, Member] = field(default_factory=dict)

    @property
    def persons(self) -> Persons:
        return self.services.persons

    async def member(self, role: Role) -> Member:
        """Return the person who has this role and no other."""
        if role not in self.members:
            administrator = (await self.member(Role.ADMINISTRATOR)).id if role is not Role.ADMINISTRATOR else None
            self.members[role] = await self._join(role, administrator)
        return self.members[role]

    async def as_(self, role: Role) -> Visitor:
        """Return a browser in which the person of this role is signed in."""
        return Visitor(self, await self.persons.sessions.begin((await self.member(role)).id, Way.PASSKEY))

    def stranger(self) -> Visitor:
        """Return a browser in which nobody is signed in."""
        return Visitor(self)

    async def link(self, role: Role, by: PersonId | None) -> str:
        """Return the path of the page on which the person of a role joins."""
        if by is None:
            link = await self.persons.invitations.first()
        else:
            new = Details(name=NAMES[role], sign_in=SIGN_INS[role], roles=frozenset({role}))
            invited = await self.persons.invitations.invite(new, "starts work", by)
            assert isinstance(invited, Invited), invited
            link = invited.link
        assert link is not None
        return link.removeprefix(self.services.origin)

    async def _join(self, role: Role, by: PersonId | None) -> Member:
        token = (await self.link(role, by)).removeprefix(JOIN)
        offered = await self.persons.invitations.new_secret(token)
        assert offered is not None
        secret = secret_of(offered)
        code = code_at(secret, self.services.now())
        first = Details(name=NAMES[role], sign_in=SIGN_INS[role])
        person = await self.persons.invitations.accept(token, PassphraseFactor(PHRASE, code), first)
        assert not isinstance(person, NotDone), person
        return Member(person, SIGN_INS[role], secret)


def free_port() -> int:
    """Return a port that nothing listens on now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def cheap_persons(gateway: Gateway, origin: str) -> Persons:
    """Return the real books of people; only the derivation of passphrases costs nothing."""
    book, site = PeopleBook(gateway), Site(origin, "Contact point")
    return Persons(
        book,
        SignIn(gateway, book, site, CHEAP),
        Sessions(gateway, book, SessionLimits()),
        Invitations(gateway, book, site, CHEAP),
        OwnFactors(gateway, book, site, CHEAP),
    )


@contextlib.asynccontextmanager
async def desk_over(
    gateway: Gateway,
    *,
    joined: bool = True,
    more: Sequence[Page] = (),
    trust: ssl.SSLContext | bool = True,
    **settings: Any,
) -> AsyncIterator[TestDesk]:
    """Run the desk of a gateway as long as the context lasts, with ``more`` pages; ``joined`` by an administrator."""
    stream = io.StringIO()
    log = Log(stream, gateway.here.clock, bytes(32))
    services = build_services(gateway, DeskSettings(**{"on": True, "port": free_port()} | settings), log)
    services.reports = CountedReports(services.reports.book, gateway.here.clock, patience_s=60)
    services.persons = cheap_persons(gateway, services.origin)
    desk = build_desk(services, (*PAGES, *more))
    server = desk.server()
    desk.app[LIFECYCLE].set_ready()
    await server.start()
    try:
        connector = aiohttp.TCPConnector(ssl=trust)
        async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as http:
            running = TestDesk(services, http, stream)
            if joined:
                await running.member(Role.ADMINISTRATOR)
            yield running
    finally:
        await server.stop()
