"""A message as people read it: its things one after the other, each with its evaluation and handling codes. Pure.

Everything that the document holds is there, in the order of its type's form; codes stand with their words, times as
seconds for whoever shows them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from nodes.gateway.forms import find_template
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.types import Catalogue, MessageType

_EVALUATION: Final = "evaluation"
_HANDLING: Final = "handling"
_ATTACHMENTS: Final = "attachments"
_FEW: Final = 2  # lines of a part that needs no heading of its own
_DIGEST, _BEGINNING = 64, 24  # signs of the longest fingerprint, and of what is shown of what is longer
_INSTANT: Final = "%Y-%m-%dT%H:%M:%SZ"


class Form(StrEnum):
    """How a value is shown."""

    LINE = "line"
    TEXT = "text"
    TIME = "time"
    DAY = "day"
    TRUTH = "truth"
    CODE = "code"
    NODE = "node"
    MESSAGE = "message"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Value:
    """One value: as stored, in words, and how it is shown. ``at`` is the time of a TIME, and noon of a whole DAY."""

    raw: str
    words: str
    form: Form
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One field with its values."""

    label: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The four by four of an item: fact or assessment, source, information, as of when, whose, from where."""

    source: Value
    information: Value
    rest: tuple[Line, ...]

    @property
    def code(self) -> str:
        """Source and information as people say them, such as B2."""
        return f"{self.source.raw}{self.information.raw}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """A person, vehicle, statement or other object, with what it holds and its own codes."""

    label: str
    entity: str = ""
    mark: str = ""
    lines: tuple[Line, ...] = ()
    things: "tuple[Thing, ...]" = ()
    evaluation: Evaluation | None = None
    handling: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What stands under one heading of the message."""

    title: str
    lines: tuple[Line, ...]
    things: tuple[Thing, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """The language of the reader, and how the directory calls participants."""

    catalogue: Catalogue
    language: str
    nodes: Mapping[str, str] = field(default_factory=dict)

    def text(self, label: str) -> str:
        """Return the words of a text id."""
        return self.catalogue.text(label, self.language)


def parts_of(type_: MessageType, document: Mapping[str, JSON], words: Words) -> tuple[Part, ...]:
    """Return the parts of a document in the order of its type's form; files are left to their own list."""
    root = type_.body_schema.fields
    template = find_template(words.catalogue, type_.id, "")
    groups: list[tuple[str, Sequence[str]]] = []
    if template is not None:
        groups = [(words.text(each.title), each.fields) for each in template.groups]
    shown = {pointer.split("/")[1] for _, pointers in groups for pointer in pointers} | {_ATTACHMENTS}
    groups.append(("", [f"/{name}" for name in document if name not in shown]))
    parts = [_part(title, pointers, (root, document), words) for title, pointers in groups]
    return tuple(each for each in parts if each.lines or each.things)


def count_fields(parts: Sequence[Part]) -> int:
    """Return how many values a reader sees."""
    return sum(_in_lines(each.lines) + sum(map(_in_thing, each.things)) for each in parts)


def codes_of(name: str, codes: Sequence[str], words: Words) -> tuple[Value, ...]:
    """Return codes of a list with their words."""
    return tuple(Value(each, words.catalogue.code(name, each, words.language), Form.CODE) for each in codes)


def _part(title: str, pointers: Sequence[str], of: tuple[FieldSpec, Mapping[str, JSON]], words: Words) -> Part:
    root, document = of
    lines: list[Line] = []
    things: list[Thing] = []
    for name in dict.fromkeys(pointer.split("/")[1] for pointer in pointers):
        spec = find_field(root, f"/{name}")
        if spec is not None and name in document and name != _ATTACHMENTS:
            _sort(spec, document[name], words, (lines, things))
    return Part(title, tuple(lines), tuple(things))


def _sort(spec: FieldSpec, value: JSON, words: Words, into: tuple[list[Line], list[Thing]]) -> None:
    """Put a value among the lines, or what holds several among the things; a bare holder of lists is passed through."""
    lines, things = into
    if isinstance(value, dict):
        if spec.notes.evaluates:
            for name, each in _known(spec, value):
                _sort(spec.properties[name], each, words, into)
        else:
            _put(_thing(spec, value, words), into)
    elif isinstance(value, list) and spec.items is not None and spec.items.kind == "object":
        things += [_thing(spec.items, each, words) for each in value if isinstance(each, dict)]
    else:
        lines.append(_line(spec, value, words))


def _put(thing: Thing, into: tuple[list[Line], list[Thing]]) -> None:
    """Put a thing among the things, or its few lines among the lines where it is no entity."""
    lines, things = into
    if thing.entity or thing.things or len(thing.lines) > _FEW:
        things.append(thing)
    else:
        lines += thing.lines


def _thing(spec: FieldSpec, value: Mapping[str, JSON], words: Words) -> Thing:
    lines: list[Line] = []
    things: list[Thing] = []
    for name, each in _known(spec, value):
        if not (spec.notes.entity and name in (_EVALUATION, _HANDLING)) and not spec.properties[name].notes.declares:
            _sort(spec.properties[name], each, words, (lines, things))
    judged, handling = value.get(_EVALUATION), value.get(_HANDLING)
    return Thing(
        label=label_of(spec, words),
        entity=spec.notes.entity,
        mark=next((str(each) for name, each in _known(spec, value) if spec.properties[name].notes.declares), ""),
        lines=tuple(lines),
        things=tuple(things),
        evaluation=_evaluation(spec, judged, words) if spec.notes.entity and isinstance(judged, dict) else None,
        handling=_values(spec.properties[_HANDLING], handling, words) if spec.notes.entity and handling else (),
    )


def _evaluation(spec: FieldSpec, judged: Mapping[str, JSON], words: Words) -> Evaluation:
    inner = spec.properties[_EVALUATION]
    named = {name: _line(inner.properties[name], each, words) for name, each in _known(inner, judged)}
    empty = Value("", "", Form.CODE)
    source, information = (named.pop(name).values[0] if name in named else empty for name in ("source", "information"))
    return Evaluation(source, information, tuple(named.values()))


def _known(spec: FieldSpec, value: Mapping[str, JSON]) -> Iterator[tuple[str, JSON]]:
    """Yield what stands in an object in the order of its schema."""
    return ((name, value[name]) for name in spec.properties if name in value)


def _line(spec: FieldSpec, value: JSON, words: Words) -> Line:
    return Line(label_of(spec, words), _values(spec, value, words))


def _values(spec: FieldSpec, value: JSON, words: Words) -> tuple[Value, ...]:
    if isinstance(value, list):
        return tuple(value_of(spec if spec.items is None else spec.items, each, words) for each in value)
    return (value_of(spec, value, words),)


def value_of(spec: FieldSpec, value: JSON, words: Words) -> Value:
    """Return one value of a field in words."""
    raw = str(value)
    if isinstance(value, bool):
        return Value("yes" if value else "no", raw, Form.TRUTH)
    if spec.codes:
        return Value(raw, words.catalogue.code(spec.codes, raw, words.language), Form.CODE)
    if spec.form == "node":
        return Value(raw, words.nodes.get(raw, raw), Form.NODE)
    if spec.form == "instant":
        at = _seconds(raw)
        return Value(raw, raw, Form.LINE if at is None else Form.TIME, at)
    if spec.notes.reference == "message":
        return Value(raw, raw[:12], Form.MESSAGE)
    if spec.form in ("date", "partial_date"):
        return Value(raw, ".".join(reversed(raw.split("-"))), Form.DAY, _seconds(f"{raw}T12:00:00Z"))
    if spec.form == "digest":  # a person compares its beginning; a signature is checked by the machine
        return Value(raw, raw if len(raw) <= _DIGEST else f"{raw[:_BEGINNING]}…", Form.MARK)
    return Value(raw, raw, {"text": Form.TEXT, "mark": Form.MARK}.get(spec.form, Form.LINE))


def _seconds(text: str) -> int | None:
    try:
        return int(datetime.strptime(text, _INSTANT).replace(tzinfo=UTC).timestamp())
    except ValueError:
        return None


def label_of(spec: FieldSpec, words: Words) -> str:
    """Return what a field is called."""
    return words.text(spec.label) if spec.label else spec.name


def _in_lines(lines: Sequence[Line]) -> int:
    return sum(len(each.values) for each in lines)


def _in_thing(thing: Thing) -> int:
    return _in_lines(thing.lines) + sum(map(_in_thing, thing.things))
