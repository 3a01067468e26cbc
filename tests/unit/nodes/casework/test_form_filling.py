"""What nobody types: a vehicle query needs a country, a plate and a reason."""

from dataclasses import replace

import pytest

from nodes.casework.form_filling import QUICK, Writer, begin, complete, derived_of, document_of, name_things
from nodes.casework.form_reading import read_form
from nodes.gateway.forms import Filling, find_template
from policies.clocks.zones import CENTRAL
from protocol.catalogue.forms import Template
from protocol.catalogue.validate import validate
from protocol.ids import NodeId, TypeId
from tests.simulators.catalogue import body_fields, packaged_catalogue

CATALOGUE = packaged_catalogue()
REQUEST = body_fields("MT-01/1")
NOW = 1_790_000_000
REASON = "The van carried eleven people over the border at night."
WRITER = Writer(
    catalogue=CATALOGUE,
    filling=Filling(NodeId("mk.ilecu"), NOW, "en"),
    zone=CENTRAL,
    countries=("RS",),
    available="The recipient's registers are the ones that can hold this information.",
)
TYPED = {
    "vehicle": {"/subjects/vehicles/0/plate": ["NS 123-AA"]},
    "person": {
        "/subjects/persons/0/role": ["suspect"],
        "/subjects/persons/0/names/0/family": ["Petrović"],
        "/connection": ["He drove the van on the third of March."],
    },
    "phone": {"/subjects/phones/0/number": ["+381641234567"]},
    "document": {"/subjects/documents/0/kind": ["passport"], "/subjects/documents/0/number": ["012345678"]},
    "address": {"/subjects/places/0/city": ["Novi Sad"], "/subjects/places/0/street": ["Some Street"]},
    "firearm": {"/subjects/firearms/0/kind": ["pistol"], "/subjects/firearms/0/serial": ["A 1234"]},
}


def template(name: str, type_: str = "MT-01/1") -> Template:
    found = find_template(CATALOGUE, TypeId(type_), name)
    assert found is not None
    return found


@pytest.mark.parametrize("name", sorted(QUICK))
def test_a_usual_question_is_whole_with_what_is_typed(name: str) -> None:
    form = template(name)
    typed = begin(REQUEST, form, WRITER) | TYPED[name] | {"/facts": [REASON]}
    assert set(TYPED[name]) <= {*QUICK[name].asked, "/facts"}
    marked = complete(REQUEST, form, typed, WRITER)
    read = read_form(REQUEST, marked, CENTRAL)
    document = document_of(form, read.document, WRITER)
    assert document is not None
    assert read.misread == ()
    assert validate(CATALOGUE.type(form.type), "body", document) == ()
    assert document["necessity"] == REASON
    assert document["query"] == name


def test_what_a_person_typed_wins() -> None:
    form = template("vehicle")
    typed = begin(REQUEST, form, WRITER) | TYPED["vehicle"]
    typed |= {"/necessity": ["It is the only lead that there is."], "/subjects/vehicles/0/plate_country": ["BA"]}
    typed.pop("/specification")
    document = document_of(form, read_form(REQUEST, typed, CENTRAL).document, WRITER)
    assert document is not None
    assert document["necessity"] == "It is the only lead that there is."
    assert document["subjects"]["vehicles"][0]["plate_country"] == "BA"  # type: ignore[index,call-overload]
    assert "specification" not in document  # what a person emptied stays empty


def test_two_countries_are_no_country_and_nothing_known_fills_nothing() -> None:
    form = template("vehicle")
    lost = replace(WRITER, countries=("RS", "BA"), available="")
    document = document_of(form, {}, lost)
    assert document == {"query": "vehicle", "subjects": {"vehicles": [document["subjects"]["vehicles"][0]]}}  # type: ignore[index,call-overload]
    assert "plate_country" not in document["subjects"]["vehicles"][0]  # type: ignore[index,call-overload]


