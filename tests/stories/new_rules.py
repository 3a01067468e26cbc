"""What an operator changes without touching code: one policy file, or one type with its template and its line."""

from pathlib import Path
from typing import Any, Final

from runtime.package_data import POLICIES, read_catalogue_files, read_policy_files
from tests.stories.town import Town

NEW_TYPE: Final = Path(__file__).parent / "new"
RULES: Final = f"{POLICIES}police.yaml"
_OUTER: Final = "\nouter:\n"
_LINE: Final = (
    "  - {id: police.who-closes, predicate: sender-kind, admits: true, types: [MT-77/1], "
    "parameters: {kinds: [contact-point]}, article: NET, text: sender-kind}\n"
)
_LONG: Final = "predicate: erase-by\n    parameters: {days: 1095}"
NOTICE: Final[dict[str, Any]] = {
    "type": "MT-77/1",
    "to": ["rs.ilecu"],
    "channel": "police",
    "purpose": "prevent",
    "language": "en",
    "handling": ["H0"],
    "document": {"crossing": "Preševo, both lanes, until noon"},
}


def with_other_rule() -> dict[str, bytes]:
    """Return the shipped files, in one of which one number is another: police data live for 30 days at most."""
    return {**read_catalogue_files(), **_rules(_LONG, _LONG.replace("1095", "30"))}


def with_new_type() -> dict[str, bytes]:
    """Return the shipped files with one schema, one template, and one line of one policy: who may send it."""
    added = {
        f"catalogue/{path.relative_to(NEW_TYPE).as_posix()}": path.read_bytes() for path in NEW_TYPE.rglob("*.json")
    }
    return {**read_catalogue_files(), **added, **_rules(_OUTER, _OUTER + _LINE)}


def _rules(old: str, new: str) -> dict[str, bytes]:
    files = read_policy_files()
    text = files[RULES].decode()
    assert text.count(old) == 1, old
    return {**files, RULES: text.replace(old, new).encode()}


def exported(town: Town, files: dict[str, bytes], *more: str) -> str:
    """Return what the public command prints as the digest of a bundle with these policy files."""
    folder = town.folder / "rules"
    for name, raw in files.items():
        if name.startswith(POLICIES):
            path = folder / name.removeprefix(POLICIES)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
    return town.type(" ".join(["policy export exported --folder rules", *more])).split()[0]
