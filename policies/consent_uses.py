"""Consent of an owner to a use of its information: asked, granted, denied, expired, ended, withdrawn.

A case begins with a question (message MT-11, phase ask) or with a grant that nobody asked for, since an owner may
consent at provision or later (D977 1(4)). It is folded from the messages in the order of the log. No answer within the
network's limit (timer T-19) counts as no; a later grant is the owner's word all the same. Pure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from policies.clocks.limits import CONSENT
from protocol.ids import MessageId, NodeId

JUDICIAL: Final = "judicial"
PASSING_ON: Final = "dissemination"
OTHER_PURPOSE: Final = "other_purpose"


class Phase(StrEnum):
    """What a consent message says: the codes of the list ``consent_phase``."""

    ASK = "ask"
    GRANT = "grant"
    DENY = "deny"
    WITHDRAW = "withdraw"


class Stage(StrEnum):
    """Where a consent stands. Only what is granted permits anything."""

    ASKED = "asked"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"  # no answer in time, which is a no
    ENDED = "ended"  # granted until a time that has passed
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Item:
    """What is asked about: a message, or one item of it by its id there."""

    message: MessageId
    item: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One consent message as far as its sender signed it. ``until`` and ``effective`` are seconds UTC."""

    message: MessageId
    sender: NodeId
    to: frozenset[NodeId]
    at: int
    phase: Phase
    use: str
    about: frozenset[Item]
    in_reply_to: MessageId | None = None
    target: NodeId | None = None
    purpose: str | None = None
    until: int | None = None
    effective: int | None = None
    conditions: tuple[str, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UseCase:
    """The consent of one owner with all that was said of it, in order; ``words`` is never empty."""

    owner: NodeId
    words: tuple[Word, ...]
    stage: Stage

    @property
    def asked(self) -> Word | None:
        """The question, None where the owner consented unasked."""
        first = self.words[0]
        return first if first.phase is Phase.ASK else None

    @property
    def grant(self) -> Word | None:
        """The grant that holds now."""
        found = _last(self.words, Phase.GRANT)
        return found if self.stage is Stage.GRANTED else None

    @property
    def decided(self) -> Word | None:
        """The owner's last word, None while there is none."""
        last = self.words[-1]
        return None if last.phase is Phase.ASK else last

    @property
    def due_at(self) -> int | None:
        """Until when the owner could answer before silence counted as no; None where nobody asked."""
        return None if self.asked is None else self.asked.at + CONSENT.seconds

    def permits(self, item: Item, use: str) -> bool:
        """Return whether the grant that holds now is about this use of the item; a whole message includes its items."""
        grant = self.grant
        return grant is not None and grant.use == use and _covers(grant, item)


def fold_uses(words: Iterable[Word], now: int) -> tuple[UseCase, ...]:
    """Return the cases that ``words`` tell of, as they stand at ``now``, in the order in which they began.

    A question to several is a case with each of them. An answer belongs to the case of the message that it answers and
    counts when it is the owner's. Refusals and withdrawals that answer nothing known end every case of their sender in
    which it granted the same use of one of the items, and for the same target where they name one.
    """
    cases: list[tuple[NodeId, tuple[Word, ...]]] = []
    for word in _in_order(words):
        if word.phase is Phase.ASK:
            cases += [(owner, (word,)) for owner in sorted(word.to)]
            continue
        own = [at for at, (owner, _) in enumerate(cases) if owner == word.sender]
        found = [at for at in own if word.in_reply_to in {each.message for each in cases[at][1]}]
        if not found and word.phase is not Phase.GRANT:
            found = [at for at in own if _ends(word, cases[at][1])]
        for at in found:
            cases[at] = (word.sender, (*cases[at][1], word))
        if not found and word.phase is Phase.GRANT:
            cases.append((word.sender, (word,)))
    return tuple(UseCase(owner=owner, words=each, stage=_stage(each, now)) for owner, each in cases)


def permitted(cases: Iterable[UseCase], owner: NodeId, item: Item, use: str) -> tuple[Word, ...]:
    """Return the grants of ``owner`` that hold for a use of the item."""
    found = (each.grant for each in cases if each.owner == owner and each.permits(item, use))
    return tuple(each for each in found if each is not None)


def _in_order(words: Iterable[Word]) -> list[Word]:
    """Return the words in the order of the log; whatever its time says, an answer comes after what it answers."""
    known = {each.message: each for each in words}
    waiting = sorted(known.values(), key=lambda each: (each.at, each.message))
    said: dict[MessageId, Word] = {}
    while waiting:
        now = [each for each in waiting if each.in_reply_to not in known or each.in_reply_to in said] or waiting
        said[now[0].message] = now[0]
        waiting.remove(now[0])
    return list(said.values())


def _ends(word: Word, case: tuple[Word, ...]) -> bool:
    grant = _last(case, Phase.GRANT)
    if grant is None or word.use != grant.use or word.target not in (None, grant.target):
        return False
    return bool({each.message for each in word.about} & {each.message for each in grant.about})


def _stage(words: tuple[Word, ...], now: int) -> Stage:
    last = words[-1]
    if last.phase is Phase.ASK:
        return Stage.EXPIRED if now >= last.at + CONSENT.seconds else Stage.ASKED
    if last.phase is Phase.DENY:
        return Stage.DENIED
    if last.phase is Phase.WITHDRAW:
        before = _stage(words[:-1], now)
        coming = last.effective is not None and now < last.effective
        return before if coming and before is Stage.GRANTED else Stage.WITHDRAWN
    return Stage.GRANTED if last.until is not None and now < last.until else Stage.ENDED


def _last(words: tuple[Word, ...], phase: Phase) -> Word | None:
    return next((each for each in reversed(words) if each.phase is phase), None)


def _covers(grant: Word, item: Item) -> bool:
    return item in grant.about or Item(item.message) in grant.about
