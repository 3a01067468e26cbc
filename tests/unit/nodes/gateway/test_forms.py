"""A form makes a whole document out of a few fields."""

from typing import Any

import pytest

from nodes.gateway.forms import Filling, computed, fill, find_template, typed
from protocol.catalogue.validate import validate
from protocol.ids import NodeId, TypeId
from tests.simulators.node import START, packaged_bundle

REQUEST = TypeId("MT-01/1")
FILLING = Filling(NodeId("mk.ilecu"), START, "en")
REASON = "Eleven people were driven to the border in this van last night."
GIVEN: dict[str, Any] = {
    "/subjects/vehicles/0/plate": "VR 123-ŽĆ",
    "/subjects/vehicles/0/plate_country": "RS",
    "/crime_area": "trafficking_in_persons",
    "/offence/title": "Trafficking",
    "/facts": REASON,
    "/necessity": REASON,
}


def filled(given: dict[str, Any], language: str = "en") -> dict[str, Any]:
    catalogue = packaged_bundle().catalogue
    template = find_template(catalogue, REQUEST, "vehicle")
    assert template is not None
    found = fill(catalogue, template, given, Filling(FILLING.me, FILLING.now, language))
    assert found is not None
    return found


def test_a_plate_and_a_reason_make_a_request() -> None:
    document = filled(GIVEN)
    assert validate(packaged_bundle().catalogue.type(REQUEST), "body", document) == ()
    assert document["query"] == "vehicle"
    assert document["answer_needed_by"] == "2026-09-28T14:13:20Z"


def test_things_nobody_evaluated_say_so() -> None:
    (vehicle,) = filled(GIVEN)["subjects"]["vehicles"]
    assert vehicle["evaluation"] == {
        "kind": "fact",
        "source": "X",
        "information": "4",
        "as_of": "2026-09-21",
        "owner": "mk.ilecu",
    }


def test_what_is_given_wins_and_replaces_what_lies_below_it() -> None:
    own = {"kind": "fact", "source": "A", "information": "1", "as_of": "2026-01-01", "owner": "mk.ilecu"}
    document = filled(
        GIVEN | {"/query": "general", "/subjects/vehicles/0/evaluation": own, "/restrictions": {"choice": "none"}}
    )
    assert document["query"] == "general"
    assert document["subjects"]["vehicles"][0]["evaluation"] == own
    assert document["restrictions"] == {"choice": "none"}
    emptied = filled(GIVEN | {"/questions": []})
    assert emptied["questions"] == []


def test_words_come_in_the_writers_language() -> None:
    assert filled(GIVEN)["specification"] != filled(GIVEN, "sr-Latn")["specification"]


@pytest.mark.parametrize("given", [{"facts": "x"}, {"": "x"}, {"/query/below": 1}, {"/subjects/vehicles/7/plate": "x"}])
def test_a_pointer_that_no_document_has_is_refused(given: dict[str, Any]) -> None:
    catalogue = packaged_bundle().catalogue
    template = find_template(catalogue, REQUEST, "vehicle")
    assert template is not None
    assert fill(catalogue, template, GIVEN | given, FILLING) is None


def test_a_form_that_is_not_there() -> None:
    assert find_template(packaged_bundle().catalogue, REQUEST, "no-such-form") is None


def test_computed_values() -> None:
    assert computed("now", 0) == "1970-01-01T00:00:00Z"
    assert computed("today+30d", 0) == "1970-01-31"


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("/serious_offence", "yes", True),
        ("/serious_offence", "false", False),
        ("/serious_offence", "perhaps", "perhaps"),
        ("/information/vehicles/0/year", "2015", 2015),
        ("/information/vehicles/0/year", "old", "old"),
        ("/relevance", "2015", "2015"),
        ("/relevance", 7, 7),
        ("/no/such/field", "yes", "yes"),
    ],
)
def test_what_was_typed_becomes_what_the_field_holds(path: str, value: Any, expected: Any) -> None:
    assert typed(packaged_bundle().catalogue.type(TypeId("MT-05/1")).body_schema.fields, path, value) == expected
