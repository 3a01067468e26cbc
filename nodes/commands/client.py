"""The command line's side of the API: one request over the loopback, answers and problems as Python values."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlsplit

from nodes.api.token import read_token
from nodes.commands.registry import Place
from runtime.operator import OperatorError

_TIMEOUT_S: Final = 60
_REFUSED: Final = 400
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
        return self._call("GET", f"{path}?{text}" if text else path, None, {})

    def post(self, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the answer of a POST; ``ApiRefused`` or ``OperatorError`` otherwise."""
        return self._call("POST", path, body, headers or {})

    def _call(
        self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> dict[str, Any]:
        parts = urlsplit(self._place.api)
        sent = {"Authorization": f"Bearer {read_token(self._place.token)}", **headers}
        raw = None
        if body is not None:
            raw = json.dumps(body).encode()
            sent["Content-Type"] = "application/json"
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=_TIMEOUT_S)
        try:
            connection.request(method, f"/api/v1{path}", raw, sent)
            response = connection.getresponse()
            answer = response.read(_LIMIT)
        except (OSError, http.client.HTTPException) as err:
            raise _silent(self._place.api) from err
        finally:
            connection.close()
        return _read(response.status, answer)


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
