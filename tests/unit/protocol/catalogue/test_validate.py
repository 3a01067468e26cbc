from collections.abc import Callable, Iterator
from typing import Any

import pytest

from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.types import Catalogue
from protocol.catalogue.validate import MAX_FAULTS, FieldCode, FieldError, explain, validate
from protocol.ids import TypeId
from protocol.limits import MAX_DEPTH, MAX_ROWS

Load = Callable[[str], Any]
DROP = object()


def put(document: Any, pointer: str, value: object) -> None:
    *outer, last = pointer.split("/")[1:]
    for step in outer:
        document = document[int(step)] if isinstance(document, list) else document.setdefault(step, {})
    if value is DROP:
        del document[last]
    elif isinstance(document, list):
        document[int(last)] = value
    else:
        document[last] = value


def faults(catalogue: Catalogue, example: Any, changes: dict[str, object], part: str = "body") -> set[tuple[str, str]]:
    document = example.body() if part == "body" else {**example.message[part]}
    for pointer, value in changes.items():
        put(document, pointer, value)
    return {(each.path, str(each.code)) for each in validate(catalogue.type(TypeId(example.type)), part, document)}


def test_every_example_is_valid(catalogue: Catalogue, each_example: Any) -> None:
    type_ = catalogue.type(TypeId(each_example.type))
    for name, document in each_example.parts().items():
        assert validate(type_, name, document) == ()


def objects(field: FieldSpec, value: Any, path: str) -> Iterator[tuple[FieldSpec, Any, str]]:
    if isinstance(value, dict):
        yield field, value, path
        for name, each in value.items():
            yield from objects(field.properties[name], each, f"{path}/{name}")
    elif isinstance(value, list) and field.items is not None:
        for position, each in enumerate(value):
            yield from objects(field.items, each, f"{path}/{position}")


def test_every_mandatory_field_is_missed_by_name(catalogue: Catalogue, each_example: Any) -> None:
    type_ = catalogue.type(TypeId(each_example.type))
    tried = 0
    for name, document in each_example.parts().items():
        part = type_.part(name)
        assert part is not None
        for field, value, path in list(objects(part.fields, document, "")):
            for missing in sorted(field.required):
                taken = value.pop(missing)
                found = [e for e in validate(type_, name, document) if e.path == f"{path}/{missing}"]
                value[missing] = taken
                assert [each.code for each in found] == [FieldCode.MISSING]
                assert found[0].sentence == f"“{field.properties[missing].title}” is missing."
                tried += 1
    assert tried


def test_no_object_takes_a_field_it_does_not_know(catalogue: Catalogue, each_example: Any) -> None:
    type_ = catalogue.type(TypeId(each_example.type))
    for name, document in each_example.parts().items():
        part = type_.part(name)
        assert part is not None
        for _, value, path in list(objects(part.fields, document, "")):
            value["x_new"] = "red"
            found = {(each.path, each.code) for each in validate(type_, name, document)}
            del value["x_new"]
            assert (f"{path}/x_new", FieldCode.UNKNOWN_FIELD) in found


VEHICLE, PERSON, INFORMATION = "MT-01/vehicle-mk", "MT-01/person-sr-Cyrl", "MT-03/vehicle-sr-Cyrl"
ADULT, CHILD, RECORD = "MT-V1/adult-sr-Latn", "MT-V1/child-mk", "MT-V6/record-sr-Latn"
WITNESS, HEARD = "MT-R1/witness-sr-Cyrl", "MT-R8/witness-heard-bs"
PARTLY = "MT-V6/withdraw-sr-Cyrl"
PERSON_0 = "/subjects/persons/0"
RATED, SAID = "/information/vehicles/0/evaluation", "/information/statements/0"
HOME = {"id": "x", "kind": "home"}


