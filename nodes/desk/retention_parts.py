"""What case and message pages say of keeping and erasing: until when, on whose hold, or when and why it went."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection

from nodes.casework.case_book import CaseFile
from nodes.casework.legal_hold import ARTICLES, Hold
from nodes.casework.legal_hold_book import LegalHoldBook
from nodes.casework.retention_store import Planned
from nodes.desk.retention_words import GROUNDS, HOLDS
from nodes.desk.visit import Visit
from nodes.gateway.erasing import Evidence, evidence_of
from nodes.people.acting import PersonId
from nodes.people.refusals import NotDone
from nodes.people.roles import Permission
from protocol.ids import MessageId

FIELDS: Final = ("code", "authority", "expires_at")


@dataclass(frozen=True, slots=True)
class HoldRow:
    """One hold in words."""

    hold: Hold
    words: str
    article: str
    by: str
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """What is kept of a case and until when. ``gone`` are the messages of which nothing is left."""

    subject: str
    next: Planned | None
    holds: Sequence[HoldRow]
    gone: Mapping[str, Evidence]
    may_hold: bool
    refused: NotDone | None = None
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def held(self) -> bool:
        """Whether a hold stands."""
        return any(each.stands for each in self.holds)


async def keeping_of(visit: Visit, found: CaseFile) -> Keeping:
    """Return what the page of a case says of keeping it."""
    messages = [each.message for each in found.messages]
    plans = [plan for each in messages if (plan := await visit.desk.retention.plan(each)) is not None]
    holds = await LegalHoldBook(visit.gateway).on(found.line.id, *messages)
    return Keeping(
        subject=found.line.id.hex(),
        next=min(plans, key=lambda each: each.plan.erase_at, default=None),
        holds=await hold_rows(visit, holds),
        gone=await gone_of(visit, messages),
        may_hold=visit.acting.may(Permission.REVIEW),
    )


async def hold_rows(visit: Visit, holds: Sequence[Hold]) -> list[HoldRow]:
    """Return holds in words, with the names of whoever placed them."""
    people, now = await visit.desk.people.all(), visit.desk.now()
    names = {person: record.name for person, record in people.items()}
    return [
        HoldRow(
            each,
            visit.text(HOLDS[each.code]),
            ARTICLES[each.code],
            names.get(PersonId(each.placed_by)) or each.placed_by,
            each.stands(now),
        )
        for each in holds
    ]


async def gone_of(visit: Visit, messages: Sequence[MessageId]) -> dict[str, Evidence]:
    """Return the evidence of those of the messages that were erased, by their ids as pages write them."""

    def load(connection: Connection) -> dict[str, Evidence]:
        found = ((each.hex(), evidence_of(connection, each)) for each in messages)
        return {identifier: evidence for identifier, evidence in found if evidence is not None}

    return await visit.gateway.store.database.read(load)


async def gone_words(visit: Visit, message: MessageId) -> tuple[Evidence, str] | None:
    """Return when and why a message was erased, the ground in words; None where nothing says that it was."""
    found = (await gone_of(visit, [message])).get(message.hex())
    return None if found is None else (found, visit.text(GROUNDS.get(found.ground, found.ground)))
