"""The command that makes the yearly report of Article 18."""

from typing import Any, Final

import click

from nodes.casework.statistics_rows import csv_of
from nodes.commands.frame import client, print_json, table, talking

_TITLES: Final = {
    "ST-1": "Requests submitted",
    "ST-2": "Requests received and replied",
    "ST-3": "Requests refused, by ground",
    "ST-4": "Limits not kept because a judicial authorisation was awaited",
}


@click.command("statistics")
@click.option("--year", required=True, type=click.IntRange(2000, 2999), help="The calendar year.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, one line for each figure.")
@talking
def statistics(as_name: str | None, *, as_json: bool, year: int, as_csv: bool) -> None:
    """Show what is reported for a YEAR by 1 March of the next (Directive (EU) 2023/977, Article 18)."""
    found = client(as_name).get("/statistics", year=year)
    if as_csv:
        click.echo(csv_of(found), nl=False)
        return
    if as_json:
        print_json(found)
        return
    for each in found["tables"]:
        _tell(each)
    click.echo(f"Digest of the facts: {found['digest']}. The same events give the same report.")


def _tell(each: dict[str, Any]) -> None:
    title = f"{_TITLES[each['table']]} ({each['article']})"
    rows = each["rows"]
    click.echo(title)
    if not rows:
        click.echo("  none")
        return
    table("", list(rows[0]), [[str(value) for value in row.values()] for row in rows])
