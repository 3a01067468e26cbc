"""What is wrong with a form: one fault for each field, led to where it is shown."""

from nodes.casework.form_faults import anchor, by_name, find_faults, shown_at
from nodes.casework.form_reading import read_form
from policies.clocks.zones import CENTRAL
from protocol.ids import TypeId
from tests.simulators.catalogue import body_fields, packaged_catalogue

CATALOGUE = packaged_catalogue()
TYPE = CATALOGUE.type(TypeId("MT-01/1"))


def test_what_cannot_be_read_is_told_once_and_in_words() -> None:
    typed = {"/answer_needed_by": ["soon"], "/facts": ["x"], "/strange": ["x"], "/~": ["x"], "/availability": ["short"]}
    read = read_form(body_fields("MT-01/1"), typed, CENTRAL)
    faults = find_faults(CATALOGUE, TYPE, read, read.document, "en")
    named = {each.name: each for each in faults}
    assert len(named) == len(faults)
    assert named["/answer_needed_by"].code == "NO_TIME"
    assert "not written in the expected form" in named["/answer_needed_by"].sentence
    assert named["/strange"].code == "UNKNOWN_FIELD"
    assert named["/~"].code == "UNKNOWN_FIELD"
    assert (named["/availability"].code, named["/availability"].limit) == ("TOO_SHORT", "20")
    assert named["/subjects"].code == "MISSING"


def test_a_missing_thing_is_told_as_the_fields_that_somebody_fills_in() -> None:
    typed = {"/subjects/persons/0/role": ["victim"], "/subjects/persons/0/alias": ["Nada"]}
    read = read_form(body_fields("MT-01/1"), typed, CENTRAL)
    named = {each.name: each for each in find_faults(CATALOGUE, TYPE, read, read.document, "en")}
    victim = "/subjects/persons/0/victim"
    assert victim not in named
    assert named[f"{victim}/anonymity"].sentence == "“Anonymity must be guaranteed” is missing."
    assert {f"{victim}/anonymity", f"{victim}/court"} == {each for each in named if each.startswith(victim)}


def test_a_missing_thing_within_a_missing_thing_is_told_as_its_own_fields() -> None:
    letter = CATALOGUE.type(TypeId("MT-R1/1"))
    named = {
        each.name for each in find_faults(CATALOGUE, letter, read_form(body_fields("MT-R1/1"), {}, CENTRAL), {}, "en")
    }
    assert {"/issuer/authority/country", "/issuer/authority/name"} <= named
    assert not {"/issuer", "/issuer/authority"} & named


def test_faults_speak_the_language_of_the_page() -> None:
    read = read_form(body_fields("MT-01/1"), {}, CENTRAL)
    (first, *_) = find_faults(CATALOGUE, TYPE, read, {}, "sr-Latn")
    assert CATALOGUE.text("common.crime_area", "sr-Latn") in first.sentence or "„" in first.sentence


def test_a_fault_stands_at_its_field_or_the_nearest_thing_around_it() -> None:
    shown = ("/subjects/vehicles", "/facts", "/subjects/vehicles/0/plate", "/subjects/vehicles/0/colour")
    assert shown_at("/subjects/vehicles/0/plate", shown) == "/subjects/vehicles/0/plate"
    assert shown_at("/subjects/vehicles/0/kind", shown) == "/subjects/vehicles"
    assert shown_at("/necessity", shown) == ""
    assert shown_at("/subjects", shown) == "/subjects/vehicles"
    assert shown_at("/subjects/vehicles/0", shown) == "/subjects/vehicles/0/plate"  # the first of the page, not by name
    read = read_form(body_fields("MT-01/1"), {"/facts": ["x"]}, CENTRAL)
    faults = find_faults(CATALOGUE, TYPE, read, read.document, "en")
    grouped = by_name(faults, shown)
    assert set(grouped) == {"", "/subjects/vehicles"}
    assert sum(map(len, grouped.values())) == len(faults)


def test_anchors_are_ids_that_a_page_can_have() -> None:
    assert anchor("/subjects/vehicles/0/plate") == "field-subjects-vehicles-0-plate"
    assert anchor("/changes/0/value#kind") == "field-changes-0-value-kind"
    assert anchor("to") == "fieldto"
