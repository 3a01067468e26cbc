import json
from collections.abc import Callable

import pytest

from protocol.catalogue.documents import JSON
from protocol.catalogue.load import DIALECT, is_partial_date, load_catalogue
from protocol.catalogue.validate import validate
from protocol.errors import Fault, Malformed
from protocol.ids import TypeId

Files = dict[str, bytes]
TYPE = "catalogue/schemas/MT-E2.json"


def changed(files: Files, name: str, change: Callable[[dict[str, JSON]], object]) -> Files:
    document = json.loads(files[name])
    change(document)
    return {**files, name: json.dumps(document).encode()}


def refused(files: Files) -> str:
    with pytest.raises(Malformed) as caught:
        load_catalogue(files.__getitem__, tuple(files))
    return caught.value.detail


NEW_TYPE = {
    "$schema": DIALECT,
    "$id": "urn:xb:1:types:MT-77/1",
    "x-type": {
        "id": "MT-77/1",
        "title": "type.MT-77",
        "channels": ["police"],
        "senders": ["contact-point"],
        "evidence": "information",
    },
    "x-labels": {
        "en": {"type.MT-77": "Notice of a border closure", "MT-77.crossing": "Crossing"},
        "sr-Latn": {"MT-77.crossing": "Prelaz"},
    },
    "type": "object",
    "additionalProperties": False,
    "required": ["crossing"],
    "properties": {
        "crossing": {
            "$ref": "urn:xb:1:parts#/$defs/line",
            "x-label": "MT-77.crossing",
            "x-category": "OP",
            "x-personal": False,
        },
    },
}
NEW_FORM = {
    "type": "MT-77/1",
    "name": "",
    "title": "type.MT-77",
    "groups": [{"title": "group.MT-77", "fields": ["/crossing"]}],
    "labels": {"en": {"group.MT-77": "The crossing"}},
}
"""A type that no file of this release knows of, and its form: no other file changes for it."""


def with_new_type(files: Files, type_: dict[str, JSON] | None = None, form: dict[str, JSON] | None = None) -> Files:
    return {
        **files,
        "catalogue/schemas/MT-77.json": json.dumps({**NEW_TYPE, **(type_ or {})}).encode(),
        "catalogue/templates/MT-77.json": json.dumps({**NEW_FORM, **(form or {})}).encode(),
    }


def test_a_type_and_its_form_bring_their_own_words(files: Files) -> None:
    new = with_new_type(files)
    catalogue = load_catalogue(new.__getitem__, tuple(new))
    type_ = catalogue.type(TypeId("MT-77/1"))
    assert catalogue.text(type_.title, "mk") == "Notice of a border closure"
    assert catalogue.text("MT-77.crossing", "sr-Cyrl") == "Prelaz"
    assert [group.title for each in catalogue.templates_of(type_.id) for group in each.groups] == ["group.MT-77"]
    assert catalogue.text("group.MT-77", "sq") == "The crossing"
    assert [each.sentence for each in validate(type_, "body", {})] == ["“Crossing” is missing."]


def test_a_type_without_words_shows_the_names_of_its_fields(files: Files) -> None:
    form = {key: value for key, value in NEW_FORM.items() if key != "labels"}
    new = with_new_type(files, {"x-labels": {}}) | {"catalogue/templates/MT-77.json": json.dumps(form).encode()}
    catalogue = load_catalogue(new.__getitem__, tuple(new))
    assert catalogue.text("type.MT-77", "en") == "type.MT-77"
    assert catalogue.type(TypeId("MT-77/1")).body_schema.fields.properties["crossing"].title == "crossing"


@pytest.mark.parametrize(
    ("type_", "form", "what"),
    [
        ({"x-labels": {"en": {"type.MT-01": "Something else"}}}, {}, "type.MT-01 stands twice"),
        ({}, {"labels": {"en": {"MT-77.crossing": "Something else"}}}, "MT-77.crossing stands twice"),
        ({"x-labels": ["Crossing"]}, {}, "words stand by language"),
        ({"x-labels": {"en": "Crossing"}}, {}, "schemas/MT-77.json"),
        ({"x-labels": {"en": {"MT-77.crossing": ""}}}, {}, "empty or no text"),
        ({}, {"labels": {"en": {"group.MT-77": 7}}}, "empty or no text"),
    ],
)
def test_words_stand_once_and_are_words(files: Files, type_: dict[str, JSON], form: dict[str, JSON], what: str) -> None:
    assert what in refused(with_new_type(files, type_, form))


