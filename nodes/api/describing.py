"""The OpenAPI 3.1 document, made from the routes' own descriptions, the types of the code and the message catalogue.

Pure: the same routes and catalogue give the same document.
"""

import inspect
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from nodes.api.codes import table_of_codes
from nodes.api.guard import KEY, REPEATED
from nodes.api.route import LANGUAGE, LANGUAGE_TAG, PREFIX, Param, Raw, Route, Scope
from nodes.api.shapes.common import COMPONENTS, Problem
from nodes.api.shapes.messages import Send
from nodes.api.type_schemas import components_of, messages_of
from nodes.config import API_PORT
from nodes.gateway.deeds import REASONS
from protocol.catalogue.types import Catalogue

Json = dict[str, Any]
OPENAPI: Final = "3.1.0"
TOKEN: Final = "token"  # noqa: S105 - the name of the security scheme
_PROBLEM: Final = "application/problem+json"
_PLACE: Final = re.compile(r"\{([a-z]+)\}")
_PLACES: Final = {
    "id": "Id of the message, correction, consent or account, as a list gave it.",
    "name": "Name, as a list gave it.",
    "number": "Number, as a list gave it.",
    "reference": "Reference, as a list or a person gave it.",
}
_ALWAYS: Final = (400, 401, 403, 429, 500, 503)
_WITH_BODY: Final = (409, 413, 415, 422)
_MISSING: Final = 404
_WHAT: Final = {
    400: "The request cannot be read, or its parameters are not those of the route.",
    401: "There is no token, or it is not valid any more.",
    403: "The token lacks the scope, or the request came from elsewhere.",
    404: "It is not here, or it is not yours: both are answered alike.",
    409: "A rule or the state of things forbids it; nothing was done.",
    413: "The body is too large.",
    415: "The body is compressed.",
    416: "The range lies outside the file.",
    422: "Fields are wrong; each is named with its reason.",
    429: "Too many requests with a wrong token, or of a kind that is counted.",
    500: "The node failed; its operator sees where.",
    503: "The node or its hub cannot do it now; repeat it later.",
}
_ABOUT: Final = (
    "The API of a node, for programs of the same machine. Every answer is JSON; every refusal is a problem document "
    "(RFC 9457) with a stable `code` and a `remedy`. Times are whole seconds UTC, ids are hex."
)
_SCHEME: Final = (
    "The content of the node's token file, which is good for everything, or a token made with it: "
    "`egnatia node token new`. Each operation names the scope it needs."
)


def describe(routes: Sequence[Route], catalogue: Catalogue, release: str) -> Json:
    """Return the document of ``routes`` with the message types of ``catalogue``."""
    shapes = _Shapes(routes)
    paths: dict[str, Json] = {}
    for each in routes:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each, shapes)
    components = {
        "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer", "description": _SCHEME}},
        "parameters": _parameters(),
        "responses": {f"Problem{status}": _problem(what) for status, what in _WHAT.items()}
        | {"Problem": _problem("Any other refusal.")},
        "schemas": shapes.components(catalogue),
    }
    return {
        "openapi": OPENAPI,
        "info": {"title": "Node API", "version": release, "description": _ABOUT},
        "servers": [
            {
                "url": f"http://127.0.0.1:{{port}}{PREFIX}",
                "variables": {"port": {"default": str(API_PORT), "description": "the port in the node's settings"}},
            }
        ],
        "security": [{TOKEN: []}],
        "paths": paths,
        "components": components,
    }


class _Shapes:
    """The schemas of all types that the routes name."""

    def __init__(self, routes: Sequence[Route]) -> None:
        taken = [each.takes for each in routes if each.takes is not None and not isinstance(each.takes, Raw)]
        given = [kind for each in routes for gives in each.gives.values() for kind in _kinds(gives)]
        types = list(dict.fromkeys([*taken, *given, Problem]))
        found, self._components = msgspec.json.schema_components(types, ref_template=COMPONENTS + "{name}")
        self._components = {_short(name): _shortened(each) for name, each in self._components.items()}
        self._schemas: dict[object, Json] = dict(zip(types, map(_shortened, found), strict=True))
        for each in taken:
            self._close(self._schemas[each])

    def of(self, kind: object) -> Json:
        """Return the schema of a type."""
        return self._schemas[kind]

    def components(self, catalogue: Catalogue) -> Json:
        """Return every component, those of the catalogue too, by name."""
        mine = {name: _renamed(each) for name, each in self._components.items()}
        mine[Send.__name__] = {**mine[Send.__name__], "oneOf": messages_of(catalogue)}
        mine[Problem.__name__]["x-codes"] = table_of_codes()
        return dict(sorted(mine.items())) | components_of(catalogue)

    def _close(self, schema: Json) -> None:
        """Let an object of a request have no members but those that are described, at any depth."""
        for name in _references(schema):
            component = self._components[name]
            if "properties" in component or component.get("type") == "object":
                if "additionalProperties" in component:
                    continue
                component["additionalProperties"] = False
            self._close(component)


def _references(schema: object) -> list[str]:
    if isinstance(schema, list):
        return [name for each in schema for name in _references(each)]
    if not isinstance(schema, dict):
        return []
    here = [schema["$ref"].removeprefix(COMPONENTS)] if isinstance(schema.get("$ref"), str) else []
    return here + [name for each in schema.values() for name in _references(each)]


def _short(name: str) -> str:
    """Return a name without the module that tells it from its like: ``CorrectionsStage``."""
    *_, module, own = ["", *name.split(".")]
    return f"{module.capitalize()}{own}"


