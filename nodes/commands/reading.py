"""Commands that look at messages: inbox, outbox, show, why, thread, evidence."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import click

from nodes.commands.clocks import clock_lines, due_notes
from nodes.commands.frame import client, fail, print_json, table, talking, when
from nodes.commands.pages import list_box, paged, tell_more
from protocol.short_reference import bare, looks_like_reference

_ALIKE: Final = 3  # as many in a row are shown one by one
_KIND: Final = ("state", "code", "type", "from", "lane", "out_of_order", "in_reply_to")
"""What messages of a list have in common that are shown as one."""


@click.command("inbox")
@click.option("--each", is_flag=True, help="Every message, also where many alike follow one another.")
@paged
@talking
def inbox(as_name: str | None, *, as_json: bool, **page: Any) -> None:  # noqa: ANN401 - the options of paged
    """List what arrived, the newest first; of many alike in a row only the newest is shown."""
    found = list_box(client(as_name), "inbox", page)
    if as_json:
        print_json(found)
        return
    shown = [(row, 0) for row in found["messages"]] if page["each"] else folded(found["messages"])
    rows = [
        [_id(row), row["state"], row["type"] or "-", row["from"] or "-", *_heard(row), _note(row, more)]
        for row, more in shown
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
    for line in _around(found):
        click.echo(line)
    for each in found.get("consent_ended", []):
        what = "all of it" if each["whole"] else "a part of it"
        click.echo(f"consent {each['kind']} on {when(each['at'])}: {what} is locked or erased here")
    for part in ("document", "identity"):
        if found.get(part):
            click.echo(f"{part}:")
            print_tree(found[part], "  ")


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
@click.option("--conversation", "whole", is_flag=True, help="Everything with these participants on this channel.")
@talking
def thread(message: str, as_name: str | None, *, as_json: bool, whole: bool) -> None:
    """List the messages that belong together with MESSAGE: a request, its answers, and what answers those."""
    node = client(as_name)
    asked = whole_id(node, message)
    found = node.get(f"/messages/{asked}/thread")
    if not whole:
        found["messages"] = of_one_request(found["messages"], asked)
    if as_json:
        print_json(found)
        return
    rows = [
        [
            *(_id(row), row["box"], row["state"], row["type"] or "-", row.get("reference") or "-"),
            *(when(row.get("received_at") or row.get("created_at")), (row["in_reply_to"] or "-")[:12]),
        ]
        for row in found["messages"]
    ]
    title = "Conversation" if whole else "Request and answers"
    table(title, ("id", "box", "state", "type", "reference", "time", "answers"), rows)


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
    rows = [[each["event"], _issuer(each), when(each["at"]), when(each["logged_at"])] for each in found["evidence"]]
    table("Evidence", ("event", "by", "at", "in the log"), rows)
    owed = found["promises"]
    if owed is not None:
        click.echo(_witnessed(owed))


def _issuer(found: dict[str, Any]) -> str:
    return f"{found['issuer']}, about {found['recipient']}" if found["recipient"] is not None else str(found["issuer"])


def _witnessed(owed: dict[str, Any]) -> str:
    """Return who vouches for the message's place in the log besides the hub, and what is overdue."""
    if owed["witnessed_at"] is None:
        told = f"Place {owed['leaf']} of the log: not yet witnessed; promised by {when(owed['witnessed_by'])}."
    else:
        told = f"Place {owed['leaf']} of the log: witnessed by {owed['witnesses']} of {owed['of']}"
        told += f" at {when(owed['witnessed_at'])}."
    late = [f" Overdue ({each['what']}): {each['seconds'] // 60} min, proof attached." for each in owed["overdue"]]
    return told + "".join(late)


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


def folded(messages: Sequence[dict[str, Any]]) -> list[tuple[dict[str, Any], int]]:
    """Return the messages to be shown, each with how many alike before it are not.

    Of more than three in a row that differ in nothing but when they came and are due, the newest is shown.
    """
    out: list[tuple[dict[str, Any], int]] = []
    for _, run in groupby(messages, key=lambda row: [row.get(name) for name in _KIND] + [row["read_at"] is None]):
        alike = list(run)
        few = len(alike) <= _ALIKE
        out += [(row, 0) for row in alike] if few else [(alike[0], len(alike) - 1)]
    return out


