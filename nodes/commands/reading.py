"""Commands that look at messages: inbox, outbox, show, why, thread, evidence."""

from pathlib import Path
from typing import Any

import click

from nodes.commands.frame import client, print_json, table, talking, when


@click.command("inbox")
@click.option("--search", "query", default=None, metavar="WORDS", help="Only messages with all these words.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@talking
def inbox(query: str | None, limit: int, as_name: str | None, *, as_json: bool) -> None:
    """List what arrived, the newest first."""
    found = client(as_name).get("/messages", box="inbox", q=query, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [
        [_id(row), row["state"], row["type"] or "-", row["from"] or "-", when(row["received_at"]), _note(row)]
        for row in found["messages"]
    ]
    table("Inbox", ("id", "state", "type", "from", "received", "note"), rows)


@click.command("outbox")
@click.option("--search", "query", default=None, metavar="WORDS", help="Only messages with all these words.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@talking
def outbox(query: str | None, limit: int, as_name: str | None, *, as_json: bool) -> None:
    """List what was sent, the newest first, and how far each recipient is."""
    found = client(as_name).get("/messages", box="outbox", q=query, limit=limit)
    if as_json:
        print_json(found)
        return
    rows = [
        [_id(row), row["state"], row["type"], ", ".join(_reached(who) for who in row["to"]), when(row["created_at"])]
        for row in found["messages"]
    ]
    table("Outbox", ("id", "state", "type", "to", "written"), rows)


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
    for name in ("purpose", "language", "urgency", "classification"):
        if header.get(name):
            click.echo(f"{name}: {header[name]}")
    if header.get("handling"):
        click.echo(f"handling: {', '.join(header['handling'])}")
    for finding in found.get("findings", []):
        click.echo(f"held: {finding['sentence']} ({finding['article']}) {finding['remedy']}")
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
    for step in found["steps"]:
        who = f"{step['node']}: " if step.get("node") and not step["sentence"].startswith(step["node"]) else ""
        click.echo(f"At: {step['where']}. {who}{step['sentence']}")
        if step.get("article"):
            click.echo(f"  Rule: {step['article']}.")
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
    """Return the whole id of a message of which a person typed the first digits; ``-`` is the newest received one."""
    if len(text) == 64:  # noqa: PLR2004 - hex digits of an id
        return text
    rows = [row for box in ("inbox", "outbox") for row in node.get("/messages", box=box, limit=500)["messages"]]
    if text == "-":
        newest = [row["id"] for row in rows if row["box"] == "inbox" and row["id"]][:1]
        return newest[0] if newest else text
    fits = {row["id"] for row in rows if row["id"] and row["id"].startswith(text.lower())}
    return fits.pop() if len(fits) == 1 else text


def _id(row: dict[str, Any]) -> str:
    return (row["id"] or "")[:12] or f"{row['channel']} {row['number']}"


def _note(row: dict[str, Any]) -> str:
    notes = [row["code"]] if row.get("code") else []
    notes += ["unread"] if row["state"] in ("accepted", "released") and row["read_at"] is None else []
    notes += ["out of order"] if row["out_of_order"] else []
    return ", ".join(notes)


def _reached(who: dict[str, Any]) -> str:
    for name, word in (("rejected_at", "returned"), ("read_at", "read"), ("handed_over_at", "delivered")):
        if who[name] is not None:
            return f"{who['node']} ({'held there' if who['held'] and word == 'delivered' else word})"
    return f"{who['node']} (cannot open)" if who["failed_at"] is not None else who["node"]


def _print_tree(value: object, indent: str) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                click.echo(f"{indent}{name}:")
                _print_tree(inner, indent + "  ")
            else:
                click.echo(f"{indent}{name}: {_plain(inner)}")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                click.echo(f"{indent}-")
                _print_tree(inner, indent + "  ")
            else:
                click.echo(f"{indent}- {_plain(inner)}")


def _plain(value: object) -> str:
    """Return a value for a terminal: control characters of a sender never reach it."""
    text = str(value)
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
