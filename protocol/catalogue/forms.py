"""Templates: which fields a task shows, in which order and groups, and what is filled in before a person begins."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.errors import Code, Fault, Malformed
from protocol.ids import TypeId, parse_type_id

COMPUTED: Final = ("now", "today", "now+1d", "now+7d", "today+30d", "today+90d")
"""Values that the form works out when it is opened."""
WORDS: Final = "labels"
_KEYS: Final = frozenset(
    ("type", "name", "title", "groups", "identity", "prefill", "prefill_text", "compute", "hidden"),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Fields under one heading: a text id and JSON pointers. A pointer to an object or list shows all of it."""

    title: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A form for one task. An empty ``name`` marks the form of the type that shows everything.

    ``prefill`` holds values, ``prefill_text`` text ids to be put in the writer's language, ``compute`` names of
    ``COMPUTED``. ``hidden`` fields are filled and not shown.
    """

    type: TypeId
    name: str
    title: str
    groups: tuple[Group, ...]
    identity: tuple[Group, ...] = ()
    prefill: Mapping[str, JSON] = field(default_factory=dict)
    prefill_text: Mapping[str, str] = field(default_factory=dict)
    compute: Mapping[str, str] = field(default_factory=dict)
    hidden: tuple[str, ...] = ()

    def filled(self) -> frozenset[str]:
        """Return the fields of the body that have a value before a person begins."""
        return frozenset((*self.prefill, *self.prefill_text, *self.compute))

    def shown(self) -> frozenset[str]:
        """Return the fields of the body that the form shows."""
        return frozenset(each for group in self.groups for each in group.fields)


def split_words(document: JSON) -> tuple[JSON, JSON]:
    """Return the template without the words that its file brings along, and those words."""
    if not isinstance(document, dict):
        return document, {}
    return {key: value for key, value in document.items() if key != WORDS}, document.get(WORDS, {})


def parse_template(document: JSON) -> Template:
    """Return the template of a file, or raise MALFORMED or UNKNOWN_FIELD."""
    if not isinstance(document, dict):
        raise Malformed("template")
    if not _KEYS.issuperset(document):
        raise Fault(Code.UNKNOWN_FIELD, "template")
    compute = _words(document.get("compute", {}))
    if not set(compute.values()) <= set(COMPUTED):
        raise Malformed("template computes an unknown value")
    prefill = document.get("prefill", {})
    if not isinstance(prefill, dict):
        raise Malformed("template prefill")
    return Template(
        type=parse_type_id(document.get("type")),
        name=_word(document.get("name")),
        title=_word(document.get("title")),
        groups=_groups(document.get("groups")),
        identity=_groups(document.get("identity", [])),
        prefill=prefill,
        prefill_text=_words(document.get("prefill_text", {})),
        compute=compute,
        hidden=_list(document.get("hidden", [])),
    )


def check_template(template: Template, body: FieldSpec, identity: FieldSpec | None) -> None:
    """Raise MALFORMED unless each field exists, each is shown once, and nothing that must be given is left out."""
    for pointer in _pointers(template):
        if find_field(body, pointer) is None:
            raise Malformed(f"{template.title}: no field {pointer}")
    shown = [each for group in template.groups for each in group.fields]
    if len(set(shown)) != len(shown) or not set(template.hidden) <= template.filled():
        raise Malformed(f"{template.title}: a field is shown twice, or hidden and never filled")
    reached = {each.split("/")[1] for each in (*shown, *template.filled())}
    if not body.required <= reached:
        raise Malformed(f"{template.title}: {', '.join(sorted(body.required - reached))} cannot be filled")
    for group in template.identity:
        if identity is None or any(find_field(identity, each) is None for each in group.fields):
            raise Malformed(f"{template.title}: no such field of the identity part")


def _pointers(template: Template) -> Iterator[str]:
    yield from template.shown()
    yield from template.filled()
    yield from template.hidden


def _groups(value: JSON) -> tuple[Group, ...]:
    if not isinstance(value, list):
        raise Malformed("template groups")
    return tuple(_group(each) for each in value)


def _group(value: JSON) -> Group:
    if not isinstance(value, dict) or set(value) != {"title", "fields"}:
        raise Malformed("template group")
    return Group(_word(value["title"]), _list(value["fields"]))


def _list(value: JSON) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise Malformed("template list")
    return tuple(_word(each) for each in value)


def _words(value: JSON) -> Mapping[str, str]:
    if not isinstance(value, dict):
        raise Malformed("template table")
    return {key: _word(each) for key, each in value.items()}


def _word(value: JSON) -> str:
    if not isinstance(value, str):
        raise Malformed("template text")
    return value
