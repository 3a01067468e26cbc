"""Whether schemas will compile, told without compiling them: every reference, pattern and format in them is good.

Compiling all types takes 0.1 s and tens of MB, and a service uses a few of them. What the dialect's own schema does not
tell is looked at here: that each reference leads to a definition, and that each pattern and each format is known to the
validator. Ways to refer that the catalogue does not use are refused. Pure.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from protocol.catalogue.documents import JSON
from protocol.catalogue.field_specs import Resources, Schema
from protocol.errors import Malformed

_BY_NAME: Final = ("properties", "patternProperties", "$defs", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE: Final = ("items", "contains", "not", "if", "then", "else", "propertyNames", "additionalProperties")
_LATE: Final = ("unevaluatedItems", "unevaluatedProperties", "contentSchema")
_UNUSED: Final = frozenset(("$dynamicRef", "$dynamicAnchor", "$anchor", "$recursiveRef"))


def check_schemas(resources: Resources, compile_: Callable[[dict[str, JSON]], object]) -> None:
    """Raise MALFORMED for a schema that would not compile. ``compile_`` is asked about patterns and formats at once."""
    words: set[tuple[str, str]] = set()
    for urn, schema in resources.schemas.items():
        for each in _walk(schema):
            _check(each, urn, resources)
            words.update(_words(each))
    compile_({"anyOf": [{name: word} for name, word in sorted(words)]} if words else {})


def _walk(schema: Schema) -> Iterator[Schema]:
    """Yield a schema and every schema inside it; what is data, such as the values of an ``enum``, is none."""
    waiting: list[Schema] = [schema]
    while waiting:
        found = waiting.pop()
        yield found
        waiting.extend(each for each in _inner(found) if isinstance(each, dict))


def _inner(schema: Schema) -> Iterator[JSON]:
    for name in schema.keys() & _NESTING:
        value = schema[name]
        if isinstance(value, dict) and name in _BY_NAME:
            yield from value.values()
        elif isinstance(value, list):
            yield from value
        else:
            yield value


_NESTING: Final = frozenset((*_BY_NAME, *_LISTS, *_SINGLE, *_LATE))


def _check(schema: Schema, urn: str, resources: Resources) -> None:
    if not schema.keys().isdisjoint(_UNUSED) or schema.get("$id", urn) != urn:
        raise Malformed(f"{urn}: a way to refer that the catalogue does not use")
    reference = schema.get("$ref")
    if reference is not None:
        resources.find(str(reference), urn)


def _words(schema: Schema) -> Iterator[tuple[str, str]]:
    for name in ("pattern", "format"):
        if name in schema:
            yield name, str(schema[name])
    patterns = schema.get("patternProperties")
    if isinstance(patterns, Mapping):
        yield from (("pattern", each) for each in patterns)
