"""Which weeks are missing, what is due for erasure, and how publications are cut. Time is an argument."""

from dataclasses import replace
from itertools import pairwise

import pytest

from keys.recipient_ring import RecipientSeed
from keys.rotation import Chain, due_for_erasure, missing, publications, week_of, weeks
from protocol.charter import DAY, WEEK, ChannelTerms
from protocol.ids import Channel, NodeId, StatementId
from protocol.statements import encode_statement, statement_id
from tests.simulators.network import TestNetwork, recipient_seed_of
from tests.simulators.party import NOW, CountingEntropy

CHARTER = replace(
    TestNetwork.founded(lambda: NOW, CountingEntropy()).charter,
    channels=(ChannelTerms(Channel("police"), 4, 14), ChannelTerms(Channel("system"), 6, 30)),
)
POLICE, SYSTEM, CSO = Channel("police"), Channel("system"), Channel("cso")
NODE = NodeId("rs.contact")


def held(channel: Channel, start: int, name: str = "held") -> RecipientSeed:
    return recipient_seed_of(name, channel, (start, start + WEEK))


@pytest.mark.parametrize("at", [0, 4 * DAY - 1, 4 * DAY, NOW, NOW + 6 * DAY])
def test_a_week_runs_from_monday_to_monday(at: int) -> None:
    start, end = week_of(at)
    assert start <= at < end
    assert end - start == WEEK
    assert start % WEEK == 4 * DAY % WEEK


def test_weeks_follow_one_another_from_the_running_one() -> None:
    found = weeks(NOW, 4)
    assert len(found) == 5
    assert found[0] == week_of(NOW)
    assert all(a[1] == b[0] for a, b in pairwise(found))


def test_everything_is_missing_at_first() -> None:
    wanted = missing((), CHARTER, (SYSTEM, POLICE), NOW)
    assert [channel for channel, _ in wanted] == [POLICE] * 5 + [SYSTEM] * 7


def test_what_is_held_is_not_missing() -> None:
    first, second, *rest = weeks(NOW, 4)
    assert missing([held(POLICE, first[0]), held(POLICE, second[0])], CHARTER, (POLICE,), NOW) == tuple(
        (POLICE, window) for window in rest
    )


def test_a_key_of_another_channel_does_not_help() -> None:
    assert len(missing([held(SYSTEM, week_of(NOW)[0])], CHARTER, (POLICE,), NOW)) == 5


def test_a_channel_without_terms_gets_no_keys() -> None:
    assert missing((), CHARTER, (CSO,), NOW) == ()


@pytest.mark.parametrize(("channel", "days"), [(POLICE, 14), (SYSTEM, 30), (CSO, 90)])
def test_a_key_is_erased_after_window_and_longest_life(channel: Channel, days: int) -> None:
    key = held(channel, NOW)
    end = NOW + WEEK + days * DAY
    assert due_for_erasure([key], CHARTER, end - 1) == ()
    assert due_for_erasure([key], CHARTER, end) == (key.key_id,)


def test_nothing_to_publish_makes_no_statement() -> None:
    assert publications(NODE, (), Chain(), NOW) == ()


def test_publications_are_chained_and_hold_45_keys_at_most() -> None:
    seeds = [held(channel, NOW + week * WEEK) for channel in (SYSTEM, POLICE) for week in range(50)]
    last = StatementId(b"l" * 32)
    bodies = publications(NODE, seeds, Chain(7, last), NOW)
    assert [len(body.keys) for body in bodies] == [45, 45, 10]
    assert [body.sequence for body in bodies] == [8, 9, 10]
    assert [body.previous for body in bodies] == [
        last,
        *(statement_id(encode_statement(body)) for body in bodies[:-1]),
    ]
    windows = [(key.channel, key.not_before) for body in bodies for key in body.keys]
    assert windows == sorted(windows)
    assert {key.public_key for body in bodies for key in body.keys} == {seed.public_key for seed in seeds}
