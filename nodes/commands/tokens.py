"""Commands about further tokens for programs: make one, list them, end one. The node's own token makes them."""

from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.frame import client, fail, print_json, table, talking, when
from runtime.files import create_private

_SCOPES: Final = ("read", "send", "work", "admin")
"""As ``nodes.api.route`` names them; a command starts without the node's code."""


@click.group("token")
def token() -> None:
    """Tokens for programs: each with its scopes and an end."""


@token.command("new")
@click.argument("label")
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(_SCOPES),
    multiple=True,
    required=True,
    help="read: look. send: make the node say something to others. work: decide, record, correct. admin: keys and "
    "lists. May be repeated.",
)
@click.option("--days", type=click.IntRange(1, 366), default=90, show_default=True, help="After how many days it ends.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this new private file.")
@talking
def new(label: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - what click read
    """Make a token for the program called LABEL. It is shown this once and kept nowhere."""
    out: Path | None = given["out"]
    if out is not None and out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    asked = {"label": label, "scopes": sorted(set(given["scopes"])), "days": given["days"]}
    found = client(as_name).post("/tokens", asked)
    if out is not None:
        create_private(out, found.pop("token").encode() + b"\n")
    if as_json:
        print_json(found)
        return
    words = (
        f"Token {found['number']} for {found['label']}: {', '.join(found['scopes'])}, until {when(found['ends_at'])}"
    )
    click.echo(f"{words}.")
    if out is not None:
        click.echo(f"Wrote {out}, readable by you only.")
    else:
        click.echo(f"token: {found['token']}")
        click.echo("It is not shown again. Keep it where only that program reads it.")


@token.command("list")
@talking
def list_(as_name: str | None, *, as_json: bool) -> None:
    """List the tokens, those that ended too."""
    found = client(as_name).get("/tokens")
    if as_json:
        print_json(found)
        return
    rows = [
        [
            str(each["number"]),
            each["label"],
            ", ".join(each["scopes"]),
            when(each["made_at"]),
            when(each["ends_at"] if each["ended_at"] is None else each["ended_at"]),
            "in force" if each["current"] else "ended",
        ]
        for each in found["tokens"]
    ]
    table("Tokens", ("number", "label", "scopes", "made", "until", "state"), rows)


@token.command("end")
@click.argument("number", type=click.IntRange(1))
@talking
def end(number: int, as_name: str | None, *, as_json: bool) -> None:
    """End a token at once."""
    found = client(as_name).post(f"/tokens/{number}/end", {})
    if as_json:
        print_json(found)
        return
    click.echo(f"Token {found['number']} for {found['label']} is good for nothing any more.")
