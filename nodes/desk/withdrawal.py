"""Withdrawing or correcting what was sent: who had it, what is to be done there, which values are right, and why."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from nodes.casework.correction_book import Carried, CorrectionBook
from nodes.casework.correction_notes import Wording
from nodes.casework.message_view import Words
from nodes.casework.row_words import RowWords, row_words
from nodes.casework.rule_words import rule_label
from nodes.desk.message import known_message, labels_of
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.bundles import Bundle
from nodes.gateway.corrections import is_restricted
from nodes.gateway.loops import SUBMIT
from nodes.gateway.reading import SentMessage
from nodes.gateway.send import Faulty, Queued, Stopped
from nodes.gateway.wishes import InputFault
from nodes.people.refusals import NO_REASON
from nodes.people.roles import Permission
from policies.explain import explain as explain_decision
from protocol.catalogue.documents import JSON
from protocol.catalogue.validate import explain
from protocol.cbor import Item
from protocol.ids import MessageId
from protocol.stages import Refused

CORRECT: Final = "correct"
RELEASE: Final = "release"
_ACTIONS: Final = (CORRECT, "erase", "restrict")
_LEAST, _LONGEST = 3, 8_000
_DIGITS: Final = 18
PAIRS: Final = 3
"""As many values are put right with one notice of this page; the command and the API take more."""
_NO_ACTION: Final = sentence("Choose what is to be done there.")
_NO_GROUND: Final = sentence("Choose why it is wrong.")
_NO_CHANGE: Final = sentence("Choose the field that is wrong, and write what is right.")
_NO_NUMBER: Final = sentence("This field holds a whole number, or yes or no. Write what is right in the same way.")
_STOPPED: Final = sentence("A rule stopped the notice to %(who)s. Tell them another way.")
_YES, _NO = sentence("Yes"), sentence("No")
_TRUTHS: Final[Mapping[str, bool]] = {"yes": True, "no": False, "true": True, "false": False}


@dataclass(frozen=True, slots=True)
class _Source:
    """A message that this contact point sent, with its rows in words and as they are."""

    message: MessageId
    found: SentMessage
    bundle: Bundle
    rows: tuple[RowWords, ...]
    values: Mapping[str, Item]


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with the form, and at which of its fields."""

    field: str
    sentence: str


async def form(visit: Visit) -> web.StreamResponse:
    """Show who has had a sent message and ask what is to be told them."""
    source = await _source(visit)
    return visit.missing() if source is None else await _page(visit, source, ())


async def withdraw(visit: Visit) -> web.StreamResponse:
    """Send everybody who had the message a notice of what is wrong with it."""
    source = await _source(visit)
    if source is None:
        return visit.missing()
    wrong, changes = _faults(visit, source)
    if wrong:
        return await _page(visit, source, wrong)
    action, reason, explanation = (visit.field(name) for name in ("action", "reason", "explanation"))
    wording = Wording(action=action, reason=reason, explanation=explanation, changes=changes)
    done = await CorrectionBook(visit.gateway).raise_(source.message, wording)
    if not isinstance(done, Carried):
        return await _page(visit, source, [Wrong("action", f"{visit.text(done.sentence)} {visit.text(done.remedy)}")])
    visit.desk.ring(SUBMIT)
    left = [each.result.message for each in done.sent if isinstance(each.result, Queued)]
    stopped = _stopped(visit, done)
    if not left:
        return await _page(visit, source, stopped)
    # What has left is not written again; the next page says whom a rule kept from it.
    said = " ".join(each.sentence for each in stopped) or visit.text("The notice is on its way to everybody named.")
    return visit.back_to(f"/corrections/{left[0].hex()}", said=said)


def _stopped(visit: Visit, done: Carried) -> list[Wrong]:
    """Return why notices were not taken: at a field where one is wrong, else the rule in words."""
    labels, replica = labels_of(visit), visit.gateway.network.replica
    found: dict[Wrong, None] = {}
    for each in done.sent:
        if isinstance(each.result, Faulty):
            found |= dict.fromkeys(Wrong(_field_of(fault), _words(visit, fault)) for fault in each.result.faults)
        elif not isinstance(each.result, Queued):
            found[Wrong("action", visit.text(_STOPPED, who=labels.get(each.node, each.node)))] = None
            decision = each.result.refused.decision if isinstance(each.result, Stopped) else None
            if decision is not None and replica.bundle is not None:
                label = rule_label(replica.bundle, replica.directory.participants(), visit.language)
                told = explain_decision(decision, replica.bundle.texts, visit.language, label)
                found |= dict.fromkeys(Wrong("action", f"{why.sentence} {why.article} {why.remedy}") for why in told)
    return list(found)


