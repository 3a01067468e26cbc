"""Usual questions and answers from a few words; what nobody typed is shown before it goes."""

import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import click

from nodes.commands.client import ApiClient
from nodes.commands.frame import fail
from protocol.catalogue.rows import flatten, unflatten
from protocol.errors import Fault

QUERIES: Final = ("vehicle", "person", "phone", "document", "address", "firearm")
_REQUEST: Final = "MT-01/1"
_ANSWER: Final = "MT-03/1"
_DOCUMENT, _IDENTITY = "/document", "/identity"
_AVAILABLE: Final = "The recipient's registers are the ones that can hold this information."
_FIELDS: Final = {
    "vehicle": {
        "plate": "/subjects/vehicles/0/plate",
        "country": "/subjects/vehicles/0/plate_country",
        "kind": "/subjects/vehicles/0/kind",
    },
    "person": {
        "family": "/subjects/persons/0/names/0/family",
        "given": "/subjects/persons/0/names/0/given",
        "birth": "/subjects/persons/0/birth_date",
        "role": "/subjects/persons/0/role",
        "connection": "/connection",
    },
    "phone": {"number": "/subjects/phones/0/number"},
    "document": {
        "number": "/subjects/documents/0/number",
        "country": "/subjects/documents/0/country",
        "kind": "/subjects/documents/0/kind",
    },
    "address": {"country": "/subjects/places/0/country", "city": "/subjects/places/0/city"},
    "firearm": {"number": "/subjects/firearms/0/serial", "kind": "/subjects/firearms/0/kind"},
}
_COMMON: Final = {
    "reason": "/facts",
    "necessity": "/necessity",
    "crime_area": "/crime_area",
    "offence": "/offence/title",
}
_VICTIMS: Final = frozenset({"victim", "potential_victim"})
_CAREFUL: Final = {
    "/subjects/persons/0/victim/anonymity": "yes",
    "/subjects/persons/0/victim/court": "unknown",
}
"""What is said of a victim unless somebody knows better."""
_ANSWERED: Final = {
    "/completeness": "complete",
    "/accessibility": "direct",
    "/restrictions/choice": "none",
    "/evidence_consent/decision": "none",
    "/information/statements/0/id": "s1",
}
"""What ``reply --answer`` says besides the words: nothing is held back, and nothing may be used as evidence."""
_F = TypeVar("_F", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Form:
    """A form of a message type, the fields that a person typed, and what stands in the others unless the form says."""

    type: str
    template: str
    typed: Mapping[str, str]
    defaults: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)  # field -> the option that fills it


def fielding(function: _F) -> _F:
    """Give a command the options that fill single fields and stop before sending."""
    yes = click.option("--yes", is_flag=True, help="Do not ask after showing what was filled in.")(function)
    return click.option(
        "--field", "fields", multiple=True, metavar="PATH=VALUE", help="A field by its path, as errors print it."
    )(yes)


def question(given: Mapping[str, Any]) -> Form:
    """Return the form of a usual question (``send --query``)."""
    if not given.get("reason"):
        fail("MISSING", "A question needs its reason", "Add --reason with the facts, at least one sentence")
    places = _COMMON | _FIELDS[given["query"]]
    typed = {path: str(given[name]) for name, path in places.items() if given.get(name) is not None}
    area = given.get("crime_area") or "trafficking_in_persons"
    defaults = {
        "/crime_area": area,
        "/offence/title": area.replace("_", " ").capitalize(),
        "/necessity": given["reason"],
        "/availability": _AVAILABLE,
    }
    if given["query"] == "person" and given.get("role") in _VICTIMS:
        defaults |= _CAREFUL
    options = {f"{_DOCUMENT}{path}": f"--{name.replace('_', '-')}" for name, path in places.items()}
    return Form(_REQUEST, given["query"], typed, defaults, options)


def answer(words: str) -> Form:
    """Return the form of an answer in words (``reply --answer``)."""
    typed = {"/information/statements/0/text": words}
    return Form(_ANSWER, "", typed, _ANSWERED, {f"{_DOCUMENT}/information/statements/0/text": "--answer"})


def received(row: Mapping[str, Any], type_: str) -> Form:
    """Return the complete form of a type; an acknowledgement says when the message came and what it is due."""
    times = {"/received_at": row.get("logged_at"), "/due_at": row.get("due_at")}
    known = {path: _instant(at) for path, at in times.items() if isinstance(at, int)}
    return Form(type_, "", {}, known if type_.startswith("MT-02/") else {})


def versioned(type_: str) -> str:
    """Return the id of a message type; one without a version is the first."""
    return type_ if "/" in type_ else f"{type_}/1"


def split_fields(fields: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what ``--field`` says of the document and of the identity part, by path inside each."""
    document, identity = {}, {}
    for each in fields:
        path, equals, value = each.partition("=")
        if not equals or not path.startswith("/"):
            fail("MALFORMED", f"{each} is no field", "Write --field PATH=VALUE, such as --field /facts=words")
        if path.startswith(f"{_IDENTITY}/"):
            identity[path.removeprefix(_IDENTITY)] = value
        else:
            document[path.removeprefix(_DOCUMENT) if path.startswith(f"{_DOCUMENT}/") else path] = value
    return document, identity


def with_fields(document: dict[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document with some fields set; what stood at or below their places is gone."""
    if not fields:
        return document
    rows = dict(flatten(document)) if document else {}
    for path, value in fields.items():
        rows = {each: kept for each, kept in rows.items() if each != path and not each.startswith(f"{path}/")}
        rows[path] = value
    try:
        return unflatten(sorted(rows.items()))
    except Fault:
        fail("MALFORMED", "--field names a place that no document has", "Write the path as errors and `types` print it")


def fill_in(node: ApiClient, form: Form, fields: Mapping[str, str], language: str | None) -> dict[str, Any]:
    """Return what a message with this form takes, after telling what stands in it that nobody typed."""
    typed = {**form.typed, **fields}
    asked: dict[str, Any] = {"type": form.type, "template": form.template, "fields": typed}
    asked |= {"defaults": dict(form.defaults)} | ({} if language is None else {"language": language})
    found = node.post("/forms", asked)
    _tell_filled(found["filled"])
    return {"type": form.type, "template": form.template, "fields": found["fields"]}


def ask_to_send(given: Mapping[str, Any], *, as_json: bool) -> None:
    """Let a person at a terminal stop what was filled in."""
    silent = as_json or given.get("yes") or given.get("dry_run")
    if silent or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return
    if not click.confirm("Send it?", default=True, err=True):
        fail("NOT_SENT", "Nothing was sent", "Change a field with --field PATH=VALUE")


def _tell_filled(rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    click.echo("Filled in for you; change any of it with --field PATH=VALUE:", err=True)
    for row in rows:
        words = f" ({row['words']})" if row["words"] else ""
        click.echo(f"  {row['path']} = {row['value']}{words}", err=True)
    for note in dict.fromkeys(each for row in rows for each in row["footnotes"]):
        click.echo(f"  {note}", err=True)


def _instant(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
