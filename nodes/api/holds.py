"""Held messages over the API: who decides, since when, under which rules, and the two ways out."""

from datetime import UTC, datetime
from typing import Any, Final

from aiohttp import web

from nodes.api import render
from nodes.api.need_to_know import closed_to
from nodes.api.problems import respond
from nodes.api.route import get
from nodes.api.services import SERVICES, explained, language_of
from nodes.api.shapes.cases import Held
from nodes.casework.holds import EXITS, Hold, holds_of
from nodes.gateway.inbox import held_rows
from policies.case_words import HOLD
from policies.clocks.words import tell

_MOST = 500


async def index(request: web.Request) -> web.Response:
    """List what is held here, the longest held first."""
    gateway = request.app[SERVICES].gateway
    rows = await gateway.store.database.read(lambda connection: held_rows(connection, _MOST))
    closed = await closed_to(request, [each.message for each in rows if each.message is not None])
    rows = [each for each in rows if each.message not in closed]
    people = {person.id: person.role for person in gateway.people.values()}
    now, by_id = gateway.here.clock(), {row.message: row for row in rows}
    shown = []
    for each in holds_of(rows, people):
        decision = by_id[each.message].decision
        findings = [] if decision is None else list(render.findings(explained(request, decision)))
        shown.append(_hold(request, each, now) | {"findings": findings})
    return respond({"now": now, "held": shown})


def _hold(request: web.Request, each: Hold, now: int) -> dict[str, Any]:
    bundle, words = request.app[SERVICES].gateway.network.replica.bundle, None
    if bundle is not None:
        since = datetime.fromtimestamp(each.since, UTC).strftime("%Y-%m-%d %H:%M UTC")
        words = tell("hold.here", HOLD, {"since": since}, bundle.texts, language_of(request))
    return {
        "id": each.message.hex(),
        "from": each.sender,
        "type": each.type,
        "since": each.since,
        "due_at": each.due_at,
        "overdue": each.overdue(now),
        "expires_at": each.expires_at,
        "owner": {"role": each.role, "persons": [person.hex() for person in each.owners]},
        "exits": list(EXITS),
        "rules": list(each.rules),
        "sentence": None if words is None else words.sentence,
        "remedy": None if words is None else words.remedy,
    }


ROUTES: Final = (get("/held", index, Held),)