@pytest.mark.parametrize(
    ("name", "changes", "fault"),
    [
        # Directive (EU) 2023/977 Art 4(5): what every request says
        (VEHICLE, {"/specification": "  "}, ("/specification", "WRONG_FORM")),
        (VEHICLE, {"/necessity": "because"}, ("/necessity", "TOO_SHORT")),
        (VEHICLE, {"/facts": "x" * 8001}, ("/facts", "TOO_LONG")),
        (PERSON, {"/connection": DROP}, ("/connection", "MISSING")),
        (PERSON, {"/urgency/reason": "now"}, ("/urgency/reason", "TOO_SHORT")),
        (PERSON, {"/urgency/ground": "e"}, ("/urgency/ground", "NOT_IN_LIST")),
        (PERSON, {"/urgency": {}}, ("/urgency/ground", "MISSING")),
        (VEHICLE, {"/subjects": {}}, ("/subjects", "TOO_FEW")),
        (VEHICLE, {"/subjects/vehicles": []}, ("/subjects/vehicles", "TOO_FEW")),
        (VEHICLE, {"/query": "person"}, ("/subjects/persons", "MISSING")),
        (VEHICLE, {"/query": "phone"}, ("/subjects/phones", "MISSING")),
        (VEHICLE, {"/query": "document"}, ("/subjects/documents", "MISSING")),
        (VEHICLE, {"/query": "firearm"}, ("/subjects/firearms", "MISSING")),
        (VEHICLE, {"/query": "address"}, ("/subjects/places", "MISSING")),
        (VEHICLE, {"/query": "account"}, ("/subjects/accounts", "MISSING")),
        (VEHICLE, {"/query": "organisation"}, ("/subjects/organisations", "MISSING")),
        ("MT-01/phone-sq", {"/query": "vehicle"}, ("/subjects/vehicles", "MISSING")),
        (VEHICLE, {"/restrictions/choice": "further"}, ("/restrictions", "ONE_OF")),
        (PERSON, {"/restrictions/rules/1/until": DROP}, ("/restrictions/rules/1/until", "MISSING")),
        (PERSON, {"/restrictions/rules/0/rule": "not_to"}, ("/restrictions/rules/0/who", "MISSING")),
        (VEHICLE, {"/answer_needed_by": "2026-03-12T10:00:00+01:00"}, ("/answer_needed_by", "WRONG_FORM")),
        (VEHICLE, {"/answer_needed_by": "2026-02-30T10:00:00Z"}, ("/answer_needed_by", "WRONG_FORM")),
        (VEHICLE, {"/answer_languages": ["mk", "mk"]}, ("/answer_languages", "REPEATED")),
        (VEHICLE, {"/questions": ["?"] * 31}, ("/questions", "TOO_MANY")),
        (VEHICLE, {"/questions": "one"}, ("/questions", "WRONG_TYPE")),
        (VEHICLE, {"/offence/maximum_years": 100}, ("/offence/maximum_years", "TOO_LARGE")),
        (VEHICLE, {"/offence/maximum_years": -1}, ("/offence/maximum_years", "TOO_SMALL")),
        (VEHICLE, {"/case_number": "412"}, ("/case_number", "WRONG_FORM")),
        (VEHICLE, {"/contact/unit": "Night\u202edesk"}, ("/contact/unit", "WRONG_FORM")),
        # things
        (VEHICLE, {"/subjects/vehicles/0/plate_country": DROP}, ("/subjects/vehicles/0/plate_country", "MISSING")),
        (VEHICLE, {"/subjects/vehicles/0": {"id": "v1", "kind": "car"}}, ("/subjects/vehicles/0", "ONE_OF")),
        (VEHICLE, {"/subjects/vehicles/0/plate": "vr 123"}, ("/subjects/vehicles/0/plate", "WRONG_FORM")),
        (VEHICLE, {"/subjects/places": [HOME]}, ("/subjects/places/0", "ONE_OF")),
        (VEHICLE, {"/subjects/places": [{**HOME, "latitude": "41"}]}, ("/subjects/places/0/longitude", "MISSING")),
        (VEHICLE, {"/subjects/phones": [{"id": "x", "kind": "mobile"}]}, ("/subjects/phones/0", "ONE_OF")),
        (VEHICLE, {"/subjects/documents": [{"id": "x", "kind": "visa"}]}, ("/subjects/documents/0", "ONE_OF")),
        (VEHICLE, {"/subjects/firearms": [{"id": "x", "kind": "rifle"}]}, ("/subjects/firearms/0", "ONE_OF")),
        (VEHICLE, {"/subjects/events": [{"id": "x", "kind": "check"}]}, ("/subjects/events/0", "ONE_OF")),
        (VEHICLE, {"/subjects/vehicles/0/handling": ["H3"]}, ("/subjects/vehicles/0/handling_text", "MISSING")),
        # persons and their roles
        (PERSON, {PERSON_0: {"id": "p1", "role": "suspect"}}, (PERSON_0, "ONE_OF")),
        (PERSON, {f"{PERSON_0}/names/0": {"kind": "alias"}}, (f"{PERSON_0}/names/0", "ONE_OF")),
        (PERSON, {f"{PERSON_0}/role": "informant"}, (f"{PERSON_0}/names", "NOT_ALLOWED")),
        (PERSON, {f"{PERSON_0}/role": "informant"}, (f"{PERSON_0}/alias", "MISSING")),
        (PERSON, {f"{PERSON_0}/role": "contact"}, (f"{PERSON_0}/link_nature", "MISSING")),
        (PERSON, {f"{PERSON_0}/role": "victim"}, (f"{PERSON_0}/victim", "MISSING")),
        (PERSON, {"/subjects/persons/1/role": "witness"}, ("/subjects/persons/1/victim", "NOT_ALLOWED")),
        (PERSON, {f"{PERSON_0}/special_categories": ["health"]}, (f"{PERSON_0}/special_reason", "MISSING")),
        (PERSON, {f"{PERSON_0}/birth_date": "1983-02-29"}, (f"{PERSON_0}/birth_date", "WRONG_FORM")),
        (PERSON, {f"{PERSON_0}/nationalities": ["QQ"]}, (f"{PERSON_0}/nationalities/0", "NOT_IN_LIST")),
        # information carries its evaluation
        (INFORMATION, {RATED: DROP}, (RATED, "MISSING")),
        (INFORMATION, {"/information/links/0/evaluation": DROP}, ("/information/links/0/evaluation", "MISSING")),
        (INFORMATION, {"/information": {"links": []}}, ("/information", "ONE_OF")),
        (INFORMATION, {f"{RATED}/source": "E"}, (f"{RATED}/source", "NOT_IN_LIST")),
        (INFORMATION, {"/completeness": "partial"}, ("/remaining", "MISSING")),
        (INFORMATION, {f"{SAID}/special_categories": ["health"]}, (f"{SAID}/special_reason", "MISSING")),
        # acknowledgement, refusal, consent to use, correction
        ("MT-02/received-sr-Latn", {"/due_at": DROP}, ("/due_at", "MISSING")),
        ("MT-10/part-en", {"/grounds/0/part": DROP}, ("/grounds/0/part", "MISSING")),
        ("MT-10/full-mk", {"/grounds": []}, ("/grounds", "TOO_FEW")),
        ("MT-10/full-mk", {"/grounds/0/reason": "no"}, ("/grounds/0/reason", "TOO_SHORT")),
        ("MT-10/full-mk", {"/grounds/0/ground": "R-z"}, ("/grounds/0/ground", "NOT_IN_LIST")),
        ("MT-11/ask-sr-Latn", {"/target": DROP}, ("/target", "MISSING")),
        ("MT-11/ask-sr-Latn", {"/justification": DROP}, ("/justification", "MISSING")),
        ("MT-11/ask-sr-Latn", {"/answer_by": DROP}, ("/answer_by", "MISSING")),
        ("MT-11/ask-sr-Latn", {"/use": "third_country", "/target/country": DROP}, ("/target/country", "MISSING")),
        ("MT-11/ask-sr-Latn", {"/use": "reclassify"}, ("/target", "ONE_OF")),
        ("MT-11/grant-bs", {"/act": DROP}, ("/act", "MISSING")),
        ("MT-11/grant-bs", {"/valid_until": DROP}, ("/valid_until", "MISSING")),
        ("MT-11/deny-sq", {"/reason": DROP}, ("/reason", "MISSING")),
        ("MT-11/deny-sq", {"/act": DROP}, ("/act", "MISSING")),
        ("MT-11/withdraw-mk", {"/effective_at": DROP}, ("/effective_at", "MISSING")),
        ("MT-11/withdraw-mk", {"/items/0/message_id": "abc"}, ("/items/0/message_id", "WRONG_FORM")),
        ("MT-12/document-sr-Latn", {"/changes": DROP}, ("/changes", "MISSING")),
        ("MT-12/document-sr-Latn", {"/action": "erase"}, ("/changes", "NOT_ALLOWED")),
        ("MT-12/document-sr-Latn", {"/changes/0/field": "number"}, ("/changes/0/field", "WRONG_FORM")),
        ("MT-12/document-sr-Latn", {"/changes/0/value": ["x"]}, ("/changes/0/value", "WRONG_TYPE")),
        # letters rogatory
        (WITNESS, {"/measures/0/persons": DROP}, ("/measures/0/persons", "MISSING")),
        (WITNESS, {"/measures/1/kind": "search"}, ("/measures/1/coercive_basis", "MISSING")),
        (WITNESS, {"/treaties": []}, ("/treaties", "TOO_FEW")),
        (WITNESS, {"/issuer_act/signature": "short"}, ("/issuer_act/signature", "WRONG_FORM")),
        (WITNESS, {"/support_token": "NADA case 7"}, ("/support_token", "WRONG_FORM")),
        (HEARD, {"/outcome": "partly"}, ("/remaining", "MISSING")),
        (HEARD, {"/measures/0/outcome": "impossible"}, ("/measures/0/reason", "MISSING")),
        (HEARD, {"/exhibits/0/sha256": DROP}, ("/exhibits/0/sha256", "MISSING")),
        (HEARD, {"/exhibits/1/kind": "biological"}, ("/exhibits/1/seal", "MISSING")),
        (HEARD, {"/exhibits/0/custody": []}, ("/exhibits/0/custody", "TOO_FEW")),
        # civil society
        ("MT-E1/woman-de", {"/child": True}, ("/age_band", "NOT_IN_LIST")),
        ("MT-E1/girl-sq", {"/child": False}, ("/age_band", "NOT_IN_LIST")),
        ("MT-E1/woman-de", {"/region": "AT13"}, ("/country", "NOT_ALLOWED")),
        ("MT-E1/woman-de", {"/children_with": 13}, ("/children_with", "TOO_LARGE")),
        ("MT-E2/yes-sr-Latn", {"/alternate_contact": DROP}, ("/alternate_contact", "MISSING")),
        ("MT-E2/no-sq", {"/decline_reason": DROP}, ("/decline_reason", "MISSING")),
        ("MT-E2/more-bs", {"/questions": DROP}, ("/questions", "MISSING")),
        (ADULT, {"/x_child": True}, ("/x_guardian", "MISSING")),
        (ADULT, {"/x_child": True}, ("/x_age_band", "NOT_IN_LIST")),
        (CHILD, {"/x_told": ["lawyer"]}, ("/x_told", "NOT_ALLOWED")),
        (CHILD, {"/x_told": DROP}, ("/x_told", "MISSING")),
        (CHILD, {"/x_interpreter/gender": DROP}, ("/x_interpreter/gender", "MISSING")),
        ("MT-A1/accepted-sr-Latn", {"/capacity_from": DROP}, ("/capacity_from", "MISSING")),
        ("MT-A1/no-en", {"/decline_reason": DROP}, ("/decline_reason", "MISSING")),
        ("MT-A1/more-sr-Cyrl", {"/questions": DROP}, ("/questions", "MISSING")),
        (RECORD, {"/record": DROP}, ("/record", "MISSING")),
        (RECORD, {"/phase": "renew"}, ("/previous", "MISSING")),
        (RECORD, {"/record/type": "implicit"}, ("/record/type", "NOT_IN_LIST")),
        (RECORD, {"/record/interpreter": DROP}, ("/record/interpreter", "MISSING")),
        (RECORD, {"/record/grants": []}, ("/record/grants", "TOO_FEW")),
        ("MT-V6/withdraw-sr-Cyrl", {"/withdrawal": DROP}, ("/withdrawal", "MISSING")),
        (PARTLY, {"/withdrawal/categories": DROP, "/withdrawal/purposes": DROP}, ("/withdrawal", "ONE_OF")),
        ("MT-V6/done-de", {"/receipt": DROP}, ("/receipt", "MISSING")),
        ("MT-V6/done-de", {"/receipt/reason": DROP}, ("/receipt/reason", "MISSING")),
    ],
)  # fmt: skip
def test_each_rule_is_told_at_its_field(
    catalogue: Catalogue, example: Load, name: str, changes: dict[str, object], fault: tuple[str, str]
) -> None:
    assert fault in faults(catalogue, example(name), changes)


