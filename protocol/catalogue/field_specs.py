"""Fields with their references resolved: what forms, policy facts and error sentences need to know of each.

A field takes keywords and annotations from the definition it refers to; what stands beside the reference wins. Rules
under ``allOf`` and ``anyOf`` restrict a field and never add one, so they are left to the validator.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from protocol.catalogue.code_lists import URN
from protocol.catalogue.documents import DIGITS, JSON
from protocol.catalogue.rows import steps
from protocol.errors import Malformed
from protocol.limits import MAX_DEPTH

Schema = Mapping[str, JSON]
_KINDS: Final = frozenset(("object", "array", "string", "integer", "boolean"))
_BOUNDS: Final = ("minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties")
_WORDED: Final = ("x-category", "x-entity", "x-role", "x-special", "x-reference", "x-declares")
_FLAGGED: Final = ("x-personal", "x-identifying", "x-handling", "x-handling-text", "x-category-value", "x-child")
_NOTED: Final = frozenset((*_WORDED, *_FLAGGED, "x-evaluates", "x-act"))
_FORMS: Final = {"object": "object", "array": "list", "string": "line", "integer": "integer", "boolean": "boolean"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The annotations of a field (``x-`` keywords). ``value`` means that the value itself is the role or category."""

    category: str = ""  # data category, a code of data_category
    personal: bool = False  # data about a person the message is about
    identifying: bool = False  # enough to tell who the person is
    entity: str = ""  # kind of thing the object describes
    role: str = ""  # person role, or "value"
    special: str = ""  # special category, "value", or "code" when the chosen code tells
    reference: str = ""  # message, consent, owner; item and attachment point inside the message
    declares: str = ""  # item, attachment: the mark that references point to
    handling: bool = False  # handling codes of an item
    handling_text: bool = False  # words of a restriction
    category_value: bool = False  # the value is the data category of its neighbours
    child: bool = False  # tells whether a person is a child
    evaluates: bool = False  # each thing in the object's lists carries its own evaluation
    act: bool = False  # a personal signature over the rest


SILENT: Final = Notes()
"""The notes of every field without annotations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSpec:
    """One field of a part. ``label`` is a text id, ``title`` its English words."""

    name: str
    label: str
    title: str
    kind: str  # object, array, string, integer, boolean, scalar
    form: str  # how a form asks for it
    notes: Notes
    codes: str = ""  # name of the code list
    required: frozenset[str] = frozenset()
    properties: "Mapping[str, FieldSpec]" = field(default_factory=dict)
    items: "FieldSpec | None" = None
    bounds: Mapping[str, int] = field(default_factory=dict)

    @property
    def tells(self) -> bool:
        """Whether a plain value of this field may say anything beside itself."""
        return self.notes is not SILENT


@dataclass(frozen=True, slots=True)
class Resources:
    """All schemas by ``$id``, and the English texts. ``known`` keeps the fields of definitions that many refer to."""

    schemas: Mapping[str, Schema]
    titles: Mapping[str, str]
    known: "dict[str, Mapping[str, FieldSpec]]" = field(default_factory=dict)

    def find(self, reference: str, base: str) -> tuple[Schema, str]:
        """Return the definition that ``reference`` names and the ``$id`` it stands under, or raise MALFORMED."""
        urn, _, pointer = reference.partition("#")
        home = urn or base
        found: JSON = dict(self.schemas.get(home, {}))
        for step in steps(pointer):
            found = found.get(step, {}) if isinstance(found, dict) else {}
        if not isinstance(found, dict) or not found:
            raise Malformed(f"{base}: {reference} does not exist")
        return found, home


def resolve(schema: Schema, base: str, resources: Resources) -> FieldSpec:
    """Return the field tree of a part's schema. MALFORMED for unknown references, kinds, or endless nesting."""
    return _resolve(("", schema, base), resources, MAX_DEPTH)


