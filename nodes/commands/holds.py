"""The command about held messages: who decides, since when, and how each ends."""

import click

from nodes.commands.frame import client, print_json, table, talking, when


@click.command("held")
@click.option("--language", default="en", show_default=True)
@talking
def held(as_name: str | None, language: str, *, as_json: bool) -> None:
    """List the messages that a rule holds here, with who decides and the ways out."""
    found = client(as_name).get("/held", language=language)
    if as_json:
        print_json(found)
        return
    rows = [
        [
            *(each["id"][:12], each["type"] or "-", each["from"] or "-", when(each["since"])),
            *(f"{when(each['due_at'])}{' OVERDUE' if each['overdue'] else ''}", _owner(each["owner"])),
            *(", ".join(each["rules"]), " or ".join(each["exits"])),
        ]
        for each in found["held"]
    ]
    columns = ("id", "type", "from", "since", "decide by", "who decides", "rules", "ways out")
    table("Held", columns, rows)
    for each in found["held"]:
        for finding in each["findings"]:
            click.echo(f"{each['id'][:12]}: {finding['sentence']} ({finding['article']}) {finding['remedy']}")


def _owner(owner: dict[str, object]) -> str:
    persons = owner["persons"]
    named = ", ".join(str(each)[:8] for each in persons) if isinstance(persons, list) else ""
    return f"{owner['role']} {named}".strip()
