"""Corrections as pages show them: what has to be done here, how far each holder is, in words without codes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.casework.correction_book import Entry
from nodes.casework.corrections import CorrectionCase, Reach
from nodes.casework.message_view import Words
from nodes.casework.row_words import RowWords, row_words
from nodes.desk.message import labels_of
from nodes.desk.need_to_know import may_know
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.bundles import Bundle
from nodes.gateway.corrections import Action
from nodes.gateway.reading import ReceivedMessage, SentMessage
from policies.documents import text_at, value_at
from protocol.catalogue.rows import unflatten
from protocol.errors import Malformed
from protocol.ids import MessageId, parse_hex_digest

REACHED: Final[Mapping[Reach, str]] = {
    Reach.UNTOLD: sentence("Not told yet"),
    Reach.TOLD: sentence("The notice is on its way"),
    Reach.DELIVERED: sentence("Has the notice, has not confirmed it"),
    Reach.CONFIRMED: sentence("Confirmed it, has not carried it out"),
    Reach.APPLIED: sentence("Carried it out"),
}
"""How far a holder is -> what people call it."""

TO_DO: Final[Mapping[Action, str]] = {
    Action.CORRECT: sentence(
        "Put the right values wherever you copied the wrong ones: registers, files, answers. The message stays as it "
        "was sealed, and this notice stands beside it."
    ),
    Action.ERASE: sentence(
        "What is here is erased for good when you confirm it below. Erase also what you copied into registers and "
        "files outside of the desk."
    ),
    Action.RESTRICT: sentence(
        "No search finds it here any more, and it opens for a reason only. Mark it in your registers and files too, "
        "and use it for nothing else."
    ),
    Action.RELEASE: sentence("The restriction is over here. Lift it in your registers and files too."),
}
"""What a notice asks for -> what somebody here does about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """One holder: its name, from whom it had the data, how far it is, until when the next step is due."""

    label: str
    via: str
    words: str
    due_at: int | None
    late: bool
    done: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One correction of one message. ``message`` is empty where this person may not know of it."""

    notice: str
    message: str
    action: Action
    items: tuple[str, ...]
    sender: str  # who raised it, empty where this contact point did
    case: CorrectionCase
    binding: bool
    erases: bool  # carrying it out erases the message here
    holders: tuple[HolderRow, ...]
    to_tell: tuple[str, ...]

    @property
    def own_due_at(self) -> int | None:
        """Until when something is to be done here; None when all of it is done."""
        return self.case.own_due_at

    @property
    def carried_out(self) -> bool:
        """Whether somebody here said that it was carried out."""
        return self.case.facts.applied_at is not None

    @property
    def waits_here(self) -> bool:
        """Whether somebody at this contact point has something to do."""
        finished = not self.case.unfinished and self.carried_out and not self.sender
        closing = finished and self.case.facts.verified_at is None
        return self.own_due_at is not None or bool(self.to_tell) or self.case.to_report or closing

    @property
    def waits_elsewhere(self) -> bool:
        """Whether a holder has not carried it out, as far as is known here."""
        return bool(self.case.unfinished)


async def rows_of(visit: Visit, entries: Iterable[Entry]) -> list[Row]:
    """Return those of the corrections that this person may know of, as he may know of their notices."""
    found: Sequence[Entry] = tuple(entries)
    wanted = {each.case.facts.about for each in found} | {notice for each in found for notice in each.notices}
    known = await may_know(visit, sorted(wanted))
    rows = (_row(visit, each, known) for each in found)
    return [each for each in rows if each is not None]


def _row(visit: Visit, entry: Entry, known: frozenset[MessageId]) -> Row | None:
    notices = [each for each in entry.notices if each in known]
    if not notices:
        return None
    labels, now, facts = labels_of(visit), visit.desk.now(), entry.case.facts
    closed = entry.here and facts.about not in known  # who was given what is closed is for its group
    return Row(
        notice=notices[0].hex(),
        message=facts.about.hex() if entry.here and not closed else "",
        action=entry.action,
        items=entry.items,
        sender="" if facts.issuer is None else labels.get(facts.issuer, facts.issuer),
        case=entry.case,
        binding=entry.binding,
        erases=entry.action is Action.ERASE and entry.binding and entry.here and facts.applied_at is None,
        holders=tuple(
            HolderRow(
                label=labels.get(each.node, each.node),
                via="" if each.via is None else labels.get(each.via, each.via),
                words=visit.text(REACHED[each.reach]),
                due_at=each.due_at,
                late=each.overdue(now),
                done=each.reach is Reach.APPLIED,
            )
            for each in (() if closed else entry.case.holders)
        ),
        to_tell=() if closed else tuple(labels.get(each, each) for each in entry.case.to_tell),
    )


async def right_values(visit: Visit, bundle: Bundle, notice: object) -> tuple[RowWords, ...]:
    """Return the values that a notice puts right, in the words of the messages that it corrects.

    A message that is not here, or of which this person may not know, has no words: its fields stand in the notice.
    """
    wanted = [(about, path, value) for about, path, value in _changes(notice)]
    known = await may_know(visit, sorted({about for about, _, _ in wanted}))
    words = Words(bundle.catalogue, visit.language, labels_of(visit))
    found: list[RowWords] = []
    for about, path, value in wanted:
        message = await visit.gateway.reading.find(about) if about in known else None
        type_ = None if message is None or message.row.type is None else bundle.catalogue.types.get(message.row.type)
        if type_ is not None:
            found += row_words(type_.body_schema.fields, [(path, value)], words)
    return tuple(found)


def _changes(notice: object) -> Iterator[tuple[MessageId, str, str | int | bool]]:
    body = notice.body if isinstance(notice, ReceivedMessage) else ()
    if isinstance(notice, SentMessage) and notice.draft is not None:
        body = notice.draft.body
    listed = value_at(unflatten(sorted(body)), "/changes")
    for each in listed if isinstance(listed, list) else ():
        value = value_at(each, "/value")
        try:
            about = MessageId(parse_hex_digest(text_at(each, "/message_id")))
        except Malformed:
            continue
        if isinstance(value, str | int | bool):
            yield about, text_at(each, "/field"), value
