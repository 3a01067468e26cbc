"""What a node tells of the legal bases of its network: in words, with countries and their footnotes."""

from nodes.api.agreements import bases
from protocol.catalogue.code_lists import LANGUAGES
from protocol.catalogue.load import load_catalogue
from protocol.ids import Channel
from runtime.package_data import read_catalogue_files
from tests.simulators.network import MK, RS, Member, TestNetwork
from tests.simulators.party import NOW, CountingEntropy

FILES = read_catalogue_files()
CATALOGUE = load_catalogue(FILES.__getitem__, tuple(FILES))
XK = Member("xk.contact", MK.kind, MK.family, "XK", languages=("en", "sq"))
POLICE = Channel("police")


def network() -> TestNetwork:
    found = TestNetwork.small(lambda: NOW, CountingEntropy(), members=(RS, MK, XK))
    found.agree(MK.node, XK.node, POLICE, instrument="Treaty", valid_until=NOW + 60)
    return found


def test_agreements_are_told_in_words_with_the_footnote_of_a_party() -> None:
    directory = network().directory
    told = bases(directory, CATALOGUE, "en", NOW)
    plain, treaty = told["agreements"]
    assert (treaty["parties"], treaty["channel"], treaty["current"]) == ([MK.node, XK.node], "police", True)
    assert {"label": "Instrument", "text": "Treaty"} in treaty["words"]
    assert plain["footnotes"] == []
    assert treaty["footnotes"] == told["footnotes"]
    assert bases(directory, CATALOGUE, "en", NOW + 60)["agreements"][1]["current"] is False


def test_countries_and_footnotes_are_in_the_language_asked_for() -> None:
    directory = network().directory
    told = {each: bases(directory, CATALOGUE, each, NOW) for each in LANGUAGES}
    assert {each["countries"]["XK"] for each in told.values()} == {"Kosovo*", "Kosova*", "Косово*"}
    assert len({each["footnotes"][0] for each in told.values()}) == len(LANGUAGES)


def test_a_node_without_a_policy_has_no_words_yet() -> None:
    told = bases(network().directory, None, "en", NOW)
    assert (told["countries"], told["footnotes"]) == ({}, [])
    assert [each["words"] for each in told["agreements"]] == [[], []]
