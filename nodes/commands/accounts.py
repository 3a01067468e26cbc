"""Commands about accounts of the desk: list, invite, link, end, reset, confirm, drop. ``people`` lists signing keys."""

from typing import Any, Final

import click

from nodes.commands.frame import client, print_json, table, talking, when

_ROLES: Final = (
    *("duty-officer", "case-officer", "supervisor", "investigator"),
    *("data-protection-officer", "auditor", "administrator", "directory-editor"),
)
"""As ``nodes.people.roles`` names them; a command starts without the node's code."""


@click.group("accounts")
def accounts() -> None:
    """Accounts of the desk, as the operator at the node's console keeps them."""


@accounts.command("list")
@talking
def list_(as_name: str | None, *, as_json: bool) -> None:
    """List the accounts, and what waits for a second person."""
    found = client(as_name).get("/accounts")
    if as_json:
        print_json(found)
        return
    rows = [
        [
            each["id"][:8],
            each["name"],
            each["sign_in"],
            ", ".join(each["roles"]),
            each["standing"],
            when(each["ends_at"]),
        ]
        for each in found["accounts"]
    ]
    table("Accounts", ("id", "name", "sign-in name", "roles", "standing", "until"), rows)
    for each in found["accounts"]:
        for waiting in each["waiting"]:
            _tell_waiting(each, waiting)


@accounts.command("invite")
@click.argument("sign_in", metavar="SIGN-IN-NAME")
@click.option("--name", required=True, help="The person's name.")
@click.option("--role", "roles", type=click.Choice(_ROLES), multiple=True, required=True, help="May be repeated.")
@click.option("--unit", "units", multiple=True, help="May be repeated.")
@click.option("--language", "languages", multiple=True, help="Language in which the person works; may be repeated.")
@click.option("--why", required=True, help="The reason, kept with the account.")
@talking
def invite(as_name: str | None, *, as_json: bool, **new: Any) -> None:  # noqa: ANN401 - what click read
    """Make an account and print its link, this once."""
    sent = {key: list(value) if isinstance(value, tuple) else value for key, value in new.items()}
    _show_link(client(as_name).post("/accounts", sent), as_json=as_json)


@accounts.command("link")
@click.argument("account", required=False)
@talking
def link(account: str | None, as_name: str | None, *, as_json: bool) -> None:
    """Print a new link for ACCOUNT (an id or its beginning), or for the first administrator."""
    node = client(as_name)
    path = "/accounts/first" if account is None else f"/accounts/{_whole(as_name, account)}/link"
    _show_link(node.post(path, {}), as_json=as_json)


@accounts.command("end")
@click.argument("account")
@click.option("--why", required=True, help="The reason, kept with the account.")
@talking
def end(account: str, why: str, as_name: str | None, *, as_json: bool) -> None:
    """End an account with its sessions. For an administrator a second person confirms it first."""
    found = client(as_name).post(f"/accounts/{_whole(as_name, account)}/end", {"why": why})
    _show(found, as_json=as_json)


@accounts.command("reset")
@click.argument("account")
@click.option("--why", required=True, help="The reason, kept with the account.")
@talking
def reset(account: str, why: str, as_name: str | None, *, as_json: bool) -> None:
    """End every way in which somebody signs in, once a second person confirms it; then `link` lets the person in."""
    found = client(as_name).post(f"/accounts/{_whole(as_name, account)}/reset", {"why": why})
    _show(found, as_json=as_json)


@accounts.command("confirm")
@click.argument("account")
@click.argument("proposal", type=int)
@talking
def confirm(account: str, proposal: int, as_name: str | None, *, as_json: bool) -> None:
    """Be the second person for what somebody asked for at the desk."""
    found = client(as_name).post(f"/accounts/{_whole(as_name, account)}/confirm", {"proposal": proposal})
    _show(found, as_json=as_json)


@accounts.command("drop")
@click.argument("account")
@click.argument("proposal", type=int)
@talking
def drop(account: str, proposal: int, as_name: str | None, *, as_json: bool) -> None:
    """Give up what waits for a second person."""
    found = client(as_name).post(f"/accounts/{_whole(as_name, account)}/drop", {"proposal": proposal})
    _show(found, as_json=as_json)


def _whole(as_name: str | None, beginning: str) -> str:
    """Return the only account id that begins like this; what is not unique stays as it is and is not found."""
    ids = [each["id"] for each in client(as_name).get("/accounts")["accounts"] if each["id"].startswith(beginning)]
    return ids[0] if len(ids) == 1 else "unknown"


def _show(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['name']}: {found['standing']}")
    for waiting in found["waiting"]:
        _tell_waiting(found, waiting)


def _show_link(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    click.echo(found["link"])
    click.echo("Give this link to nobody else. It is good for 24 hours and once, and cannot be shown again.", err=True)


def _tell_waiting(account: dict[str, Any], waiting: dict[str, Any]) -> None:
    until = when(waiting["lapses_at"])
    click.echo(f"waits for a second person: {waiting['act']} {account['name']} ({waiting['why']}), until {until}")
    click.echo(f"  egnatia node accounts confirm {account['id'][:8]} {waiting['proposal']}")
