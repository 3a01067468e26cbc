"""Clocks over the API: what is due until when, what stops it, how near the end is, and which reminder would fit."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

from nodes.api.need_to_know import closed_to
from nodes.api.problems import respond
from nodes.api.route import LIMIT, get
from nodes.api.services import SERVICES, language_of, limit_of
from nodes.api.shapes.cases import OpenClocks
from nodes.casework.clock_cases import Case
from nodes.casework.clock_words import words_of
from nodes.casework.clocks import Clocks, owed_first
from nodes.casework.reminders import proposed_reminder
from nodes.gateway.silence import labels_of, silent_recipients
from nodes.gateway.why import Step
from policies.clocks.words import tell
from policies.clocks.zones import DAY
from policies.explain import Explanation
from policies.texts import Library
from protocol.ids import MessageId, NodeId

CLOCKS: Final = web.AppKey("clocks", Clocks)
_NONE: Final[dict[str, Any]] = {
    "due_at": None,
    "due_class": None,
    "suspended": None,
    "escalation": None,
    "awaited": None,
    "owed_by": None,
    "closed_at": None,
}
_NEXT: Final = 20  # clocks and silent recipients that the status lists
_NETWORK: Final = "NET"


@dataclass(frozen=True, slots=True)
class _Reader:
    now: int
    me: NodeId
    texts: Library | None
    language: str


async def with_due(request: web.Request, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rows of a box with what is due for each: the earliest open clock of a message, else the last closed."""
    found = await request.app[CLOCKS].of([MessageId(bytes.fromhex(each["id"])) for each in rows if each["id"]])
    now = _reader(request).now
    out = []
    for each in rows:
        cases = found.get(MessageId(bytes.fromhex(each["id"])), ()) if each["id"] else ()
        first = owed_first(cases, now)
        out.append(each | (_NONE if first is None else _due(first, now)))
    return out


async def shown(request: web.Request, message: MessageId) -> list[dict[str, Any]]:
    """Return every clock that a message started, in words."""
    reader = _reader(request)
    return [_clock(each, reader) for each in (await request.app[CLOCKS].of([message])).get(message, ())]


async def steps(request: web.Request, message: MessageId) -> tuple[Step, ...]:
    """Return what the clocks of a message add to the answer to why."""
    reader = _reader(request)
    cases = (await request.app[CLOCKS].of([message])).get(message, ())
    return tuple(_step(each, words) for each in cases for words in _words(each, reader))


async def index(request: web.Request) -> web.Response:
    """List the open clocks of this node, whoever owes, the earliest due first."""
    reader, found = _reader(request), await _open(request)
    return respond({"now": reader.now, "clocks": [_clock(each, reader) for each in found[: limit_of(request)]]})


async def summary(request: web.Request) -> dict[str, Any]:
    """Return how many clocks are open, rest and are over, and the next ones due."""
    reader, found = _reader(request), await _open(request)
    now = reader.now
    return {
        "open": len(found),
        "suspended": sum(each.clock.suspended(now) for each in found),
        "escalation": dict(sorted(Counter(each.clock.escalation(now).value for each in found).items())),
        "next": [{"id": each.message.hex(), **_due(each, now)} for each in found[:_NEXT]],
    }


async def silent(request: web.Request) -> list[dict[str, Any]]:
    """Return which recipients fetched nothing for days, and whom to call."""
    reader, gateway = _reader(request), request.app[SERVICES].gateway
    replica = gateway.network.replica
    found = await gateway.store.database.read(lambda connection: silent_recipients(connection, reader.now, _NEXT))
    closed, labels = await closed_to(request, [each.message for each in found]), labels_of(replica.directory)
    out = []
    for each in found:
        if each.message in closed:
            continue
        days, label = (reader.now - each.since) // DAY, labels.get(each.node, each.node)
        told = None
        if reader.texts is not None:
            values = {"who": each.node, "days": str(days), "label": label}
            told = tell("clock.silent", _NETWORK, values, reader.texts, reader.language)
        out.append(
            {
                "id": each.message.hex(),
                "reference": each.reference,
                "node": each.node,
                "label": label,
                "since": each.since,
                "days": days,
                "sentence": None if told is None else told.sentence,
                "remedy": None if told is None else told.remedy,
            }
        )
    return out


async def _open(request: web.Request) -> list[Case]:
    """Return the open clocks of the messages of which whoever asks may know."""
    found = await request.app[CLOCKS].open()
    closed = await closed_to(request, [each.message for each in found])
    return [each for each in found if each.message not in closed]


def _reader(request: web.Request) -> _Reader:
    gateway = request.app[SERVICES].gateway
    bundle = gateway.network.replica.bundle
    texts = None if bundle is None else bundle.texts
    return _Reader(gateway.here.clock(), gateway.here.node, texts, language_of(request))


def _due(case: Case, now: int) -> dict[str, Any]:
    clock = case.clock
    return {
        "due_at": clock.due(now),
        "due_class": clock.due_class.value,
        "suspended": clock.suspended(now),
        "escalation": clock.escalation(now).value,
        "awaited": case.awaited.value,
        "owed_by": case.owed_by,
        "closed_at": clock.closed_at,
    }


def _clock(case: Case, reader: _Reader) -> dict[str, Any]:
    clock, now = case.clock, reader.now
    return {
        "id": case.message.hex(),
        **_due(case, now),
        "owed_to": case.owed_to,
        "article": clock.limit.article,
        "started_at": clock.start.at,
        "operational_at": clock.operational(now),
        "legal_at": clock.legal(now),
        "delayed_until": None if clock.delay is None else clock.delay.until,
        "part": clock.part,
        "used_s": clock.used(now),
        "words": [
            {"sentence": each.sentence, "article": each.article, "remedy": each.remedy} for each in _words(case, reader)
        ],
        "reminder": proposed_reminder(case, reader.me, now),
    }


def _words(case: Case, reader: _Reader) -> tuple[Explanation, ...]:
    return () if reader.texts is None else words_of(case, reader.now, reader.texts, reader.language)


def _step(case: Case, words: Explanation) -> Step:
    return Step(
        where="clock",
        who=case.owed_by,
        node=case.owed_by,
        sentence=words.sentence,
        remedy=words.remedy,
        rule=words.rule,
        article=words.article,
    )


ROUTES: Final = (get("/clocks", index, OpenClocks, LIMIT),)
