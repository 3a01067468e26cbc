"""Holds every request and answer of the node's API to the description that the API gives of itself.

Answers may have more members one day; today each one has to be described.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import jsonschema_rs

from nodes.api.openapi import document_of
from nodes.api.server import ROUTES
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from runtime.package_data import read_catalogue_files

_HOME = "urn:test:api"
_OK = 300
_COMPONENTS = "#/components/schemas/"


@cache
def document() -> dict[str, Any]:
    """Return the description with the packaged message types."""
    return document_of(ROUTES, catalogue())


@cache
def catalogue() -> Catalogue:
    """Return the packaged message types."""
    files = read_catalogue_files()
    return load_catalogue(files.__getitem__, sorted(files))


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; ``sent`` and ``got`` are JSON values."""

    method: str
    path: str
    sent: Any
    status: int
    got: Any


def check(exchange: Exchange) -> None:
    """Fail unless the answer, and a request that was taken, are as the description says."""
    operation = _operation(exchange.method, urlsplit(exchange.path).path)
    if operation is None:
        assert exchange.status in (401, 403, 404, 415, 429), exchange
        return
    method, path = operation
    described = document()["paths"][path][method]["responses"]
    key = str(exchange.status) if str(exchange.status) in described else "default"
    pointer = f"#/paths/{_escaped(path)}/{method}/responses/{key}"
    if "$ref" in described[key]:
        pointer = described[key]["$ref"]
    media = "application/json" if exchange.status < _OK else "application~1problem+json"
    _hold(f"{pointer}/content/{media.replace('application/json', 'application~1json')}/schema", exchange.got, exchange)
    body = document()["paths"][path][method].get("requestBody", {}).get("content", {})
    if exchange.status < _OK and "application/json" in body and exchange.sent is not None:
        schema = f"#/paths/{_escaped(path)}/{method}/requestBody/content/application~1json/schema"
        _hold(schema, exchange.sent, exchange)
        _hold_document(exchange)


def _hold_document(exchange: Exchange) -> None:
    """Hold a message's documents to the schema of its type."""
    sent = exchange.sent
    if urlsplit(exchange.path).path == "/messages" and "document" in sent:
        name = "types." + sent["type"].replace("/", "_")
        _hold(f"{_COMPONENTS}{name}", sent["document"], exchange)


def _hold(pointer: str, value: Any, exchange: Exchange) -> None:
    errors = [
        f"{'/'.join(map(str, each.instance_path))}: {each.message}" for each in _validator(pointer).iter_errors(value)
    ]
    assert not errors, (exchange.method, exchange.path, exchange.status, errors[:5])


@cache
def _validator(pointer: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator({"$ref": f"{_HOME}{pointer}"}, registry=_registry(), offline=True)


@cache
def _registry() -> jsonschema_rs.Registry:
    found = document()
    schemas = {name: _closed(each) for name, each in found["components"]["schemas"].items()}
    schemas["Send"] = {key: value for key, value in schemas["Send"].items() if key != "oneOf"}  # see _hold_document
    return jsonschema_rs.Registry([(_HOME, {**found, "components": {**found["components"], "schemas": schemas}})])


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object that may have no members beside those described."""
    if "properties" not in schema or "description" not in schema or "x-codes" in schema:
        return schema
    return {"additionalProperties": False, **schema}


@cache
def _operation(method: str, path: str) -> tuple[str, str] | None:
    """Return the method and the path pattern that answer; literal paths win over patterns."""
    fits = [
        pattern
        for pattern, methods in document()["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{[a-z]+\}", "[^/]+", pattern), path)
    ]
    if not fits:
        return None
    return method.lower(), min(fits, key=lambda each: each.count("{"))


def _escaped(path: str) -> str:
    return path.replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
