"""From a template and a few fields to a whole document: prefilled values, words in the writer's language, dates. Pure.

A vehicle query needs a plate and a reason; the rest of the request stands in the template. What a person gives wins
over what the template says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.forms import Template
from protocol.catalogue.rows import flatten, unflatten
from protocol.catalogue.types import Catalogue
from protocol.charter import DAY
from protocol.errors import Fault
from protocol.ids import NodeId, TypeId

_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"
_DATE: Final = "%Y-%m-%d"
_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}
_UNEVALUATED: Final = {"kind": "fact", "source": "X", "information": "4"}
"""Source and information that nobody has judged yet (predicate DP-15)."""


@dataclass(frozen=True, slots=True)
class Filling:
    """Who fills the form, when, and in which language."""

    me: NodeId
    now: int
    language: str


def find_template(catalogue: Catalogue, type_: TypeId, name: str) -> Template | None:
    """Return a template of a type by its name."""
    return next((each for each in catalogue.templates_of(type_) if each.name == name), None)


def fill(
    catalogue: Catalogue, template: Template, given: Mapping[str, JSON], filling: Filling
) -> dict[str, JSON] | None:
    """Return the document, None when ``given`` holds pointers that no document has.

    ``given`` maps JSON pointers to values; an object or list there replaces what the template puts below it. Things
    that carry an evaluation and have none are marked as not evaluated, owned by this node, as of today.
    """
    rows: dict[str, JSON] = dict(template.prefill)
    rows |= {path: catalogue.text(label, filling.language) for path, label in template.prefill_text.items()}
    rows |= {path: computed(name, filling.now) for path, name in template.compute.items()}
    for path, value in given.items():
        rows = {each: kept for each, kept in rows.items() if not _below(each, path)}
        rows[path] = value
    try:
        flat = [row for path, value in rows.items() for row in _spread(path, value)]
        document = unflatten(sorted(flat))
    except Fault:
        return None
    _evaluate(catalogue.type(template.type).body_schema.fields, document, filling)
    return document


def computed(name: str, now: int) -> str:
    """Return a computed value of a template, such as ``now+7d`` as an instant or ``today`` as a day, in UTC."""
    word, _, days = name.partition("+")
    at = datetime.fromtimestamp(now + int(days.removesuffix("d") or 0) * DAY, UTC)
    return at.strftime(_INSTANT if word == "now" else _DATE)


def typed(root: FieldSpec, path: str, value: JSON) -> JSON:
    """Return a value as its field wants it: what a person typed is text, and some fields hold numbers or yes and no."""
    field = find_field(root, path)
    if field is None or not isinstance(value, str):
        return value
    if field.kind == "boolean" and value in _TRUTH:
        return _TRUTH[value]
    if field.kind == "integer" and value.isascii() and value.removeprefix("-").isdigit():
        return int(value)
    return value


def _below(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}/")


def _spread(path: str, value: JSON) -> list[tuple[str, JSON]]:
    if isinstance(value, dict | list) and value:
        wrapped = flatten({"value": value})
        return [(f"{path}{each.removeprefix('/value')}", inner) for each, inner in wrapped]  # type: ignore[misc]
    return [(path, value)]


def _evaluate(field: FieldSpec, value: JSON, filling: Filling) -> None:
    if isinstance(value, list) and field.items is not None:
        for each in value:
            _evaluate(field.items, each, filling)
    elif isinstance(value, dict):
        if "evaluation" in field.properties and "evaluation" not in value:
            as_of = computed("today", filling.now)
            value["evaluation"] = {**_UNEVALUATED, "as_of": as_of, "owner": filling.me}
        for name, each in value.items():
            if name in field.properties and name != "evaluation":
                _evaluate(field.properties[name], each, filling)
