"""What pages are about that nobody has made yet: a draft with a picture, requests of an investigator, a correction."""

from collections.abc import Mapping, Sequence
from typing import Final

from bench.desk_forms import Writer
from tests.simulators.node import MK
from tests.simulators.pictures import png

FACTS: Final = "The car was seen at the border before a group was found on foot."
_ENTRY: Final = "/contact-entry"
_ASKS: Final = "/my-requests"


def question(writer: Writer) -> str:
    """Return the place of a new question about a vehicle that only has to be sent."""
    draft = writer.send("/compose", "/compose", type="MT-01/1", template="vehicle")
    if writer.send(draft, draft, **_told()) != f"{draft}/preview":
        raise SystemExit("the question about a vehicle is not complete")
    return draft


def places(officer: Writer, investigator: Writer, editor: Writer, sent: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Make one of each, and return where the pages about them are, by their names in the table of routes."""
    found = _draft(officer) | _asked(investigator, officer)
    correction = {
        "action": "restrict",
        "reason": "inaccurate",
        "explanation": "Two digits of the plate were exchanged.",
    }
    path = f"/messages/{sent[0]}/withdraw"
    notice = officer.send(path, path, **correction)
    entry = editor.send(_ENTRY, _ENTRY)
    return found | {"/corrections/{id}": [notice], "/contact-entry/{id}": [entry]}


def _draft(officer: Writer) -> dict[str, Sequence[str]]:
    draft = question(officer)
    return {
        "/drafts/{id}": [draft],
        "/drafts/{id}/preview": [f"{draft}/preview"],
        "/drafts/{id}/files": [f"{draft}/files"],
        **_files(officer, draft, "/drafts"),
    }


def _asked(investigator: Writer, officer: Writer) -> dict[str, Sequence[str]]:
    """Keep one request as a draft, and hand another one in."""
    kept = _request(investigator)
    handed = _request(investigator)
    if investigator.send(handed, handed, **_told()) != _ASKS:
        raise SystemExit("the investigator's request is not complete")
    return {
        "/my-requests/{id}": [kept],
        "/my-requests/{id}/files": [f"{kept}/files"],
        **_files(investigator, kept, _ASKS),
        "/my-requests/handed-in/{id}": investigator.places(_ASKS, f"{_ASKS}/handed-in/"),
        "/handed-in/{id}": officer.places("/handed-in", "/handed-in/"),
    }


def _request(investigator: Writer) -> str:
    return investigator.send(_ASKS, _ASKS, template="vehicle")


def _files(writer: Writer, draft: str, room: str) -> dict[str, Sequence[str]]:
    """Add a picture to a draft; return the pages that show it."""
    action = f"{draft}/files"
    writer.attach(action, action, "car.png", png(1_600, 1_200))
    (file,) = writer.places(action, f"{action}/")
    return {f"{room}/{{id}}/files/{{file}}": [file], f"{room}/{{id}}/files/{{file}}/picture": [f"{file}/picture"]}


def _told() -> dict[str, str]:
    return {"to": MK.node, "/subjects/vehicles/0/plate": "SK 1234-AB", "/facts": FACTS, "do": "preview"}
