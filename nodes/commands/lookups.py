"""Commands that tell about the node and its network: status, directory, types, people."""

import io
from pathlib import Path
from typing import Any

import click

from nodes.commands.clocks import status_lines
from nodes.commands.frame import client, print_json, table, talking, when
from runtime.files import write_atomic


@click.command("status")
@talking
def status(as_name: str | None, *, as_json: bool) -> None:
    """Tell how the node is doing."""
    found = client(as_name).get("/status")
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['node']}: {'enrolled' if found['enrolled'] else 'not enrolled'}")
    click.echo(f"directory: {found['directory']['size']} entries, looked at {when(found['directory']['synced_at'])}")
    offset = found["hub"]["offset_s"]
    click.echo(
        f"hub: answered {when(found['hub']['answered_at'])}, clock {'-' if offset is None else f'{offset:+d} s'}"
    )
    click.echo(
        f"policy: {(found['policy']['digest'] or 'none')[:16]}, {'here' if found['policy']['here'] else 'not here'}"
    )
    _show_overlay(found["overlay"])
    for box in ("outbox", "inbox", "statements"):
        states = ", ".join(f"{number} {state}" for state, number in sorted(found[box].items())) or "empty"
        click.echo(f"{box}: {states}")
    for each in found["mailboxes"]:
        taken = f"{each['taken']} of {each['total']} items taken"
        click.echo(f"{each['channel']}: {taken}, keys for {each['key_weeks_ahead']} weeks ahead")
    for each in found["transfers"]:
        way = "to the hub" if each["box"] == "out" else "from the hub"
        far = f"{each['parts_done']} of {each['parts']} parts {way}"
        trouble = f", {each['code']}" if each["code"] else ""
        click.echo(f"attachment {each['message'][:12]} {each['part']}: {far}{trouble}")
    for each in found["gaps"]:
        click.echo(f"missing from {each['sender']} in {each['channel']}: {each['low']} to {each['high']}")
    for each in found["closed"]:
        click.echo(f"no message {each['sequence']} from {each['sender']} in {each['channel']}: {each['sentence']}")
    if found["tasks"]["open"]:
        click.echo(f"tasks: {found['tasks']['open']} open, {found['tasks']['overdue']} overdue (see: tasks)")
    for line in status_lines(found):
        click.echo(line)
    for name, code in found["troubles"].items():
        click.echo(f"trouble: {name} {code}")
    for each in found["alarms"]:
        click.echo(f"alarm: {each['code']} {each['subject']} ({each['times']} times, last {when(each['last_at'])})")


@click.command("directory")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the directory file instead.")
@talking
def directory(out: Path | None, as_name: str | None, *, as_json: bool) -> None:
    """List the participants of the network, or write the directory file as this node has verified it."""
    if out is not None:
        raw = io.BytesIO()
        client(as_name).download("/directory/file", {}, raw, lambda *_: None)
        write_atomic(out, raw.getvalue())
        click.echo(f"Wrote {out.name}.")
        return
    found = client(as_name).get("/directory")
    if as_json:
        print_json(found)
        return
    rows = [
        [each["node"], each["country"], each["kind"], ", ".join(each["channels"]), each["label"], _standing(each)]
        for each in found["participants"]
    ]
    table("Directory", ("node", "country", "kind", "channels", "organisation", "standing"), rows)


@click.command("types")
@click.option("--language", default="en", show_default=True)
@talking
def types(language: str, as_name: str | None, *, as_json: bool) -> None:
    """List the message types and their forms."""
    found = client(as_name).get("/types", language=language)
    if as_json:
        print_json(found)
        return
    rows = [
        [each["id"], each["title"], ", ".join(each["channels"]), ", ".join(name for name in each["templates"] if name)]
        for each in found["types"]
    ]
    table("Message types", ("type", "title", "channels", "forms"), rows)


@click.command("people")
@talking
def people(as_name: str | None, *, as_json: bool) -> None:
    """List the persons of this node that can sign, for ``--sign-as``."""
    found = client(as_name).get("/people")
    if as_json:
        print_json(found)
        return
    table("People", ("person", "role"), [[each["person"], each["role"]] for each in found["people"]])


def _show_overlay(own: dict[str, Any] | None) -> None:
    if own is None:
        return
    fits = {True: f"{len(own['rules'])} rules", None: "waits for the policy"}
    state = fits.get(own["fits"], "does not fit the policy: nothing passes on this channel until it does")
    click.echo(f"overlay: {own['file']} over {own['channel']}, {state}")


def _standing(each: dict[str, Any]) -> str:
    return "revoked" if each["revoked"] else "suspended" if each["suspended"] else "in force"
