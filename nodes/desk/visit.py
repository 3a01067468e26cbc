"""One visit of a person to a page: what every ``answer`` is given."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from aiohttp import web

from nodes.desk.body import File, Form
from nodes.desk.cookies import Cookies
from nodes.desk.flash import Flash
from nodes.desk.frame import Framer, Link
from nodes.desk.leaving import DRAW, Drawing
from nodes.desk.render import Renderer, Scene
from nodes.desk.services import DeskServices
from nodes.desk.texts import Speech
from nodes.gateway.gateway import Gateway
from nodes.people.acting import Acting
from nodes.people.sessions import SignedIn

FILES: Final = web.RequestKey("files", AsyncIterator[File])
_IN_ADDRESS: Final = "%/?#[]@!$&'()*+,;=:"
"""Signs that stand for themselves in an address; whatever else somebody typed is encoded, line ends first of all."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What all visits share."""

    desk: DeskServices
    renderer: Renderer
    framer: Framer
    flash: Flash
    cookies: Cookies


@dataclass(slots=True)
class Visit:
    """One request of a person to a page, after the doors."""

    request: web.Request
    stage: Stage
    speech: Speech
    csrf: str
    session: SignedIn | None = None
    form: Form = field(default_factory=dict)
    """Fields of a POST, every one as the list of its values, in the order sent."""

    @property
    def who(self) -> Acting | None:
        """Whoever is signed in, if anybody is."""
        return None if self.session is None else self.session.acting

    @property
    def acting(self) -> Acting:
        """The person who is signed in; a page that is not ``PUBLIC`` always has one."""
        return self.live.acting

    @property
    def live(self) -> SignedIn:
        """The session; a page that is not ``PUBLIC`` always has one."""
        if self.session is None:
            raise RuntimeError("a public page knows no person")
        return self.session

    @property
    def desk(self) -> DeskServices:
        """The books."""
        return self.stage.desk

    @property
    def gateway(self) -> Gateway:
        """The gateway of this node."""
        return self.stage.desk.gateway

    @property
    def cookies(self) -> Cookies:
        """The cookies of this desk."""
        return self.stage.cookies

    @property
    def language(self) -> str:
        """The language the page speaks."""
        return self.speech.language

    def field(self, name: str) -> str:
        """Return the first value of a field without blanks around it; empty when it was not sent."""
        return next(iter(self.form.get(name, ())), "").strip()

    def raw(self, name: str) -> str:
        """Return the first value of a field letter by letter, as a passphrase needs it; empty when it was not sent."""
        return next(iter(self.form.get(name, ())), "")

    def files(self) -> AsyncIterator[File]:
        """Yield the files of a form in the order sent, each to be read before the next; for a ``files`` page only."""
        return self.request[FILES]

    def text(self, sentence: str, /, **values: object) -> str:
        """Return an English sentence of the catalogue in the visitor's language, its named places filled."""
        return self.speech.say(sentence, values)

    def page(self, template: str, /, *, status: int = 200, **context: object) -> web.Response:
        """Return a page of the frame, to be drawn when it leaves; the one-time message, if any, is shown and gone."""
        stage = self.stage
        said = stage.flash.take(self.request)
        frame = stage.framer.frame(self.who, self.speech, self.request.path)
        around = {"frame": frame, "said": said, "csrf": self.csrf}
        scene = self.scene()
        response = web.Response(body=b"", content_type="text/html", charset="utf-8", status=status)
        response[DRAW] = Drawing(lambda: stage.renderer.render(template, scene, {**around, **context}))
        if said is not None:
            stage.flash.drop(response)
        return response

    def menu(self) -> tuple[Link, ...]:
        """Return the entries of this person's menu."""
        return self.stage.framer.frame(self.acting, self.speech, self.request.path).menu

    def scene(self) -> Scene:
        """Return language, present second and local time."""
        return Scene(self.speech, self.desk.now(), self.desk.local())

    def back_to(self, path: str, *, said: str = "") -> web.Response:
        """Return a redirect after a POST to a path of the desk, which shows ``said`` once."""
        if not path.startswith("/") or path.startswith(("//", "/\\")):
            raise ValueError("only to a path of the desk")
        response = web.Response(status=303, headers={"Location": quote(path, safe=_IN_ADDRESS)})
        if said:
            self.stage.flash.put(response, said)
        return response

    def missing(self) -> web.Response:
        """Return the answer to whatever is not here or not for this person; nobody learns which of the two."""
        return self.page("missing.html", status=404)
