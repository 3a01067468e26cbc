"""The directory as people look something up in it."""

from dataclasses import replace

import pytest

from nodes.casework.directory_view import Card, Reach, Wish, card_of, countries_of
from policies.clocks.zones import DAY
from protocol.ids import Channel, NodeId
from protocol.records import Family, Kind
from tests.simulators.network import Member, TestNetwork
from tests.simulators.party import CountingEntropy

NOW = 1_790_000_000
RS = Member("rs.ilecu", Kind.CONTACT_POINT, Family.POLICE, "RS", languages=("en", "sr-Latn"))
RS_COURT = Member("rs.court", Kind.COURT, Family.JUDICIAL, "RS", languages=("sr-Latn",))
MK = Member("mk.ilecu", Kind.CONTACT_POINT, Family.POLICE, "MK", languages=("mk",))
AL = Member("al.ilecu", Kind.CONTACT_POINT, Family.POLICE, "AL", languages=("sq",))


@pytest.fixture(scope="module")
def network() -> TestNetwork:
    found = TestNetwork.small(lambda: NOW, CountingEntropy("network"), members=(RS_COURT, RS, MK, AL))
    found.agree(RS.node, MK.node, Channel("police"))
    return found


def shown(network: TestNetwork, **wish: str) -> list[tuple[str, list[str]]]:
    found = countries_of(network.directory, RS.node, NOW, Wish(**wish))
    return [(country.code, [card.who.node for card in country.cards]) for country in found]


def test_participants_stand_by_country_contact_points_first(network: TestNetwork) -> None:
    assert shown(network) == [("AL", ["al.ilecu"]), ("MK", ["mk.ilecu"]), ("RS", ["rs.ilecu", "rs.court"])]


def test_they_are_found_by_words_in_any_script_by_function_and_by_channel(network: TestNetwork) -> None:
    assert shown(network, text="MK") == [("MK", ["mk.ilecu"])]
    assert shown(network, text="мк илецу") == [("MK", ["mk.ilecu"])]
    assert shown(network, text="mk rs") == []
    assert shown(network, kind="court") == [("RS", ["rs.court"])]
    assert shown(network, channel="rogatory") == [("RS", ["rs.court"])]


def card(network: TestNetwork, node: NodeId, now: int = NOW) -> Card:
    who = network.directory.participant(node, now)
    assert who is not None
    return card_of(network.directory, who, RS.node, now)


def test_a_card_tells_what_binds_it_to_us(network: TestNetwork) -> None:
    assert [each.channel for each in card(network, MK.node).agreements] == ["police"]
    assert card(network, AL.node).agreements == ()
    assert card(network, RS.node).agreements == ()
    assert (card(network, RS.node).me, card(network, MK.node).me) == (True, False)


def police(network: TestNetwork, now: int = NOW) -> Reach:
    found = {each.channel: each for each in card(network, MK.node, now).reaches}
    return found[Channel("police")]


def test_keys_are_counted_as_far_as_they_follow_one_another(network: TestNetwork) -> None:
    assert (police(network).days or 0) > 0
    keys = network.directory.recipient_keys(MK.node, Channel("police"))
    last = max(each.not_after for each in keys)
    soon, over = police(network, last - 3 * DAY), police(network, last)
    assert (soon.days, soon.ends_soon) == (3, True)
    assert (over.days, over.ends_soon) == (None, False)


def test_whoever_is_suspended_or_over_cannot_be_written_to(network: TestNetwork) -> None:
    who = network.directory.participant(MK.node, NOW)
    assert who is not None
    directory = network.directory
    assert card_of(directory, who, RS.node, NOW).open
    for changed in (replace(who, suspended=True), replace(who, revoked=True), replace(who, valid_until=NOW)):
        assert not card_of(directory, changed, RS.node, NOW).open
    assert card_of(directory, replace(who, valid_until=NOW + 1), RS.node, NOW).open
