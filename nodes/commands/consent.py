"""Commands about consents: record, withdraw, list."""

import json
from pathlib import Path

import click

from nodes.commands.frame import client, print_json, table, talking, when


@click.group("consent")
def consent() -> None:
    """Consents that this organisation holds or was told of."""


@consent.command("record")
@click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="JSON file with the consent record (message type MT-V6).",
)
@click.option("--sender", "senders", multiple=True, metavar="NODE", help="Who sends under it; this node if left out.")
@talking
def record(path: Path, senders: tuple[str, ...], as_name: str | None, *, as_json: bool) -> None:
    """Record a consent and log its references at the hub."""
    document = json.loads(path.read_text(encoding="utf-8"))
    body = {"document": document.get("body", document), "senders": list(senders)}
    found = client(as_name).post("/consents", body)
    if as_json:
        print_json(found)
        return
    click.echo(f"Consent {found['id']}, version {found['version']}, is recorded.")
    rows = [
        [each["reference"], each["sender"], each["recipient"], when(each["expires_at"])] for each in found["references"]
    ]
    table("References", ("reference", "from", "to", "until"), rows)


@consent.command("withdraw")
@click.argument("identifier", metavar="CONSENT")
@talking
def withdraw(identifier: str, as_name: str | None, *, as_json: bool) -> None:
    """Withdraw a consent in all its versions."""
    found = client(as_name).post(f"/consents/{identifier}/withdraw", {})
    if as_json:
        print_json(found)
        return
    click.echo(f"Consent {found['id']} is withdrawn; {found['references']} references end with it.")


@consent.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@talking
def list_(limit: int, as_name: str | None, *, as_json: bool) -> None:
    """List the consents known here."""
    found = client(as_name).get("/consents", limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [
        [each["id"], str(each["version"]), each["holder"], each["state"], when(each["expires_at"])]
        for each in found["consents"]
    ]
    table("Consents", ("id", "version", "holder", "state", "until"), rows)