def _shortened(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """Return a schema whose references name components by their short names."""
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    if not isinstance(value, dict):
        return value
    out = {key: _shortened(each) for key, each in value.items()}
    if isinstance(out.get("$ref"), str):
        out["$ref"] = COMPONENTS + _short(out["$ref"].removeprefix(COMPONENTS))
    return out


def _renamed(schema: Json) -> Json:
    """Return a component without its own title; a member that is a word of Python has an underscore less."""
    out = {key: value for key, value in schema.items() if key != "title"}
    if "description" in out:
        out["description"] = _plain(out["description"])
    if "properties" in out:
        out["properties"] = {name.rstrip("_"): each for name, each in out["properties"].items()}
        out["required"] = sorted(name.rstrip("_") for name in out.get("required", []))
    return out


def _kinds(gives: object) -> list[object]:
    """Return the JSON types among what an answer may be."""
    every = gives if isinstance(gives, tuple) else (gives,)
    return [each for each in every if not isinstance(each, Raw)]


def _operation(route: Route, shapes: _Shapes) -> Json:
    summary, _, more = _plain(route.answer.__doc__ or "").partition("\n")
    found: Json = {
        "operationId": _operation_id(route),
        "tags": [route.path.split("/")[1].removesuffix(".json")],
        "summary": summary,
        "description": " ".join([*more.split(), _needs(route.scope)]),
        "security": [{TOKEN: [] if route.scope is Scope.OWNER else [route.scope.value]}],
        "x-scope": route.scope.value,
        "parameters": _parameters_of(route),
        "responses": _responses(route, shapes),
    }
    body = _body(route, shapes)
    return found if body is None else {**found, "requestBody": body}


def _plain(docstring: str) -> str:
    """Return words as Markdown, with JSON's name for nothing."""
    return inspect.cleandoc(docstring).replace("``", "`").replace("None", "null")


def _needs(scope: Scope) -> str:
    if scope is Scope.OWNER:
        return "Needs the content of the node's token file."
    return f"Needs the scope `{scope}`."


def _operation_id(route: Route) -> str:
    words = _PLACE.sub(lambda match: f"by-{match[1]}", route.path).strip("/")
    return re.sub(r"[^a-z0-9]+", "-", f"{route.method.lower()}-{words}")


def _parameters_of(route: Route) -> list[Json]:
    found: list[Json] = [
        {"name": name, "in": "path", "required": True, "description": _PLACES[name], "schema": {"type": "string"}}
        for name in _PLACE.findall(route.path)
    ]
    found += [_query(each) for each in route.query]
    found += [{"$ref": "#/components/parameters/language"}, {"$ref": "#/components/parameters/reason"}]
    return found + ([] if route.once is None else [{"$ref": "#/components/parameters/key"}])


def _query(param: Param) -> Json:
    schema = dict(param.schema)
    if param.values:
        schema["enum"] = list(param.values)
    elif schema == {"type": "string"}:
        schema["maxLength"] = param.longest
    said: Json = {"name": param.name, "in": "query", "description": param.says, "schema": schema}
    return said | ({"required": True} if param.required else {})


def _parameters() -> Json:
    once = "Makes a repetition harmless: the first answer is given again for 24 hours. A new key for each new act."
    return {
        "language": {
            "name": LANGUAGE,
            "in": "query",
            "description": "Language of sentences, such as sr-Latn; else that of Accept-Language, else English.",
            "schema": {"type": "string", "pattern": LANGUAGE_TAG},
        },
        "reason": {
            "name": "Reason",
            "in": "header",
            "description": "The code that justifies the request; it stands in the processing log.",
            "schema": {"type": "string", "enum": sorted(REASONS)},
        },
        "key": {
            "name": KEY,
            "in": "header",
            "description": once,
            "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
        },
    }


def _body(route: Route, shapes: _Shapes) -> Json | None:
    if route.takes is None:
        return None
    if isinstance(route.takes, Raw):
        return {
            "required": True,
            "description": route.takes.says,
            "content": {route.takes.media_type: {"schema": {"type": "string", "format": "binary"}}},
        }
    return {"required": True, "content": {"application/json": {"schema": shapes.of(route.takes)}}}


def _responses(route: Route, shapes: _Shapes) -> Json:
    found = {str(status): _answer(route, status, gives, shapes) for status, gives in route.gives.items()}
    statuses = [*_ALWAYS, *route.refuses]
    statuses += [_MISSING] if "{" in route.path else []
    statuses += _WITH_BODY if route.method == "POST" else ()
    problems = {str(each): {"$ref": f"#/components/responses/Problem{each}"} for each in sorted(set(statuses))}
    return found | problems | {"default": {"$ref": "#/components/responses/Problem"}}


def _answer(route: Route, status: int, gives: object, shapes: _Shapes) -> Json:
    schemas = [shapes.of(each) for each in _kinds(gives)]
    content: Json = {}
    if schemas:
        content["application/json"] = {"schema": schemas[0] if len(schemas) == 1 else {"anyOf": schemas}}
    for each in gives if isinstance(gives, tuple) else (gives,):
        if isinstance(each, Raw):
            content[each.media_type] = {"schema": {"type": "string", "format": "binary"}}
    found: Json = {"description": _DONE[status], "content": content}
    if route.once is not None:
        again = {"description": "true when this answer was given before", "schema": {"const": "true"}}
        found["headers"] = {REPEATED: again}
    return found


_DONE: Final[Mapping[int, str]] = {
    200: "Done, or what was asked for.",
    201: "Done, and durable.",
    206: "The range asked for.",
}


def _problem(what: str) -> Json:
    return {"description": what, "content": {_PROBLEM: {"schema": {"$ref": f"{COMPONENTS}{Problem.__name__}"}}}}
