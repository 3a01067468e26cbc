"""From what was typed to a document: blank things close up, what cannot be read is told and kept as typed."""

import pytest

from nodes.casework.form_reading import Misread, read_form
from nodes.casework.form_writing import write_form
from policies.clocks.zones import CENTRAL
from protocol.catalogue.field_specs import find_field
from tests.simulators.catalogue import body_fields, example_body, packaged_catalogue

REQUEST = body_fields("MT-01/1")


def test_blank_fields_are_not_there_and_members_close_up() -> None:
    typed = {
        "/facts": [" \n"],
        "/subjects/vehicles/0/id": ["v1"],
        "/subjects/vehicles/0/plate": [""],
        "/subjects/vehicles/3/plate": ["ns 1-aa"],
        "/questions": ["", "Whose is it?", " "],
        "to": ["rs.ilecu"],
    }
    read = read_form(REQUEST, typed, CENTRAL)
    assert read.document == {"subjects": {"vehicles": [{"plate": "NS 1-AA"}]}, "questions": ["Whose is it?"]}
    assert read.misread == ()
    assert read.name_of("/subjects/vehicles/0/plate") == "/subjects/vehicles/3/plate"
    assert read.name_of("/subjects/vehicles/0/kind") == "/subjects/vehicles/3/kind"
    assert read.name_of("/questions/0") == "/questions"
    assert read.name_of("/necessity") == "/necessity"
    assert read.name_of("") == ""


@pytest.mark.parametrize(
    ("typed", "name", "code"),
    [
        ({"/answer_needed_by": ["soon"]}, "/answer_needed_by", "NO_TIME"),
        ({"/offence/maximum_years": ["many"]}, "/offence/maximum_years", "NO_NUMBER"),
        ({"/query": ["vehicle", "person"]}, "/query", "WRONG_FORM"),
        ({"/nothing": ["x"]}, "/nothing", "UNKNOWN_FIELD"),
        ({"/nothing#kind": ["x"]}, "/nothing#kind", "UNKNOWN_FIELD"),
        ({"/facts/inside": ["x"]}, "/facts/inside", "UNKNOWN_FIELD"),
        ({"/subjects": ["x"]}, "/subjects", "UNKNOWN_FIELD"),
        ({"/subjects/vehicles": ["x"]}, "/subjects/vehicles", "UNKNOWN_FIELD"),
        ({"/subjects/vehicles/x/plate": ["x"]}, "/subjects/vehicles/x", "UNKNOWN_FIELD"),
        ({"/answer_languages/0": ["en"]}, "/answer_languages/0", "UNKNOWN_FIELD"),
        ({"/~": ["x"]}, "/~", "UNKNOWN_FIELD"),
    ],
)
def test_what_cannot_be_read_is_told_once(typed: dict[str, list[str]], name: str, code: str) -> None:
    assert Misread(name, code) in read_form(REQUEST, typed, CENTRAL).misread


def test_what_cannot_be_read_stands_as_typed() -> None:
    read = read_form(REQUEST, {"/answer_needed_by": ["soon"]}, CENTRAL)
    assert read.document == {"answer_needed_by": "soon"}


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        (["text"], "12", "12"),
        ([], "12", "12"),
        (["number"], "12", 12),
        (["number"], "x", "x"),
        (["truth"], "yes", True),
        (["truth"], "no", False),
        (["truth"], "perhaps", "perhaps"),
    ],
)
def test_a_value_of_open_kind_is_what_was_chosen_beside_it(kind: list[str], typed: str, value: object) -> None:
    fields = body_fields("MT-12/1")
    assert find_field(fields, "/changes/0/value") is not None
    typed_form = {"/changes/0/value": [typed], **({"/changes/0/value#kind": kind} if kind else {})}
    read = read_form(fields, typed_form, CENTRAL)
    (change,) = read.document["changes"]  # type: ignore[misc]
    assert change["value"] == value  # type: ignore[index,call-overload]
    assert type(change["value"]) is type(value)  # type: ignore[index,call-overload]
    assert read_form(fields, {"/changes/0/value": [" "]}, CENTRAL).document == {}


def test_values_of_open_kind_are_written_with_their_kind() -> None:
    fields = body_fields("MT-12/1")
    for value in ("words", 3, True):
        document = {"changes": [{"value": value}]}
        assert read_form(fields, write_form(fields, document, CENTRAL), CENTRAL).document == document  # type: ignore[arg-type]


def test_an_empty_list_that_says_so_is_kept_where_it_may_be_empty() -> None:
    letter = body_fields("MT-R1/1")
    typed = {"/linked_threads#kind": ["none"]}
    assert read_form(letter, typed, CENTRAL).document == {"linked_threads": []}
    assert write_form(letter, {"linked_threads": []}, CENTRAL) == typed
    assert read_form(REQUEST, {"/questions#kind": ["none"]}, CENTRAL).document == {}
    both = {"/questions#kind": ["none"], "/questions": ["Whose?"]}
    assert read_form(REQUEST, both, CENTRAL).document == {"questions": ["Whose?"]}


def test_what_the_catalogue_does_not_know_is_not_written() -> None:
    document = example_body("MT-01/vehicle-mk") | {"strange": "x"}
    assert "/strange" not in write_form(REQUEST, document, CENTRAL)
    assert packaged_catalogue().types["MT-01/1"].body_schema.fields is REQUEST  # type: ignore[index]