def test_a_form_of_another_kind_follows_nothing() -> None:
    form = template("", "MT-10/1")
    assert document_of(form, {"scope": "whole"}, WRITER) == {"scope": "whole"}
    assert derived_of(form, {}) == frozenset()
    assert begin(body_fields("MT-10/1"), form, WRITER) == {}


def test_a_document_that_no_message_carries_is_none() -> None:
    assert document_of(template("vehicle"), {"facts": "\ud800"}, WRITER) is None


def test_a_form_begins_with_what_the_template_knows() -> None:
    typed = begin(REQUEST, template("vehicle"), WRITER)
    assert typed["/crime_area"] == ["trafficking_in_persons"]
    assert typed["/subjects/vehicles/0/kind"] == ["car"]
    assert typed["/answer_needed_by"] == ["28.09.2026 16:13"]
    assert "/query" not in typed
    assert begin(REQUEST, replace(template("vehicle"), prefill={"/crime_area": "x"}), WRITER)["/crime_area"] == ["x"]


def test_fields_that_follow_may_stay_empty_until_they_are_typed() -> None:
    form = template("vehicle")
    country = "/subjects/vehicles/0/plate_country"
    assert derived_of(form, {}) == {"/necessity", "/offence/title", "/availability", country}
    assert derived_of(form, {"/necessity": ["x"], country: [" "]}) == {"/offence/title", "/availability", country}
    assert derived_of(template("phone"), {}) == {"/necessity", "/offence/title", "/availability"}


def test_words_of_the_template_follow_the_language_of_the_message() -> None:
    form = template("vehicle")
    typed = begin(REQUEST, form, WRITER) | {"/availability": ["My own words."]}
    serbian = replace(WRITER, filling=replace(WRITER.filling, language="sr-Latn"))
    found = complete(REQUEST, form, typed, serbian)
    assert found["/specification"] == [CATALOGUE.text("prefill.vehicle.specification", "sr-Latn")]
    assert found["/availability"] == ["My own words."]
    assert complete(REQUEST, form, {}, serbian) == {}


def test_things_get_marks_that_nothing_else_has() -> None:
    typed = {
        "/subjects/persons/0/role": ["suspect"],
        "/subjects/places/0/id": ["p1"],
        "/subjects/vehicles/0/plate": ["NS 1"],
        "/subjects/vehicles/1/plate": ["NS 2"],
        "/subjects/vehicles/2/plate": [" "],
        "/subjects/vehicles/0/seen_place/city": ["Niš"],
        "to": ["rs.ilecu"],
    }
    found = name_things(REQUEST, typed)
    marks = {name: values[0] for name, values in found.items() if name.endswith("/id")}
    assert marks == {
        "/subjects/places/0/id": "p1",
        "/subjects/persons/0/id": "p2",
        "/subjects/vehicles/0/id": "v1",
        "/subjects/vehicles/0/seen_place/id": "s1",
        "/subjects/vehicles/1/id": "v2",
    }
    assert name_things(REQUEST, found) == found


def test_an_evaluation_that_was_begun_is_completed_and_one_that_was_not_is_marked_so() -> None:
    form = template("vehicle")
    begun = "/subjects/vehicles/0/evaluation"
    typed = TYPED["vehicle"] | {
        f"{begun}/source": ["B"],
        f"{begun}/information": ["2"],
        f"{begun}/kind": ["assessment"],
    }
    for given, found in ((typed, ("assessment", "B", "2")), (TYPED["vehicle"], ("fact", "X", "4"))):
        document = document_of(form, read_form(REQUEST, given, CENTRAL).document, WRITER)
        assert document is not None
        judged = document["subjects"]["vehicles"][0]["evaluation"]  # type: ignore[index,call-overload]
        assert (judged["kind"], judged["source"], judged["information"]) == found
        assert (judged["as_of"], judged["owner"]) == ("2026-09-21", "mk.ilecu")