def test_an_identity_needs_a_birth_date_or_an_estimated_age(catalogue: Catalogue, example: Load) -> None:
    changes: dict[str, object] = {"/prs_Birthdate": DROP}
    assert faults(catalogue, example(ADULT), changes, "identity") == {("", "ONE_OF")}


@pytest.mark.parametrize("field", ["from", "to", "story", "perpetrator", "photo", "x_address", "hiv"])
def test_a_referral_has_no_place_for_what_must_not_travel(catalogue: Catalogue, example: Load, field: str) -> None:
    for part in ("body", "identity"):
        assert (f"/{field}", "UNKNOWN_FIELD") in faults(catalogue, example(ADULT), {f"/{field}": "x"}, part)


def test_an_enquiry_has_no_words_of_its_own(catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-E1/1")).body_schema.fields.properties
    assert {name for name, field in fields.items() if field.kind == "string" and not field.codes} == {
        "case_ref",
        "earliest_date",
    }


def test_marks_are_declared_once_and_found(catalogue: Catalogue, example: Load) -> None:
    twice: dict[str, object] = {"/subjects/persons/1/id": "p1"}
    assert ("/subjects/persons/1/id", "DUPLICATE_ITEM") in faults(catalogue, example(PERSON), twice)
    assert faults(catalogue, example(PERSON), {"/links/0/to": "p9"}) == {("/links/0/to", "NO_SUCH_ITEM")}
    assert faults(catalogue, example(HEARD), {"/execution/minutes": "att-09"}) == {
        ("/execution/minutes", "NO_SUCH_ITEM")
    }


def test_a_part_that_the_type_lacks_is_told(catalogue: Catalogue) -> None:
    errors = validate(catalogue.type(TypeId("MT-01/1")), "identity", {})
    assert [each.code for each in errors] == [FieldCode.NO_SUCH_PART]


def bomb(depth: int) -> object:
    value: object = {}
    for _ in range(depth):
        value = {"subjects": [value]}
    return value


@pytest.mark.parametrize(
    "document",
    [bomb(MAX_DEPTH), bomb(50_000), {"questions": ["?"] * (MAX_ROWS + 1)}, {"facts": 1.5}, {"facts": b"x"}],
)
def test_bombs_and_foreign_values_are_looked_at_no_further(catalogue: Catalogue, document: object) -> None:
    errors = validate(catalogue.type(TypeId("MT-01/1")), "body", document)
    assert [(each.path, each.code) for each in errors] == [("", FieldCode.MALFORMED)]


@pytest.mark.parametrize("document", [None, [], "text", 7])
def test_a_part_is_an_object(catalogue: Catalogue, document: object) -> None:
    errors = validate(catalogue.type(TypeId("MT-01/1")), "body", document)
    assert [(each.path, each.code) for each in errors] == [("", FieldCode.WRONG_TYPE)]


def test_faults_are_ascending_and_bounded(catalogue: Catalogue, example: Load) -> None:
    document = example(VEHICLE).body()
    document.update({f"x{number:03}": 1 for number in range(2 * MAX_FAULTS)})
    errors = validate(catalogue.type(TypeId("MT-01/1")), "body", document)
    assert len(errors) == MAX_FAULTS
    assert [each.path for each in errors] == sorted(each.path for each in errors)


def test_no_value_appears_in_a_fault(catalogue: Catalogue, example: Load) -> None:
    secret = "Kojović 1984-07-21"
    changes: dict[str, object] = {PERSON_0 + "/birth_date": secret, "/crime_area": secret, "/query": [secret]}
    document = example(PERSON).body()
    for pointer, value in changes.items():
        put(document, pointer, value)
    errors = validate(catalogue.type(TypeId("MT-01/1")), "body", document)
    assert len(errors) >= len(changes)
    assert secret not in repr(errors)


def only(errors: tuple[FieldError, ...], code: FieldCode) -> FieldError:
    [found] = [each for each in errors if each.code is code]
    return found


def test_faults_speak_every_language(catalogue: Catalogue, example: Load) -> None:
    document = example(VEHICLE).body()
    document["necessity"] = "x"
    document["subjects"]["vehicles"][0] = {"id": "v1", "kind": "car", "wheels": 4}
    errors = validate(catalogue.type(TypeId("MT-01/1")), "body", document)
    short = only(errors, FieldCode.TOO_SHORT)
    assert short.sentence == "“Why it is necessary and proportionate” needs at least 20 characters."
    assert explain(short, catalogue, "en") == short.sentence
    assert explain(short, catalogue, "sr-Cyrl") == "„Зашто је неопходно и сразмерно“ тражи најмање 20 знакова."
    several = only(errors, FieldCode.ONE_OF)
    assert several.sentence == "“Vehicles” needs at least one of: Registration plate, Chassis number, Make, Features."
    assert "Targa" in explain(several, catalogue, "sq")
    unknown = only(errors, FieldCode.UNKNOWN_FIELD)
    assert explain(unknown, catalogue, "mk") == "„wheels“ не е дел од оваа порака."


@pytest.mark.parametrize("code", list(FieldCode))
def test_every_code_has_its_sentence(catalogue: Catalogue, code: FieldCode) -> None:
    assert f"error.{code}" in catalogue.labels["en"]


def test_a_keyword_nobody_named_still_refuses(catalogue: Catalogue, example: Load) -> None:
    errors = faults(catalogue, example(VEHICLE), {"/case_number": "XX"})
    assert ("/case_number", "WRONG_FORM") in errors
