"""Passing parts of a received message on to another country: chosen row by row, looked at before anything leaves.

The rules are asked twice, about the rows and about the message that brings them, and nothing is written down before
the officer sends. What is not chosen stays here; the other side sees how much was left out, and not what.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from nodes.casework.addressing import Around, purposes_for, reachable
from nodes.casework.drafts import Purpose
from nodes.casework.message_view import Form, Words
from nodes.casework.row_words import RowWords, row_words
from nodes.casework.writing import TO, first_written, form_of
from nodes.casework.writing_rights import why_not
from nodes.desk.compose import not_yours
from nodes.desk.draft_release import nobody_decides, note_fault
from nodes.desk.drafting import POLICE, book_of, writing_desk
from nodes.desk.forward_release import Waits, ask_second, digest_of, pass_on
from nodes.desk.message import findings_of, known_message, labels_of
from nodes.desk.page import Page
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.bundles import Bundle
from nodes.gateway.disclosing import NotHere, Proposal, Wanted
from nodes.gateway.forwarding import Forward, Forwarded
from nodes.gateway.loops import SUBMIT, UPLOAD
from nodes.gateway.passing_on import Cover
from nodes.gateway.reading import ReceivedMessage
from nodes.gateway.send import Faulty, Stopped
from nodes.gateway.wishes import InputFault
from nodes.people.roles import Permission
from policies.explain import Explanation, explain_finding
from policies.facts import Use
from protocol.catalogue.validate import explain
from protocol.decision import Decision, Finding, Verdict
from protocol.ids import MessageId, NodeId, TypeId
from protocol.limits import MAX_ROWS
from protocol.short_reference import PATH
from protocol.stages import Refused

_ALWAYS: Final = ("/restrictions", "/evidence_consent")
_FILES: Final = "/attachments"
CONSENT: Final = TypeId("MT-11/1")
_LONGEST: Final = 4_000
_LEAST: Final = 3
_SUMMED: Final = 6  # values that tell one thing from another
NOBODY: Final = sentence("Choose the country that is to get it.")
NOTHING: Final = sentence("Choose at least one row that goes along.")
NO_WORDS: Final = sentence("Write in a sentence why it matters there.")
STOPPED: Final = sentence("It does not fit the message that would bring it.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the officer chose."""

    to: str
    rows: tuple[str, ...]
    files: tuple[str, ...]
    relevance: str
    area: str
    serious: bool
    purpose: str
    language: str = ""

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What the preview sends along, so that sending means exactly what was looked at."""
        plain = [("to", self.to), ("relevance", self.relevance), ("area", self.area), ("purpose", self.purpose)]
        plain += [("serious", "yes")] if self.serious else []
        plain += [("language", self.language)] if self.language else []
        return [*plain, *(("row", each) for each in self.rows), *(("file", each) for each in self.files)]


@dataclass(frozen=True, slots=True)
class Source:
    """The message, as far as it may be read here, with its rows in words."""

    message: MessageId
    found: ReceivedMessage
    bundle: Bundle
    rows: tuple[RowWords, ...]

    @property
    def files(self) -> tuple[tuple[str, str], ...]:
        """Its files: part and name."""
        parts = {each.path.split("/")[2]: each.value.raw for each in self.rows if _of_file(each.path, "part")}
        names = {each.path.split("/")[2]: each.value.raw for each in self.rows if _of_file(each.path, "name")}
        return tuple((part, names.get(at, part)) for at, part in parts.items())

    @property
    def open_rows(self) -> tuple[RowWords, ...]:
        """The rows that can be chosen or left out."""
        return tuple(each for each in self.rows if not each.path.startswith((*_ALWAYS, _FILES)))


@dataclass(frozen=True, slots=True)
class Piece:
    """One thing of the message, to be passed on whole or row by row. The message itself has no ``path``."""

    path: str
    title: str
    summary: str
    rows: tuple[RowWords, ...]
    whole: bool = False  # all of it is chosen

    def place(self, row: RowWords) -> str:
        """Where a row stands inside this thing."""
        return row.place.removeprefix(self.title).lstrip(", ") if self.path else ""


async def form(visit: Visit) -> web.StreamResponse:
    """Ask who is to get what."""
    source = await source_of(visit, await known_message(visit))
    return visit.missing() if isinstance(source, web.Response) else await _form(visit, source, _chosen(visit), [])


async def preview(visit: Visit) -> web.StreamResponse:
    """Show what would go and what stays here; or send it, or ask a second person, about exactly this."""
    source = await source_of(visit, await known_message(visit))
    if isinstance(source, web.Response):
        return source
    chosen = _with_pieces(source, _chosen(visit), visit.form.get("piece", ()))
    wrong = _wrong(source, chosen)
    if wrong or visit.field("do") == "change":
        return await _form(visit, source, chosen, wrong)
    return await outcome(visit, source, replace(chosen, language=_language(visit, chosen)))


async def outcome(visit: Visit, source: Source, chosen: Chosen) -> web.Response:
    """Return what a whole choice leads to: its preview, the message, a second person, or what is wrong with it."""
    asked = asked_of(source, chosen)
    found = await pass_on(visit, asked, sending=visit.field("do") == "send")
    match found:
        case Waits() if visit.field("do") == "ask":
            return await _ask(visit, source, chosen, found)
        case Waits():
            return await preview_page(visit, source, chosen, found.needs.proposal, found)
        case Forwarded(message=None):
            return await preview_page(visit, source, chosen, found.proposal)
        case Forwarded():
            visit.desk.ring(UPLOAD)
            visit.desk.ring(SUBMIT)
            sent = f"/messages/{(found.message or b'').hex()}"
            return visit.back_to(sent, said=visit.text("It is on its way, with the owner's restrictions."))
        case Refused():
            return await _refused(visit, source, chosen, findings_of(visit, found))
        case Stopped():
            return await _refused(visit, source, chosen, findings_of(visit, found.refused))
        case InputFault():
            return await _form(visit, source, chosen, [("relevance", _fault_words(visit, found))])
        case Faulty():
            faults = [("relevance", _fault_words(visit, each)) for each in found.faults]
            return await _form(visit, source, chosen, faults)
        case NotHere():
            return visit.missing()
    return await _form(visit, source, chosen, [("relevance", visit.text(STOPPED))])


async def _ask(visit: Visit, source: Source, chosen: Chosen, waits: Waits) -> web.Response:
    """Ask a second person about exactly what was looked at."""
    asked = asked_of(source, chosen)
    same = digest_of(asked, waits.needs).hex() == visit.field("digest")
    if same and await ask_second(visit, asked, waits, json.dumps(chosen.fields).encode()) is None:
        visit.desk.changes.tell()
        return visit.back_to("/approvals", said=visit.text("A second person is asked."))
    return await preview_page(visit, source, chosen, waits.needs.proposal, waits)


async def source_of(visit: Visit, message: MessageId | None) -> Source | web.Response:
    """Return the message where it was received and may be read here; else the answer that says why not."""
    found = None if message is None else await visit.gateway.reading.open(message, Use.READ)
    bundle = visit.gateway.network.replica.bundle
    if message is None or bundle is None or not isinstance(found, ReceivedMessage) or found.opened is None:
        return visit.missing()
    type_ = bundle.catalogue.types.get(found.opened.core.type)
    if type_ is None or not found.body or found.row.channel != POLICE:
        return visit.missing()
    words = Words(bundle.catalogue, visit.language, labels_of(visit))
    body = [(path, value) for path, value in sorted(found.body) if path != PATH]
    return Source(message, found, bundle, row_words(type_.body_schema.fields, body, words))


def _chosen(visit: Visit) -> Chosen:
    return Chosen(
        to=visit.field("to"),
        rows=tuple(dict.fromkeys(visit.form.get("row", ())))[:MAX_ROWS],
        files=tuple(dict.fromkeys(visit.form.get("file", ())))[:MAX_ROWS],
        relevance=visit.field("relevance"),
        area=visit.field("area"),
        serious=visit.field("serious") == "yes",
        purpose=visit.field("purpose"),
        language=visit.field("language"),
    )


def _wrong(source: Source, chosen: Chosen) -> list[tuple[str, str]]:
    known = {each.path for each in source.open_rows}
    faults = []
    if not chosen.to:
        faults.append(("to", NOBODY))
    if not chosen.rows or not set(chosen.rows) <= known:
        faults.append(("rows", NOTHING))
    if not _LEAST <= len(chosen.relevance) <= _LONGEST:
        faults.append(("relevance", NO_WORDS))
    return faults


def asked_of(source: Source, chosen: Chosen) -> Forward:
    """Return what is asked of the gateway."""
    purpose = chosen.purpose or None
    cover = Cover(relevance=chosen.relevance, crime_area=chosen.area or None, serious=chosen.serious)
    to = NodeId(chosen.to)
    wanted = Wanted(message=source.message, recipient=to, rows=chosen.rows, purpose=purpose)
    return Forward(wanted=wanted, cover=cover, language=chosen.language or "en", files=chosen.files)


def _language(visit: Visit, chosen: Chosen) -> str:
    """Return the language of the words around the rows: the one that was looked at, else the officer's own."""
    who = visit.gateway.network.replica.directory.participant(NodeId(chosen.to))
    spoken = () if who is None else who.languages
    wanted = chosen.language or visit.language
    return wanted if wanted in spoken else "en"