def _field_of(fault: InputFault) -> str:
    name = fault.path.removeprefix("/document").strip("/").partition("/")[0]
    return {"explanation": "explanation", "reason": "reason", "changes": "changes"}.get(name, "action")


def _words(visit: Visit, fault: InputFault) -> str:
    bundle = visit.gateway.network.replica.bundle
    if fault.error is None or bundle is None:
        return visit.text(fault.sentence)
    return explain(fault.error, bundle.catalogue, visit.language)


def _faults(visit: Visit, source: _Source) -> tuple[list[Wrong], tuple[tuple[str, JSON], ...]]:
    """Return what is wrong with the form as it was sent, in its order, and the values that are right."""
    action, wrong = visit.field("action"), []
    if action not in (*_ACTIONS, RELEASE):
        wrong.append(Wrong("action", visit.text(_NO_ACTION)))
    if not visit.field("reason"):
        wrong.append(Wrong("reason", visit.text(_NO_GROUND)))
    changes: list[tuple[str, JSON]] = []
    if action == CORRECT:
        for path, text in _pairs(visit):
            value = _value(visit, source.values.get(path), text)
            if value is None or path not in source.values:
                wrong.append(Wrong("changes", visit.text(_NO_NUMBER if path and text else _NO_CHANGE)))
            else:
                changes.append((path, value))
        if not changes and not any(each.field == "changes" for each in wrong):
            wrong.append(Wrong("changes", visit.text(_NO_CHANGE)))
    if not _LEAST <= len(visit.field("explanation")) <= _LONGEST:
        wrong.append(Wrong("explanation", visit.text(NO_REASON.remedy)))
    return list(dict.fromkeys(wrong)), tuple(changes)


def _pairs(visit: Visit) -> Iterable[tuple[str, str]]:
    """Yield what was chosen and typed, those left empty as a whole left out."""
    for at in range(1, PAIRS + 1):
        path, text = visit.field(f"field-{at}"), visit.field(f"value-{at}")
        if path or text:
            yield path, text


def _value(visit: Visit, was: Item | None, text: str) -> JSON:
    """Return a value that was typed, as the field holds it; None for what it cannot hold."""
    if not text:
        return None
    if isinstance(was, bool):
        truths = {**_TRUTHS, visit.text(_YES).casefold(): True, visit.text(_NO).casefold(): False}
        return truths.get(text.casefold())
    if isinstance(was, int):
        return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else None
    return text


async def _source(visit: Visit) -> _Source | None:
    """Return the message as far as this person may read it now: of a restricted one no row is shown, nor chosen."""
    message, bundle = await known_message(visit), visit.gateway.network.replica.bundle
    found = None if message is None else await visit.gateway.reading.find(message)
    if message is None or bundle is None or not isinstance(found, SentMessage):
        return None
    shut = isinstance(await visit.gateway.reading.open(message), Refused)
    draft = None if shut else found.draft
    body = () if draft is None else tuple(sorted(draft.body))
    type_ = None if draft is None else bundle.catalogue.types.get(draft.type)
    words = Words(bundle.catalogue, visit.language, labels_of(visit))
    rows = () if type_ is None else row_words(type_.body_schema.fields, body, words)
    return _Source(message, found, bundle, rows, dict(body))


async def _page(visit: Visit, source: _Source, wrong: Sequence[Wrong]) -> web.Response:
    catalogue = source.bundle.catalogue
    kept = await visit.gateway.store.database.read(lambda connection: is_restricted(connection, source.message))
    names = [f"{name}-{at}" for at in range(1, PAIRS + 1) for name in ("field", "value")]
    return visit.page(
        "message_withdraw.html",
        status=422 if wrong else 200,
        id=source.message.hex(),
        row=source.found.row,
        people=source.found.people,
        labels=labels_of(visit),
        rows=source.rows,
        pairs=range(1, PAIRS + 1),
        actions=[
            (each, catalogue.code("correction_action", each, visit.language))
            for each in (*_ACTIONS, *((RELEASE,) if kept else ()))
        ],
        reasons=[
            (each, catalogue.code("correction_reason", each, visit.language))
            for each in catalogue.code_lists["correction_reason"].entries
        ],
        wrong=wrong,
        at={each.field: each.sentence for each in reversed(wrong)},
        typed={name: visit.field(name) for name in ("action", "reason", "explanation", *names)},
    )


PAGES: Final = (
    Page("GET", "/messages/{id}/withdraw", Permission.CORRECT, form),
    Page("POST", "/messages/{id}/withdraw", Permission.CORRECT, withdraw),
)
