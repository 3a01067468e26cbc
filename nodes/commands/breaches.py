"""Commands about breaches: record one, write the drafts of its notices, list them, note what was done."""

import json
from pathlib import Path
from typing import Any

import click

from nodes.commands.frame import client, print_json, table, talking, when
from nodes.commands.reading import whole_id
from runtime.files import under, write_atomic


@click.command("breach")
@click.argument("messages", nargs=-1, required=True)
@click.option("--reference", required=True, help="The breach's own reference, which its notices bear.")
@click.option("--detected-at", required=True, metavar="TIME", help="When it was noticed, such as 2026-07-03T07:10:00Z.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Folder for the drafts of the notices, one for each party.",
)
@click.option("--language", default="en", show_default=True)
@talking
def breach(messages: tuple[str, ...], out: Path | None, as_name: str | None, *, as_json: bool, **given: str) -> None:
    """Record a breach and say who is concerned: who sent, received, opened or was shown the messages.

    Nothing is sent. Each draft names what can be known; complete it and send it with `send --file`.
    """
    node = client(as_name)
    body = {
        "reference": given["reference"],
        "detected_at": given["detected_at"],
        "messages": [whole_id(node, each) for each in messages],
    }
    found = node.post("/breaches", body)
    if as_json:
        print_json(found)
    else:
        _tell([found])
    if out is not None:
        _write(found["drafts"], out)


@click.group("breaches", invoke_without_command=True)
@click.option("--language", default="en", show_default=True)
@talking
def breaches(as_name: str | None, language: str, *, as_json: bool) -> None:
    """List the breaches recorded here, with the clock of the notice to the authority and who was told."""
    if click.get_current_context().invoked_subcommand is not None:
        return
    found = client(as_name).get("/breaches", language=language)
    if as_json:
        print_json(found)
        return
    _tell(found["breaches"])


@breaches.command("note")
@click.argument("reference")
@click.argument("step", type=click.Choice(["assessed", "authority", "persons", "closed"]))
@click.option("--note", required=True, help="What was done; kept encrypted at this node.")
@talking
def note(reference: str, step: str, note: str, as_name: str | None, *, as_json: bool) -> None:
    """Note that a step was done now."""
    found = client(as_name).post("/breaches/note", {"reference": reference, "step": step, "note": note})
    if as_json:
        print_json(found)
        return
    _tell([found])


@breaches.command("drafts")
@click.argument("reference")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for the drafts.")
@talking
def drafts(reference: str, out: Path, as_name: str | None, *, as_json: bool) -> None:
    """Write the drafts of the notices to those who were not told yet."""
    found = client(as_name).get("/breaches/one", reference=reference)
    if as_json:
        print_json(found)
    _write(found["drafts"], out)


def _tell(found: list[dict[str, Any]]) -> None:
    for each in found:
        authority = each["authority"]
        told = f"told {when(authority['told_at'])}" if authority["told_at"] is not None else "not told"
        click.echo(f"{each['reference']}: {each['stage']}, noticed {when(each['detected_at'])}")
        click.echo(f"  authority: {told}, due {when(authority['due_at'])}{' OVERDUE' if authority['overdue'] else ''}")
        if authority.get("sentence"):
            click.echo(f"  {authority['sentence']} ({authority['article']}) {authority['remedy']}")
        rows = [
            [
                *(party["node"], ", ".join(party["parts"]), str(len(party["messages"]))),
                *(", ".join(party["categories"]) or "-", when(party["told_at"]) if party["told_at"] else "not told"),
            ]
            for party in each["parties"]
        ]
        table("Concerned", ("node", "part", "messages", "categories", "notice"), rows)


def _write(found: list[dict[str, Any]], out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True, mode=0o700)
    for each in found:
        path = under(out, f"{each['to'][0]}.json")
        write_atomic(path, json.dumps(each["document"], ensure_ascii=False, indent=2).encode() + b"\n", private=True)
        click.echo(f"Draft for {each['to'][0]}: {path}; to complete: {', '.join(each['to_complete'])}.", err=True)
