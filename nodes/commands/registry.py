"""Names for running nodes: ``egnatia --as belgrade`` finds the API and its token in a small private file."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from protocol.errors import Malformed
from runtime.files import read_private, under, write_atomic
from runtime.operator import OperatorError

_LIMIT: Final = 4_096


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node's API listens, and the file with its token."""

    api: str
    token: Path


def registry_folder() -> Path:
    """Return the folder of the names, in the user's own state folder."""
    local = os.environ.get("XDG_STATE_HOME") or os.environ.get("LOCALAPPDATA")
    base = Path(local) if local else Path.home() / ".local" / "state"
    return base / "egnatia" / "as"


def register(name: str, place: Place) -> Path:
    """Write the file of a name, readable by its owner only, and return its path."""
    folder = registry_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = under(folder, f"{name}.json")
    document = {"api": place.api, "token": str(place.token.absolute())}
    write_atomic(path, json.dumps(document).encode() + b"\n", private=True)
    return path


def unregister(name: str) -> None:
    """Forget a name; harmless when it is not there."""
    under(registry_folder(), f"{name}.json").unlink(missing_ok=True)


def find_place(name: str | None) -> Place:
    """Return where a node is. Without a name it is the only one; ``OperatorError`` says what to do otherwise."""
    known = sorted(path.stem for path in registry_folder().glob("*.json"))
    if name is None:
        if len(known) != 1:
            raise _unknown("No node is named" if known else "No node runs under this account", known)
        name = known[0]
    if name not in known:
        raise _unknown(f"No node called {name} is known here", known)
    try:
        found = json.loads(read_private(under(registry_folder(), f"{name}.json"), _LIMIT))
        return Place(str(found["api"]), Path(str(found["token"])))
    except (ValueError, KeyError, TypeError) as err:
        raise Malformed(f"the file of {name} in {registry_folder()}") from err


def _unknown(what: str, known: list[str]) -> OperatorError:
    names = "Start one with: egnatia node run --config FILE"
    if known:
        names = f"Name one before the command, as in egnatia --as {known[0]} inbox. Known here: {', '.join(known)}"
    return OperatorError("WHICH_NODE", what, "A command speaks to one running node", names)
