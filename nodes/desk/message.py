"""One message: its handling codes, seal, sender, legal basis, content, files, evidence, and what may be done now."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from nodes.casework.case_entries import case_ids_of
from nodes.casework.clock_cases import Case
from nodes.casework.clocks import Clocks, owed_first
from nodes.casework.message_view import Part, Value, Words, codes_of, parts_of
from nodes.casework.rule_words import rule_label
from nodes.casework.screening import Lane
from nodes.casework.seal_check import SealCheck, check_seal
from nodes.casework.writing_rights import NEEDED, NO_RIGHT, NotYours, family_of, why_not
from nodes.desk.drafting import POLICE, lane_of, message_id
from nodes.desk.need_to_know import may_know
from nodes.desk.page import SIGNED_IN, Page
from nodes.desk.reminder import REMINDER, debt_of
from nodes.desk.retention_parts import gone_words
from nodes.desk.scan_words import scan_words
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.attachments import Attached
from nodes.gateway.bundles import Bundle
from nodes.gateway.corrections import is_restricted, notices_about
from nodes.gateway.inbox import InState
from nodes.gateway.loops import POST
from nodes.gateway.promise_book import Owing, owing
from nodes.gateway.reading import Message, ReceivedMessage, SentMessage
from nodes.gateway.scan_results import FileScan
from nodes.gateway.why import Reader, Step, why_received, why_sent
from nodes.people.refusals import NotDone, refuse_reason
from nodes.people.roles import Permission
from policies.explain import Explanation, explain
from policies.facts import Use
from protocol.catalogue.documents import JSON
from protocol.catalogue.rows import unflatten
from protocol.core import Core
from protocol.errors import Fault
from protocol.ids import MessageId, NodeId, PolicyDigest
from protocol.meanings import MEANINGS
from protocol.records import Agreement
from protocol.stages import Draft, Refused

CORRECTION: Final = "MT-12"
_ANSWERS: Final = NEEDED.keys() - {REMINDER}
"""What answers a message that came in; who owes an answer reminds nobody of it."""
_LEAST: Final = 3  # characters of a reason
LANES: Final[Mapping[Lane, str]] = {
    Lane.GREEN: sentence("Green lane: a duty officer may answer it"),
    Lane.AMBER: sentence("Amber lane: a case officer answers it"),
    Lane.RED: sentence("Red lane: a supervisor looks at it first"),
}


@dataclass(frozen=True, slots=True)
class Way:
    """Something that can be done with a message: in words, the form it needs, and why it may not be done now."""

    words: str
    type: str = ""
    template: str = ""
    path: str = ""
    denied: NotYours | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the page of a readable message shows."""

    header: Core | Draft
    type: str
    title: str
    parts: tuple[Part, ...]
    handling: tuple[Value, ...]
    classification: str
    purpose: str
    sender: str
    to: tuple[str, ...]
    agreements: tuple[Agreement, ...]
    files: tuple[tuple[Attached, dict[str, JSON]], ...]
    scans: Mapping[str, tuple[FileScan, str]]


async def show(visit: Visit) -> web.StreamResponse:
    """Show a message for reading; the first time this is its reading, which its sender is told."""
    return await _shown(visit, Use.READ, "message.html")


async def restricted(visit: Visit) -> web.StreamResponse:
    """Show a restricted message for the reason for which it is kept; the reason is stored before anything is shown."""
    return await _shown(visit, Use.READ, "message.html", despite=visit.field("reason"))


async def paper(visit: Visit) -> web.StreamResponse:
    """Show a message for printing, where the rules allow it."""
    return await _shown(visit, Use.PRINT, "message_print.html")


async def _shown(visit: Visit, use: Use, template: str, *, despite: str | None = None) -> web.StreamResponse:
    message = await known_message(visit)
    if message is None:
        return visit.missing()
    wrong = None if despite is None else refuse_reason(despite, "reason", least=_LEAST)
    found = await visit.gateway.reading.open(message, use, despite=despite if wrong is None else None)
    if found is None:
        return visit.missing()
    if isinstance(found, Refused):
        return await _refused(visit, message, found, wrong)
    visit.desk.ring(POST)
    if isinstance(found, ReceivedMessage) and found.row.state is InState.HELD:
        return await held_page(visit, message, found)
    bundle = visit.gateway.network.replica.bundle
    sheet = None if bundle is None else await sheet_of(visit, bundle, message, found)
    if bundle is None or sheet is None:
        gone = await gone_words(visit, message)
        return visit.page("message_gone.html", row=found.row, gone=gone, steps=await _steps(visit, found))
    lane = await lane_of(visit, message) if isinstance(found, ReceivedMessage) else None
    return visit.page(
        template,
        sheet=sheet,
        found=found,
        id=message.hex(),
        case=await _case_of(visit, message),
        mine=isinstance(found, SentMessage),
        seal=await seal_of(visit, message),
        labels=labels_of(visit),
        people=found.people if isinstance(found, SentMessage) else (),
        ways=await ways_of(visit, bundle, message, found),
        due_at=due_of(await clock_of(visit, message), visit.desk.now()),
        lane_words=None if lane is None else LANES[lane],
        steps=await _steps(visit, found),
        notice=await notice_about(visit, message),
        now=visit.desk.now(),
    )


