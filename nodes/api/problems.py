"""Refusals of the API as RFC 9457 problem details: a stable code, a sentence, the article, and what to do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import web

from nodes.gateway.wishes import InputFault
from protocol.errors import Code
from protocol.meanings import MEANINGS

CONTENT_TYPE: Final = "application/problem+json"
HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
RETRY_AFTER: Final = "retry_after"
"""The member with the seconds after which the same request may be repeated; it stands in the header too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiProblem:
    """A refusal. ``findings`` explain a policy's decision, ``fields`` name what is wrong in a document."""

    status: int
    code: str
    title: str
    remedy: str
    article: str | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    fields: Sequence[Mapping[str, Any]] = ()
    extra: Mapping[str, Any] = field(default_factory=dict)


class Refusing(Exception):
    """Carries a problem to the outermost frame of a request."""

    def __init__(self, problem: ApiProblem) -> None:
        super().__init__(problem.code)
        self.problem: Final = problem


def problem_of(code: Code, **extra: Any) -> ApiProblem:  # noqa: ANN401 - values of a JSON object
    """Return the problem for a code with the words of its meaning."""
    meaning = MEANINGS[code]
    return ApiProblem(status=meaning.status, code=str(code), title=meaning.sentence, remedy=meaning.remedy, extra=extra)


def bad_request(what: str) -> ApiProblem:
    """Return the problem for a request that cannot be read; ``what`` is about its shape, never its content."""
    return ApiProblem(
        status=400,
        code=str(Code.MALFORMED),
        title=f"The request cannot be read: {what}.",
        remedy="Correct the request; `GET /api/v1/types` describes the message types.",
    )


def not_found() -> ApiProblem:
    """Return the answer for everything that is not there, whether it never was or belongs to somebody else."""
    return ApiProblem(
        status=404,
        code=str(Code.NOT_FOUND),
        title="There is no such thing at this node.",
        remedy="Check the id; `GET /api/v1/messages` lists what is here.",
    )


def faults_problem(faults: Sequence[InputFault], remedy: str) -> ApiProblem:
    """Return the problem for a request whose fields are wrong; each is named with its reason."""
    return ApiProblem(
        status=422,
        code="INVALID_REQUEST",
        title=faults[0].sentence if faults else "The request is not complete.",
        remedy=remedy,
        fields=[{"path": each.path, "code": each.code, "sentence": each.sentence} for each in faults],
    )


def on_hold() -> ApiProblem:
    """Return the refusal to erase what the law keeps for now."""
    return ApiProblem(
        status=409,
        code="ON_HOLD",
        title="A legal hold stands on it, and nothing of it is erased meanwhile.",
        remedy="Wait for its end, or have it lifted: `GET /api/v1/retention/holds` lists the holds.",
        article="LED 16(3)(b), GDPR 17(3)(e)",
    )


def reused() -> ApiProblem:
    """Return the refusal of a key that was used for another request."""
    return ApiProblem(
        status=422,
        code="IDEMPOTENCY_KEY_REUSED",
        title="This Idempotency-Key was used before for another request.",
        remedy="Use a new key for a new request; repeat the old one unchanged.",
    )


def respond_problem(problem: ApiProblem) -> web.Response:
    """Return the response for a problem."""
    body: dict[str, Any] = {
        "type": f"urn:problem:{problem.code}",
        "status": problem.status,
        "code": problem.code,
        "title": problem.title,
        "remedy": problem.remedy,
        **problem.extra,
    }
    if problem.article is not None:
        body["article"] = problem.article
    if problem.findings:
        body["findings"] = list(problem.findings)
    if problem.fields:
        body["fields"] = list(problem.fields)
    wait = problem.extra.get(RETRY_AFTER)
    headers = HEADERS if wait is None else {**HEADERS, "Retry-After": str(wait)}
    return web.Response(status=problem.status, text=json.dumps(body), content_type=CONTENT_TYPE, headers=headers)


def respond(document: Mapping[str, Any], status: int = 200) -> web.Response:
    """Return a JSON answer that nobody caches."""
    return web.json_response(document, status=status, headers=HEADERS)
