"""The directory as people look something up in it: participants by country and function, and what ends when. Pure.

Everything comes from entries that were signed and verified; nothing is guessed where the directory says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from nodes.gateway.words import normalise
from policies.clocks.zones import DAY
from protocol.ids import CHANNELS, Channel, NodeId
from protocol.records import Agreement, Kind, Participant

ENDS_SOON: Final = 14  # days
_SYSTEM: Final = frozenset({"statistics", "system"})


@dataclass(frozen=True, slots=True)
class Reach:
    """One channel of a participant: whether it can be written to now, and for how many days its keys are published.

    ``days`` is None where no key is valid now; then nothing can be sealed for it.
    """

    channel: Channel
    days: int | None

    @property
    def ends_soon(self) -> bool:
        """Whether new keys are due."""
        return self.days is not None and self.days <= ENDS_SOON


@dataclass(frozen=True, slots=True)
class Card:
    """One participant. ``agreements`` are those with this contact point, ``open`` whether messages may go to it now."""

    who: Participant
    reaches: tuple[Reach, ...]
    agreements: tuple[Agreement, ...]
    me: bool
    open: bool


@dataclass(frozen=True, slots=True)
class Country:
    """The participants of one country in the order of their functions."""

    code: str
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is looked for: words in names and ids, one function, one channel; empty for all."""

    text: str = ""
    kind: str = ""
    channel: str = ""


def countries_of(directory: Directory, me: NodeId, now: int, wish: Wish) -> tuple[Country, ...]:
    """Return the countries with participants that fit, in the order of their codes; those that left are left out."""
    cards = [card_of(directory, each, me, now) for each in directory.participants(now) if _fits(each, wish)]
    codes = sorted({each.who.country for each in cards})
    order = {kind: at for at, kind in enumerate(Kind)}
    return tuple(
        Country(
            code,
            tuple(
                sorted(
                    (each for each in cards if each.who.country == code),
                    key=lambda each: (order[each.who.kind], each.who.node),
                )
            ),
        )
        for code in codes
    )


def card_of(directory: Directory, who: Participant, me: NodeId, now: int) -> Card:
    """Return all that the directory says of a participant."""
    ended = who.valid_until is not None and who.valid_until <= now
    return Card(
        who=who,
        reaches=tuple(_reach(directory, who.node, each, now) for each in _in_order(who.channels)),
        agreements=tuple(
            each
            for each in directory.agreements()
            if me != who.node and each.binds(me, who.node) and (each.valid_until is None or each.valid_until > now)
        ),
        me=who.node == me,
        open=not (who.suspended or who.revoked or ended),
    )


def _reach(directory: Directory, node: NodeId, channel: Channel, now: int) -> Reach:
    """Return for how long keys follow one another without a gap from now on."""
    until = now
    for key in sorted(directory.recipient_keys(node, channel), key=lambda each: each.not_before):
        if key.not_before <= until < key.not_after and not directory.is_key_revoked(key.key_id):
            until = key.not_after
    return Reach(channel, None if until == now else (until - now) // DAY)


def _in_order(channels: Sequence[Channel]) -> Sequence[Channel]:
    return [each for each in CHANNELS if each in channels and each not in _SYSTEM]


def _fits(who: Participant, wish: Wish) -> bool:
    if who.revoked or (wish.kind and who.kind.value != wish.kind):
        return False
    if wish.channel and wish.channel not in who.channels:
        return False
    names = normalise(f"{who.label} {who.node} {who.country}")
    return all(each in names for each in normalise(wish.text).split())
