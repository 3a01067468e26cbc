"""Commands about own lists for screening: import, list, remove."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.frame import client, fail, print_json, table, talking, when

_COLUMNS: Final = frozenset({"kind", "value", "birth_date"})
_LIMIT: Final = 1 << 20


@click.group("holdings")
def holdings() -> None:
    """Own lists that received requests are compared with; a node keeps keyed tags of them only."""


@holdings.command("import")
@click.argument("name")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="CSV with the columns kind, value, birth_date, or JSON with a list of such objects.",
)
@click.option("--days", type=click.IntRange(1, 366), required=True, help="After how many days it is erased by itself.")
@talking
def import_(name: str, path: Path, days: int, as_name: str | None, *, as_json: bool) -> None:
    """Take a list in place of an earlier one of its name."""
    entries = read_entries(path)
    found = client(as_name).post("/holdings", {"name": name, "days": days, "entries": entries})
    if as_json:
        print_json(found)
        return
    click.echo(f"List {found['name']}: {found['entries']} entries, kept until {when(found['erase_by'])}.")
    click.echo("The file itself is not kept here; erase it where it is no longer needed.")


@holdings.command("list")
@talking
def list_(as_name: str | None, *, as_json: bool) -> None:
    """List the lists."""
    found = client(as_name).get("/holdings")
    if as_json:
        print_json(found)
        return
    rows = [
        [each["name"], str(each["entries"]), when(each["imported_at"]), when(each["erase_by"])]
        for each in found["lists"]
    ]
    table("Lists", ("name", "entries", "imported", "kept until"), rows)


@holdings.command("remove")
@click.argument("name")
@talking
def remove(name: str, as_name: str | None, *, as_json: bool) -> None:
    """Erase a list with everything that stood in it."""
    found = client(as_name).post(f"/holdings/{name}/remove", {})
    if as_json:
        print_json(found)
        return
    click.echo(f"List {found['name']} is erased.")


def read_entries(path: Path) -> list[dict[str, Any]]:
    """Return the entries of a file, as they stand there; the node says which of them it cannot take."""
    if path.stat().st_size > _LIMIT:
        fail("TOO_LARGE", f"{path.name} is larger than {_LIMIT} bytes", "Split it into several lists")
    try:
        text = path.read_text(encoding="utf-8-sig")
        return _from_json(text) if path.suffix.lower() == ".json" else _from_csv(text)
    except (UnicodeDecodeError, ValueError, csv.Error):
        fail("UNREADABLE_LIST", f"{path.name} is no list", "Give UTF-8 text: CSV with a heading, or JSON")


def _from_json(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise ValueError("no list of objects")
    return found


def _from_csv(text: str) -> list[dict[str, Any]]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    if not {"kind", "value"} <= set(rows.fieldnames or ()) <= _COLUMNS:
        raise ValueError("heading")
    return [{name: value for name, value in row.items() if value} for row in rows]
