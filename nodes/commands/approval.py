"""Commands about approvals: give, withdraw."""

import click

from nodes.commands.frame import client, print_json, talking, when


@click.group("approval")
def approval() -> None:
    """Approvals that this node gives, for messages that need one."""


@approval.command("give")
@click.option("--to", "recipient", required=True, metavar="NODE", help="The recipient it is for.")
@click.option("--sender", metavar="NODE", help="Who sends under it; this node if left out.")
@click.option("--days", required=True, type=click.IntRange(1, 90), help="How long it lasts.")
@talking
def give(recipient: str, sender: str | None, days: int, as_name: str | None, *, as_json: bool) -> None:
    """Approve messages to a recipient and log the reference at the hub."""
    body = {"recipient": recipient, "days": days} | ({} if sender is None else {"sender": sender})
    found = client(as_name).post("/approvals", body)
    if as_json:
        print_json(found)
        return
    click.echo(
        f"Approval {found['reference']}: {found['sender']} to {found['recipient']}, {when(found['expires_at'])}."
    )
    click.echo(f"Send under it with --approval {found['reference']}.")


@approval.command("withdraw")
@click.argument("reference")
@talking
def withdraw(reference: str, as_name: str | None, *, as_json: bool) -> None:
    """Withdraw an approval."""
    found = client(as_name).post(f"/approvals/{reference}/withdraw", {})
    if as_json:
        print_json(found)
        return
    click.echo(f"Approval {found['reference']} is withdrawn.")
