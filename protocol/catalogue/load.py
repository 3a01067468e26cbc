"""From the catalogue's files to a catalogue. Pure: bytes come from ``read``, and nothing is fetched or guessed.

Files lie under ``catalogue/``: ``entities.json`` and ``parts.json`` hold shared definitions, and each file of
``schemas/`` is a type, of ``codes/`` a list, of ``templates/`` a form, of ``labels/`` the words of a language. A type
and a form may bring words of their own (``x-labels`` and ``labels``, by language and text id), so that a new type is
one schema and one form and no shared file changes for it. Words stand in one place: an id that stands in two is
refused.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import jsonschema_rs

from protocol.catalogue.code_lists import CodeList, parse_code_list
from protocol.catalogue.documents import JSON, parse_json
from protocol.catalogue.field_specs import Resources, Schema, resolve
from protocol.catalogue.forms import Template, check_template, parse_template, split_words
from protocol.catalogue.sound import check_schemas
from protocol.catalogue.types import Catalogue, Evidence, LateValidator, MessageType, PartSchema
from protocol.errors import Malformed
from protocol.ids import TypeId, parse_channel, parse_type_id
from protocol.records import Kind

ROOT: Final = "catalogue/"
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
IDENTITY: Final = "identity"
_SCHEMA: Final = re.compile(r"schemas/[A-Z0-9-]+(?:\.[0-9]+)?|codes/[a-z0-9_]+|entities|parts")
_PARTIAL_DATE: Final = re.compile(r"[0-9]{4}(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01]))?)?")
_SHORT: Final = {"02": 29, "04": 30, "06": 30, "09": 30, "11": 30}


@dataclass(frozen=True, slots=True)
class _Files:
    schemas: Mapping[str, Schema]  # by $id
    codes: Mapping[str, CodeList]
    types: Sequence[Schema]
    templates: Sequence[Template]
    labels: Mapping[str, Mapping[str, str]]


def load_catalogue(read: Callable[[str], bytes], names: Sequence[str]) -> Catalogue:
    """Return the catalogue of the files among ``names`` that lie under ``catalogue/``; others are not looked at.

    MALFORMED, with the file's name, for a file that is no JSON, no schema of the 2020-12 dialect, or not of the
    catalogue's form; for references, codes, fields or types that do not exist; and for an id that stands twice.
    """
    files = _sort({name: parse_json(read(name)) for name in sorted(names) if name.startswith(ROOT)})
    english = files.labels.get("en", {})
    resources = Resources(files.schemas, english)
    registry = _registry(files.schemas)
    sentences = {key.removeprefix("error."): text for key, text in english.items() if key.startswith("error.")}
    parts = _Parts(resources, registry, sentences)
    types = {each.id: each for each in (_type(schema, parts) for schema in files.types)}
    check_schemas(resources, parts.compile)
    _check_replies(types)
    for template in files.templates:
        owner = types.get(template.type)
        if owner is None:
            raise Malformed(f"{template.title}: no type {template.type}")
        identity = owner.identity_schema
        check_template(template, owner.body_schema.fields, None if identity is None else identity.fields)
    return Catalogue(
        types=types,
        code_lists=files.codes,
        templates=tuple(files.templates),
        labels=files.labels,
        schemas=files.schemas,
    )


def _registry(schemas: Mapping[str, Schema]) -> jsonschema_rs.Registry:
    try:
        return jsonschema_rs.Registry([(urn, dict(schema)) for urn, schema in schemas.items()])
    except ValueError as error:
        raise Malformed(str(error)) from error


def _sort(files: Mapping[str, JSON]) -> _Files:
    schemas: dict[str, Schema] = {}
    codes: dict[str, CodeList] = {}
    types: list[Schema] = []
    templates: list[Template] = []
    labels = _Words({})
    for name, document in files.items():
        place = name.removeprefix(ROOT).removesuffix(".json")
        if _SCHEMA.fullmatch(place) is not None:
            schema = _schema(name, document)
            if str(schema["$id"]) in schemas:
                raise Malformed(f"{name}: the id stands twice")
            schemas[str(schema["$id"])] = schema
            if place.startswith("codes/"):
                known = parse_code_list(document)
                codes[known.name] = known
            elif place.startswith("schemas/"):
                types.append(schema)
                labels.add_all(name, schema.get("x-labels", {}))
        elif place.startswith("templates/"):
            form, words = split_words(document)
            templates.append(parse_template(form))
            labels.add_all(name, words)
        elif place.startswith("labels/"):
            labels.add(name, place.removeprefix("labels/"), document)
        else:
            raise Malformed(f"{name}: no part of a catalogue has this name")
    return _Files(schemas, codes, types, templates, labels.by_language)


def _schema(name: str, document: JSON) -> Schema:
    if not isinstance(document, dict) or document.get("$schema") != DIALECT or not isinstance(document.get("$id"), str):
        raise Malformed(f"{name}: not a schema of the catalogue")
    if not jsonschema_rs.meta.is_valid(document):
        raise Malformed(f"{name}: not a JSON Schema")
    return document


@dataclass(frozen=True, slots=True)
class _Words:
    """Words by language and text id, gathered from every file that has some."""

    by_language: dict[str, dict[str, str]]

    def add_all(self, name: str, document: JSON) -> None:
        """Add the words of a type or a form, by language."""
        if not isinstance(document, dict):
            raise Malformed(f"{name}: words stand by language")
        for language, words in document.items():
            self.add(name, language, words)

    def add(self, name: str, language: str, document: JSON) -> None:
        """Add the words of a language; MALFORMED when one is empty, or has words already."""
        if not isinstance(document, dict):
            raise Malformed(name)
        known = self.by_language.setdefault(language, {})
        for key, text in document.items():
            if not isinstance(text, str) or not text:
                raise Malformed(f"{name}: a text is empty or no text")
            if key in known:
                raise Malformed(f"{name}: the text {key} stands twice")
            known[key] = text


@dataclass(frozen=True, slots=True)
class _Parts:
    resources: Resources
    registry: jsonschema_rs.Registry
    sentences: Mapping[str, str]

    def build(self, reference: str) -> PartSchema:
        """Return the schema of a part, with a validator that compiles when the first message comes."""
        schema, base = self.resources.find(reference, "")
        validator = LateValidator(lambda: self.compile({"$ref": reference}))
        return PartSchema(schema, resolve(schema, base, self.resources), validator, self.sentences)

    def compile(self, schema: dict[str, JSON]) -> jsonschema_rs.Draft202012Validator:
        """Return the compiled validator of a schema over the catalogue's; MALFORMED for what does not compile."""
        try:
            return jsonschema_rs.Draft202012Validator(
                {"$schema": DIALECT, **schema},
                formats={"partial-date": is_partial_date},
                validate_formats=True,
                ignore_unknown_formats=False,
                registry=self.registry,
                pattern_options=jsonschema_rs.RegexOptions(),  # linear time whatever the text
                offline=True,
            )
        except ValueError as error:
            raise Malformed(str(error)) from error


