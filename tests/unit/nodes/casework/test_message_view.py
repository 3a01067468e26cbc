"""A message as people read it: everything that it holds, each thing with its own codes."""

import json

import pytest

from nodes.casework.message_view import Form, Part, Thing, Words, codes_of, count_fields, parts_of
from protocol.catalogue.documents import JSON
from protocol.ids import TypeId
from tests.simulators.catalogue import example_body, example_paths, packaged_catalogue

CATALOGUE = packaged_catalogue()
WORDS = Words(CATALOGUE, "en", {"mk.ilecu": "North Macedonia's contact point"})


def parts(name: str, words: Words = WORDS) -> tuple[Part, ...]:
    type_ = CATALOGUE.type(TypeId(f"{name.partition('/')[0]}/1"))
    return parts_of(type_, example_body(name), words)


def things(found: tuple[Part, ...]) -> dict[str, Thing]:
    return {each.entity: each for part in found for each in part.things}


def test_a_vehicle_stands_with_its_evaluation_and_codes() -> None:
    vehicle = things(parts("MT-01/vehicle-mk"))["vehicle"]
    assert (vehicle.mark, vehicle.label) == ("v1", "Vehicles")
    assert vehicle.evaluation is not None
    assert vehicle.evaluation.code == "B2"
    assert vehicle.evaluation.source.words == "Usually reliable"
    owner = [value for line in vehicle.evaluation.rest for value in line.values if value.form is Form.NODE]
    assert owner[0].words == "North Macedonia's contact point"
    said = {line.label: line.values[0].words for line in vehicle.lines}
    assert said["Registration plate"] == "VR 123-ŽĆ"
    assert said["Country of the plate"] == "Serbia"
    (place,) = vehicle.things
    assert place.entity == "place"


def test_each_value_says_how_it_is_shown() -> None:
    forms = {value.form for part in parts("MT-01/vehicle-mk") for line in part.lines for value in line.values}
    assert {Form.LINE, Form.TEXT, Form.TIME, Form.CODE} <= forms
    (needed,) = [
        value
        for part in parts("MT-01/vehicle-mk")
        for line in part.lines
        for value in line.values
        if value.form is Form.TIME
    ]
    assert needed.at == 1_773_309_600


def document(type_: str, body: dict[str, JSON]) -> tuple[Part, ...]:
    return parts_of(CATALOGUE.type(TypeId(type_)), body, WORDS)


@pytest.mark.parametrize(
    ("body", "form", "words"),
    [
        ({"facts": "a\nb"}, Form.TEXT, "a\nb"),
        ({"answer_needed_by": "no time"}, Form.LINE, "no time"),
        ({"prior_references": [{"message_id": "ab" * 32, "item": "p1"}]}, Form.MESSAGE, "ab" * 6),
        ({"offence": {"title": "x", "committed_from": "1985-04"}}, Form.DAY, "04.1985"),
    ],
)
def test_values_of_other_forms(body: dict[str, JSON], form: Form, words: str) -> None:
    found = [
        value
        for part in document("MT-01/1", body)
        for lines in (part.lines, *(thing.lines for thing in part.things))
        for line in lines
        for value in line.values
    ]
    assert (form, words) in {(each.form, each.words) for each in found}


def test_yes_and_no_are_left_to_the_page() -> None:
    (part,) = document("MT-05/1", {"serious_offence": True, "reply_wanted": False})[:1]
    assert {value.raw for line in part.lines for value in line.values} <= {"yes", "no"}


def test_an_item_without_evaluation_or_with_half_of_one_is_shown_as_it_is() -> None:
    bare = things(document("MT-01/1", {"subjects": {"vehicles": [{"id": "v1", "plate": "NS 1", "handling": ["H1"]}]}}))
    assert bare["vehicle"].evaluation is None
    assert [each.raw for each in bare["vehicle"].handling] == ["H1"]
    half = {"subjects": {"vehicles": [{"plate": "NS 1", "evaluation": {"source": "B"}}, "no vehicle"]}}
    judged = things(document("MT-01/1", half))["vehicle"]
    assert judged.evaluation is not None
    assert judged.evaluation.code == "B"
    assert judged.mark == ""


def test_files_stand_apart_and_what_is_unknown_is_passed_over() -> None:
    assert document("MT-01/1", {"attachments": [{"part": "att-00"}], "strange": 1, "facts": "x"})[0].lines
    assert document("MT-01/1", {"attachments": [{"part": "att-00"}]}) == ()


def test_a_field_that_no_form_names_is_shown_last() -> None:
    kept = CATALOGUE.templates
    bare = Words(type(CATALOGUE)(
        types=CATALOGUE.types, code_lists=CATALOGUE.code_lists, templates=(), labels=CATALOGUE.labels
    ), "en")  # fmt: skip
    (part,) = parts_of(CATALOGUE.type(TypeId("MT-01/1")), {"facts": "x"}, bare)
    assert (part.title, part.lines[0].values[0].words) == ("", "x")
    assert CATALOGUE.templates is kept


def test_every_example_is_shown_whole() -> None:
    for path in example_paths():
        message = json.loads(path.read_text(encoding="utf-8"))
        type_ = CATALOGUE.types[message["type"]]
        found = parts_of(type_, message["body"], WORDS)
        assert count_fields(found) > 0, path
        shown = repr(found)
        for word in _words(message["body"]):
            assert word in shown, (path, word)


def _words(value: JSON, name: str = "") -> list[str]:
    """Return the texts of a document that a reader has to find again."""
    if isinstance(value, dict):
        return [word for key, each in value.items() if key != "attachments" for word in _words(each, key)]
    if isinstance(value, list):
        return [word for each in value for word in _words(each, name)]
    return [value] if isinstance(value, str) and name in ("plate", "family", "text", "reason", "number") else []


def test_codes_of_a_header_have_words() -> None:
    (code,) = codes_of("handling", ("H2",), WORDS)
    assert (code.raw, code.form) == ("H2", Form.CODE)
    assert "permission" in code.words


def test_of_a_signature_the_beginning_is_shown_and_a_fingerprint_is_whole() -> None:
    body = example_body("MT-03/vehicle-sr-Cyrl")
    key, signature = "cd" * 32, "Qm9keQ" * 800
    act: dict[str, JSON] = {"person": "ab" * 16, "role": "supervisor", "kid": key, "signature": signature}
    type_ = CATALOGUE.type(TypeId("MT-03/1"))
    shown = parts_of(type_, {**body, "approvals": [act]}, WORDS)
    said = {
        value.raw: value.words
        for part in shown
        for thing in part.things
        for line in thing.lines
        for value in line.values
    }
    assert said[key] == key
    assert said[signature] == "Qm9keQ" * 4 + "…"
