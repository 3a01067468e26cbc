"""Forms over the API: what the fields of a message type are, and a document made from a form and a few values."""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from nodes.api.faults import needed_by, values_of
from nodes.api.problems import Refusing, bad_request, not_found, problem_of, respond
from nodes.api.route import Param, Route, Scope, get
from nodes.api.services import SERVICES, language_of, read_object
from nodes.api.shapes.network import Answers, Form, FormFilled, TypeFields
from nodes.gateway.bundles import Bundle
from nodes.gateway.forms import Filling, fill, find_template, typed
from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import FieldSpec, find_field
from protocol.catalogue.rows import flatten
from protocol.catalogue.types import Catalogue, MessageType
from protocol.errors import Code
from protocol.ids import TypeId

Json = dict[str, Any]
_KEYS: Final = frozenset(("type", "template", "fields", "defaults", "language"))


async def one_type(request: web.Request) -> web.Response:
    """Return one message type and its fields: those at the top, and below them whatever must be there.

    ``field`` narrows it to what stands below one field; a list's members are written with the position 0.
    """
    bundle, language = _bundle(request), language_of(request)
    type_ = _type(bundle, request.match_info["name"])
    pointer = request.query.get("field", "")
    root = find_field(type_.body_schema.fields, pointer)
    if root is None:
        raise Refusing(not_found())
    reader = _Reader(bundle.catalogue, language)
    return respond(
        {
            "id": type_.id,
            "title": bundle.catalogue.text(type_.title, language),
            "channels": sorted(type_.channels),
            "answers": list(type_.reply_to),
            "answered_by": _answers(bundle.catalogue, type_.id, language),
            "fields": [reader.row(root, pointer, required=True)] if root.codes else reader.rows(root, pointer),
        }
    )


async def answers(request: web.Request) -> web.Response:
    """Return the message types that may answer one, in the order of their numbers."""
    bundle = _bundle(request)
    type_ = _type(bundle, request.match_info["name"])
    return respond({"id": type_.id, "types": _answers(bundle.catalogue, type_.id, language_of(request))})


async def filled(request: web.Request) -> web.Response:
    """Return the document that a form makes of a few values, and every value that nobody typed.

    ``fields`` maps JSON pointers to values, ``defaults`` likewise for what the form leaves open. Nothing is sent. The
    answer's ``fields`` are both, as a message with this form takes them.
    """
    body, bundle = await read_object(request), _bundle(request)
    given, defaults = body.get("fields", {}), body.get("defaults", {})
    name, kind = body.get("template", ""), body.get("type")
    well = isinstance(given, dict) and isinstance(defaults, dict) and isinstance(name, str) and set(body) <= _KEYS
    template = None
    if well and isinstance(kind, str):
        template = find_template(bundle.catalogue, TypeId(kind), str(name))
    if template is None or not isinstance(given, dict) or not isinstance(defaults, dict):
        raise Refusing(
            bad_request("template names a form of the type, fields and defaults map JSON pointers to values")
        )
    here, root = request.app[SERVICES].gateway.here, bundle.catalogue.type(template.type).body_schema.fields
    filling = Filling(here.node, here.clock(), str(body.get("language", "en")))  # as a message with this form is filled
    open_ = {path: value for path, value in defaults.items() if path not in template.filled()}
    chosen = {path: typed(root, path, value) for path, value in given.items()}
    fields = open_ | chosen
    document = fill(bundle.catalogue, template, fields, filling)
    if document is None:
        raise Refusing(bad_request("fields holds a JSON pointer that no document has"))
    reader = _Reader(bundle.catalogue, language_of(request))
    rows = [reader.value(root, path, value) for path, value in flatten(document) if not _typed_in(path, given)]
    shown = [row for row in rows if row["path"] not in template.hidden]
    return respond({"type": template.type, "fields": fields, "document": document, "filled": shown})


class _Reader:
    """Tells of fields and values in one language."""

    def __init__(self, catalogue: Catalogue, language: str) -> None:
        self._catalogue = catalogue
        self._language = language

    def rows(self, root: FieldSpec, pointer: str) -> list[Json]:
        """Return the fields inside a field, each followed by what it cannot be without."""
        found: list[Json] = []
        inner, below = (root.items, f"{pointer}/0") if root.items is not None else (root, pointer)
        for name, each in inner.properties.items():
            path, required = f"{below}/{name}", name in inner.required
            found.append(self.row(each, path, required=required))
            if required and (each.properties or each.items is not None):
                found += self.rows(each, path)
        return found

    def row(self, field: FieldSpec, path: str, *, required: bool) -> Json:
        """Return one field: where it stands, what it is called, its kind, and the codes it may hold with footnotes."""
        known = self._catalogue.code_lists.get(field.codes)
        codes = () if known is None else tuple(known.entries)
        return {
            "path": path,
            "title": self._title(field),
            "kind": field.kind,
            "required": required,
            "needs": needed_by(field),
            "values": values_of(field, self._catalogue, self._language),
            "footnotes": list(self._catalogue.footnotes(field.codes, codes, self._language)),
        }

    def value(self, root: FieldSpec, path: str, value: object) -> Json:
        """Return one value of a document with the words for it, and what has to stand below them."""
        field, words, notes = find_field(root, path), None, tuple[str, ...]()
        if field is not None and field.codes and isinstance(value, str):
            words = self._catalogue.code(field.codes, value, self._language)
            notes = self._catalogue.footnotes(field.codes, (value,), self._language)
        title = "" if field is None else self._title(field)
        return {"path": path, "title": title, "value": value, "words": words, "footnotes": list(notes)}

    def _title(self, field: FieldSpec) -> str:
        return self._catalogue.text(field.label, self._language) if field.label else field.name


def _answers(catalogue: Catalogue, type_: TypeId, language: str) -> list[Json]:
    fits = [each for _, each in sorted(catalogue.types.items()) if type_ in each.reply_to]
    return [{"id": each.id, "title": catalogue.text(each.title, language)} for each in fits]


def _typed_in(path: str, given: Mapping[str, JSON]) -> bool:
    return any(path == each or path.startswith(f"{each}/") for each in given)


def _bundle(request: web.Request) -> Bundle:
    bundle = request.app[SERVICES].gateway.network.replica.bundle
    if bundle is None:
        raise Refusing(problem_of(Code.POLICY_UNKNOWN))
    return bundle


def _type(bundle: Bundle, name: str) -> MessageType:
    """Return a type by its name without a version: the newest of those there are."""
    fits = [each for each in bundle.catalogue.types.values() if each.id.partition("/")[0] == name]
    if not fits:
        raise Refusing(not_found())
    return max(fits, key=lambda each: int(each.id.partition("/")[2]))


ROUTES: Final = (
    get("/types/{name}", one_type, TypeFields, Param("field", "Only what stands below this field, a JSON pointer.")),
    get("/types/{name}/answers", answers, Answers),
    Route(method="POST", path="/forms", answer=filled, scope=Scope.READ, takes=Form, gives={200: FormFilled}),
)
