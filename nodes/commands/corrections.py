"""Commands about corrections: list, raise, confirm, carry out, pass on, verify; and read what is restricted."""

import json
from typing import Any, Final

import click

from nodes.commands.frame import client, print_json, table, talking
from nodes.commands.reading import plain, whole_id

_MOST: Final = 500
_CHANGE: Final = "A field by its path, such as /subjects/vehicles/0/plate, and what is right."
_UNIT = click.option("--unit", required=True, help="The unit that deals with it; the sender of the notice sees it.")
_NOTE = click.option("--note", required=True, help="What was done; kept encrypted at this node.")


@click.group("corrections", invoke_without_command=True)
@click.option("--overdue", is_flag=True, help="Only those in which somebody is late.")
@click.option("--language", default="en", show_default=True)
@talking
def corrections(as_name: str | None, language: str, *, overdue: bool, as_json: bool) -> None:
    """List corrections, erasures and restrictions, and how far each is with everybody who holds the data."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    found = client(as_name).get("/corrections", limit=_MOST, overdue=int(overdue), language=language)
    if as_json:
        print_json(found)
        return
    rows = [
        [
            *(each["notices"][0][:12], each["action"], each["message"][:12], each["from"] or "this node"),
            *(each["stage"], _far(each)),
        ]
        for each in found["corrections"]
    ]
    table("Corrections", ("notice", "action", "message", "raised by", "stage", "holders"), rows)
    for each in found["corrections"]:
        for line in _lines(each):
            click.echo(f"{each['notices'][0][:12]}: {line}")


@corrections.command("raise")
@click.argument("message")
@click.option("--action", type=click.Choice(["correct", "erase", "restrict", "release"]), required=True)
@click.option("--reason", required=True, help="A code of the list of reasons, such as inaccurate or unlawful.")
@click.option("--explanation", required=True, help="What was wrong and how it was found, without the wrong data.")
@click.option("--item", default=None, help="The entry concerned, such as p1; the whole message if left out.")
@click.option("--change", "changes", multiple=True, metavar="PATH=VALUE", help=_CHANGE)
@click.option("--text-language", "written_in", default=None, help="The language of the explanation.")
@click.option("--until", default=None, metavar="DATE", help="Until when a restriction is expected to last.")
@click.option("--dry-run", is_flag=True, help="Say whom it would go to, and send nothing.")
@talking
def raise_(message: str, as_name: str | None, *, as_json: bool, dry_run: bool, **given: Any) -> None:  # noqa: ANN401
    """Tell everybody who has a message of this node that it is corrected, erased, restricted or free again."""
    node = client(as_name)
    body = {"message": whole_id(node, message), "action": given["action"], "reason": given["reason"]}
    body |= {"explanation": given["explanation"], "dry_run": dry_run}
    optional = {"item": given["item"], "language": given["written_in"], "restricted_until": given["until"]}
    body |= {name: value for name, value in optional.items() if value is not None}
    if given["changes"]:
        body["changes"] = [_change(each) for each in given["changes"]]
    _tell(node.post("/corrections", body), as_json=as_json)


@corrections.command("confirm")
@click.argument("notice")
@_UNIT
@talking
def confirm(notice: str, unit: str, as_name: str | None, *, as_json: bool) -> None:
    """Answer the sender of a notice: that it came, what was done, and how far those after this node are."""
    node = client(as_name)
    _tell(node.post(f"/corrections/{whole_id(node, notice)}/confirm", {"unit": unit}), as_json=as_json)


@corrections.command("apply")
@click.argument("notice")
@_UNIT
@_NOTE
@click.option("--whole", is_flag=True, help="Erase the whole message where the notice names one entry of it.")
@click.option("--yes", is_flag=True, help="Do not ask before content is erased.")
@talking
def apply(notice: str, as_name: str | None, *, yes: bool, as_json: bool, **body: Any) -> None:  # noqa: ANN401
    """Say that a correction was carried out here, and answer its sender; what is to be erased is erased now."""
    node = client(as_name)
    identifier = whole_id(node, notice)
    erasing = [
        each["message"][:12]
        for each in node.get(f"/corrections/{identifier}")["corrections"]
        if each["action"] == "erase" and each["binding"] and each["here"]
    ]
    if erasing and not yes:
        click.confirm(f"The content of {', '.join(erasing)} is erased for good. Go on?", abort=True, err=True)
    _tell(node.post(f"/corrections/{identifier}/apply", body), as_json=as_json)


@corrections.command("pass-on")
@click.argument("notice")
@click.option("--explanation", default=None, help="The explanation in another language.")
@click.option("--text-language", "written_in", default=None, help="The language of that explanation.")
@talking
def pass_on(
    notice: str, explanation: str | None, written_in: str | None, as_name: str | None, *, as_json: bool
) -> None:
    """Tell everybody to whom this node passed the data on and who was not told yet."""
    node = client(as_name)
    given = {"explanation": explanation, "language": written_in}
    body = {name: value for name, value in given.items() if value is not None}
    _tell(node.post(f"/corrections/{whole_id(node, notice)}/pass-on", body), as_json=as_json)


@corrections.command("verify")
@click.argument("notice")
@_NOTE
@talking
def verify(notice: str, note: str, as_name: str | None, *, as_json: bool) -> None:
    """Close a correction that everybody carried out."""
    node = client(as_name)
    found = node.post(f"/corrections/{whole_id(node, notice)}/verify", {"note": note})
    if as_json:
        print_json(found)
        return
    click.echo("The correction is verified and closed.")


@corrections.command("read")
@click.argument("message")
@click.option("--reason", required=True, help="For which the message is kept; stored encrypted before it is shown.")
@talking
def read(message: str, reason: str, as_name: str | None, *, as_json: bool) -> None:
    """Read a restricted message for the reason for which it is kept."""
    node = client(as_name)
    found = node.post(f"/messages/{whole_id(node, message)}/read-restricted", {"reason": reason})
    if as_json:
        print_json(found)
        return
    click.echo(plain(json.dumps(found["document"], ensure_ascii=False, indent=2)))


def _far(each: dict[str, Any]) -> str:
    return ", ".join(f"{holder['node']} {holder['state']}" for holder in each["holders"]) or "-"


def _lines(each: dict[str, Any]) -> list[str]:
    marks = ["restricted here: no search finds it"] if each["restricted"] else []
    marks += [] if each["binding"] or not each["here"] else ["not by the sender of the data: it changes nothing here"]
    marks += [f"{words['sentence']} ({words['article']}) {words['remedy']}" for words in each["words"]]
    for holder in each["holders"]:
        if holder["sentence"] is not None:
            late = "OVERDUE " if holder["overdue"] else ""
            via = f" (from {holder['via']})" if holder["via"] else ""
            marks.append(f"{late}{holder['sentence']}{via} ({holder['article']}) {holder['remedy']}")
    return marks


def _change(text: str) -> dict[str, str]:
    path, _, value = text.partition("=")
    return {"field": path, "value": value}


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    if found["erased"]:
        click.echo(f"Erased here: {found['erased']}.")
    for each in found["sent"]:
        if each["state"] == "refused":
            click.echo(f"{each['node']}: refused. {each['title']}")
            for finding in each["findings"]:
                click.echo(f"  {finding['sentence']} ({finding['article']}) {finding['remedy']}")
        elif each["state"] == "would-go":
            click.echo(f"{each['node']}: it would go.")
        else:
            click.echo(f"{each['node']}: on its way as {each['id'][:12]}.")
