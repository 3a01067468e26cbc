"""The API's description: every route is in it, everything it refers to is there, and it is valid OpenAPI 3.1."""

import ast
import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from aiohttp import web

from nodes.api.codes import table_of_codes
from nodes.api.openapi import document_of
from nodes.api.route import PREFIX, Once, Route, Scope
from nodes.api.server import MODULES, ROUTES, add_routes
from tests.simulators.api_schema import catalogue, document

API = Path(__file__).parents[4] / "nodes" / "api"
METHODS = ("get", "post")


def described() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document()["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for each in value.values():
            yield from references(each)
    elif isinstance(value, list):
        for each in value:
            yield from references(each)


async def answer(_request: web.Request) -> web.Response:
    """Answer."""
    return web.Response()


async def silent(_request: web.Request) -> web.Response:
    return web.Response()


def test_every_route_of_the_application_is_described_and_no_other() -> None:
    app = web.Application()
    add_routes(app)
    served = {
        (each.method.lower(), str(each.resource.canonical).removeprefix(PREFIX))
        for each in app.router.routes()
        if each.resource is not None and each.method != "HEAD"
    }
    assert served == {(method, path) for method, path, _ in described()}
    assert len(served) == len(ROUTES) >= 78


def test_every_module_with_routes_is_served() -> None:
    modules = [import_module(f"nodes.api.{path.stem}") for path in API.glob("*.py") if path.stem != "__init__"]
    assert {each for each in modules if hasattr(each, "ROUTES") and each.__name__ != "nodes.api.server"} == set(MODULES)


def test_every_handler_with_a_request_alone_stands_in_a_route() -> None:
    in_routes = {each.answer for each in ROUTES}
    for module in MODULES:
        for name, each in vars(module).items():
            here = getattr(each, "__module__", "") == module.__name__ and not name.startswith("_")
            returns = getattr(each, "__annotations__", {}).get("return")
            if here and returns in (web.Response, web.StreamResponse):
                assert each in in_routes, f"{module.__name__}.{name} answers requests and has no route"


@pytest.mark.parametrize(
    "wrong",
    [
        {"scope": "everything"},
        {"scope": None},
        {"method": "DELETE"},
        {"path": "messages"},
        {"gives": {}},
        {"answer": silent},
    ],
)
def test_a_route_that_says_too_little_does_not_start(wrong: dict[str, Any]) -> None:
    right = {"method": "GET", "path": "/x", "answer": answer, "scope": Scope.READ, "gives": {200: dict[str, Any]}}
    Route(**right)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Route(**{**right, **wrong})


def test_whatever_changes_something_takes_a_key_or_says_why_not() -> None:
    """A look takes none; beside it only uploads, tokens and links, and what is written down each time it is read."""
    without = {each.path for each in ROUTES if each.method == "POST" and each.scope is not Scope.READ and not each.once}
    assert without == {
        *("/attachments", "/tokens", "/messages/{id}/read-restricted"),
        *("/accounts", "/accounts/first", "/accounts/{id}/link"),
    }
    assert all(each.once is None or isinstance(each.once, Once) for each in ROUTES)
    assert not any(each.once for each in ROUTES if each.method == "GET")


def test_it_is_valid_openapi() -> None:
    assert document()["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document()).validate()


def test_everything_referred_to_is_there() -> None:
    whole = document()
    found = set(references(whole))
    assert len(found) > 200
    for each in found:
        place: Any = whole
        for step in each.removeprefix("#/").split("/"):
            place = place[step.replace("~1", "/").replace("~0", "~")]
        assert isinstance(place, dict), each


def test_every_component_is_a_schema_of_the_2020_12_dialect() -> None:
    schemas = document()["components"]["schemas"]
    assert {"Problem", "Send", "types.MT-01_1", "codes.country", "entities"} <= schemas.keys()
    assert [name for name, each in schemas.items() if not jsonschema_rs.meta.is_valid(each)] == []
    assert not any("." in name for name in schemas if not name.startswith(("codes.", "types.")))


def test_every_message_type_has_its_document() -> None:
    fits = {each["properties"]["type"]["const"] for each in document()["components"]["schemas"]["Send"]["oneOf"]}
    assert fits == set(catalogue().types)
    assert json.dumps(document_of(ROUTES, catalogue())) == json.dumps(document())


def test_every_operation_says_what_a_caller_needs() -> None:
    names = [operation["operationId"] for _, _, operation in described()]
    assert len(set(names)) == len(names)
    for method, path, operation in described():
        assert operation["summary"].endswith("."), path
        assert operation["x-scope"] in set(Scope)
        assert {"401", "403", "429", "default"} <= operation["responses"].keys()
        assert ("404" in operation["responses"]) == ("{" in path)
        in_path = {each["name"] for each in operation["parameters"] if each.get("in") == "path"}
        assert in_path == set(re.findall(r"\{([a-z]+)\}", path))
        assert method in METHODS


def test_a_request_has_no_members_but_those_described() -> None:
    schemas = document()["components"]["schemas"]
    for _, path, operation in described():
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            name = body["schema"]["$ref"].rpartition("/")[2]
            assert schemas[name]["additionalProperties"] is False, path


def test_every_code_that_the_api_writes_itself_stands_in_the_table() -> None:
    written = set()
    for path in API.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                written.add(node.value.value)
    assert len(written) >= 8
    assert written <= table_of_codes().keys()
    assert {"MALFORMED", "NOT_FOUND", "UNKNOWN_BREACH", "NO_HOLDERS", "LAST_ADMINISTRATOR"} <= table_of_codes().keys()
    assert document()["components"]["schemas"]["Problem"]["x-codes"] == table_of_codes()
