"""``egnatia node forward``: pass chosen rows of a received message on, under its sender's own signatures."""

from typing import Any, Final

import click

from nodes.commands.disclosing import tell_proposal
from nodes.commands.frame import client, fail, naming_options, print_json, talking
from nodes.commands.reading import plain, whole_id

_OPTIONS: Final = {"/document/crime_area": "--crime-area"}


@click.command("forward")
@click.argument("message")
@click.option("--to", "recipient", required=True, metavar="NODE", help="The participant who gets the rows.")
@click.option("--row", "rows", multiple=True, metavar="PATH", help="A row to pass on, such as /facts; repeat for more.")
@click.option("--rows", "patterns", multiple=True, metavar="PATTERN", help="Rows to pass on, such as '/subjects/*'.")
@click.option("--with-file", "files", multiple=True, metavar="NAME", help="A file of it to take along, such as att-00.")
@click.option("--because", "relevance", required=True, help="Why they matter to the recipient; 20 characters at least.")
@click.option("--purpose", help="Why they are passed on; the message's own purpose if left out.")
@click.option("--crime-area", help="Crime area; that of the message if left out.")
@click.option("--serious", is_flag=True, help="It is about a serious offence.")
@click.option("--language", default="en", show_default=True, help="The language of the words around the rows.")
@click.option("--approve-as", multiple=True, metavar="PERSON", help="Approve with this person's key; repeat it.")
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be passed on.")
@talking
def forward(message: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Pass rows of MESSAGE on in a message of your own (type MT-05); the recipient can prove who wrote them.

    The owner's restrictions and conditions go along whichever rows are chosen. Files stay here unless they are named.
    """
    node = client(as_name)
    asked = {
        "to": given["recipient"],
        "relevance": given["relevance"],
        "serious": given["serious"],
        "language": given["language"],
        **{name: list(given[name]) for name in ("rows", "patterns", "files", "approve_as")},
        **{name: given[name] for name in ("crime_area", "purpose") if given[name] is not None},
    }
    path = f"/messages/{whole_id(node, message)}/forwards"
    with naming_options(_OPTIONS):
        proposed = node.post(path, asked | {"dry_run": True})
    if not as_json:
        tell_proposal(proposed, given["recipient"])
        for each in proposed["conditions"]:
            click.echo(f"Condition of the owner, which goes along: {plain(each)}")
    if given["dry_run"]:
        if as_json:
            print_json(proposed)
        return
    if not given["yes"] and (as_json or not click.confirm("Send it?", default=False)):
        fail("NOT_CONFIRMED", "Nothing was sent", "Confirm the question, or add --yes")
    sent = node.post(path, asked)
    if as_json:
        print_json(sent)
        return
    click.echo(f"Sent as message {sent['id']}. See how far it is with: egnatia node why {sent['id'][:12]}")
