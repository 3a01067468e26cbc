"""Commands about uses of what is kept: print it, make the copy for a court file, see what owners allowed."""

import json
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.client import ApiClient, ApiRefused
from nodes.commands.frame import client, fail, print_json, table, talking, when
from nodes.commands.reading import plain, print_tree, whole_id

BASES: Final = ("same_proceedings", "directly_related", "immediate_threat")


@click.command("print")
@click.argument("message")
@talking
def print_(message: str, as_name: str | None, *, as_json: bool) -> None:
    """Write MESSAGE for paper: its codes, owner and date of erasure stand above and below what it says."""
    node = client(as_name)
    found = node.get(f"/messages/{whole_id(node, message)}", use="print")
    if as_json:
        print_json(found)
        return
    header = found["header"] or {}
    marks = [*header.get("handling", []), *filter(None, [header.get("classification")])]
    line = f"{' '.join(marks) or '-'} | owner: {header.get('from', '-')} | erase by: {when(header.get('erase_by'))}"
    click.echo(line)
    click.echo(f"{found['type'] or '-'}  {found.get('reference') or ''}  {found['id']}")
    for part in ("document", "identity"):
        if found.get(part):
            print_tree(found[part], "  ")
    click.echo(line)


@click.command("export")
@click.argument("message")
@click.option("--for", "recipient", required=True, metavar="NODE", help="The judicial authority whose file it is.")
@click.option("--basis", type=click.Choice(BASES), help="What it serves there, for results of letters rogatory.")
@click.option("--accept-conditions", is_flag=True, help="Take the owner's conditions on without being asked.")
@click.option("-o", "--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The file to write.")
@talking
def export(message: str, as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Write the copy of MESSAGE for a court file, where its owner and the law allow it."""
    node, out = client(as_name), Path(given["out"])
    if out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    asked = {"for": given["recipient"]} | ({} if given["basis"] is None else {"basis": given["basis"]})
    path = f"/messages/{whole_id(node, message)}/exports"
    made = _exported(node, path, asked, accepted=given["accept_conditions"], ask=not as_json)
    from runtime.files import write_atomic  # noqa: PLC0415 - only this command writes

    write_atomic(out, json.dumps(made, ensure_ascii=False, indent=2).encode() + b"\n", private=True)
    if as_json:
        print_json({"file": str(out), "label": made["label"]})
        return
    click.echo(f"Wrote {out}. {made['label']} {made['remember']}")
    for each in made["conditions"]:
        click.echo(f"Condition: {plain(each)}")


def _exported(node: ApiClient, path: str, asked: dict[str, Any], *, accepted: bool, ask: bool) -> dict[str, Any]:
    """Return the copy; conditions of the owner that nobody has taken on yet are shown and asked first."""
    try:
        return node.post(path, asked | {"accept_conditions": accepted})
    except ApiRefused as refused:
        conditions = refused.problem.document.get("conditions", [])
        if accepted or not ask or not conditions:
            raise
        click.echo("The owner consented under these conditions:")
        for each in conditions:
            click.echo(f"  {plain(each)}")
        if not click.confirm("Do you take them on?", default=False):
            raise
    return node.post(path, asked | {"accept_conditions": True})


def _target(permission: dict[str, Any]) -> str:
    """Return the words where no participant is named: a consent to judicial use then permits nobody."""
    return "no participant named" if permission["use"] == "judicial" else "-"


@click.command("permissions")
@talking
def permissions(as_name: str | None, *, as_json: bool) -> None:
    """List what was asked of owners and what they allowed: where it stands, until when, under which conditions."""
    found = client(as_name).get("/permissions")
    if as_json:
        print_json(found)
        return
    rows = [
        [
            *(each["state"], each["use"], each["owner"], each["target"] or _target(each)),
            ", ".join(item["message"][:12] + (f" {item['item']}" if "item" in item else "") for item in each["items"]),
            when(each["until"] or each["due_at"]),
            "; ".join(plain(one) for one in each["conditions"]) or "-",
        ]
        for each in found["permissions"]
    ]
    table("Permissions", ("state", "use", "owner", "for", "about", "until", "conditions"), rows)
