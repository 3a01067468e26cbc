"""Commands that tell about the node and its network: status, directory, types, people."""

import io
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from nodes.commands.client import ApiClient, ApiRefused
from nodes.commands.clocks import status_lines
from nodes.commands.frame import client, fail, print_json, table, talking, when
from protocol.errors import Code
from runtime.files import write_atomic

_FEW: Final = 8  # codes that fit a line


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
    click.echo(f"log: {found['log']['size']} entries verified")
    _show_hub(found["hub"])
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
    if found["corrections"]["open"]:
        late = f"{found['corrections']['overdue']} overdue, {found['corrections']['to_pass_on']} to pass on"
        click.echo(f"corrections: {found['corrections']['open']} open, {late} (see: corrections)")
    if found["breaches"]["open"]:
        click.echo(f"breaches: {found['breaches']['open']} open, {found['breaches']['overdue']} late (see: breaches)")
    if found["tasks"]["open"]:
        click.echo(f"tasks: {found['tasks']['open']} open, {found['tasks']['overdue']} overdue (see: tasks)")
    for line in status_lines(found):
        click.echo(line)
    _show_troubles(found)


@click.command("directory")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write the directory file instead.")
@click.option("--agreements", is_flag=True, help="Tell the agreements in force in words instead.")
@click.option("--language", default="en", show_default=True)
@talking
def directory(out: Path | None, language: str, as_name: str | None, *, agreements: bool, as_json: bool) -> None:
    """List the participants of the network or its agreements, or write the directory file as this node verified it."""
    if out is not None:
        raw = io.BytesIO()
        client(as_name).download("/directory/file", {}, raw, lambda *_: None)
        write_atomic(out, raw.getvalue())
        click.echo(f"Wrote {out.name}.")
        return
    found = client(as_name).get("/directory", language=language)
    if as_json:
        print_json(found)
        return
    if agreements:
        _tell_agreements(found["agreements"])
        return
    rows = [_participant(each, found["countries"]) for each in found["participants"]]
    table("Directory", ("node", "country", "kind", "channels", "organisation", "standing"), rows)
    for line in found["footnotes"]:
        click.echo(line)


@click.command("types")
@click.argument("type_", metavar="[TYPE]", required=False)
@click.argument("field", metavar="[FIELD]", required=False)
@click.option("--language", help="In which language; that of this terminal if left out.")
@talking
def types(type_: str | None, field: str | None, language: str | None, as_name: str | None, *, as_json: bool) -> None:
    """List the message types and their forms; with TYPE its fields, with FIELD what stands below one of them."""
    node = client(as_name)
    if type_ is not None:
        _show_type(node, (type_, field, language), as_json=as_json)
        return
    found = node.get("/types", language=language)
    if as_json:
        print_json(found)
        return
    rows = [
        [each["id"], each["title"], ", ".join(each["channels"]), ", ".join(name for name in each["templates"] if name)]
        for each in found["types"]
    ]
    table("Message types", ("type", "title", "channels", "forms"), rows)


def _show_type(node: ApiClient, asked: tuple[str, str | None, str | None], *, as_json: bool) -> None:
    type_, field, language = asked
    below = None if field is None else field.removeprefix("/document")
    name = type_.partition("/")[0]
    try:
        found = node.get(f"/types/{quote(name, safe='')}", field=below, language=language)
    except ApiRefused as refused:
        if refused.problem.code != Code.NOT_FOUND:
            raise
        what = f"There is no message type {name}" if below is None else f"{name} has no field {below}, or is no type"
        fail("UNKNOWN_TYPE", what, "`types` lists the types, `types TYPE` the fields of one")
    if as_json:
        print_json(found)
        return
    click.echo(f"{found['id']} {found['title']}, on {', '.join(found['channels'])}")
    if found["answers"]:
        click.echo(f"answers: {', '.join(found['answers'])}")
    if found["answered_by"]:
        click.echo(f"answered by: {', '.join(each['id'] + ' ' + each['title'] for each in found['answered_by'])}")
    if len(found["fields"]) == 1 and found["fields"][0]["values"]:
        table("Values", ("code", "words"), [[each["code"], each["words"]] for each in found["fields"][0]["values"]])
        for note in found["fields"][0]["footnotes"]:
            click.echo(note)
        return
    rows = [
        [each["path"] + ("" if not each["required"] else " *"), each["title"], _kind(each)] for each in found["fields"]
    ]
    table("Fields (* must be there)", ("field", "what", "kind or values"), rows)


def _kind(field: dict[str, Any]) -> str:
    """Return what may stand in a field: its codes where they are few, else its kind."""
    codes = [each["code"] for each in field["values"]]
    if not codes:
        return f"{field['kind']} of {', '.join(field['needs'])}" if field["needs"] else str(field["kind"])
    return ", ".join(codes) if len(codes) <= _FEW else f"one of {len(codes)} codes"


@click.command("people")
@talking
def people(as_name: str | None, *, as_json: bool) -> None:
    """List the persons of this node that can sign, for ``--sign-as``."""
    found = client(as_name).get("/people")
    if as_json:
        print_json(found)
        return
    table("People", ("person", "role"), [[each["person"], each["role"]] for each in found["people"]])


def _show_hub(found: dict[str, Any]) -> None:
    offset = found["offset_s"]
    click.echo(f"hub: answered {when(found['answered_at'])}, clock {'-' if offset is None else f'{offset:+d} s'}")
    closed = found["closed"]
    if closed is not None:
        click.echo(f"hub: takes no messages for now. {closed['title']} {closed['remedy']} [{closed['code']}]")


def _show_troubles(found: dict[str, Any]) -> None:
    for name, code in found["troubles"].items():
        click.echo(f"trouble: {name} {code}")
    for each in found["alarms"]:
        click.echo(f"alarm: {each['code']} {each['subject']} ({each['times']} times, last {when(each['last_at'])})")
        if each["sentence"]:
            click.echo(f"  {each['sentence']} {each['remedy']}")


def _show_overlay(own: dict[str, Any] | None) -> None:
    if own is None:
        return
    fits = {True: f"{len(own['rules'])} rules", None: "waits for the policy"}
    state = fits.get(own["fits"], "does not fit the policy: nothing passes on this channel until it does")
    click.echo(f"overlay: {own['file']} over {own['channel']}, {state}")


def _participant(each: dict[str, Any], countries: dict[str, str]) -> list[str]:
    country = countries.get(each["country"], each["country"])
    return [each["node"], country, each["kind"], ", ".join(each["channels"]), each["label"], _standing(each)]


def _tell_agreements(found: list[dict[str, Any]]) -> None:
    notes: dict[str, None] = {}
    for each in found:
        click.echo(f"{each['id']}{'' if each['current'] else ' (not in force now)'}")
        for line in each["words"]:
            click.echo(f"  {line['label']}: {line['text']}")
        notes |= dict.fromkeys(each["footnotes"])
    for note in notes:
        click.echo(note)
    click.echo(f"{len(found)} {'agreement' if len(found) == 1 else 'agreements'}.")


def _standing(each: dict[str, Any]) -> str:
    return "revoked" if each["revoked"] else "suspended" if each["suspended"] else "in force"
