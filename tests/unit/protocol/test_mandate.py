"""Mandates: what is not written is not entrusted."""

import pytest

from protocol.errors import Code, Fault
from protocol.ids import Channel
from protocol.mandate import ALL, Mandate, encode_mandate, parse_mandate

POLICE, CSO = Channel("police"), Channel("cso")
SERBIA = Mandate(countries=("BA", "RS"), channels=("police",), since=100, until=200)
EVERYTHING = Mandate(countries=ALL, channels=ALL, since=0)


@pytest.mark.parametrize("mandate", [SERBIA, EVERYTHING])
def test_it_is_read_as_written(mandate: Mandate) -> None:
    assert parse_mandate(encode_mandate(mandate)) == mandate


@pytest.mark.parametrize(
    ("countries", "channel", "time", "seen"),
    [
        (("RS", "MK"), POLICE, 100, True),
        (("MK", "BA"), POLICE, 199, True),
        (("MK", "AT"), POLICE, 150, False),
        ((), POLICE, 150, False),
        (("RS",), CSO, 150, False),
        (("RS",), None, 150, False),
        (("RS",), POLICE, 99, False),
        (("RS",), POLICE, 200, False),
    ],
)
def test_one_party_the_channel_and_the_time_must_lie_within(
    countries: tuple[str, ...], channel: Channel | None, time: int, seen: bool
) -> None:
    assert SERBIA.covers(countries, channel, time) is seen


def test_a_star_means_all_also_what_stands_in_no_channel() -> None:
    assert EVERYTHING.covers((), None, 10**12)


@pytest.mark.parametrize(
    "changes",
    [
        {1: []},
        {2: []},
        {1: ["*", "RS"]},
        {1: ["RS", "BA"]},
        {1: ["rs"]},
        {1: ["SRB"]},
        {1: ["Ж1"]},
        {2: ["*", "police"]},
        {2: ["gossip"]},
        {3: -1},
        {4: 100},
    ],
)
def test_nothing_is_empty_guessed_or_out_of_order(changes: dict[int, object]) -> None:
    with pytest.raises(Fault) as found:
        parse_mandate({**encode_mandate(SERBIA), **changes})  # type: ignore[dict-item]
    assert found.value.code is Code.MALFORMED
