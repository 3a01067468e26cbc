"""Which recipient keys are missing, which are due for erasure, and the statements that publish new ones. Pure.

Windows are whole weeks from Monday 00:00 UTC. A node publishes the running week and as many weeks ahead as the charter
asks; a private key is erased once no message sealed to it can still be alive (protocol decision 11).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from keys.recipient_ring import RecipientSeed
from protocol.charter import DAY, WEEK, Charter
from protocol.ids import Channel, KeyId, NodeId, StatementId
from protocol.limits import MAX_KEYS_PER_STATEMENT, MAX_LIFE
from protocol.statement_nodes import KeyPublication, PublishedKey
from protocol.statements import encode_statement, statement_id

Window = tuple[int, int]
"""[not before, not after) in seconds UTC."""

_FIRST_MONDAY: Final = 4 * DAY  # 1 January 1970 was a Thursday


@dataclass(frozen=True, slots=True)
class Chain:
    """Where a node's key publications stand: how many there are, and the id of the last one."""

    sequence: int = 0
    last: StatementId | None = None


def week_of(at: int) -> Window:
    """Return the week, Monday to Monday, that contains ``at``."""
    start = at - (at - _FIRST_MONDAY) % WEEK
    return start, start + WEEK


def weeks(now: int, ahead: int) -> tuple[Window, ...]:
    """Return the running week and ``ahead`` more."""
    first, _ = week_of(now)
    return tuple((first + at * WEEK, first + (at + 1) * WEEK) for at in range(ahead + 1))


def missing(
    held: Iterable[RecipientSeed], charter: Charter, channels: Sequence[Channel], now: int
) -> tuple[tuple[Channel, Window], ...]:
    """Return, per channel of the network, the running and coming weeks for which no key is held."""
    have = {(each.channel, each.not_before) for each in held}
    wanted = [
        (channel, window)
        for channel in sorted(channels)
        if charter.terms(channel) is not None
        for window in weeks(now, charter.weeks_ahead(channel))
    ]
    return tuple((channel, window) for channel, window in wanted if (channel, window[0]) not in have)


def due_for_erasure(held: Iterable[RecipientSeed], charter: Charter, now: int) -> tuple[KeyId, ...]:
    """Return the keys whose window and longest message life are both over.

    A channel the network has given up keeps its keys for the longest life any channel may have.
    """
    return tuple(each.key_id for each in held if each.not_after + _life(charter, each.channel) <= now)


def publications(
    node: NodeId, seeds: Sequence[RecipientSeed], chain: Chain, issued_at: int
) -> tuple[KeyPublication, ...]:
    """Return the statements that publish ``seeds``, each following the one before, 45 keys at most in each."""
    ordered = sorted(seeds, key=lambda each: (each.channel, each.not_before))
    out: list[KeyPublication] = []
    for start in range(0, len(ordered), MAX_KEYS_PER_STATEMENT):
        body = KeyPublication(
            node=node,
            issued_at=issued_at,
            sequence=chain.sequence + 1,
            previous=chain.last,
            keys=tuple(
                PublishedKey(each.channel, each.public_key, each.not_before, each.not_after)
                for each in ordered[start : start + MAX_KEYS_PER_STATEMENT]
            ),
        )
        out.append(body)
        chain = Chain(body.sequence, statement_id(encode_statement(body)))
    return tuple(out)


def _life(charter: Charter, channel: Channel) -> int:
    return charter.longest_life(channel) or MAX_LIFE
