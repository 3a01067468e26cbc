"""What is wrong with a document, for whoever mends it: a sentence in their language, and what may stand there."""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from nodes.api.problems import ApiProblem, faults_problem
from nodes.api.services import SERVICES, language_of
from nodes.gateway.wishes import InputFault
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.types import Catalogue, MessageType
from protocol.catalogue.validate import FieldCode, FieldError, explain
from protocol.ids import TypeId

Json = dict[str, Any]
_LISTED: Final = frozenset({FieldCode.NOT_IN_LIST, FieldCode.MISSING})
_PARTS: Final = {"/document": "body", "/identity": "identity"}


def document_problem(request: web.Request, faults: Sequence[InputFault], type_: TypeId, remedy: str) -> ApiProblem:
    """Return the problem for a message whose fields are wrong.

    A field whose values stand in a list tells them as ``values``, in the reader's language; a missing object tells as
    ``needs`` which fields it cannot be without.
    """
    plain = faults_problem(faults, remedy)
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    found = None if bundle is None else bundle.catalogue.types.get(type_)
    if bundle is None or found is None:
        return plain
    reader = (bundle.catalogue, language_of(request))
    fields = [_told(each, found, *reader) for each in faults]
    title = str(fields[0]["sentence"]) if fields else plain.title
    return ApiProblem(status=plain.status, code=plain.code, title=title, remedy=remedy, fields=fields)


def values_of(field: FieldSpec, catalogue: Catalogue, language: str) -> list[Json]:
    """Return the codes that a field may hold, with their words, in the order in which people see them."""
    listed = catalogue.code_lists.get(field.codes)
    entries = () if listed is None else listed.entries
    return [{"code": code, "words": catalogue.code(field.codes, code, language)} for code in entries]


def needed_by(field: FieldSpec) -> list[str]:
    """Return the names of the fields that an object, or each member of a list, cannot be without."""
    inner = field.items if field.items is not None else field
    return sorted(inner.required)


def _told(fault: InputFault, type_: MessageType, catalogue: Catalogue, language: str) -> Json:
    if fault.error is None:
        return {"path": fault.path, "code": fault.code, "sentence": fault.sentence}
    told: Json = {"path": fault.path, "code": fault.code, "sentence": explain(fault.error, catalogue, language)}
    field = _field(fault, fault.error, type_)
    if field is None or fault.error.code not in _LISTED:
        return told
    values, needs = values_of(field, catalogue, language), needed_by(field)
    return told | ({"values": values} if values else {}) | ({"needs": needs} if needs else {})


def _field(fault: InputFault, error: FieldError, type_: MessageType) -> FieldSpec | None:
    part = _PARTS.get(fault.path.removesuffix(error.path), "")
    schema = type_.part(part) if part else None
    return None if schema is None else find_field(schema.fields, error.path)
