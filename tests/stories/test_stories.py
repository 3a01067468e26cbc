"""Stories over one hub and six nodes: each rule fires and passes, and rules and types change without a restart.

The tests run in this order over one network; the last one needs all of them.
"""

from collections.abc import Iterator

import pytest

from tests.stories.change import put_in_force
from tests.stories.new_rules import NEW_TYPE, NOTICE, exported, with_new_type, with_other_rule
from tests.stories.record import committed, record
from tests.stories.script import Step, Story
from tests.stories.teller import Teller
from tests.stories.town import Town
from tests.stories.whole import tell_after, tell_changed, tell_shipped

pytestmark = pytest.mark.timeout(900)
LONG = {"from": "mk.ilecu", "send": "MT-01/vehicle-mk", "header": {"erase_by": "$days:60"}}


@pytest.fixture(scope="module")
def teller(town: Town, request: pytest.FixtureRequest) -> Iterator[Teller]:
    yield Teller(town)
    town.processes.stop_all()


def one(step: str, **more: object) -> Story:
    """Return a story of one step."""
    import msgspec

    return Story(story=step, steps=(msgspec.convert({"step": step, **LONG, **more}, Step),), file="here")


def test_every_story_comes_out_as_it_is_told(teller: Teller, request: pytest.FixtureRequest) -> None:
    assert tell_shipped(teller, request.config.getoption("--story", None))


def test_one_changed_policy_file_changes_hub_and_nodes_without_a_restart(teller: Teller) -> None:
    town, stranger = teller.town, Teller(teller.town)
    processes = town.processes.pids()
    stranger.tell(one("kept for two months"))
    files = with_other_rule()
    assert exported(town, files) == put_in_force(town, files).hex()
    stranger.tell(one("kept for two months again", fires=["police.erase-by"]))
    stranger.tell(one("kept for three weeks", header={"erase_by": "$days:21"}))
    assert {each.side for each in stranger.seen if each.fired} == {"sender", "hub"}
    assert town.processes.pids() == processes


def test_a_new_message_type_is_a_schema_a_template_and_a_line_of_a_policy(teller: Teller) -> None:
    town = teller.town
    sender, recipient = town.nodes["mk.ilecu"], town.nodes["rs.ilecu"]
    processes = town.processes.pids()
    assert sender.post("/messages", NOTICE).refusal()["fields"][0]["code"] == "UNKNOWN_TYPE"
    files = with_new_type()
    assert exported(town, files, f"--catalogue {NEW_TYPE}") == put_in_force(town, files).hex()
    incomplete = sender.post("/messages", NOTICE | {"document": {}}).refusal()["fields"][0]
    assert incomplete["sentence"] == "“Crossing” is missing."
    sent = sender.send(NOTICE)
    assert recipient.arrived(sent)["document"] == NOTICE["document"]
    assert town.processes.pids() == processes


def test_the_rules_behind_the_catalogue_hold_under_one_that_asks_for_less(teller: Teller) -> None:
    assert tell_changed(teller)


def test_nothing_goes_under_a_policy_that_was_replaced(teller: Teller) -> None:
    assert tell_after(teller)


def test_the_committed_list_says_what_was_seen(teller: Teller, request: pytest.FixtureRequest) -> None:
    if request.config.getoption("--story", None) is None:
        assert committed() == record(teller.seen), "write it anew: python -m tests.stories"
