"""Whether a document is a message of its type, and in words what is wrong with each field that is not.

A fault names its field by path and text id, so that a form can put the sentence beside the field in any language.
Values never appear in a fault: it may be logged and shown to people who must not read the document.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from jsonschema_rs import ValidationError, ValidationErrorKind

from protocol.catalogue.documents import JSON, check_document
from protocol.catalogue.field_specs import find_field
from protocol.catalogue.marks import find_mark_faults
from protocol.catalogue.rows import escape
from protocol.catalogue.types import Catalogue, MessageType, PartSchema
from protocol.errors import Fault

MAX_FAULTS: Final = 100  # more than a person mends in one go; an honest form has a handful


class FieldCode(StrEnum):
    """What can be wrong with a field. Each has a sentence ``error.<code>`` in the labels."""

    MISSING = "MISSING"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    NOT_IN_LIST = "NOT_IN_LIST"
    TOO_LONG = "TOO_LONG"
    TOO_SHORT = "TOO_SHORT"
    TOO_MANY = "TOO_MANY"
    TOO_FEW = "TOO_FEW"
    REPEATED = "REPEATED"
    WRONG_FORM = "WRONG_FORM"
    WRONG_TYPE = "WRONG_TYPE"
    TOO_SMALL = "TOO_SMALL"
    TOO_LARGE = "TOO_LARGE"
    NOT_ALLOWED = "NOT_ALLOWED"
    ONE_OF = "ONE_OF"
    DUPLICATE_ITEM = "DUPLICATE_ITEM"
    NO_SUCH_ITEM = "NO_SUCH_ITEM"
    MALFORMED = "MALFORMED"
    NO_SUCH_PART = "NO_SUCH_PART"


_PLAIN: Final = {
    "enum": (FieldCode.NOT_IN_LIST, ""),
    "const": (FieldCode.NOT_ALLOWED, ""),
    "contains": (FieldCode.NOT_ALLOWED, ""),
    "falseSchema": (FieldCode.NOT_ALLOWED, ""),
    "maxLength": (FieldCode.TOO_LONG, "limit"),
    "minLength": (FieldCode.TOO_SHORT, "limit"),
    "maxItems": (FieldCode.TOO_MANY, "limit"),
    "minItems": (FieldCode.TOO_FEW, "limit"),
    "minProperties": (FieldCode.TOO_FEW, "limit"),
    "uniqueItems": (FieldCode.REPEATED, ""),
    "type": (FieldCode.WRONG_TYPE, ""),
    "minimum": (FieldCode.TOO_SMALL, "limit"),
    "maximum": (FieldCode.TOO_LARGE, "limit"),
}
"""Keyword of JSON Schema to code, and what the sentence names. Every other keyword says WRONG_FORM."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault: JSON pointer, code, text id of the field, English sentence, and what the sentence names."""

    path: str
    code: FieldCode
    label: str
    sentence: str
    limit: str = ""
    options: tuple[str, ...] = ()  # text ids, for ONE_OF


def validate(type_: MessageType, part: str, document: object) -> tuple[FieldError, ...]:
    """Return every fault of a part (``body`` or ``identity``), ascending by path; nothing means it may be sent.

    A document beyond the bounds of a part, such as a nesting bomb, yields one MALFORMED and is looked at no further.
    NOT here: policy. A document may be valid and still be refused.
    """
    schema = type_.part(part)
    if schema is None:
        return (FieldError("", FieldCode.NO_SUCH_PART, "", ""),)
    try:
        bounded = check_document(document)
    except Fault:
        return (_error(schema, _Found("", FieldCode.MALFORMED)),)
    found = list(_find(schema, bounded))
    unique = {(each.path, each.code, each.limit): _error(schema, each) for each in found}
    return tuple(sorted(unique.values(), key=lambda each: (each.path, each.code)))[:MAX_FAULTS]


def explain(error: FieldError, catalogue: Catalogue, language: str) -> str:
    """Return the sentence of a fault in the nearest language that has it."""
    field = catalogue.text(error.label, language) if error.label else error.path.rpartition("/")[2]
    options = ", ".join(catalogue.text(each, language) for each in error.options)
    words = catalogue.text(f"error.{error.code}", language)
    return _fill(words, field, error.limit, options)


@dataclass(frozen=True, slots=True)
class _Found:
    path: str
    code: FieldCode
    limit: str = ""
    options: tuple[str, ...] = ()


def _error(schema: PartSchema, found: _Found) -> FieldError:
    field = find_field(schema.fields, found.path)
    inside = [] if field is None else [field.properties[each] for each in found.options if each in field.properties]
    label, title = ("", found.path.rpartition("/")[2]) if field is None else (field.label, field.title)
    options = tuple(each.label for each in inside)
    words = schema.sentences.get(found.code, "{field}: " + found.code)
    sentence = _fill(words, title, found.limit, ", ".join(each.title for each in inside))
    return FieldError(found.path, found.code, label, sentence, found.limit, options)


def _fill(words: str, field: str, limit: str, options: str) -> str:
    for name, value in (("limit", limit), ("options", options), ("field", field)):
        words = words.replace(f"{{{name}}}", value)
    return words


def _find(schema: PartSchema, document: JSON) -> Iterator[_Found]:
    broken = False
    for error in schema.validator.iter_errors(document):
        broken = True
        yield from _translate(error)
    if not broken:
        faults = find_mark_faults(schema.fields, document)
        yield from (_Found(each.path, FieldCode.DUPLICATE_ITEM) for each in faults.repeated)
        yield from (_Found(each.path, FieldCode.NO_SUCH_ITEM) for each in faults.dangling)


def _translate(error: ValidationError) -> Iterator[_Found]:
    path = "".join(f"/{escape(str(step))}" for step in error.instance_path)
    kind = error.kind
    match kind:
        case ValidationErrorKind.Required(property=name):
            yield _Found(f"{path}/{escape(name)}", FieldCode.MISSING)
        case ValidationErrorKind.AdditionalProperties(unexpected=names):
            yield from (_Found(f"{path}/{escape(name)}", FieldCode.UNKNOWN_FIELD) for name in names)
        case ValidationErrorKind.AnyOf(context=branches):
            yield _Found(path, FieldCode.ONE_OF, options=tuple(_wanted(branches)))
        case _:
            code, bound = _PLAIN.get(kind.name, (FieldCode.WRONG_FORM, ""))
            yield _Found(path, code, str(kind.as_dict()[bound]) if bound else "")


def _wanted(branches: list[list[ValidationError]]) -> Iterator[str]:
    """Yield the fields that the branches ask for; every ``anyOf`` of the catalogue is a choice of required fields."""
    kinds = (error.kind for branch in branches for error in branch)
    return (kind.property for kind in kinds if isinstance(kind, ValidationErrorKind.Required))
