"""The command line's side of the API: one request over the loopback, answers and problems as Python values."""

import http.client
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urlsplit

from nodes.api.token import read_token
from nodes.commands.registry import Place
from runtime.operator import OperatorError

_TIMEOUT_S: Final = 60
_LONG_S: Final = 600  # for a large file to become durable at the node, and for its first piece to come back
_PIECE: Final = 1 << 20
_REFUSED: Final = 400
_LOCALE: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_LIMIT: Final = 32 << 20  # bytes of an answer; the message types take two


@dataclass(frozen=True, slots=True)
class Problem:
    """A refusal of the API: its code, its words, and whatever else the document says."""

    status: int
    code: str
    title: str
    remedy: str
    document: Mapping[str, Any]


class ApiRefused(Exception):
    """The node understood and said no."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem: Final = problem


class ApiClient:
    """Speaks to one running node."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def get(self, path: str, **query: str | int | None) -> dict[str, Any]:
        """Return the answer of a GET; ``ApiRefused`` or ``OperatorError`` otherwise."""
        given = {key: value for key, value in query.items() if value is not None}
        text = "&".join(f"{key}={quote(str(value), safe='')}" for key, value in given.items())
        with self._ask(_Ask("GET", f"{path}?{text}" if text else path, None, {}, _TIMEOUT_S)) as response:
            return _read(response.status, response.read(_LIMIT))

    def post(
        self,
        path: str,
        body: Mapping[str, Any],
        headers: Mapping[str, str] | None = None,
        *,
        patience_s: int = _TIMEOUT_S,
    ) -> dict[str, Any]:
        """Return the answer of a POST; ``ApiRefused`` or ``OperatorError`` otherwise."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        with self._ask(_Ask("POST", path, json.dumps(body).encode(), sent, patience_s)) as response:
            return _read(response.status, response.read(_LIMIT))

    def upload(self, path: str, query: Mapping[str, str], pieces: Iterable[bytes], size: int) -> dict[str, Any]:
        """Return the answer to a body of ``size`` bytes, which is never held as a whole."""
        text = "&".join(f"{key}={quote(value, safe='')}" for key, value in query.items())
        sent = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
        with self._ask(_Ask("POST", f"{path}?{text}", pieces, sent, _LONG_S)) as response:
            return _read(response.status, response.read(_LIMIT))

    def download(self, path: str, headers: Mapping[str, str], out: BinaryIO, told: Callable[[int, int], None]) -> int:
        """Write an answer to ``out`` and return its bytes; an answer that ends early is an ``OperatorError``."""
        done = 0
        with self._ask(_Ask("GET", path, None, headers, _LONG_S)) as response:
            if response.status >= _REFUSED:
                _read(response.status, response.read(_LIMIT))
            length = response.headers.get("Content-Length")  # none where the answer comes in chunks, which end by rule
            total = 0 if length is None else int(length)
            while piece := response.read(_PIECE):
                out.write(piece)
                done += len(piece)
                told(done, total)
            if length is not None and done != total:
                raise http.client.IncompleteRead(b"", total - done)
        return done

    def save(self, path: str, body: Mapping[str, Any], out: BinaryIO) -> Mapping[str, str]:
        """Write the file with which a POST is answered to ``out``, and return the headers that tell about it."""
        sent = {"Content-Type": "application/json"}
        with self._ask(_Ask("POST", path, json.dumps(body).encode(), sent, _LONG_S)) as response:
            if response.status >= _REFUSED:
                _read(response.status, response.read(_LIMIT))
            while piece := response.read(_PIECE):
                out.write(piece)
            return dict(response.headers)

    def lines(self, path: str) -> Iterator[bytes]:
        """Yield the lines of an answer as they come, without the empty ones that only say that the node is there."""
        with self._ask(_Ask("GET", path, None, {}, _LONG_S)) as response:
            if response.status >= _REFUSED:
                _read(response.status, response.read(_LIMIT))
            while line := response.readline():
                if line.strip():
                    yield line

    @contextmanager
    def _ask(self, ask: "_Ask") -> Iterator[http.client.HTTPResponse]:
        parts = urlsplit(self._place.api)
        sent = {"Authorization": f"Bearer {read_token(self._place.token)}", "Accept-Language": readers_language()}
        sent |= ask.headers
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=ask.patience_s)
        try:
            try:
                connection.request(ask.method, f"/api/v1{ask.path}", ask.body, sent)
            except OSError as err:
                raise _silent(self._place.api) from err
            yield connection.getresponse()
        except (ConnectionError, TimeoutError, http.client.HTTPException) as err:
            raise _silent(self._place.api) from err
        finally:
            connection.close()


def readers_language() -> str:
    """Return the language of the person at this terminal, as the catalogue writes it; English where none is set."""
    named = next((value for name in _LOCALE if (value := os.environ.get(name))), "")
    code, script = named.partition("_")[0].partition(".")[0].partition("@")[0], "@latin" in named
    if code == "sr":
        return "sr-Latn" if script else "sr-Cyrl"
    return code if code.isascii() and code.isalpha() and code not in ("C", "POSIX") else "en"


@dataclass(frozen=True, slots=True)
class _Ask:
    method: str
    path: str
    body: bytes | Iterable[bytes] | None
    headers: Mapping[str, str]
    patience_s: int


def _read(status: int, answer: bytes) -> dict[str, Any]:
    try:
        document = json.loads(answer)
    except ValueError as err:
        raise OperatorError(
            "API_ANSWER",
            "Something else than a node answers at this address",
            "A node's API answers in JSON",
            "Check which program listens there; the address stands in the node's settings",
        ) from err
    if status < _REFUSED:
        return dict(document)
    raise ApiRefused(
        Problem(
            status,
            str(document.get("code", "")),
            str(document.get("title", "")),
            str(document.get("remedy", "")),
            document,
        )
    )


def _silent(api: str) -> OperatorError:
    return OperatorError(
        "NODE_SILENT",
        f"The node does not answer at {api}",
        "Commands speak to a running node",
        "Start it with: egnatia node run --config FILE",
    )
