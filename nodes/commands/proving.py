"""Files that prove something, verified by a running node or offline under a directory file: the options and the way."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from nodes.commands.frame import client, fail

Command = TypeVar("Command", bound=Callable[..., Any])
_LIMIT: Final = 2 << 20  # bytes of a file that is read
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Proving:
    """A kind of file: its name, also in the request; where a node verifies it; how it is verified without one."""

    name: str
    path: str
    offline: Callable[[bytes, Path, str], dict[str, Any]]


def verifying(command: Command) -> Command:
    """Give a command the file and the options that ``verified_by`` reads."""
    pin = click.option("--pin", metavar="DIGEST", help="The charter's digest, from paper (with --directory).")
    directory = click.option("--directory", type=_FILE, help="Verify without a node, under this directory file.")
    return click.argument("path", metavar="FILE", type=_FILE)(directory(pin(command)))


def verified_by(kind: Proving, given: Mapping[str, Any], as_name: str | None) -> dict[str, Any]:
    """Return what the file proves; a refusal ends the command in words."""
    path: Path = given["path"]
    directory, pin = given["directory"], given["pin"]
    if path.stat().st_size > _LIMIT:
        fail("TOO_LARGE", f"{path.name} is too large for a {kind.name}", "Check that this is the right file")
    if (directory is None) != (pin is None):
        fail("MISSING", "--directory and --pin belong together", "Give both, or neither to ask a running node")
    raw = path.read_bytes()
    if directory is not None:
        return kind.offline(raw, directory, pin)
    found: dict[str, Any] = client(as_name).post(kind.path, {kind.name: base64.b64encode(raw).decode()})
    return found