def test_two_versions_of_a_type_stand_in_one_catalogue(files: Files) -> None:
    def change(schema: dict[str, JSON]) -> None:
        schema["$id"] = "urn:xb:1:types:MT-E2/2"
        schema["x-type"]["id"] = "MT-E2/2"  # type: ignore[index,call-overload]
        schema["required"] = [*schema["required"], "valid_until"]  # type: ignore[misc]

    second = {"catalogue/schemas/MT-E2.2.json": changed(files, TYPE, change)[TYPE]}
    catalogue = load_catalogue((files | second).__getitem__, (*files, *second))
    answer: JSON = {"case_ref": "L7K2-NA", "answer": "decline", "decline_reason": "safety"}
    assert validate(catalogue.type(TypeId("MT-E2/1")), "body", answer) == ()
    assert [each.path for each in validate(catalogue.type(TypeId("MT-E2/2")), "body", answer)] == ["/valid_until"]
    assert catalogue.templates_of(TypeId("MT-E2/1"))
    assert catalogue.templates_of(TypeId("MT-E2/2")) == ()


def test_files_beside_the_catalogue_are_not_read(files: Files) -> None:
    catalogue = load_catalogue(files.__getitem__, (*files, "policies/police.yaml", "README"))
    assert TypeId("MT-01/1") in catalogue.types


def test_without_words_the_names_of_fields_speak(files: Files) -> None:
    bare = {name: raw for name, raw in files.items() if not name.startswith("catalogue/labels/")}
    enquiry = load_catalogue(bare.__getitem__, tuple(bare)).type(TypeId("MT-E2/1"))
    assert (
        validate(enquiry, "body", {"answer": "decline", "decline_reason": "safety"})[0].sentence == "case_ref: MISSING"
    )


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("catalogue/readme.json", b"{}"),
        ("catalogue/schemas/lower.json", b"{}"),
        ("catalogue/schemas/MT-77.json", b"not json"),
        ("catalogue/schemas/MT-77.json", b"[]"),
        ("catalogue/schemas/MT-77.json", b"{}"),
        ("catalogue/labels/en.json", b"[]"),
        ("catalogue/labels/en.json", b'{"a": ""}'),
        ("catalogue/labels/en.json", b'{"a": 7}'),
        ("catalogue/templates/MT-01.json", b"{}"),
        ("catalogue/templates/MT-01.json", b"[]"),
    ],
)
def test_a_file_of_another_form_is_malformed(files: Files, name: str, raw: bytes) -> None:
    refused({**files, name: raw})


def test_an_id_stands_once(files: Files) -> None:
    assert "twice" in refused({**files, "catalogue/schemas/MT-77.json": files[TYPE]})


def test_what_is_no_schema_is_named(files: Files) -> None:
    assert TYPE in refused(changed(files, TYPE, lambda schema: schema.update(required="all")))


def test_the_dialect_is_fixed(files: Files) -> None:
    assert TYPE in refused(
        changed(files, TYPE, lambda schema: schema.update({"$schema": DIALECT.replace("2020", "2019")}))
    )


@pytest.mark.parametrize(
    "about",
    [
        None,
        {"id": "MT-E3/1"},
        {"id": "nothing"},
        {"channels": ["telegraph"]},
        {"channels": "cso"},
        {"senders": ["neighbour"]},
        {"evidence": "rumour"},
        {"evidence": None},
        {"replies_to": ["MT-98/1"]},
        {"replies_to": ["letter"]},
    ],
)
def test_a_type_says_what_it_is(files: Files, about: dict[str, JSON] | None) -> None:
    def change(schema: dict[str, JSON]) -> None:
        before = schema["x-type"]
        assert isinstance(before, dict)
        schema["x-type"] = about if about is None else {**before, **about}

    refused(changed(files, TYPE, change))


def test_a_code_list_that_does_not_exist_is_named(files: Files) -> None:
    without = {name: raw for name, raw in files.items() if name != "catalogue/codes/decline_reason.json"}
    assert "decline_reason" in refused(without)


def test_a_format_nobody_checks_is_refused(files: Files) -> None:
    def change(schema: dict[str, JSON]) -> None:
        schema["properties"]["case_ref"] = {"type": "string", "format": "shoe-size"}  # type: ignore[index,call-overload]

    assert "shoe-size" in refused(changed(files, TYPE, change))


def test_a_template_needs_its_type(files: Files) -> None:
    name = "catalogue/templates/MT-E2.json"
    assert "MT-E9/1" in refused(changed(files, name, lambda template: template.update(type="MT-E9/1")))


def test_a_template_fits_its_type(files: Files) -> None:
    name = "catalogue/templates/MT-E2.json"
    refused(changed(files, name, lambda template: template.update(hidden=["/answer"])))
    files = changed(files, name, lambda template: template.update(colour="red"))
    with pytest.raises(Fault):
        load_catalogue(files.__getitem__, tuple(files))


@pytest.mark.parametrize("text", ["1984", "1984-02", "1984-02-29", "2000-02-29", "2023-12-31", "2023-04-30"])
def test_dates_may_be_known_in_part(text: str) -> None:
    assert is_partial_date(text)


@pytest.mark.parametrize(
    "text",
    ["", "84", "1984-13", "1984-00", "1984-2", "1983-02-29", "1900-02-29", "2023-04-31", "2023-01-32", "1984-02-"],
)
def test_days_that_do_not_exist_are_refused(text: str) -> None:
    assert not is_partial_date(text)
