"""Duties over the API: what is to be done and by when, in words, and the word that it was done."""

from collections.abc import Callable
from typing import Final

from aiohttp import web

from nodes.api.need_to_know import closed_to
from nodes.api.problems import Refusing, bad_request, not_found, respond
from nodes.api.route import LIMIT, ONCE, Route, Scope, flag, get
from nodes.api.services import SERVICES, language_of, limit_of, read_object
from nodes.api.shapes.cases import Note, Task, Tasks
from nodes.gateway.duties import Tracked
from policies.explain import explain_finding
from policies.labels import labels_of
from protocol.decision import Finding, Verdict
from runtime.http import LIFECYCLE

_LONGEST_NOTE = 2_000
_DIGITS = 18


async def index(request: web.Request) -> web.Response:
    """Return the open duties, the earliest due first; with ``done=1`` those that were done."""
    gateway = request.app[SERVICES].gateway
    found = await gateway.duties.list(limit_of(request), done=request.query.get("done") == "1")
    in_words, closed = _teller(request), await closed_to(request, [each.about.message for each in found])
    tasks = [in_words(each) for each in found if each.about.message not in closed]
    return respond({"now": gateway.here.clock(), "tasks": tasks})


async def settle(request: web.Request) -> web.Response:
    """Note that a duty was done, with a note of how."""
    body = await read_object(request)
    note, text = body.get("note"), request.match_info["number"]
    if set(body) != {"note"} or not isinstance(note, str) or not note.strip() or len(note) > _LONGEST_NOTE:
        raise Refusing(bad_request(f"say in `note`, in up to {_LONGEST_NOTE} characters, what was done"))
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    duties = request.app[SERVICES].gateway.duties
    duty = await duties.find(number)
    if duty is None or await closed_to(request, [duty.about.message]):
        raise Refusing(not_found())
    found = await request.app[LIFECYCLE].keep(duties.settle(number, note))
    if found is None:
        raise Refusing(not_found())
    return respond(_teller(request)(found))


def _teller(request: web.Request) -> Callable[[Tracked], dict[str, object]]:
    """Return what turns a duty into words, under the policy that brought it or else the one in force."""
    gateway, language = request.app[SERVICES].gateway, language_of(request)
    replica, now = gateway.network.replica, gateway.here.clock()

    def tell(duty: Tracked) -> dict[str, object]:
        told: dict[str, object] = {
            "number": duty.number,
            "message": duty.about.message.hex(),
            "box": duty.about.box,
            "channel": duty.about.channel,
            "type": duty.about.type,
            "obligation": duty.obligation,
            "asks": duty.asks,
            "owed_to": duty.owed_to or None,
            "due_at": duty.due_at,
            "overdue": duty.done_at is None and now >= duty.due_at,
            "done_at": duty.done_at,
            "article": duty.article,
        }
        bundle = replica.find_bundle(duty.policy) or replica.bundle
        if bundle is None:
            return told
        finding = Finding(duty.obligation, duty.article, duty.text, Verdict.ALLOW)
        words = explain_finding(finding, bundle.texts, language, labels_of(bundle.catalogue, language))
        return told | {"article": words.article, "sentence": words.sentence, "remedy": words.remedy}

    return tell


ROUTES: Final = (
    get("/tasks", index, Tasks, flag("done", "Those that were done."), LIMIT),
    Route(
        method="POST",
        path="/tasks/{number}/done",
        answer=settle,
        scope=Scope.WORK,
        takes=Note,
        gives={200: Task},
        once=ONCE,
    ),
)
