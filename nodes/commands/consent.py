"""Commands about consents: the sheet to read aloud, record, show, renew, list."""

import json
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.consent_ends import ended, keep, purge, withdraw
from nodes.commands.frame import client, print_json, table, talking, when

_FILE: Final = click.option(
    "--file",
    "path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="JSON file with the consent record (message type MT-V6).",
)
_LANGUAGE: Final = click.option("--language", default="en", show_default=True, help="The person's language.")


@click.group("consent")
def consent() -> None:
    """Consents that this organisation holds or was told of."""


for each in (withdraw, ended, purge, keep):
    consent.add_command(each)


@consent.command("sheet")
@_FILE
@_LANGUAGE
@click.option("--html", "page", type=click.Path(dir_okay=False, path_type=Path), help="Write a page for printing.")
@talking
def sheet(path: Path, language: str, page: Path | None, as_name: str | None, *, as_json: bool) -> None:
    """Show the sheet to read aloud to the person, before her consent is recorded."""
    found = client(as_name).post("/consents/sheet", {"document": _document(path), "language": language})
    if page is not None:
        page.write_text(found["html"], encoding="utf-8")
    if as_json:
        print_json(found)
        return
    _show(found, language)


@consent.command("record")
@_FILE
@click.option("--sender", "senders", multiple=True, metavar="NODE", help="Who sends under it; this node if left out.")
@_LANGUAGE
@click.option("--witness", metavar="CODE", help="Who heard the person confirm; somebody else than who asked.")
@click.option("--confirmed", is_flag=True, help="The sheet was read aloud and the person confirmed it: do not ask.")
@talking
def record(path: Path, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options above
    """Record a consent: show its sheet, have it confirmed before a witness, log its references at the hub."""
    node, document = client(as_name), _document(path)
    body: dict[str, Any] = {"document": document, "senders": list(given["senders"])}
    if given["witness"] is not None:
        read = node.post("/consents/sheet", {"document": document, "language": given["language"]})
        if not given["confirmed"]:
            _show(read, given["language"])
            click.confirm("Was this read aloud, and did the person confirm it?", abort=True)
        body["read_back"] = {"sheet": read["sheet"], "language": given["language"], "witness": given["witness"]}
    found = node.post("/consents", body)
    if as_json:
        print_json(found)
        return
    click.echo(f"Consent {found['id']}, version {found['version']}, is recorded.")
    rows = [
        [each["reference"], each["sender"], each["recipient"], when(each["expires_at"])] for each in found["references"]
    ]
    table("References", ("reference", "from", "to", "until"), rows)


@consent.command("show")
@click.argument("identifier", metavar="CONSENT")
@talking
def show(identifier: str, as_name: str | None, *, as_json: bool) -> None:
    """Show every version of a consent: who may have which data, for what, until when."""
    found = client(as_name).get(f"/consents/{identifier}")
    if as_json:
        print_json(found)
        return
    rows = [
        [str(each["version"]), cell["recipient"], cell["category"], cell["purpose"], cell["until"]]
        for each in found["versions"]
        for cell in each["document"].get("record", {}).get("grants", [])
    ]
    table("Allowed", ("version", "recipient", "data", "purpose", "until"), rows)


@consent.command("renewal")
@click.argument("identifier", metavar="CONSENT")
@talking
def renewal(identifier: str, as_name: str | None, *, as_json: bool) -> None:
    """Print a proposal for the next version of a consent, to be completed when the person is asked again."""
    del as_json
    print_json(client(as_name).get(f"/consents/{identifier}/renewal")["document"])


@consent.command("renewals")
@talking
def renewals(as_name: str | None, *, as_json: bool) -> None:
    """List the consents that are to be asked again soon."""
    found = client(as_name).get("/consents/renewals")
    if as_json:
        print_json(found)
        return
    rows = [[each["id"], str(each["version"]), each["ground"], when(each["due_at"])] for each in found["renewals"]]
    table("To be renewed", ("id", "version", "because", "by"), rows)


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


def _document(path: Path) -> dict[str, Any]:
    """Return the record in a file, which may stand in it as the body of a message."""
    document = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, Any] = document.get("body", document)
    return found


def _show(found: dict[str, Any], language: str) -> None:
    click.echo(found["text"])
    if found["language"] != language:
        click.echo(
            f"\nThere is no sheet in {language}; an interpreter reads this one in {found['language']}.", err=True
        )
