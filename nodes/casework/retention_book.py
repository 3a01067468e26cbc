"""Keeps nothing longer than the law lets it: erases what is over, what is left around it, and names of former staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from nodes.casework.case_entries import messages_of
from nodes.casework.retention import Ground, Limits
from nodes.casework.retention_store import (
    Planned,
    coming_up,
    erase_words,
    over_limit,
    planned,
    spent_cases,
)
from nodes.casework.retention_unsent import Months, Overdue, Unsent, erase_unsent, unsent
from nodes.config import RetentionSettings
from nodes.gateway.erasing import Erasing, Evidence, evidence_of, latest_evidence
from nodes.gateway.gateway import Gateway
from nodes.gateway.lost_keys import Lost, lost_items
from nodes.people.departed import forget_departed
from protocol.ids import MessageId

RETENTION: Final = "retention"
"""The name of the loop."""
_AT_ONCE: Final = 100  # messages or cases of one transaction
_AHEAD_S: Final = 90 * 86_400
_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Swept:
    """What one round erased: contents of messages, words about cases, names of accounts, what nobody sent."""

    contents: int = 0
    words: int = 0
    accounts: int = 0
    unsent: int = 0

    @property
    def any(self) -> bool:
        """Whether anything went."""
        return bool(self.contents or self.words or self.accounts or self.unsent)


class RetentionBook:
    """The retention of one node."""

    def __init__(self, gateway: Gateway, settings: RetentionSettings) -> None:
        self._gateway = gateway
        self._settings = settings
        self._erasing = Erasing(gateway.here, gateway.store)
        self.months: Final = Months(settings.draft_months, settings.request_months)
        self.limits: Final = Limits(settings.police_months, settings.judicial_months, settings.civil_months)

    async def sweep(self) -> Swept:
        """Return what was erased because its time is over, once no key opens any of it."""
        contents = words = 0
        write, now = self._gateway.store.database.write, self._gateway.here.clock()
        while count := await write(lambda connection: self._erase_over(connection, now)):
            contents += count
        while count := await write(lambda connection: self._erase_words(connection, now)):
            words += count
        accounts = await write(
            lambda connection: forget_departed(connection, self._erasing, now, self._settings.account_months)
        )
        tools = Overdue(self._gateway.store, self._erasing)
        never_sent = await write(lambda connection: erase_unsent(connection, tools, self.months, now))
        swept = Swept(contents, words, accounts, never_sent)
        if swept.any:
            await self._gateway.rotation.erase_content()
        return swept

    async def plan(self, message: MessageId) -> Planned | None:
        """Return when the content of a message has to go; None where none is here."""
        return await self._gateway.store.database.read(lambda connection: planned(connection, self.limits, message))

    async def coming(self) -> Sequence[Planned]:
        """Return what has to go within 90 days, the next first; what a hold keeps is among it."""
        until = self._gateway.here.clock() + _AHEAD_S
        return await self._gateway.store.database.read(
            lambda connection: coming_up(connection, self.limits, until, _SHOWN)
        )

    async def unsent(self) -> tuple[Unsent, Unsent]:
        """Return what is here of drafts, and of requests of investigators that nobody sent."""
        now = self._gateway.here.clock()
        return await self._gateway.store.database.read(lambda connection: unsent(connection, self.months, now))

    async def evidence(self, subject: bytes) -> Evidence | None:
        """Return the signed evidence that something was erased."""
        return await self._gateway.store.database.read(lambda connection: evidence_of(connection, subject))

    async def latest(self) -> Sequence[Evidence]:
        """Return the newest evidence of erasures."""
        return await self._gateway.store.database.read(lambda connection: latest_evidence(connection, _SHOWN))

    async def lost(self) -> Lost:
        """Return what came back with an older copy of the database and opens no more."""
        return await self._gateway.store.database.read(
            lambda connection: lost_items(connection, self._gateway.rotation.destroyed_before)
        )

    def _erase_over(self, connection: Connection, now: int) -> int:
        due = over_limit(connection, self.limits, now, _AT_ONCE)
        erased = 0
        for ground in Ground:
            messages = [each.message for each in due if each.plan.ground is ground]
            erased += self._erasing.erase(connection, messages, ground.value) if messages else 0
        return erased

    def _erase_words(self, connection: Connection, now: int) -> int:
        words = 0
        for number, identifier, gone_at in spent_cases(connection, now, _AT_ONCE):
            found = erase_words(connection, number, gone_at)
            self._erasing.note(connection, [identifier], _ground_of(connection, number), found)
            words += found
        return words


def _ground_of(connection: Connection, case: int) -> str:
    """Return the ground on which the last message of a case went, which is why the words about it go too."""
    found = [evidence_of(connection, each) for each in messages_of(connection, case)]
    known = sorted((each for each in found if each is not None), key=lambda each: each.at)
    return known[-1].ground if known else Ground.SENDER.value