async def notice_about(visit: Visit, message: MessageId) -> str:
    """Return the id of the newest correction of a message, empty where there is none that this person may know of."""
    noted = await visit.gateway.store.database.read(lambda connection: notices_about(connection, message))
    notices = [each.origin.notice for each in noted if each.binding]
    known = await may_know(visit, notices) if notices else frozenset()
    return next((each.hex() for each in reversed(notices) if each in known), "")


async def _case_of(visit: Visit, message: MessageId) -> str:
    """Return the id of the message's case, empty for a message that belongs to none."""
    found = await visit.gateway.store.database.read(lambda connection: case_ids_of(connection, [message]))
    return found[message].hex() if message in found else ""


async def known_message(visit: Visit) -> MessageId | None:
    """Return the message in the path as far as this person may know of it; None like one that is not here."""
    message = message_id(visit.request.match_info["id"])
    return message if message is not None and await may_know(visit, [message]) else None


async def sheet_of(visit: Visit, bundle: Bundle, message: MessageId, found: Message) -> Sheet | None:
    """Return what is shown of a message; None once its content is gone."""
    if isinstance(found, SentMessage):
        header: Core | Draft | None = found.draft
        fields = () if found.draft is None else found.draft.body
    else:
        header = None if found.opened is None else found.opened.core
        fields = found.body
    type_ = None if header is None else bundle.catalogue.types.get(header.type)
    if header is None or type_ is None or not fields:
        return None
    labels, catalogue = labels_of(visit), bundle.catalogue
    document = unflatten(sorted(fields))
    words = Words(catalogue, visit.language, labels)
    progress = await visit.gateway.saving.progress(message)
    scans = await visit.gateway.saving.scans(progress)
    return Sheet(
        header=header,
        type=family_of(header.type),
        title=catalogue.text(type_.title, visit.language),
        parts=await asyncio.to_thread(parts_of, type_, document, words),
        handling=codes_of("handling", header.handling, words),
        classification=catalogue.code("classification", header.classification or "", visit.language),
        purpose=catalogue.code("purpose", header.purpose, visit.language),
        sender=labels.get(header.sender, header.sender),
        to=tuple(labels.get(each.node, each.node) for each in header.to),
        agreements=_agreements(visit, header),
        files=tuple(_with_words(progress, document)),
        scans={part: (scan, scan_words(visit, scan)) for part, scan in scans.items()},
    )


async def seal_of(visit: Visit, message: MessageId) -> SealCheck | None:
    """Return what proves the message, verified once more from the stored bytes."""
    found = await visit.gateway.reading.evidence(message)
    if found is None:
        return None
    directory = visit.gateway.network.replica.directory
    check = await asyncio.to_thread(check_seal, message, found[0], found[1], directory)
    owed = await owed_for(visit, message)
    return check if owed is None else replace(check, standing=owed.standing)


async def clock_of(visit: Visit, message: MessageId) -> Case | None:
    """Return the clock of a message that matters most, None where it started none."""
    gateway = visit.gateway
    clocks = Clocks(gateway.here, gateway.store, gateway.network.replica)
    try:
        found = await clocks.of([message])
    except Fault:
        return None  # a damaged row: what is wrong with it stands beside the seal
    return owed_first(found.get(message, ()), visit.desk.now())


def due_of(found: Case | None, now: int) -> int | None:
    """Return when a clock that runs is due."""
    return None if found is None or found.clock.closed_at is not None else found.clock.due(now)


async def ways_of(visit: Visit, bundle: Bundle, message: MessageId, found: Message) -> list[Way]:
    """Return what may be done with a message now, and what may not with the reason."""
    catalogue, lane = bundle.catalogue, await lane_of(visit, message)
    ways = []
    type_ = found.row.type
    if isinstance(found, ReceivedMessage) and type_ is not None:
        for name, each in sorted(catalogue.types.items()):
            if type_ in each.reply_to and POLICE in each.channels and family_of(name) in _ANSWERS:
                words = catalogue.text(each.title, visit.language)
                ways.append(Way(words, type=name, denied=why_not(visit.acting, name, lane)))
        denied = None if visit.acting.may(Permission.ASK) else NO_RIGHT
        ways.append(Way(visit.text("Pass it on"), path=f"/messages/{message.hex()}/forward", denied=denied))
    elif isinstance(found, SentMessage):
        ways += await _reminding(visit, bundle, message, found)
        denied = None if visit.acting.may(Permission.CORRECT) else NO_RIGHT
        ways.append(Way(visit.text("Withdraw or correct"), path=f"/messages/{message.hex()}/withdraw", denied=denied))
    if type_ is not None and family_of(type_) == CORRECTION:
        ways.insert(0, Way(visit.text("See what is to be done, and who has it"), path=f"/corrections/{message.hex()}"))
    ways.append(Way(visit.text("Print"), path=f"/messages/{message.hex()}/print"))
    ways.append(Way(visit.text("Save proof"), path=f"/messages/{message.hex()}/proof"))
    return ways


