"""A node's API as the demonstration uses it: the same `/api/v1` on which national systems stand."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

Json = dict[str, Any]

_TIMEOUT_S: Final = 20
_PAUSE_S: Final = 0.05


class Unexpected(Exception):
    """An answer other than the story expects."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of one answer."""

    status: int
    body: Json

    def done(self) -> Json:
        """Return the body of a success; ``Unexpected`` with the problem's words otherwise."""
        if self.status >= 400:  # noqa: PLR2004 - any refusal
            raise Unexpected(f"{self.body.get('code')}: {self.body.get('title')} {self.body.get('fields', '')}")
        return self.body

    def refusal(self) -> Json:
        """Return the problem of a refusal; ``Unexpected`` when it was allowed."""
        if self.status < 400:  # noqa: PLR2004 - any success
            raise Unexpected("allowed, and should have been refused")
        return self.body


@dataclass(frozen=True, slots=True)
class Node:
    """One running node: the name to type after ``--as``, its id, and where its API listens."""

    alias: str
    node: str
    base: str
    token: str

    def get(self, path: str) -> Answer:
        """Ask."""
        return self._call("GET", path, None, {})

    def post(self, path: str, body: Json, once: str | None = None) -> Answer:
        """Do; with ``once`` a repetition has no further effect."""
        return self._call("POST", path, body, {"Idempotency-Key": once} if once else {})

    def send(self, request: Json) -> str:
        """Send a message and return its id; ``Unexpected`` when it is refused."""
        return str(self.post("/messages", request).done()["id"])

    def status(self) -> Json:
        """Return how the node is doing."""
        return self.get("/status").done()

    def show(self, message: str) -> Json:
        """Open a message, as a reader would."""
        return self.get(f"/messages/{message}").done()

    def row(self, box: str, message: str) -> Json | None:
        """Return the list entry of a message, None when it is not there or the node is busy."""
        answer = self.get(f"/messages?box={box}")
        if answer.status == 503:  # noqa: PLR2004 - busy: whoever waits asks again
            return None
        rows = answer.done()["messages"]
        return next((row for row in rows if row["id"] == message), None)

    def wait_row(self, box: str, message: str, good: Callable[[Json], bool], seconds: float = 60) -> Json:
        """Return the list entry once ``good`` says so; ``Unexpected`` with its last state after ``seconds``."""
        end = time.monotonic() + seconds
        row = self.row(box, message)
        while row is None or not good(row):
            if time.monotonic() > end:
                raise Unexpected(f"{self.alias}: {self.where(message)} after {seconds:.0f} s")
            time.sleep(_PAUSE_S)
            row = self.row(box, message)
        return row

    def where(self, message: str) -> str:
        """Return in words where a message is and what stopped it."""
        answer = self.get(f"/messages/{message}/why")
        steps = answer.body.get("steps", [])
        return "; ".join(f"{each['where']}: {each['rule'] or ''} {each['sentence']}" for each in steps) or "not here"

    def arrived(self, message: str) -> Json:
        """Wait until a message arrived and is accepted; open it and return it."""
        self.wait_row("inbox", message, lambda row: row["state"] == "accepted")
        return self.show(message)

    def _call(self, method: str, path: str, body: Json | None, more: dict[str, str]) -> Answer:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            f"{self.base}/api/v1{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"} | more,
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310 - see above
                return Answer(answer.status, json.load(answer))
        except urllib.error.HTTPError as refused:
            with refused:
                return Answer(refused.code, json.load(refused))
