"""Commands about alerts of urgent items: how they stand, and a test of every channel."""

import click

from nodes.commands.frame import client, print_json, table, talking, when


@click.group("alert")
def alert() -> None:
    """Alerts of urgent items: what waits, whether the channels work, a test."""


@alert.command("list")
@talking
def list_(as_name: str | None, *, as_json: bool) -> None:
    """Show how many urgent items nobody has taken, and how each channel did last."""
    found = client(as_name).get("/alerts")
    if as_json:
        print_json(found)
        return
    rows = [
        [
            when(each["raised_at"]),
            "life" if each["life"] else "usual",
            str(each["told"]),
            "yes" if each["loud"] else "no",
        ]
        for each in found["waiting"]
    ]
    table("Urgent, not taken", ("since", "danger", "told", "beyond the roster"), rows)
    ways = [[each["channel"], when(each["tried_at"]), each["code"] or "worked"] for each in found["channels"]]
    table("Channels", ("channel", "tried", "result"), ways)


@alert.command("test")
@talking
def test(as_name: str | None, *, as_json: bool) -> None:
    """Send a test over every channel to whoever is next on the roster. Status 1 when one of them did not work."""
    found = client(as_name).post("/alerts/test", {})
    if as_json:
        print_json(found)
    elif not found["channels"]:
        click.echo("No channel is set up: name one under [alerts] in the node's settings.")
    else:
        rows = [
            [
                each["channel"],
                "taken" if each["taken"] else each["code"],
                each.get("sentence", ""),
                each.get("remedy", ""),
            ]
            for each in found["channels"]
        ]
        table("Test", ("channel", "result", "what", "remedy"), rows)
    if not all(each["taken"] for each in found["channels"]):
        click.get_current_context().exit(1)
