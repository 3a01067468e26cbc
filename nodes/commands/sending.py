"""Commands that act on messages: send, release, return."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.client import ApiClient
from nodes.commands.files import attaching, take_along, wait_for
from nodes.commands.forms import (
    QUERIES,
    Form,
    ask_to_send,
    fielding,
    fill_in,
    question,
    split_fields,
    versioned,
    with_fields,
)
from nodes.commands.frame import client, fail, naming_options, print_json, talking
from nodes.commands.reading import whole_id

_INVESTIGATE: Final = "investigate"
_FILE_KEYS: Final = ("type", "to", "channel", "purpose", "language", "handling", "classification", "identity")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("send")
@click.option("--to", multiple=True, metavar="NODE", help="A recipient; repeat for more.")
@click.option("--inform", multiple=True, metavar="NODE", help="A recipient who need not act.")
@click.option("--type", "type_", metavar="TYPE", help="Message type, such as MT-01 or MT-01/1.")
@click.option("--file", "path", type=_FILE, help="JSON file with the document, or with a whole request.")
@click.option("--identity", type=_FILE, help="JSON file with the identity part.")
@click.option("--query", type=click.Choice(QUERIES), help="A usual question, made from a form.")
@click.option("--plate", help="Number plate (with --query vehicle).")
@click.option("--family", help="Family name (with --query person).")
@click.option("--given", help="Given name (with --query person).")
@click.option("--birth", help="Date of birth (with --query person).")
@click.option("--role", help="Role of the person (with --query person).")
@click.option("--connection", help="How the person is connected with the reason (with --query person).")
@click.option("--kind", help="Kind of the vehicle, document or firearm.")
@click.option("--number", help="Number of the telephone, document or firearm.")
@click.option("--city", help="City (with --query address).")
@click.option("--country", help="Country of the plate, document or address, two letters.")
@click.option("--reason", help="Why you ask: the facts, in words.")
@click.option("--necessity", help="Why the answer is necessary for that; the reason if left out.")
@click.option("--offence", default=None, help="The offence, in words.")
@click.option("--crime-area", help="Crime area of the question; trafficking_in_persons if left out.")
@click.option("--purpose", help="Purpose; filled in where only one is agreed, investigate with --query.")
@click.option("--channel", help="Channel; filled in where only one fits.")
@click.option("--language", help="Language of the content.")
@click.option("--reply-to", "in_reply_to", metavar="ID", help="The message this answers.")
@click.option("--consent", "consents", multiple=True, metavar="REFERENCE", help="A consent reference.")
@click.option("--approval", "approvals", multiple=True, metavar="REFERENCE", help="An approval reference.")
@click.option("--erase-by", help="When recipients must have erased it, such as 2027-03-31.")
@click.option("--life-days", type=click.IntRange(1, 90), help="How long it may wait for its recipients.")
@click.option("--sign-as", metavar="PERSON", help="Sign with this person's key, as letters rogatory need.")
@click.option(
    "--approve-as", multiple=True, metavar="PERSON", help="Approve with this person's key; repeat it for a second."
)
@click.option("--only-allowed", is_flag=True, help="Send to those recipients that no rule refuses.")
@click.option("--dry-run", is_flag=True, help="Only tell what would happen.")
@click.option("--once", "key", metavar="KEY", help="Repeating the command with this key sends nothing twice.")
@fielding
@attaching
@talking
def send(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options above
    """Send a message: a usual question (--query), or any type from a file or from single fields."""
    node = client(as_name)
    form = question(given) if given.get("query") else None
    request = build_request(given)
    if form is None and given.get("fields") and "document" not in request:
        form = Form(_type_of(request), "", {})
    if request.get("in_reply_to"):
        request["in_reply_to"] = whole_id(node, request["in_reply_to"])
    compose(node, Asked(request, form), given, as_json=as_json)


@click.command("release")
@click.argument("message")
@click.option("--reason", required=True, help="Why it may be read.")
@talking
def release(message: str, reason: str, as_name: str | None, *, as_json: bool) -> None:
    """Release a held message, with a reason that is kept."""
    _decide(message, "release", reason, as_name, as_json=as_json)


@click.command("return")
@click.argument("message")
@click.option("--reason", required=True, help="Why it is not taken.")
@talking
def give_back(message: str, reason: str, as_name: str | None, *, as_json: bool) -> None:
    """Return a held message to its sender, who is told."""
    _decide(message, "return", reason, as_name, as_json=as_json)


def build_request(given: dict[str, Any]) -> dict[str, Any]:
    """Return the API's request for the options of ``send``."""
    request: dict[str, Any] = {}
    if given.get("path") is not None:
        request = _read_file(given["path"])
    if given.get("query"):
        request["purpose"] = _INVESTIGATE
    if given.get("type_"):
        request["type"] = versioned(given["type_"])
    if given.get("identity") is not None:
        request["identity"] = json.loads(given["identity"].read_text(encoding="utf-8"))
    to = [{"node": node} for node in given.get("to", ())]
    to += [{"node": node, "mode": "information"} for node in given.get("inform", ())]
    if to:
        request["to"] = to
    names = ("purpose", "channel", "language", "in_reply_to", "erase_by", "life_days", "sign_as")
    request |= {name: given[name] for name in names if given.get(name) is not None}
    request |= {name: list(given[name]) for name in ("consents", "approvals", "approve_as") if given.get(name)}
    return request


