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


def read_sheet_words() -> bytes:
    """Return the words of the sheet that is read aloud before a consent is recorded."""
    return (files("nodes") / "casework" / "consent_sheet.yaml").read_bytes()


def read_rule_stories() -> bytes:
    """Return the list of the stories that make each rule fire or let it pass; it stands in no bundle either."""
    return (files("policies") / "stories.yaml").read_bytes()


def read_page_words() -> bytes:
    """Return the words of the pages that show the rules to people; they stand in no bundle."""
    return (files("policies") / "page.yaml").read_bytes()


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
