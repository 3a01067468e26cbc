"""Commands that show rows of a message to others, list what was shown, and verify what others showed."""

import base64
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.frame import client, fail, print_json, table, talking, when
from nodes.commands.offline import disclosure_offline
from nodes.commands.proving import Proving, verified_by, verifying
from nodes.commands.reading import plain, whole_id

_CORE: Final = (
    ("from", "from"),
    ("to", "to"),
    ("channel", "channel"),
    ("type", "type"),
    ("purpose", "purpose"),
    ("language", "language"),
    ("urgency", "urgency"),
    ("urgency_ground", "ground of urgency"),
    ("classification", "classification"),
    ("handling", "handling codes"),
    ("person_roles", "roles of persons"),
    ("data_categories", "categories of data"),
    ("in_reply_to", "in reply to"),
    ("conversation", "conversation"),
    ("consents", "consent references"),
    ("approvals", "approval references"),
)
_TIMES: Final = (("issued_at", "written"), ("expires_at", "ends"), ("erase_by", "to be erased by"))


@click.command("disclose")
@click.argument("message")
@click.option("--to", "recipient", required=True, metavar="NODE", help="The participant to whom the rows are shown.")
@click.option("--row", "rows", multiple=True, metavar="PATH", help="A row to show, such as /facts; repeat for more.")
@click.option("--rows", "patterns", multiple=True, metavar="PATTERN", help="Rows to show, such as '/subjects/*'.")
@click.option("--part", default="body", show_default=True, type=click.Choice(("body", "identity")))
@click.option("--purpose", help="Why they are shown; the message's own purpose if left out.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--yes", is_flag=True, help="Do not ask before writing.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be shown.")
@talking
def disclose(message: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Show chosen rows of MESSAGE to another participant, who can prove that the sender wrote them.

    The header of the message becomes visible with them, whichever rows are chosen; it is listed before anything is
    written. Rows that are not chosen stay unknown but for their number.
    """
    node = client(as_name)
    out: Path | None = given["out"]
    if out is None and not given["dry_run"]:
        fail("MISSING", "No file is named for the disclosure", "Add -o FILE, or --dry-run to look first")
    if out is not None and out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    asked = {
        "to": given["recipient"],
        "part": given["part"],
        "rows": list(given["rows"]),
        "patterns": list(given["patterns"]),
    } | ({} if given["purpose"] is None else {"purpose": given["purpose"]})
    path = f"/messages/{whole_id(node, message)}/disclosures"
    proposed = node.post(path, asked | {"dry_run": True})
    if not as_json:
        tell_proposal(proposed, given["recipient"])
    if out is None or given["dry_run"]:
        if as_json:
            print_json(proposed)
        return
    if not given["yes"] and (as_json or not click.confirm("Write it?", default=False)):
        fail("NOT_CONFIRMED", "Nothing was written", "Confirm the question, or add --yes")
    made = node.post(path, asked)
    write_private(out, base64.b64decode(made["disclosure"]))
    if as_json:
        print_json(made | {"file": str(out)})
        return
    click.echo(f"Wrote {out}. Verify it with: egnatia node verify-disclosure {out}")


@click.command("disclosures")
@click.argument("message")
@talking
def disclosures(message: str, as_name: str | None, *, as_json: bool) -> None:
    """List what was shown of MESSAGE, to whom and for which purpose."""
    node = client(as_name)
    found = node.get(f"/messages/{whole_id(node, message)}/disclosures")
    if as_json:
        print_json(found)
        return
    rows = [
        [each["to"], each["purpose"], each["part"], str(each["revealed"]), str(each["withheld"]), when(each["at"])]
        for each in found["disclosures"]
    ]
    table("Disclosures", ("to", "purpose", "part", "rows shown", "withheld", "at"), rows)


@click.command("verify-disclosure")
@verifying
@talking
def verify_disclosure(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Tell what a disclosure proves: who signed, when it was logged, which rows, how many are withheld."""
    found = verified_by(Proving("disclosure", "/disclosures/verify", disclosure_offline), given, as_name)
    if as_json:
        print_json(found)
        return
    signer = found["signed_by"]
    click.echo(f"Signed by {signer['node']} ({signer['label']}, {signer['country']}). Both signatures hold.")
    logged = found["logged_at"]
    click.echo(
        f"Logged by the hub at {when(logged)}." if logged is not None else "NOT proved to have passed through the hub."
    )
    click.echo(f"Message {found['message']}, part {found['part']}.")
    tell_core(found["core"])
    tell_rows("Shown", found["rows"])
    click.echo(f"Withheld: {count_rows(found['withheld'])} of this part.")
    for name in found["attachments"]["withheld"]:
        click.echo(f"Withheld: attachment {name}.")
    for ours, theirs in found["attachments"]["here"].items():
        click.echo(f"Attachment {ours} comes along as {theirs}.")


def tell_proposal(found: dict[str, Any], recipient: str) -> None:
    """Say what becomes visible to whom: the header whole, the rows that are chosen, and how many are not."""
    click.echo(
        f"This shows rows of message {found['message'][:12]} to {recipient}, for the purpose {found['purpose']}."
    )
    click.echo("The header of the message becomes visible with them, always and whole:")
    tell_core(found["core"])
    tell_rows("Shown", found["revealed"])
    click.echo(f"Withheld: {count_rows(len(found['withheld']))}, of which only the number becomes known.")
    for each in found["withheld"]:
        click.echo(f"  {each}")
    for name in found["attachments"]["withheld"]:
        click.echo(f"Withheld: attachment {name}, of which the padded size becomes known.")
    if not found["logged"]:
        click.echo("The proof that the hub logged the message is not here and does not come along.")


def tell_core(core: dict[str, Any]) -> None:
    """Print a message's header, which every proof of a row shows."""
    for name, words in _CORE:
        value = core.get(name)
        if value:
            click.echo(f"  {words}: {', '.join(value) if isinstance(value, list) else plain(value)}")
    for name, words in _TIMES:
        if core.get(name) is not None:
            click.echo(f"  {words}: {when(core[name])}")
    if core.get("identity_part"):
        click.echo("  the message has an identity part")


def tell_rows(word: str, rows: list[dict[str, Any]]) -> None:
    """Print rows under a word that says what they are."""
    click.echo(f"{word}: {count_rows(len(rows))}.")
    for row in rows:
        click.echo(f"  {plain(row['path'])}: {plain(row['value'])}")


def count_rows(number: int) -> str:
    """Return so many rows in words."""
    return f"{number} row" if number == 1 else f"{number} rows"


def write_private(path: Path, raw: bytes) -> None:
    """Write a file that its owner alone reads."""
    from runtime.files import write_atomic  # noqa: PLC0415 - only this command writes

    write_atomic(path, raw, private=True)
