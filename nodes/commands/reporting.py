"""Commands that report a message to an auditor, and verify a report that somebody made."""

import base64
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.disclosing import count_rows, tell_core, tell_rows, write_private
from nodes.commands.frame import client, fail, print_json, talking, when
from nodes.commands.offline import report_offline
from nodes.commands.proving import Proving, verified_by, verifying
from nodes.commands.reading import plain, whole_id

_GROUNDS: Final = ("consent", "false-content", "handling", "harm", "legal-basis", "other", "purpose")


@click.command("report")
@click.argument("message")
@click.option("--to", "auditor", required=True, metavar="NODE", help="The auditor of the network.")
@click.option("--ground", required=True, type=click.Choice(_GROUNDS), help="What is wrong with the message.")
@click.option("--row", "rows", multiple=True, metavar="PATH", help="A row to show, such as /facts; repeat for more.")
@click.option("--rows", "patterns", multiple=True, metavar="PATTERN", help="Rows to show, such as '*' for all.")
@click.option("--part", default="body", show_default=True, type=click.Choice(("body", "identity")))
@click.option("-o", "--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@talking
def report(message: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Write a signed report about MESSAGE for an auditor, who can prove from it who wrote what.

    All that becomes visible is listed before anything is written. The file is handed over by any way; nothing is sent.
    """
    node = client(as_name)
    out: Path = given["out"]
    if out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    asked = {
        "to": given["auditor"],
        "ground": given["ground"],
        "part": given["part"],
        "rows": list(given["rows"]),
        "patterns": list(given["patterns"]),
    }
    path = f"/messages/{whole_id(node, message)}/reports"
    proposed = node.post(path, asked | {"dry_run": True})
    if not as_json:
        _tell_proposal(proposed, given)
    if not given["yes"] and (as_json or not click.confirm("Sign and write it?", default=False)):
        fail("NOT_CONFIRMED", "Nothing was written", "Confirm the question, or add --yes")
    made = node.post(path, asked)
    write_private(out, base64.b64decode(made["report"]))
    if as_json:
        print_json(made | {"file": str(out)})
        return
    click.echo(f"Wrote {out}. Whoever gets it verifies it with: egnatia node verify-report {out.name}")


@click.command("verify-report")
@verifying
@talking
def verify_report(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Tell what a report proves: who reports whom, on which ground, which rows, and when the message was logged."""
    found = verified_by(Proving("report", "/reports/verify", report_offline), given, as_name)
    if as_json:
        print_json(found)
        return
    reporter, sender, logged = found["reported_by"], found["signed_by"], found["logged_at"]
    click.echo(f"Reported by {reporter['node']} ({reporter['label']}, {reporter['country']}) at {when(found['at'])}.")
    click.echo(f"Ground: {plain(found['ground'])}. Report {found['id']}.")
    click.echo(
        f"The message is signed by {sender['node']} ({sender['label']}, {sender['country']}). All signatures hold."
    )
    click.echo(
        f"Logged by the hub at {when(logged)}." if logged is not None else "NOT proved to have passed through the hub."
    )
    click.echo(f"Message {found['message']}.")
    tell_core(found["core"])
    tell_rows("Proved", found["rows"])


def _tell_proposal(found: dict[str, Any], given: dict[str, Any]) -> None:
    click.echo(f"This reports message {found['message'][:12]} to {given['auditor']}, ground: {given['ground']}.")
    click.echo("Your organisation signs it. The header of the message becomes visible, always and whole:")
    tell_core(found["core"])
    tell_rows("Shown", found["revealed"])
    click.echo(f"Withheld: {count_rows(len(found['withheld']))}, of which only the number becomes known.")
    if not found["logged"]:
        click.echo("The proof that the hub logged the message is not here and does not come along.")
