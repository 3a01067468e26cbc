"""From a document to what a form shows: every value under the name of its field, as a person would type it. Pure."""

from nodes.casework.form_reading import NONE, NUMBER, TEXT, TRUTH
from nodes.casework.form_values import KIND
from nodes.casework.form_words import write_value
from policies.clocks.zones import Zone
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.rows import escape


def write_form(root: FieldSpec, document: JSON, zone: Zone) -> dict[str, list[str]]:
    """Return the form of a document: reading it gives the document again, except that blank things are left out."""
    typed: dict[str, list[str]] = {}
    _write((root, document, ""), zone, typed)
    return typed


def _write(at: tuple[FieldSpec, JSON, str], zone: Zone, typed: dict[str, list[str]]) -> None:
    field, value, name = at
    if isinstance(value, dict):
        for step, each in value.items():
            if step in field.properties:
                _write((field.properties[step], each, f"{name}/{escape(step)}"), zone, typed)
    elif isinstance(value, list) and field.items is not None:
        if not value:
            typed[f"{name}{KIND}"] = [NONE]
        elif field.items.kind == "object":
            for position, each in enumerate(value):
                _write((field.items, each, f"{name}/{position}"), zone, typed)
        else:
            typed[name] = [write_value(field.items, each, zone) for each in value]
    else:
        typed[name] = [write_value(field, value, zone)]
        if field.kind == "scalar":
            typed[f"{name}{KIND}"] = [_kind(value)]


def _kind(value: JSON) -> str:
    if isinstance(value, bool):
        return TRUTH
    return NUMBER if isinstance(value, int) else TEXT