async def _form(
    visit: Visit, source: Source, chosen: Chosen, wrong: Sequence[tuple[str, str]], **more: object
) -> web.Response:
    around = Around(visit.gateway.network.replica.directory, visit.gateway.here.node, POLICE, visit.desk.now())
    catalogue, language = source.bundle.catalogue, visit.language
    owner = source.found.row.sender
    purposes = purposes_for(around, (), catalogue)
    context: dict[str, Any] = {"findings": (), "may_ask": False} | more
    return visit.page(
        "forward.html",
        status=422 if wrong else 403 if context["findings"] else 200,
        id=source.message.hex(),
        owner=labels_of(visit).get(owner or "", owner or ""),
        recipients=[each for each in reachable(around) if each.node != owner],
        pieces=_pieces(source.open_rows, frozenset(chosen.rows)),
        always=[each for each in source.rows if each.path.startswith(_ALWAYS)],
        files=source.files,
        areas=_codes(catalogue, "crime_area", language),
        purposes=[(each, catalogue.code("purpose", each, language)) for each in purposes],
        chosen=chosen,
        wrong={name: visit.text(words) for name, words in wrong},
        **context,
    )


def _codes(catalogue: Any, name: str, language: str) -> list[tuple[str, str]]:  # noqa: ANN401 - the catalogue
    return [(each, catalogue.code(name, each, language)) for each in catalogue.code_lists[name].entries]


