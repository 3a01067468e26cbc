"""A browser of the demonstration: it opens pages of a desk, keeps their cookies, and fills in their forms."""

import http.client
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urlsplit

from egnatia.demo.client import Unexpected

_TIMEOUT_S: Final = 30
_SEE_OTHER: Final = 303
_OK: Final = 200
_MOST: Final = 5  # redirects in a row
_SECRET: Final = "desk-secret"  # noqa: S105 - the class of the place where a new secret stands


@dataclass(slots=True)
class Sheet(HTMLParser):
    """A page as far as the demonstration looks at it: text, links, hidden fields, named buttons, a new secret."""

    text: str = ""
    forms: dict[str, dict[str, str]] = field(default_factory=dict)
    links: list[str] = field(default_factory=list)
    buttons: dict[str, str] = field(default_factory=dict)
    secret: str = ""
    _form: str = ""
    _inside: bool = False

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note forms, hidden fields, links and buttons, and where the secret begins."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = given.get("action", "")
            self.forms.setdefault(self._form, {})
        elif tag == "input" and given.get("type") == "hidden" and self._form:
            self.forms[self._form][given.get("name", "")] = given.get("value", "")
        elif tag == "a":
            self.links.append(given.get("href", ""))
        elif tag == "button" and "aria-label" in given:
            self.buttons[given["aria-label"]] = given.get("value", "")
        elif given.get("class") == _SECRET:
            self._inside = True

    def handle_endtag(self, tag: str) -> None:
        """Note where a form or the secret ends."""
        if tag == "form":
            self._form = ""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Keep what is written."""
        self.text += data
        if self._inside:
            self.secret += data.replace(" ", "")


class Visitor:
    """One window of one person. ``Unexpected`` for every answer that is not a page."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self._cookies: dict[str, str] = {}

    @property
    def cookies(self) -> str:
        """What the window sends as its cookies."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def look(self, path: str) -> Sheet:
        """Return the page at a path, wherever it leads."""
        return _sheet(self.read(path))

    def read(self, path: str) -> str:
        """Return what stands at a path, wherever it leads, as it came."""
        return self._ask("GET", path, None)

    def fill(self, sheet: Sheet, action: str, **fields: str) -> Sheet:
        """Send a form of a page with its hidden fields, and return the page that follows."""
        if action not in sheet.forms:
            raise Unexpected(f"the page has no form for {action}")
        return _sheet(self._ask("POST", action, {**sheet.forms[action], **fields}))

    def _ask(self, method: str, path: str, fields: dict[str, str] | None) -> str:
        for _ in range(_MOST):
            status, target, text = self._answer(method, path, fields)
            if status != _SEE_OTHER:
                break
            method, path, fields = "GET", target, None
        if status != _OK:
            raise Unexpected(f"{method} {urlsplit(path).path} of {self.origin} answered {status}")
        return text

    def _answer(self, method: str, path: str, fields: dict[str, str] | None) -> tuple[int, str, str]:
        place = urlsplit(self.origin)
        connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=_TIMEOUT_S)
        headers = {"Host": place.netloc, "Origin": self.origin, "Accept-Language": "en"}
        if self._cookies:
            headers["Cookie"] = self.cookies
        body = None
        if fields is not None:
            body, headers["Content-Type"] = urlencode(fields), "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            for line in answer.headers.get_all("Set-Cookie", []):
                name, _, value = line.partition(";")[0].partition("=")
                self._cookies[name] = value.strip('"')
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            connection.close()


def _sheet(text: str) -> Sheet:
    found = Sheet()
    found.feed(text)
    return found