def _read_file(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, UnicodeDecodeError) as err:
        fail("MALFORMED", f"{path.name} is no JSON: {err}", "Correct the file")
    if not isinstance(found, dict):
        fail("MALFORMED", f"{path.name} holds no JSON object", "Write the document as one object")
    if "document" in found:
        return found
    if "body" in found and "type" in found:  # a message as the catalogue's examples write it
        return {"document": found["body"]} | {key: found[key] for key in _FILE_KEYS if key in found}
    return {"document": found}


@dataclass(frozen=True, slots=True)
class Asked:
    """What is sent: the request so far, and the form that makes its document where no file does."""

    request: dict[str, Any]
    form: Form | None


def compose(node: ApiClient, asked: Asked, given: dict[str, Any], *, as_json: bool) -> None:
    """Complete the request with the form and the single fields, show what was filled in, and send it."""
    request, form = dict(asked.request), asked.form
    fields, identity = split_fields(given.get("fields", ()))
    if identity:
        request["identity"] = with_fields(request.get("identity", {}), identity)
    if form is None:
        if fields:
            request["document"] = with_fields(request.get("document", {}), fields)
    else:
        request |= fill_in(node, form, fields, request.get("language"))
        ask_to_send(given, as_json=as_json)
    with naming_options({} if form is None else form.options):
        _post(node, request, given, as_json=as_json)


def _type_of(request: dict[str, Any]) -> str:
    if "type" not in request:
        fail("MISSING", "The type of the message is not named", "Add --type; `types` lists them")
    return str(request["type"])


def _post(node: Any, request: dict[str, Any], given: dict[str, Any], *, as_json: bool) -> None:  # noqa: ANN401 - a client
    flags = {"dry_run": bool(given.get("dry_run")), "only_allowed": bool(given.get("only_allowed"))}
    headers = {"Idempotency-Key": given["key"]} if given.get("key") else None
    files, patience = take_along(node, given, quiet=as_json)
    found = node.post("/messages", request | flags | files, headers, patience_s=patience)
    if not as_json:
        _tell_closed(found.get("hub_closed"))
    if given.get("wait") and found["state"] != "would-go":
        found |= _outcome(wait_for(node, found["id"], quiet=as_json))
    if as_json:
        print_json(found)
        return
    if found["state"] == "would-go":
        header = found["header"]
        click.echo(f"It would go on {found['channel']} to {', '.join(header['to'])}, purpose {header['purpose']}.")
        return
    words = {"ready": "Sealed and queued", "accepted": "The hub has it"}
    click.echo(f"{words.get(found['state'], found['state'].capitalize())}: {found['id']}")
    if found.get("left_out"):
        click.echo(f"Left out: {', '.join(found['left_out'])}")
        for finding in found.get("findings", []):
            click.echo(f"  {finding['sentence']} ({finding['article']}) {finding['remedy']}")


def _tell_closed(closed: dict[str, str] | None) -> None:
    """Say that the hub signs nothing for now, before a person waits for it."""
    if closed is not None:
        words = f"The hub takes no messages for now; this one waits here and goes by itself. {closed['title']}"
        click.echo(words, err=True)


def _outcome(message: dict[str, Any]) -> dict[str, Any]:
    """Return what became of a message that was waited for; a refusal ends the command."""
    if message["state"] != "accepted":
        fail(message["code"] or "REFUSED", f"The message is {message['state']}", f"See: why {message['id'][:12]}")
    keys = ("id", "state", "accepted_at", "attachments")
    return {key: message[key] for key in keys}


def _decide(message: str, verb: str, reason: str, as_name: str | None, *, as_json: bool) -> None:
    node = client(as_name)
    found = node.post(f"/messages/{whole_id(node, message)}/{verb}", {"reason": reason})
    if as_json:
        print_json(found)
        return
    click.echo(f"The message is {found['state']}.")
