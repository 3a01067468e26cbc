"""Commands about duties: what is to be done, and that it was."""

from typing import Final

import click

from nodes.commands.frame import client, print_json, table, talking, when

_MOST: Final = 500


@click.group("tasks", invoke_without_command=True)
@click.option("--done", is_flag=True, help="Those that were done, the latest first.")
@click.option("--language", default="en", show_default=True)
@talking
def tasks(as_name: str | None, language: str, *, done: bool, as_json: bool) -> None:
    """List what allowed messages ask of you: tell an owner, review, send a copy, have a second person look."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    found = client(as_name).get("/tasks", limit=_MOST, done=int(done), language=language)
    if as_json:
        print_json(found)
        return
    rows = [
        [
            str(each["number"]),
            _time(each),
            each["message"][:12],
            each["type"],
            each["owed_to"] or "-",
            each.get("sentence", each["obligation"]),
            each.get("remedy", ""),
            each["article"],
        ]
        for each in found["tasks"]
    ]
    table("Tasks", ("number", "due", "message", "type", "owed to", "what", "how", "law"), rows)


@tasks.command("done")
@click.argument("number", type=click.IntRange(1))
@click.option("--note", required=True, help="What was done; kept encrypted at this node.")
@talking
def done(number: int, note: str, as_name: str | None, *, as_json: bool) -> None:
    """Say that a task was done."""
    found = client(as_name).post(f"/tasks/{number}/done", {"note": note})
    if as_json:
        print_json(found)
        return
    click.echo(f"Task {found['number']} is done.")


def _time(each: dict[str, object]) -> str:
    if each["done_at"] is not None:
        return f"done {when(each['done_at'])}"
    return f"{when(each['due_at'])}{' OVERDUE' if each['overdue'] else ''}"
