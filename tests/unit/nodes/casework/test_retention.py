"""When something has to go: the shortest limit, the longest hold, and the article that says so."""

import pytest

from nodes.casework.retention import ARTICLES, Facts, Ground, Limits, Plan, plan
from policies.clocks.zones import months_later
from protocol.ids import Channel

START = 1_790_000_000
YEAR = 366 * 86_400


def test_the_limit_of_the_law_counts_where_nobody_set_an_earlier_one() -> None:
    found = plan(Facts(since=START, months=60))
    assert found == Plan(months_later(START, 60), Ground.NATIONAL)
    assert found.article == "LED 5, GDPR 5(1)(e)"


@pytest.mark.parametrize(
    ("sender", "unneeded", "ground"),
    [
        (START + 5, None, Ground.SENDER),
        (START + 9 * YEAR, None, Ground.NATIONAL),
        (START + 5, START + 4, Ground.NOT_NEEDED),
        (START + 4, START + 5, Ground.SENDER),
        (None, START + 4, Ground.NOT_NEEDED),
        (months_later(START, 60), None, Ground.SENDER),
    ],
)
def test_the_shortest_limit_counts(sender: int | None, unneeded: int | None, ground: Ground) -> None:
    found = plan(Facts(since=START, months=60, sender=sender, unneeded_at=unneeded))
    assert found.ground is ground
    assert found.erase_at == min(each for each in (months_later(START, 60), sender, unneeded) if each is not None)


def test_the_longest_hold_counts_and_what_fell_due_follows_at_its_end() -> None:
    found = plan(Facts(since=START, months=60, sender=START + 10, holds=(START + 20, START + 40)))
    assert (found.erase_at, found.held_until) == (START + 10, START + 40)
    assert [found.is_due(START + each) for each in (9, 10, 39, 40)] == [False, False, False, True]
    assert [found.is_held(START + each) for each in (0, 39, 40)] == [True, True, False]


def test_each_family_of_channels_has_its_limit() -> None:
    limits = Limits(police=60, judicial=120, civil=24)
    found = {name: limits.of(Channel(name)) for name in ("police", "joint-centre", "rogatory", "court-support", "cso")}
    assert found == {"police": 60, "joint-centre": 60, "rogatory": 120, "court-support": 120, "cso": 24}
    assert (limits.of(Channel("police-cso")), limits.shortest) == (24, 24)


def test_every_ground_has_its_article() -> None:
    assert set(ARTICLES) == set(Ground)
