"""How a refusal looks in HTTP: the status of the code's meaning and the problem in CBOR; nothing else leaves us."""

from typing import Final

from aiohttp import web

from protocol.api import CONTENT_TYPE, Problem, encode_problem
from protocol.errors import Code
from protocol.meanings import MEANINGS

_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
_SERVER_ERROR: Final = 500
_BY_STATUS: Final = {
    403: Code.NOT_PERMITTED,
    404: Code.NOT_FOUND,
    405: Code.NOT_FOUND,
    413: Code.TOO_LARGE,
    503: Code.NOT_READY,
}


def refuse(problem: Problem, status: int | None = None) -> web.Response:
    """Return the HTTP response for a problem; ``status`` replaces the code's own where HTTP itself refuses."""
    headers = dict(_HEADERS)
    if problem.retry_after is not None:
        headers["Retry-After"] = str(problem.retry_after)
    return web.Response(
        status=MEANINGS[problem.code].status if status is None else status,
        body=encode_problem(problem),
        content_type=CONTENT_TYPE,
        headers=headers,
    )


def code_of(error: web.HTTPException) -> Code:
    """Return the code for what aiohttp itself refuses, such as an unknown path."""
    found = _BY_STATUS.get(error.status)
    if found is not None:
        return found
    return Code.INTERNAL if error.status >= _SERVER_ERROR else Code.MALFORMED