def _resolve(at: tuple[str, Schema, str], resources: Resources, depth: int) -> FieldSpec:
    name, schema, base = at
    if depth == 0:
        raise Malformed(f"{base}: nested too deeply")
    schema, base, place = _merge(schema, base, resources)
    kind = _kind(schema, base)
    label = str(schema.get("x-label", ""))
    items = schema.get("items")
    return FieldSpec(
        name=name,
        label=label,
        title=resources.titles.get(label, name),
        kind=kind,
        form=_form(schema, kind),
        notes=_notes(schema),
        codes=_codes(schema),
        required=frozenset(map(str, _list(schema.get("required", [])))),
        properties=_properties(schema, (base, place), resources, depth),
        items=_member((name, items, base), schema, resources, depth - 1) if isinstance(items, dict) else None,
        bounds={each: value for each in _BOUNDS if isinstance(value := schema.get(each), int)},
    )


def _properties(schema: Schema, at: tuple[str, str], resources: Resources, depth: int) -> Mapping[str, FieldSpec]:
    """Return the fields inside an object; those of a definition are made once, whoever refers to it."""
    base, place = at
    found = resources.known.get(place)
    if found is None:
        found = {
            each: _resolve((each, inner, base), resources, depth - 1)
            for each, inner in _dict(schema.get("properties", {})).items()
            if isinstance(inner, dict)
        }
        if place:
            resources.known[place] = found
    return found


def _member(at: tuple[str, Schema, str], outer: Schema, resources: Resources, depth: int) -> FieldSpec:
    """Return the field of a list's members: it is called like the list, and plain values take the list's notes."""
    inner = _resolve(at, resources, depth)
    label = str(outer.get("x-label", ""))
    named = replace(inner, label=label, title=resources.titles.get(label, inner.name))
    return named if inner.kind in ("object", "array") else replace(named, notes=_notes(outer))


def _merge(schema: Schema, base: str, resources: Resources) -> tuple[Schema, str, str]:
    """Return the schema with its references followed, where it stands, and the definition that gives its properties."""
    merged: dict[str, JSON] = dict(schema)
    place = ""
    for _ in range(MAX_DEPTH):
        reference = merged.pop("$ref", None)
        if reference is None:
            return merged, base, place
        found, base = resources.find(str(reference), base)
        if "properties" in found and "properties" not in merged:
            place = f"{base}#{str(reference).partition('#')[2]}"
        needed = sorted({*map(str, _list(found.get("required", []))), *map(str, _list(merged.get("required", [])))})
        merged = {**found, **merged, "required": list[JSON](needed)}
    raise Malformed(f"{base}: references run in a circle")


def _kind(schema: Schema, base: str) -> str:
    kind = schema.get("type")
    if isinstance(kind, list):
        return "scalar"
    if not isinstance(kind, str) or kind not in _KINDS:
        raise Malformed(f"{base}: a field without a known type")
    return kind


def _form(schema: Schema, kind: str) -> str:
    if "x-codes" in schema:
        return "code"
    return str(schema.get("x-form", _FORMS.get(kind, "line")))


def _codes(schema: Schema) -> str:
    return str(schema.get("$id", "")).removeprefix(URN) if "x-codes" in schema else ""


def _notes(schema: Schema) -> Notes:
    if schema.keys().isdisjoint(_NOTED):
        return SILENT

    def text(name: str) -> str:
        return str(schema.get(name, ""))

    def flag(name: str) -> bool:
        return schema.get(name) is True

    return Notes(
        category=text("x-category"),
        personal=flag("x-personal"),
        identifying=flag("x-identifying"),
        entity=text("x-entity"),
        role=text("x-role"),
        special=text("x-special"),
        reference=text("x-reference"),
        declares=text("x-declares"),
        handling=flag("x-handling"),
        handling_text=flag("x-handling-text"),
        category_value=flag("x-category-value"),
        child=flag("x-child"),
        evaluates=flag("x-evaluates"),
        act=flag("x-act"),
    )


def _list(value: JSON) -> list[JSON]:
    return value if isinstance(value, list) else []


def _dict(value: JSON) -> dict[str, JSON]:
    return value if isinstance(value, dict) else {}


def find_field(root: FieldSpec, pointer: str) -> FieldSpec | None:
    """Return the field at a JSON pointer, whatever positions it names in lists, or None when there is none."""
    found: FieldSpec | None = root
    for step in steps(pointer):
        if found is None:
            return None
        found = found.items if found.items is not None and set(step) <= DIGITS else found.properties.get(step)
    return found
