import pytest

from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, Resources, find_field, resolve
from protocol.catalogue.types import Catalogue
from protocol.errors import Malformed
from protocol.ids import TypeId

URN = "urn:xb:1:types:MT-99/1"
PARTS = "urn:xb:1:parts"
LINE: dict[str, JSON] = {"type": "string", "maxLength": 9, "x-form": "line", "required": ["ignored"]}


def resolved(schema: dict[str, JSON], **others: dict[str, JSON]) -> FieldSpec:
    schemas = {PARTS: {"$defs": {"line": LINE, **others}}, URN: schema}
    return resolve(schema, URN, Resources(schemas, {"a.b": "Words"}))


def test_a_reference_brings_its_keywords_and_what_stands_beside_it_wins() -> None:
    field = resolved({"$ref": f"{PARTS}#/$defs/line", "x-label": "a.b", "maxLength": 4, "required": ["own"]})
    assert (field.label, field.title, field.form, field.bounds) == ("a.b", "Words", "line", {"maxLength": 4})
    assert field.required == {"ignored", "own"}


def test_a_field_without_words_is_called_by_its_name() -> None:
    field = resolved({"type": "object", "properties": {"a": {"type": "boolean", "x-label": "none"}, "b": True}})
    assert field.properties["a"].title == "a"
    assert "b" not in field.properties


def test_members_of_a_list_are_called_like_the_list() -> None:
    list_: dict[str, JSON] = {"type": "array", "items": {"$ref": f"{PARTS}#/$defs/line"}, "x-label": "a.b"}
    plain = resolved({**list_, "x-category": "CA", "x-personal": True}).items
    assert plain is not None
    assert (plain.title, plain.notes.category, plain.notes.personal) == ("Words", "CA", True)
    table = resolved({**list_, "x-category": "CA", "items": {"type": "object", "x-entity": "thing"}}).items
    assert table is not None
    assert (table.title, table.notes.category, table.notes.entity) == ("Words", "", "thing")


def test_a_local_reference_means_the_file_it_stands_in() -> None:
    inner: dict[str, JSON] = {"type": "object", "properties": {"a": {"$ref": "#/$defs/line"}}}
    field = resolved({"$ref": f"{PARTS}#/$defs/inner"}, inner=inner)
    assert field.properties["a"].bounds == {"maxLength": 9}


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "urn:xb:1:nothing"},
        {"$ref": f"{PARTS}#/$defs/nothing"},
        {"$ref": f"{PARTS}#/$defs/line/maxLength"},
        {"$ref": f"{PARTS}#/$defs/line/maxLength/more"},
        {"$ref": URN},
        {"type": "number"},
        {"title": "no type"},
        {"type": "object", "properties": {"a": {"$ref": URN}}},
    ],
)
def test_what_cannot_be_resolved_is_malformed(schema: dict[str, JSON]) -> None:
    with pytest.raises(Malformed):
        resolved(schema)


def test_endless_nesting_is_malformed() -> None:
    with pytest.raises(Malformed):
        resolved({"type": "array", "items": {"$ref": URN}})


def test_fields_are_found_by_pointer(catalogue: Catalogue) -> None:
    fields = catalogue.type(TypeId("MT-01/1")).body_schema.fields
    plate = find_field(fields, "/subjects/vehicles/31/plate")
    assert plate is not None
    assert (plate.title, plate.notes.identifying, plate.notes.category) == ("Registration plate", True, "VE")
    assert find_field(fields, "") is fields
    assert find_field(fields, "/subjects/vehicles/x/plate") is None
    assert find_field(fields, "/nothing/at/all") is None
    assert find_field(fields, "/facts/0") is None
