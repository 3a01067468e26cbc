from urllib.parse import parse_qsl

import pytest

from nodes.casework.case_list import CaseFilter, Order, Paging
from nodes.casework.machine import Signal, Stand
from nodes.casework.machines import MACHINES
from nodes.casework.screening import Lane
from nodes.desk.case_query import read_query
from nodes.desk.case_words import ACTS, DONE, HEARD, KINDS, LANES, STANDS, STATES
from nodes.people.acting import PersonId
from protocol.ids import NodeId

ANA = PersonId("ana")


def test_every_state_act_and_signal_has_words() -> None:
    machines = MACHINES.values()
    transitions = [each for machine in machines for each in machine.transitions]
    assert {each.name for machine in machines for each in machine.states} == STATES.keys()
    assert {each.name for each in transitions if each.permission is not None} == ACTS.keys()
    assert {each.name for each in transitions if each.by_hand} == DONE.keys()
    assert set(Signal) == HEARD.keys()
    assert (MACHINES.keys(), set(Lane), set(Stand)) == (KINDS.keys(), LANES.keys(), STANDS.keys())


def test_words_have_no_places_but_those_that_are_filled() -> None:
    for text in (*STATES.values(), *ACTS.values()):
        assert "%" not in text
    for text in (*DONE.values(), *HEARD.values()):
        assert "%" not in text.replace("%(to)s", "").replace("%(node)s", "")


def test_an_empty_address_asks_for_everything_open_the_latest_change_first() -> None:
    asked = read_query({}, ANA)
    assert asked.filter() == CaseFilter(stands=(Stand.OURS, Stand.THEIRS))
    assert asked.paging(25) == Paging(25, None, Order.UPDATED)
    assert not asked.narrowed
    assert asked.address("/cases") == "/cases"
    assert asked.address("/cases", (7, 9)) == "/cases?after=7.9"


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"show": "mine"}, CaseFilter(stands=(Stand.OURS, Stand.THEIRS), assignee="ana")),
        ({"show": "nobody"}, CaseFilter(stands=(Stand.OURS, Stand.THEIRS), assignee="")),
        ({"show": "held"}, CaseFilter(held=True)),
        ({"show": "check"}, CaseFilter(states=("check",))),
        ({"show": "review"}, CaseFilter(states=("review",))),
        ({"show": "closed"}, CaseFilter(stands=(Stand.RESTING, Stand.OVER))),
        ({"show": "all", "q": " Ђорђевић "}, CaseFilter(words="Ђорђевић")),
        ({"show": "all", "lane": "red", "urgent": "yes"}, CaseFilter(lane=Lane.RED, urgent=True)),
        (
            {"show": "all", "kind": "MT-11", "partner": "mk.ilecu"},
            CaseFilter(families=("MT-11",), partners=(NodeId("mk.ilecu"),)),
        ),
    ],
)
def test_an_address_asks_for_what_stands_in_it(query: dict[str, str], wanted: CaseFilter) -> None:
    asked = read_query(query, ANA)
    assert asked.filter() == wanted
    assert asked.narrowed
    again = dict(parse_qsl(asked.address("").removeprefix("?")))
    assert read_query(again, ANA) == asked


@pytest.mark.parametrize("after", ["", "x.y", "1", "1.2.3", "1." + "9" * 16, "-1.2", "١.٢"])
def test_a_key_that_nobody_gave_is_left_out(after: str) -> None:
    assert read_query({"after": after}, ANA).after is None


def test_what_nobody_offers_is_left_out() -> None:
    wild = {"show": "<b>", "kind": "MT-99", "lane": "blue", "order": "age", "partner": "?", "q": "x" * 900}
    asked = read_query(wild, ANA)
    assert asked.filter() == CaseFilter(stands=(Stand.OURS, Stand.THEIRS), words="x" * 200)
    assert asked.order is Order.UPDATED
    assert read_query({"after": "12.7", "order": "due"}, ANA).paging(5) == Paging(5, (12, 7), Order.DUE)
