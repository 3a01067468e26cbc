"""What would not compile is found without compiling it."""

from typing import Any

import jsonschema_rs
import pytest

from protocol.catalogue.field_specs import Resources
from protocol.catalogue.load import is_partial_date
from protocol.catalogue.sound import check_schemas
from protocol.errors import Code
from tests.simulators.faults import refused

URN = "urn:xb:1:types:sample"
PERSON = {"type": "object", "properties": {"name": {"type": "string", "pattern": "^[A-Z]"}}}


def compile_(schema: dict[str, Any]) -> object:
    return jsonschema_rs.Draft202012Validator(
        schema, formats={"partial-date": is_partial_date}, validate_formats=True, ignore_unknown_formats=False
    )


def check(**schema: Any) -> None:
    whole: dict[str, Any] = {"$id": URN, "$defs": {"person": PERSON}, **schema}
    check_schemas(Resources({URN: whole}, {}), compile_)


def test_a_sound_schema_passes() -> None:
    check(
        properties={"when": {"type": "string", "format": "partial-date"}, "who": {"$ref": "#/$defs/person"}},
        patternProperties={"^x": {"$ref": f"{URN}#/$defs/person"}},
        allOf=[{"if": {"required": ["who"]}, "then": {"required": ["when"]}}],
        additionalProperties=False,
    )


def test_schemas_without_patterns_and_formats_pass() -> None:
    check_schemas(Resources({URN: {"$id": URN, "type": "object"}}, {}), compile_)


@pytest.mark.parametrize(
    "place",
    [
        lambda schema: {"properties": {"a": schema}},
        lambda schema: {"patternProperties": {"^a": schema}},
        lambda schema: {"dependentSchemas": {"a": schema}},
        lambda schema: {"$defs": {"b": schema}},
        lambda schema: {"oneOf": [{}, schema]},
        lambda schema: {"items": {"prefixItems": [schema]}},
        lambda schema: {"not": {"contains": schema}},
        lambda schema: {"if": schema},
        lambda schema: {"unevaluatedProperties": schema},
    ],
)
@pytest.mark.parametrize(
    "broken",
    [
        {"$ref": "#/$defs/nobody"},
        {"$ref": "urn:xb:1:types:nothing"},
        {"$ref": "#person"},
        {"$dynamicRef": "#person"},
        {"$anchor": "person"},
        {"$id": "urn:xb:1:types:inner"},
    ],
)
def test_a_reference_that_leads_nowhere_is_found_wherever_it_stands(place: Any, broken: dict[str, str]) -> None:
    with refused(Code.MALFORMED):
        check(**place(broken))


@pytest.mark.parametrize("broken", [{"pattern": "("}, {"format": "no-such"}, {"patternProperties": {"(": {}}}])
def test_patterns_and_formats_are_shown_to_the_validator(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        check(items=broken)


def test_what_is_data_refers_to_nothing() -> None:
    check(enum=[{"$ref": "#/$defs/nobody"}], properties={"$ref": {"const": {"pattern": "("}}})
