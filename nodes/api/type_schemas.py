"""The message catalogue's schemas as components of an OpenAPI document, which speaks the same dialect. Pure.

Only the references change: inside the document they point to its components. Words in other languages and annotations
of forms stay in the catalogue; `GET /api/v1/types` tells them.
"""

import re
from typing import Any, Final

from nodes.api.shapes.common import COMPONENTS
from protocol.catalogue.documents import JSON
from protocol.catalogue.load import IDENTITY
from protocol.catalogue.types import Catalogue, MessageType

_URN: Final = "urn:xb:1:"
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9._-]+")
_LEFT_OUT: Final = frozenset(("$schema", "$id"))
_ANNOTATION: Final = "x-"


def components_of(catalogue: Catalogue) -> dict[str, Any]:
    """Return every schema of the catalogue by its component's name, with references to components."""
    return {name_of(urn): _moved(dict(schema), name_of(urn)) for urn, schema in sorted(catalogue.schemas.items())}


def messages_of(catalogue: Catalogue) -> list[dict[str, Any]]:
    """Return, for each message type, what its request holds; one of them fits a request with a document."""
    return [_request(each, catalogue) for _, each in sorted(catalogue.types.items())]


def name_of(urn: str) -> str:
    """Return the name of a component, such as ``types.MT-01_1`` for ``urn:xb:1:types:MT-01/1``."""
    return _NO_NAME.sub("_", urn.removeprefix(_URN).replace(":", "."))


def _request(type_: MessageType, catalogue: Catalogue) -> dict[str, Any]:
    name = name_of(f"{_URN}types:{type_.id}")
    properties: dict[str, Any] = {"type": {"const": type_.id}, "document": {"$ref": f"{COMPONENTS}{name}"}}
    if type_.identity_schema is not None:
        identity = {"$ref": f"{COMPONENTS}{name}/$defs/{IDENTITY}"}
        properties["identity"] = {"anyOf": [identity, {"type": "null"}]}
    return {"title": catalogue.text(type_.title, "en"), "properties": properties}


def _moved(value: JSON, component: str) -> Any:  # noqa: ANN401 - a JSON value
    """Return a schema as it stands inside the document."""
    if isinstance(value, list):
        return [_moved(each, component) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _reference(str(each), component) if key == "$ref" else _moved(each, component)
        for key, each in value.items()
        if key not in _LEFT_OUT and not key.startswith(_ANNOTATION)
    }


def _reference(reference: str, component: str) -> str:
    urn, _, pointer = reference.partition("#")
    return f"{COMPONENTS}{name_of(urn) if urn else component}{pointer}"