def _references(schema: Schema) -> tuple[str, ...]:
    """Return the references of a type's parts: the body, and the identity where it has one."""
    urn, definitions = str(schema["$id"]), schema.get("$defs")
    identity = isinstance(definitions, dict) and IDENTITY in definitions
    return (urn, f"{urn}#/$defs/{IDENTITY}") if identity else (urn,)


def _type(schema: Schema, parts: _Parts) -> MessageType:
    urn = str(schema["$id"])
    about = schema.get("x-type")
    if not isinstance(about, dict):
        raise Malformed(f"{urn}: not a message type")
    name = parse_type_id(about.get("id"))
    if urn != f"urn:xb:1:types:{name}":
        raise Malformed(f"{urn}: another type's id")
    body, *identity = (parts.build(each) for each in _references(schema))
    return MessageType(
        id=name,
        title=str(about.get("title")),
        channels=frozenset(parse_channel(each) for each in _texts(about, "channels")),
        sender_kinds=frozenset(_kind(each) for each in _texts(about, "senders")),
        body_schema=body,
        identity_schema=identity[0] if identity else None,
        reply_to=tuple(parse_type_id(each) for each in _texts(about, "replies_to")),
        starts_clock=about.get("clock") is True,
        needs_reference=about.get("reference") is True,
        evidence_class=_evidence(about.get("evidence")),
        phase=str(about.get("phase", "")),
        clock_phases=frozenset(_texts(about, "clock_phases")),
        reference_phases=frozenset(_texts(about, "reference_phases")),
    )


def _texts(about: Mapping[str, JSON], name: str) -> list[str]:
    value = about.get(name, [])
    if not isinstance(value, list):
        raise Malformed(name)
    return [str(each) for each in value]


def _kind(value: str) -> Kind:
    if value not in {str(each) for each in Kind}:
        raise Malformed(f"no kind of participant is called {value}")
    return Kind(value)


def _evidence(value: JSON) -> Evidence:
    if not isinstance(value, str) or value not in {str(each) for each in Evidence}:
        raise Malformed("evidence class")
    return Evidence(value)


def _check_replies(types: Mapping[TypeId, MessageType]) -> None:
    for each in types.values():
        if not types.keys() >= set(each.reply_to):
            raise Malformed(f"{each.id} answers a type that does not exist")


def is_partial_date(text: str) -> bool:
    """Return whether ``text`` is a year, a month of a year, or a day that exists."""
    found = _PARTIAL_DATE.fullmatch(text)
    if found is None:
        return False
    month, day = found[1], found[2]
    if day is None or month not in _SHORT:
        return True
    leap = int(text[:4]) % 4 == 0 and (int(text[:4]) % 100 != 0 or int(text[:4]) % 400 == 0)
    return int(day) <= _SHORT[month] - (month == "02" and not leap)
