"""The data files that the installed packages carry, read into memory: message catalogue and policies.

Paths are those of a policy bundle (``catalogue/...``, ``policies/...``), the same on every system.
"""

from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

CATALOGUE: Final = "catalogue/"
POLICIES: Final = "policies/"
_KINDS: Final = (".json", ".yaml")


def read_catalogue_files() -> dict[str, bytes]:
    """Return every file of the message catalogue by its path in a bundle, ascending."""
    return _read(files("protocol") / "catalogue", CATALOGUE)


def read_policy_files() -> dict[str, bytes]:
    """Return every policy file, texts and cases included, by its path in a bundle, ascending."""
    return _read(files("policies") / "data", POLICIES)


def read_legal_checks() -> bytes:
    """Return the list of what the law asks of the rules, which stands beside the policies and in no bundle."""
    return (files("policies") / "legal.yaml").read_bytes()


def _read(root: Traversable, prefix: str) -> dict[str, bytes]:
    return {f"{prefix}{path}": file.read_bytes() for path, file in sorted(_walk(root, ""), key=lambda found: found[0])}


def _walk(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in folder.iterdir():
        if entry.name.startswith((".", "__")):
            continue
        if entry.is_dir():
            yield from _walk(entry, f"{path}{entry.name}/")
        elif entry.name.endswith(_KINDS):
            yield f"{path}{entry.name}", entry
