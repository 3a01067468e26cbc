"""A story as its file tells it: steps in order, each with what must come of it. See docs/stories.md."""

import copy
import datetime as dt
import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

HERE: Final = Path(__file__).parent
EXAMPLES: Final = HERE.parent / "examples"
_HEADER: Final = (
    *("type", "channel", "to", "language", "purpose", "handling", "classification", "urgency", "urgency_ground"),
    *("consents", "identity"),
)


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One step. Exactly one of ``send``, ``show``, ``read``, ``consent`` and ``withdraw`` says what is done.

    Without ``fires`` and ``hub`` it must be accepted everywhere; with them it must be refused by exactly these.
    """

    step: str
    by: str = msgspec.field(name="from")
    send: str | None = None  # an example document, such as MT-01/vehicle-mk
    show: str | None = None  # a message of an earlier step whose rows are shown to others
    read: str | None = None  # a message of an earlier step that is read where it is kept; `header: {use: print}` prints
    export: str | None = None  # a message of an earlier step that is to go into the file of a court, named in `to`
    release: str | None = None  # a message that an earlier step found held; a person releases it
    suspend: str | None = None  # a participant that the registrars suspend; only after everything else
    consent: str | None = None  # an example record of a consent; its references are known by the step's name
    withdraw: str | None = None  # the consent of an earlier step
    to: tuple[str, ...] | None = None
    reply: str | None = None  # the message of an earlier step
    sign: str | None = None  # a role at the sender
    header: dict[str, Any] = {}  # keys of the request beside the document
    set: dict[str, Any] = {}  # fields of the document by JSON pointer; null removes one
    identity: dict[str, Any] = {}  # the same of the identity part
    forged: dict[str, Any] = {}  # what a sender with software of its own states in the header; no own node is asked
    lenient: bool = False  # the sender's own node is not asked, as its forms would not let the request through
    own: bool = False  # only the sender's own node is asked: no encoding carries such a message further
    written: dt.date | None = None  # the day of the document; it is moved
    name: str | None = None  # under which later steps refer to it
    fires: tuple[str, ...] = ()
    before: tuple[str, ...] = ()  # rules that nothing reaches: what stands before them refuses, and names no rule
    hub: str | None = None  # the code with which the hub itself refuses before it asks any rule


class Story(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file."""

    story: str
    steps: tuple[Step, ...]
    file: str = ""


def load_stories(folder: Path = HERE) -> tuple[Story, ...]:
    """Return all stories, in the order of their files' names."""
    return tuple(_load(path) for path in sorted(folder.glob("*.yaml")))


def _load(path: Path) -> Story:
    found = msgspec.convert(yaml.safe_load(path.read_text(encoding="utf-8")), Story)
    return msgspec.structs.replace(found, file=path.name)


def example(name: str) -> dict[str, Any]:
    """Return an example document with its header."""
    found: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return found


def request_of(step: Step, names: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """Return what the API takes, all of the header included, with the names of earlier steps filled in."""
    found = example(str(step.send))
    if step.written is not None:
        found = _moved(found, today - step.written)
    out = {key: found[key] for key in _HEADER if key in found}
    out["document"] = _changed(_owned(found["body"], found["from"], step.by), step.set)
    if step.identity:
        out["identity"] = _changed(out.get("identity", {}), step.identity)
    if step.to is not None:
        out["to"] = list(step.to)
    if step.reply is not None:
        out["in_reply_to"] = f"${step.reply}"
    out |= step.header
    return {key: filled(value, names) for key, value in out.items() if value is not None}


def document_of(step: Step, name: str, names: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """Return the document of an example with the changes of a step, without its header."""
    found = example(name)
    if step.written is not None:
        found = _moved(found, today - step.written)
    document: dict[str, Any] = filled(_changed(found["body"], step.set), names)
    return document


def _changed(document: dict[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    out = copy.deepcopy(document)
    for path, value in changes.items():
        *way, last = path.removeprefix("/").split("/")
        place: Any = out
        for each in way:
            place = place[int(each)] if isinstance(place, list) else place.setdefault(each, {})
        if isinstance(place, list):
            place[int(last)] = value
        elif value is None:
            place.pop(last)
        else:
            place[last] = value
    return out


def _owned(value: Any, writer: str, sender: str) -> Any:
    """Return a document whose items belong to its sender, as they do to the writer of the example."""
    if isinstance(value, dict):
        return {
            key: sender if key == "owner" and each == writer else _owned(each, writer, sender)
            for key, each in value.items()
        }
    return [_owned(each, writer, sender) for each in value] if isinstance(value, list) else value


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """Return a value with every `$name` replaced by what an earlier step gave."""
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        done = [filled(each, names) for each in value]
        flat: list[Any] = []
        for before, after in zip(value, done, strict=True):
            flat += after if isinstance(before, str) and isinstance(after, list) else [after]
        return flat
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    word, _, number = value[1:].partition(":")
    if word == "days":  # from now, as a date of erasure is written
        return int(time.time()) + int(number) * 86_400
    if word == "date":
        return (dt.datetime.now(tz=dt.UTC).date() + dt.timedelta(int(number))).isoformat()
    return names[value[1:]]


def _moved(value: Any, by: dt.timedelta) -> Any:
    if isinstance(value, dict):
        return {key: _moved(each, by) for key, each in value.items()}
    if isinstance(value, list):
        return [_moved(each, by) for each in value]
    if isinstance(value, str) and value[:3] in ("202", "203") and value[4:5] == "-" and len(value) >= 10:
        return (dt.date.fromisoformat(value[:10]) + by).isoformat() + value[10:]
    return value
