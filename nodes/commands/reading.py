"""Commands that look at messages: inbox, outbox, show, why, thread, evidence."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from nodes.commands.clocks import clock_lines, due_notes
from nodes.commands.frame import client, fail, print_json, table, talking, when
from nodes.commands.pages import list_box, paged, tell_more
from protocol.short_reference import bare, looks_like_reference


@click.command("inbox")
@paged
@talking
def inbox(as_name: str | None, *, as_json: bool, **page: Any) -> None:  # noqa: ANN401 - the options of paged
    """List what arrived, the newest first."""
    found = list_box(client(as_name), "inbox", page)
    if as_json:
        print_json(found)
        return
    rows = [
        [_id(row), row["state"], row["type"] or "-", row["from"] or "-", *_heard(row), _note(row)]
        for row in found["messages"]
    ]
    table("Inbox", ("id", "state", "type", "from", "reference", "received", "note"), rows)
    tell_more(found)


@click.command("outbox")
@paged
@talking
def outbox(as_name: str | None, *, as_json: bool, **page: Any) -> None:  # noqa: ANN401 - the options of paged
    """List what was sent, the newest first, and how far each recipient is."""
    found = list_box(client(as_name), "outbox", page)
    if as_json:
        print_json(found)
        return
    rows = [
        [
            *(_id(row), row["state"], row["type"], ", ".join(_reached(who) for who in row["to"])),
            *(row.get("reference") or "-", when(row["created_at"])),
        ]
        for row in found["messages"]
    ]
    table("Outbox", ("id", "state", "type", "to", "reference", "written"), rows)
    tell_more(found)


@click.command("show")
@click.argument("message")
@talking
def show(message: str, as_name: str | None, *, as_json: bool) -> None:
    """Show a message. The first time you open a received one, its sender is told."""
    node = client(as_name)
    found = node.get(f"/messages/{whole_id(node, message)}")
    if as_json:
        print_json(found)
        return
    header = found["header"] or {}
    click.echo(f"{found['type'] or '-'}  {found['state']}  {found['id']}")
    click.echo(f"from {header.get('from', found.get('from') or '-')} to {', '.join(header.get('to', [])) or '-'}")
    if found.get("reference"):
        click.echo(f"reference: {found['reference']}")
    for name in ("purpose", "language", "urgency", "classification"):
        if header.get(name):
            click.echo(f"{name}: {header[name]}")
    if header.get("handling"):
        click.echo(f"handling: {', '.join(header['handling'])}")
    for line in screening_lines(found.get("screening")):
        click.echo(line)
    for line in clock_lines(found.get("clocks", [])):
        click.echo(line)
    for finding in found.get("findings", []):
        click.echo(f"held: {finding['sentence']} ({finding['article']}) {finding['remedy']}")
    for line in _file_lines(found.get("attachments", [])):
        click.echo(f"attachment {line}")
    for part in ("document", "identity"):
        if found.get(part):
            click.echo(f"{part}:")
            _print_tree(found[part], "  ")


@click.command("why")
@click.argument("message")
@talking
def why(message: str, as_name: str | None, *, as_json: bool) -> None:
    """Say where a message is, who has to act, which rule stopped it, and what to do."""
    node = client(as_name)
    found = node.get(f"/messages/{whole_id(node, message)}/why")
    if as_json:
        print_json(found)
        return
    if found.get("reference"):
        click.echo(f"reference: {found['reference']}")
    for step in found["steps"]:
        who = f"{step['node']}: " if step.get("node") and not step["sentence"].startswith(step["node"]) else ""
        click.echo(f"At: {step['where']}. {who}{step['sentence']}")
        if step.get("article"):
            click.echo(f"  Rule: {step['article']}.")
        if step.get("overlay"):
            click.echo(f"  This rule is of this node's own overlay ({step['overlay']}).")
        click.echo(f"  To act: {step['who']}. {step['remedy']}")


@click.command("thread")
@click.argument("message")
@talking
def thread(message: str, as_name: str | None, *, as_json: bool) -> None:
    """List the conversation a message belongs to."""
    node = client(as_name)
    found = node.get(f"/messages/{whole_id(node, message)}/thread")
    if as_json:
        print_json(found)
        return
    rows = [
        [_id(row), row["box"], row["state"], row["type"] or "-", when(row.get("received_at") or row.get("created_at"))]
        for row in found["messages"]
    ]
    table("Conversation", ("id", "box", "state", "type", "time"), rows)


@click.command("evidence")
@click.argument("message")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=None, help="Write JSON to a file.")
@talking
def evidence(message: str, out: Path | None, as_name: str | None, *, as_json: bool) -> None:
    """List what proves a message and each of its steps."""
    node = client(as_name)
    found = node.get(f"/evidence/{whole_id(node, message)}")
    if out is not None:
        import json  # noqa: PLC0415

        from runtime.files import write_atomic  # noqa: PLC0415 - only this option writes

        write_atomic(out, json.dumps(found, indent=2).encode() + b"\n")
    if as_json:
        print_json(found)
        return
    rows = [[each["event"], each["issuer"], when(each["at"]), when(each["logged_at"])] for each in found["evidence"]]
    table("Evidence", ("event", "by", "at", "in the log"), rows)


def whole_id(node: Any, text: str) -> str:  # noqa: ANN401 - a client
    """Return the id of the message that a person means.

    Typed are the first digits of the id, or the short reference that the other side reads out over the telephone; ``-``
    is the newest received message. A reference that was misheard is refused in words.
    """
    if len(text) == 64:  # noqa: PLR2004 - hex digits of an id
        return text
    if text == "-":
        rows = node.get("/messages", box="inbox", limit=500)["messages"]
        return next((str(row["id"]) for row in rows if row["id"]), text)
    if looks_like_reference(text):
        return _referred(node, text)
    prefix = text.lower()
    if not set(prefix) <= set("0123456789abcdef"):
        return text
    fits = {
        str(row["id"])
        for box in ("inbox", "outbox")
        for row in node.get("/messages", box=box, id=prefix, limit=2)["messages"]
    }
    return fits.pop() if len(fits) == 1 else text


def _referred(node: Any, text: str) -> str:  # noqa: ANN401 - a client
    found = node.get(f"/references/{quote(bare(text), safe='')}")["messages"]
    if len(found) > 1:
        several = ", ".join(each[:12] for each in found)
        fail("SEVERAL_MESSAGES", f"{len(found)} messages have this reference: {several}", "Name one of them by its id")
    return str(found[0])


def _id(row: dict[str, Any]) -> str:
    return (row["id"] or "")[:12] or f"{row['channel']} {row['number']}"


def _heard(row: dict[str, Any]) -> tuple[str, str]:
    """Return what both sides can read to each other over the telephone, and when the message came."""
    return row.get("reference") or "-", when(row["received_at"])


def _note(row: dict[str, Any]) -> str:
    notes = [row["lane"]] if row.get("lane") else []
    notes += [row["code"]] if row.get("code") else []
    notes += due_notes(row)
    notes += ["unread"] if row["state"] in ("accepted", "released") and row["read_at"] is None else []
    notes += ["out of order"] if row["out_of_order"] else []
    return ", ".join(notes)


def screening_lines(found: dict[str, Any] | None) -> Iterator[str]:
    """Yield what a person is shown of a screening: the lane, each reason with its article, and what it is about."""
    if not found:
        return
    limit = ", by its header only" if found["header_only"] else ""
    yield f"lane: {found['lane']} (screened {when(found['screened_at'])}{limit}; a person decides)"
    for each in found["reasons"]:
        yield f"  {each['lane']}: {each['sentence']} ({each['article']}; {each['text']}) {each['remedy']}"
    if found["about"]:
        yield f"  compare with: {', '.join(each[:12] for each in found['about'])}"


def _reached(who: dict[str, Any]) -> str:
    for name, word in (("rejected_at", "returned"), ("read_at", "read"), ("handed_over_at", "delivered")):
        if who[name] is not None:
            return f"{who['node']} ({'held there' if who['held'] and word == 'delivered' else word})"
    return f"{who['node']} (cannot open)" if who["failed_at"] is not None else who["node"]


def _file_lines(files: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield what a person is shown of a message's attachments; names are data and lose what could mislead."""
    for each in files:
        far = "" if each["state"] not in ("ready", "waiting") else f", {each['parts_done']} of {each['parts']} parts"
        name = plain(each.get("name", "-"))
        words = {"waiting": "not yet fetched", "ready": "on its way to the hub", "here": "here", "sent": "at the hub"}
        state = words.get(each["state"], each["state"])
        yield f"{each['part']}: {name} ({each.get('media_type', '-')}, {each.get('size', '-')} bytes), {state}{far}"


def _print_tree(value: object, indent: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                click.echo(f"{indent}{name}:")
                _print_tree(inner, indent + "  ")
            else:
                click.echo(f"{indent}{name}: {plain(inner)}")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                click.echo(f"{indent}-")
                _print_tree(inner, indent + "  ")
            else:
                click.echo(f"{indent}- {plain(inner)}")


def plain(value: object) -> str:
    """Return a value for a terminal: control characters of a sender never reach it."""
    text = str(value)
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