def _with_pieces(source: Source, chosen: Chosen, pieces: Sequence[str]) -> Chosen:
    """Return the choice with every row of the things that were chosen whole, in the order of the message."""
    whole = tuple(f"{each}/" for each in pieces if each.startswith("/"))
    picked = frozenset(chosen.rows)
    rows = tuple(each.path for each in source.open_rows if each.path in picked or each.path.startswith(whole))
    unknown = tuple(sorted(picked - {each.path for each in source.open_rows}))
    return replace(chosen, rows=(*rows, *unknown))


def _pieces(rows: Sequence[RowWords], chosen: frozenset[str]) -> list[Piece]:
    """Return the things of the message with their rows; what stands at its top is the first of them."""
    found: dict[str, list[RowWords]] = {"": []}
    for each in rows:
        found.setdefault(_thing_of(each.path), []).append(each)
    return [_piece(path, listed, chosen) for path, listed in found.items() if listed]


def _thing_of(path: str) -> str:
    """Return the path of the first thing of a list that a row stands in; empty for a row of the message itself."""
    steps = path.split("/")
    at = next((number for number, step in enumerate(steps[:-1]) if step.isdigit()), 0)
    return "/".join(steps[: at + 1]) if at else ""


def _piece(path: str, rows: Sequence[RowWords], chosen: frozenset[str]) -> Piece:
    telling = [each for each in rows if "/evaluation/" not in each.path and each.value.form is not Form.MARK]
    telling.sort(
        key=lambda each: ("/names/" not in each.path, each.path.count("/"))
    )  # what it is called, then the rest
    title = min((each.place for each in rows), key=len)
    summary = ", ".join(each.value.words for each in telling[:_SUMMED])
    whole = bool(path) and all(each.path in chosen for each in rows)
    return Piece(path, title, summary, tuple(rows), whole)


def _groups(rows: Sequence[RowWords]) -> list[tuple[str, list[RowWords]]]:
    """Return the rows under what they stand in, in their order."""
    found: dict[str, list[RowWords]] = {}
    for each in rows:
        found.setdefault(each.place, []).append(each)
    return list(found.items())


