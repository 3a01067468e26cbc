"""Alerts over the API: how many urgent items wait, how the channels do, and a test of them."""

from typing import Final

from aiohttp import web

from nodes.api.problems import RETRY_AFTER, ApiProblem, Refusing, bad_request, respond
from nodes.api.route import ONCE, Route, Scope, get
from nodes.api.services import SERVICES, read_object
from nodes.api.shapes.alerts import AlertState, TestResult
from nodes.api.shapes.common import Empty
from nodes.api.token_book import GRANT
from nodes.casework.alert_round import TEST_APART_S, Alerts
from nodes.people.refusals import NotDone
from runtime.http import LIFECYCLE

ALERTING: Final = web.AppKey("alerts", Alerts)


async def index(request: web.Request) -> web.Response:
    """Tell how many urgent items nobody has taken, since when, how far they are, and how the channels did."""
    alerts = request.app[ALERTING]
    waiting, states = await alerts.book.waiting(), await alerts.book.channels()
    return respond(
        {
            "now": request.app[SERVICES].gateway.here.clock(),
            "waiting": [
                {"raised_at": each.raised_at, "life": each.life, "told": len(each.steps), "loud": each.is_loud}
                for each in waiting
            ],
            "channels": [
                {
                    "channel": each.name,
                    "tried_at": states[each.name].tried_at if each.name in states else None,
                    "code": states[each.name].code if each.name in states else None,
                }
                for each in alerts.channels
            ],
        }
    )


async def test(request: web.Request) -> web.Response:
    """Send a test over every channel, to whoever is next on the roster, and tell what became of it; one a minute."""
    if await read_object(request):
        raise Refusing(bad_request("a test takes no fields"))
    alerts = request.app[ALERTING]
    hands = await alerts.book.hands()
    persons = hands.line[:1] or hands.supervisors[:1]
    told = await request.app[LIFECYCLE].keep(alerts.test(persons, request[GRANT].name))
    if isinstance(told, NotDone):
        extra = {RETRY_AFTER: TEST_APART_S}
        raise Refusing(ApiProblem(status=429, code=told.code, title=told.sentence, remedy=told.remedy, extra=extra))
    rows = []
    for each in told:
        trouble = each.trouble
        row = {"channel": each.channel, "taken": trouble is None}
        said = {} if trouble is None else {"code": trouble.code, "sentence": trouble.sentence, "remedy": trouble.remedy}
        rows.append(row | said)
    return respond({"channels": rows})


ROUTES: Final = (
    get("/alerts", index, AlertState),
    Route(
        method="POST",
        path="/alerts/test",
        answer=test,
        scope=Scope.ADMIN,
        takes=Empty,
        gives={200: TestResult},
        once=ONCE,
    ),
)