async def _reminding(visit: Visit, bundle: Bundle, message: MessageId, found: SentMessage) -> list[Way]:
    """Return the way to remind whoever owes something since an own message; none where nobody does."""
    catalogue, types = bundle.catalogue, sorted(bundle.catalogue.types.items())
    fitting = [name for name, each in types if family_of(name) == REMINDER and found.row.type in each.reply_to]
    if not fitting or await debt_of(visit, message) is None:
        return []
    name = fitting[-1]
    words = catalogue.text(catalogue.types[name].title, visit.language)
    return [Way(words, type=name, denied=why_not(visit.acting, name))]


def labels_of(visit: Visit) -> dict[str, str]:
    """Return how the directory calls the participants."""
    directory = visit.gateway.network.replica.directory
    return {each.node: each.label for each in directory.participants()}


def _agreements(visit: Visit, header: Core | Draft) -> tuple[Agreement, ...]:
    """Return the agreements under which a message travels."""
    directory, me = visit.gateway.network.replica.directory, visit.gateway.here.node
    if isinstance(header, Core):
        ids = [each.agreement for each in header.to if each.agreement is not None]
        named = [directory.agreement(each) for each in dict.fromkeys(ids)]
        return tuple(each for each in named if each is not None)
    found: dict[bytes, Agreement] = {}
    for each in header.to:
        for agreed in directory.agreements_between(me, NodeId(each.node), header.channel, visit.desk.now()):
            found.setdefault(agreed.id, agreed)
    return tuple(found.values())


def _with_words(progress: Sequence[Attached], document: dict[str, JSON]) -> list[tuple[Attached, dict[str, JSON]]]:
    listed = document.get("attachments")
    told = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    by_part = {each.get("part"): each for each in told}
    return [(each, by_part.get(each.part.name, {})) for each in progress]


async def _refused(visit: Visit, message: MessageId, refused: Refused, wrong: NotDone | None) -> web.Response:
    kept = await visit.gateway.store.database.read(lambda connection: is_restricted(connection, message))
    return visit.page(
        "message_refused.html",
        status=403 if wrong is None else 422,
        findings=findings_of(visit, refused),
        meaning=MEANINGS[refused.code],
        id=message.hex(),
        code=refused.code,
        restricted=kept,
        may=kept and visit.acting.may(Permission.CORRECT),
        notice=await notice_about(visit, message),
        wrong=wrong,
        typed=visit.field("reason"),
    )


async def held_page(
    visit: Visit, message: MessageId, found: ReceivedMessage, wrong: NotDone | None = None
) -> web.Response:
    """Return the page of a held message; ``wrong`` is what is the matter with the reason of a decision about it."""
    may = visit.acting.may(Permission.RELEASE)
    denied = None if may else NO_RIGHT
    return visit.page(
        "message_held.html",
        status=200 if wrong is None else 422,
        row=found.row,
        id=message.hex(),
        sender=labels_of(visit).get(found.row.sender or "", found.row.sender),
        steps=await _steps(visit, found),
        seal=await seal_of(visit, message),
        denied=denied,
        wrong=wrong,
        typed=visit.field("reason"),
        labels=labels_of(visit),
    )


def findings_of(visit: Visit, refused: Refused) -> tuple[Explanation, ...]:
    """Return why rules refuse, in words."""
    replica = visit.gateway.network.replica
    if refused.decision is None:
        return ()
    bundle = replica.find_bundle(PolicyDigest(refused.decision.policy)) or replica.bundle
    if bundle is None:
        return ()
    label = rule_label(bundle, replica.directory.participants(), visit.language)
    return explain(refused.decision, bundle.texts, visit.language, label)


async def _steps(visit: Visit, found: Message) -> tuple[Step, ...]:
    owed = await owed_for(visit, found.row.message)
    return _where(visit, found) + (() if owed is None else owed.steps)


async def owed_for(visit: Visit, message: MessageId | None) -> Owing | None:
    """Return what the hub owes for a message."""
    if message is None:
        return None
    now = visit.desk.now()
    return await visit.gateway.store.database.read(lambda connection: owing(connection, message, now))


def _where(visit: Visit, found: Message) -> tuple[Step, ...]:
    bundle = visit.gateway.network.replica.bundle
    policy = None if bundle is None else bundle.policies.channels.get(found.row.channel)
    rules = {} if policy is None else {each.id: each for each in policy.rules()}
    labels = {NodeId(node): label for node, label in labels_of(visit).items()}
    texts = None if bundle is None else bundle.texts
    reader = Reader(visit.language, texts, visit.desk.now(), labels=labels, rules=rules)
    if isinstance(found, ReceivedMessage):
        return why_received(found.row, reader)
    return why_sent(found.row, found.people, reader)


PAGES: Final = (
    Page("GET", "/messages/{id}", SIGNED_IN, show),  # need-to-know decides: an opened case is one of nobody's own
    Page("POST", "/messages/{id}/restricted", Permission.CORRECT, restricted),
    Page("GET", "/messages/{id}/print", Permission.SEE_OWN, paper),
)
