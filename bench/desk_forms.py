"""A form of a page as a browser without scripts would send it: every field with what stands in it."""

import http.client
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlencode, urlsplit

_TIMEOUT_S: Final = 60
_SEE_OTHER: Final = 303
_EDGE: Final = b"a-line-between-the-parts"
_UNTOLD: Final = frozenset({"submit", "button", "file", "image", "reset"})


@dataclass(slots=True)
class Forms(HTMLParser):
    """The forms of a page by their targets; each is the list of its fields."""

    found: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _form: str = ""
    _area: str = ""  # a text area that is being read
    _list: str = ""  # a list of choices that is being read

    def __post_init__(self) -> None:
        HTMLParser.__init__(self)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a form, and what stands in its fields."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = given.get("action", "")
            self.found.setdefault(self._form, [])
        elif tag == "textarea":
            self._area = given.get("name", "")
            self._tell(self._area, "")
        elif tag == "select":
            self._list = given.get("name", "")
        elif tag == "option" and "selected" in given:
            self._tell(self._list, given.get("value", ""))
        elif tag == "input" and _is_told(given):
            self._tell(given.get("name", ""), given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        """Note where a form or a field ends."""
        if tag == "form":
            self._form = ""
        if tag in ("form", "textarea"):
            self._area = ""

    def handle_data(self, data: str) -> None:
        """Keep the text of a text area."""
        fields = self.found.get(self._form, [])
        if self._area and fields and fields[-1][0] == self._area:
            fields[-1] = (self._area, fields[-1][1] + data)

    def _tell(self, name: str, value: str) -> None:
        if self._form and name:
            self.found[self._form].append((name, value))


def _is_told(given: dict[str, str]) -> bool:
    kind = given.get("type", "text")
    return kind not in _UNTOLD and (kind not in ("checkbox", "radio") or "checked" in given)


@dataclass(frozen=True, slots=True)
class Writer:
    """Somebody who fills in forms of a desk. What a page answers has to lead on; anything else ends the measurement."""

    origin: str
    cookies: str

    def page(self, path: str) -> Forms:
        """Return the forms of a page."""
        _, _, text = self._ask("GET", path, None)
        forms = Forms()
        forms.feed(text)
        return forms

    def send(self, path: str, action: str, /, **fields: str) -> str:
        """Send the form of a page with some fields changed, and return where it leads."""
        kept = [each for each in self.page(path).found[action] if each[0] not in fields]
        status, place, _ = self._ask("POST", action, [*kept, *fields.items()])
        if status != _SEE_OTHER:
            raise SystemExit(f"the form of {path} was answered with {status}")
        return place.partition("#")[0]

    def attach(self, path: str, action: str, name: str, content: bytes) -> None:
        """Send the form of a page that takes files with one file."""
        kept = self.page(path).found[action]
        parts = [f'form-data; name="{each}"\r\n\r\n{value}'.encode() for each, value in kept]
        parts.append(f'form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + content)
        lines = b"".join(b"--%s\r\nContent-Disposition: %s\r\n" % (_EDGE, each) for each in parts)
        status, _, _ = self._post(
            action, lines + b"--%s--\r\n" % _EDGE, f"multipart/form-data; boundary={_EDGE.decode()}"
        )
        if status != _SEE_OTHER:
            raise SystemExit(f"the file for {path} was answered with {status}")

    def places(self, path: str, beginning: str) -> list[str]:
        """Return where a page leads, of those places that begin so, in its order."""
        _, _, text = self._ask("GET", path, None)
        return list(dict.fromkeys(re.findall(f'(?:href|src)="({re.escape(beginning)}[^"#?]+)"', text)))

    def _ask(self, method: str, path: str, fields: list[tuple[str, str]] | None) -> tuple[int, str, str]:
        if fields is None:
            return self._call(method, path, None, {})
        return self._post(path, urlencode(fields).encode(), "application/x-www-form-urlencoded")

    def _post(self, path: str, body: bytes, kind: str) -> tuple[int, str, str]:
        return self._call("POST", path, body, {"Content-Type": kind})

    def _call(self, method: str, path: str, body: bytes | None, more: dict[str, str]) -> tuple[int, str, str]:
        place = urlsplit(self.origin)
        line = http.client.HTTPConnection("127.0.0.1", place.port, timeout=_TIMEOUT_S)
        headers = {"Host": place.netloc, "Origin": self.origin, "Cookie": self.cookies} | more
        try:
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read().decode()
        finally:
            line.close()