def of_one_request(rows: Sequence[dict[str, Any]], message: str) -> list[dict[str, Any]]:
    """Return the messages that hang together with one by answering each other, in the order given."""
    links: dict[str, set[str]] = {}
    for row in rows:
        if row["in_reply_to"] is not None:
            links.setdefault(row["id"], set()).add(row["in_reply_to"])
            links.setdefault(row["in_reply_to"], set()).add(row["id"])
    found, new = {message}, [message]
    while new:
        more = links.get(new.pop(), set()) - found
        found |= more
        new += more
    return [row for row in rows if row["id"] in found]


def _id(row: dict[str, Any]) -> str:
    return (row["id"] or "")[:12] or f"{row['channel']} {row['number']}"


def _heard(row: dict[str, Any]) -> tuple[str, str]:
    """Return what both sides can read to each other over the telephone, and when the message came."""
    return row.get("reference") or "-", when(row["received_at"])


def _note(row: dict[str, Any], more: int = 0) -> str:
    notes = [row["lane"]] if row.get("lane") else []
    notes += [row["code"]] if row.get("code") else []
    notes += due_notes(row)
    notes += ["unread"] if row["state"] in ("accepted", "released") and row["read_at"] is None else []
    notes += ["out of order"] if row["out_of_order"] else []
    notes += [f"answers {row['in_reply_to'][:12]}"] if row.get("in_reply_to") else []
    notes += [f"and {more} more like it before, see --each"] if more else []
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
            held = f"held there: rule {who['held_rule']}" if who.get("held_rule") else "held there"
            return f"{who['node']} ({held if who['held'] and word == 'delivered' else word})"
    if who["failed_at"] is not None:
        return f"{who['node']} (cannot open)"
    return f"{who['node']} (never fetched)" if who["unserved_at"] is not None else who["node"]


def _file_lines(files: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield what a person is shown of a message's attachments; names are data and lose what could mislead."""
    for each in files:
        far = "" if each["state"] not in ("ready", "waiting") else f", {each['parts_done']} of {each['parts']} parts"
        name = plain(each.get("name", "-"))
        words = {"waiting": "not yet fetched", "ready": "on its way to the hub", "here": "here", "sent": "at the hub"}
        state = words.get(each["state"], each["state"])
        yield f"{each['part']}: {name} ({each.get('media_type', '-')}, {each.get('size', '-')} bytes), {state}{far}"


def _around(found: dict[str, Any]) -> Iterator[str]:
    """Yield what a person is shown around a document: lane, clocks, why it is held, files, what others passed on."""
    yield from screening_lines(found.get("screening"))
    yield from clock_lines(found.get("clocks", []))
    for each in found.get("findings", []):
        yield f"held: {each['sentence']} ({each['article']}) {each['remedy']}"
    yield from (f"attachment {line}" for line in _file_lines(found.get("attachments", [])))
    yield from passed_lines(found.get("passed_on", []))


def passed_lines(found: Iterable[dict[str, Any]]) -> Iterator[str]:
    """Yield what a person is shown of rows that belong to others: who signed them, what binds, and what they say."""
    for each in found:
        if each["code"] is not None:
            yield f"{each['part']}: NOTHING of this is proved, do not rely on it: {each['title']} {each['remedy']}"
            continue
        signer, core = each["signed_by"], each["core"]
        yield f"{each['part']}: rows of {signer['node']} ({signer['label']}, {signer['country']}), under its signatures"
        yield f"  to {', '.join(core['to'])}; purpose: {core['purpose']}; codes: {', '.join(core['handling']) or '-'}"
        yield f"  {each['withheld']} rows are withheld; what is here belongs to {signer['node']}"
        yield from (f"  {plain(row['path'])}: {plain(row['value'])}" for row in each["rows"])
        yield from (f"  withheld: file {name}" for name in each["attachments"]["withheld"])
        yield from (f"  file {ours} is attachment {theirs}" for ours, theirs in each["attachments"]["here"].items())


def print_tree(value: object, indent: str) -> None:
    """Print a document for a person, one line for each value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                click.echo(f"{indent}{name}:")
                print_tree(inner, indent + "  ")
            else:
                click.echo(f"{indent}{name}: {plain(inner)}")
    elif isinstance(value, list):
        for inner in value:
            if isinstance(inner, dict | list):
                click.echo(f"{indent}-")
                print_tree(inner, indent + "  ")
            else:
                click.echo(f"{indent}- {plain(inner)}")


def plain(value: object) -> str:
    """Return a value for a terminal: control characters of a sender never reach it."""
    text = str(value)
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)
