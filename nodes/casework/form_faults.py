"""What is wrong with a form: each fault names its field, why, and what would mend it. Pure.

One fault for a field: what could not be read is not also called wrong by the validator.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nodes.casework.form_reading import Misread, ReadForm
from nodes.casework.form_values import KIND
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.rows import escape
from protocol.catalogue.types import Catalogue, MessageType
from protocol.catalogue.validate import FieldCode, FieldError, explain, validate

_BODY: Final = "body"


@dataclass(frozen=True, slots=True, kw_only=True)
class FormFault:
    """One thing to be mended. ``name`` is that of the field, ``code`` tells the remedy, ``limit`` is a bound of it."""

    name: str
    code: str
    sentence: str
    limit: str = ""


def find_faults(
    catalogue: Catalogue, type_: MessageType, read: ReadForm, document: Mapping[str, JSON], language: str
) -> tuple[FormFault, ...]:
    """Return the faults of a form in the order of its document, none when it may be sent.

    ``document`` is what was read, completed: what was filled in is judged with it. A thing that is missing as a whole
    is told as the fields that it cannot be without: those are what somebody fills in.
    """
    unread = {each.name: each for each in read.misread}
    faults = [_misread(catalogue, type_, each, language) for each in unread.values()]
    root = type_.body_schema.fields
    errors = [inner for each in validate(type_, _BODY, dict(document)) for inner in _filled_in(root, each)]
    faults += [
        FormFault(
            name=read.name_of(each.path),
            code=str(each.code),
            sentence=explain(each, catalogue, language),
            limit=each.limit,
        )
        for each in errors
        if read.name_of(each.path) not in unread
    ]
    return tuple(faults)


def shown_at(name: str, shown: Iterable[str]) -> str:
    """Return the field to lead to: the one with the fault, or the first one shown inside it, or the nearest around."""
    there = dict.fromkeys(shown)  # in the order of the page
    if name and name not in there:
        name = next((each for each in there if each.startswith(f"{name}/")), name)
    while name and name not in there:
        name = name.rpartition("/")[0]
    return name


def anchor(name: str) -> str:
    """Return the id of a field's element on a page."""
    return "field" + name.replace("/", "-").replace(KIND, "-kind")


def by_name(faults: Sequence[FormFault], shown: Iterable[str]) -> dict[str, list[FormFault]]:
    """Return the faults under the names of the fields at which they are shown."""
    there, found = tuple(shown), dict[str, list[FormFault]]()
    for each in faults:
        found.setdefault(shown_at(each.name, there), []).append(each)
    return found


def _filled_in(root: FieldSpec, error: FieldError) -> tuple[FieldError, ...]:
    """Return the fault as those of the fields to be filled in; unchanged for all but a missing thing that has some."""
    field = find_field(root, error.path) if error.code is FieldCode.MISSING else None
    inside = () if field is None else tuple(_needed(field, error.path))
    return tuple(FieldError(path, error.code, each.label, "") for path, each in inside) or (error,)


def _needed(field: FieldSpec, path: str) -> Iterator[tuple[str, FieldSpec]]:
    """Yield the fields that a thing cannot be without, in the order of the thing."""
    for name in (each for each in field.properties if each in field.required):
        inner, place = field.properties[name], f"{path}/{escape(name)}"
        if inner.kind == "object" and inner.required:
            yield from _needed(inner, place)
        else:
            yield place, inner


def _misread(catalogue: Catalogue, type_: MessageType, misread: Misread, language: str) -> FormFault:
    plain = misread.name.removesuffix(KIND)
    field = find_field(type_.body_schema.fields, plain) if plain.count("~") == 0 else None
    label = "" if field is None else field.label
    known = misread.code in set(FieldCode)
    error = FieldError(plain, FieldCode(misread.code) if known else FieldCode.WRONG_FORM, label, "")
    return FormFault(name=misread.name, code=misread.code, sentence=explain(error, catalogue, language))