async def preview_page(
    visit: Visit, source: Source, chosen: Chosen, proposal: Proposal, waits: Waits | None = None
) -> web.Response:
    """Return what would go and what stays; with ``waits`` where it needs a second person."""
    reviewed = None if waits is None else waits.reviewed
    shown = set(chosen.rows)
    answer, labels = proposal.answer, labels_of(visit)
    decision = None if answer is None or not isinstance(answer.verdict, Decision) else answer.verdict
    left_out = [each for each in source.open_rows if each.path not in shown]
    digest = "" if waits is None else digest_of(asked_of(source, chosen), waits.needs).hex()
    wrong = note_fault(visit)
    return visit.page(
        "forward_preview.html",
        status=200 if wrong is None else 422,
        wrong=wrong,
        note=visit.field("note"),
        id=source.message.hex(),
        who=labels.get(chosen.to, chosen.to),
        owner=labels.get(source.found.row.sender or "", ""),
        groups=_groups([each for each in source.open_rows if each.path in shown]),
        left_out=left_out,
        always=[each for each in source.rows if each.path.startswith(_ALWAYS)],
        files=[name for part, name in source.files if part in chosen.files],
        conditions=() if answer is None else answer.conditions,
        consents=[] if answer is None else [each.message.hex() for each in answer.grants],
        duties=_duties(visit, source.bundle, decision),
        relevance=chosen.relevance,
        fields=chosen.fields,
        waits=waits,
        digest=digest,
        same=reviewed is None or reviewed.digest.hex() == digest,
        needed=() if waits is None else findings_of(visit, waits.needs.stopped.refused),
        nobody=None if waits is None or reviewed else await nobody_decides(visit, [source.message]),
        reviewed=reviewed,
        may_sign=await visit.desk.people.signing_reference(visit.acting.person) is not None,
    )


def _duties(visit: Visit, bundle: Bundle, decision: Decision | None) -> list[Explanation]:
    """Return what the rules ask of this contact point afterwards, such as telling the owner."""
    duties = () if decision is None else decision.duties
    findings = [Finding(each.id, each.article, each.text, Verdict.ALLOW) for each in duties]
    return [explain_finding(each, bundle.texts, visit.language) for each in findings]


async def _refused(visit: Visit, source: Source, chosen: Chosen, findings: Sequence[Explanation]) -> web.Response:
    """Show the form again with the rules that stop it, and the way to the owner's consent."""
    type_ = source.bundle.catalogue.types.get(CONSENT)
    may_ask = type_ is not None and why_not(visit.acting, CONSENT) is None
    wrong = [] if findings else [("relevance", STOPPED)]
    return await _form(visit, source, chosen, wrong, findings=tuple(findings), may_ask=may_ask)


async def ask_owner(visit: Visit) -> web.StreamResponse:
    """Begin the question to the owner, with message, use and target written in; the officer completes it."""
    source, desk = await source_of(visit, await known_message(visit)), writing_desk(visit)
    to = visit.field("to")
    owner = None if isinstance(source, web.Response) else source.found.row.sender
    target = visit.gateway.network.replica.directory.participant(NodeId(to)) if to else None
    purpose = Purpose(CONSENT)
    form_ = None if desk is None else form_of(desk, purpose)
    if isinstance(source, web.Response) or desk is None or form_ is None or owner is None or target is None:
        return visit.missing()
    denied = why_not(visit.acting, CONSENT)
    if denied is not None:
        return not_yours(visit, denied)
    given: dict[str, list[str]] = {
        TO: [owner],
        "/phase": ["ask"],
        "/items/0/message_id": [source.message.hex()],
        "/use": ["dissemination"],
        "/target/name": [target.label],
        "/target/country": [target.country],
        "/target/node": [target.node],
    }
    found = await book_of(visit).begin(visit.acting.person, purpose, first_written(desk, form_, given))
    return visit.back_to(f"/drafts/{found.row.id.hex()}")


def _fault_words(visit: Visit, fault: InputFault) -> str:
    bundle = visit.gateway.network.replica.bundle
    if fault.error is None or bundle is None:
        return visit.text(fault.sentence)
    return explain(fault.error, bundle.catalogue, visit.language)


def _of_file(path: str, field: str) -> bool:
    return path.startswith(f"{_FILES}/") and path.endswith(f"/{field}")


PAGES: Final = (
    Page("GET", "/messages/{id}/forward", Permission.ASK, form),
    Page("POST", "/messages/{id}/forward", Permission.ASK, preview),
    Page("POST", "/messages/{id}/forward/consent", Permission.ASK, ask_owner),
)
