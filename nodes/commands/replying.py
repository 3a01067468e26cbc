"""The command that answers a message: what the message says is taken over, the rest is asked for or shown."""

from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.client import ApiClient
from nodes.commands.files import attaching
from nodes.commands.forms import answer, fielding, received
from nodes.commands.frame import client, fail, talking
from nodes.commands.reading import whole_id
from nodes.commands.sending import Asked, build_request, compose

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("reply")
@click.argument("message")
@click.option("--type", "type_", metavar="TYPE", help="Message type, such as MT-03; chosen where only one answers.")
@click.option("--answer", "words", metavar="WORDS", help="The answer to a request, in words.")
@click.option("--file", "path", type=_FILE, help="JSON file with the document.")
@click.option("--identity", type=_FILE, help="JSON file with the identity part.")
@click.option("--language", help="Language of the content; that of MESSAGE if left out.")
@click.option("--consent", "consents", multiple=True, metavar="REFERENCE", help="A consent reference.")
@click.option("--sign-as", metavar="PERSON", help="Sign with this person's key.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@fielding
@attaching
@talking
def reply(message: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options above
    """Answer a message: recipient, channel, conversation and language are those of MESSAGE."""
    node = client(as_name)
    request = build_request(given) | {"in_reply_to": whole_id(node, message)}
    row = _row(node, request["in_reply_to"])
    form = answer(given["words"]) if given.get("words") else None
    type_ = str(request.get("type") or _answering(node, row, None if form is None else form.type))
    if form is not None and type_ != form.type:
        fail("WRONG_TYPE", f"--answer writes {form.type}, not {type_}", "Leave out --answer and use --field")
    if form is None and "document" not in request:
        form = received(row, type_)
    compose(node, Asked(request | {"type": type_}, form), given, as_json=as_json)


def _row(node: ApiClient, message: str) -> dict[str, Any]:
    """Return a message's line in its box, which does not count as reading it."""
    boxes = ("inbox", "outbox") if set(message) <= set("0123456789abcdef") else ()
    found = [row for box in boxes for row in node.get("/messages", box=box, id=message, limit=1)["messages"]]
    if not found:
        fail("NOT_FOUND", f"There is no message {message[:12]} at this node", "`inbox` lists what arrived")
    if found[0]["type"] is None:
        fail("NOT_OPEN", "What cannot be read cannot be answered", f"See: why {message[:12]}")
    return dict(found[0])


def _answering(node: ApiClient, row: dict[str, Any], wanted: str | None) -> str:
    """Return the type of the answer: the one wanted where it answers such a message, or the only one that does."""
    types = node.get(f"/types/{row['type'].partition('/')[0]}/answers")["types"]
    known = [str(each["id"]) for each in types]
    if wanted in known:
        return str(wanted)
    if not known:
        fail("NO_ANSWER", f"No type of message answers {row['type']}", "Send a message of its own")
    if len(known) > 1 or wanted is not None:
        listed = "; ".join(f"{each['id']} {each['title']}" for each in types)
        remedy = "Add --type; `types TYPE` lists its fields, which --field or --file fills"
        fail("WHICH_TYPE", f"{row['type']} can be answered by: {listed}", remedy)
    return known[0]
