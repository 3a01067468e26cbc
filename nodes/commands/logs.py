"""The command that reads, verifies and exports the processing log of a node."""

import sys
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import click

from nodes.commands.client import ApiClient
from nodes.commands.frame import client, fail, print_json, table, talking, when
from nodes.commands.reading import whole_id
from runtime.files import open_private

_PURPOSES: Final = ("lawfulness", "self-monitoring", "security", "criminal-proceedings")
_OPERATIONS: Final = (
    *("collection", "alteration", "consultation", "disclosure", "transfer", "combination", "erasure", "security"),
)
_WHY: Final = {
    "missing": "an entry is missing here",
    "unreadable": "the entry cannot be read",
    "changed": "the entry or the one before it was changed",
    "index": "the entry is listed under something it does not say",
    "cut": "the log begins here, and no entry says that it was shortened to here",
    "other-past": "the chain does not pass through a head that was given",
}
_SHOWN: Final = 3  # ids of one row
_STDOUT: Final = Path("-")
_FILTERS: Final = ("operation", "who", "since", "until")


@click.command("log")
@click.option("--purpose", required=True, type=click.Choice(_PURPOSES), help="What the log is read for.")
@click.option("--operation", type=click.Choice(_OPERATIONS), help="Only this kind of processing.")
@click.option("--who", metavar="ID", help="Only what this person, `program` or `node` did.")
@click.option("--about", metavar="MESSAGE", help="Only what was done with this message.")
@click.option("--since", metavar="DATE", help="From this day on, such as 2026-03-01 (UTC).")
@click.option("--until", metavar="DATE", help="Up to, but without this day.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 500))
@click.option("--before", type=click.IntRange(1), help="Older than this entry: the number under the last page.")
@click.option("--verify", is_flag=True, help="Verify the whole chain instead of listing.")
@click.option("--head", "heads", multiple=True, metavar="N:HASH", help="With --verify: a head you kept from earlier.")
@click.option(
    "--export",
    "out",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="Write JSON lines to this file; - is the standard output.",
)
@click.option("--follow", is_flag=True, help="With --export: oldest first, then what is done from now on.")
@click.option("--after", type=click.IntRange(0), help="With --follow: after this entry, the last one's `sequence`.")
@talking
def log(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Show who did what with which message, when and why. Reading the log is itself an entry of it."""
    if given["verify"] and given["out"] is not None:
        fail("ONE_AT_A_TIME", "The log is verified or exported", "Run the command twice")
    if given["heads"] and not given["verify"]:
        fail("ONLY_WITH_VERIFY", "A head is for the verification", "Add --verify")
    if (given["follow"] or given["after"] is not None) and (given["out"] is None or not given["follow"]):
        fail("ONLY_WITH_EXPORT", "Following is for an export", "Add --export FILE --follow")
    node = client(as_name)
    if given["verify"]:
        _verify(node, given, as_json=as_json)
        return
    query = _query(node, given)
    if given["follow"]:
        _follow(node, given, query)
        return
    if given["out"] is not None:
        _export(node, given["out"], query, as_json=as_json)
        return
    found = node.get("/log", **query, limit=given["limit"], before=given["before"])
    if as_json:
        print_json(found)
        return
    rows = [_row(each) for each in found["entries"]]
    table("Processing log", ("no", "when", "who", "what", "with", "to", "why"), rows)
    if found["next"] is not None:
        click.echo(f"Older entries: add --before {found['next']}")


def _verify(node: ApiClient, given: dict[str, Any], *, as_json: bool) -> None:
    found = node.get("/log/verify", head=",".join(given["heads"]) or None, purpose=given["purpose"])
    if as_json:
        print_json(found)
    else:
        _tell_found(found)
    if not found["holds"]:
        click.get_current_context().exit(1)


def _tell_found(found: dict[str, Any]) -> None:
    if "broken_at" in found:
        why = _WHY.get(found["why"], found["why"])
        click.echo(f"The chain does NOT hold: entry {found['broken_at']}: {why}.", err=True)
        click.echo(f"It lies {_between(found['between'])}.", err=True)
    for each in found["wrong"]:
        first = each["after"]["count"] + 1 if each["after"] else 1
        last = each["upto"]["count"]
        click.echo(f"Entries {first} to {last} are NOT those that were anchored, {_between(each)}.", err=True)
    if found["holds"]:
        _tell_covered(found)
    else:
        click.echo("What to do: keep the database as it is and tell the data protection officer.", err=True)


def _between(found: dict[str, Any]) -> str:
    after, upto = found["after"], found["upto"]
    words = ["before any anchor" if after is None else f"after the anchor of {_anchor(after)}"]
    if upto is not None:
        words.append(f"covered by the anchor of {_anchor(upto)}")
    return ", ".join(words)


def _anchor(found: dict[str, Any]) -> str:
    return f"{when(found['at'])} (entry {found['count']}, leaf {found['leaf']})"


def _tell_covered(found: dict[str, Any]) -> None:
    head, start = found["head"], found["begins_after"]
    click.echo(f"The chain holds. Covered: {found['entries']} entries, {start['number'] + 1} to {head['number']},")
    click.echo(f"made from {when(found['first_at'])} to {when(found['last_at'])}.")
    if start["number"]:
        click.echo(f"Entries up to {start['number']} were taken out when their time was over, as the log itself says.")
    click.echo(f"Keep this head, and give it next time with --head: {head['number']}:{head['hash']}")
    anchored = found["anchored"]
    if anchored is None:
        click.echo("The network's log holds no anchor of it yet: until then only a head that you keep shows")
        click.echo("that nothing was cut off at its end or written anew.")
    else:
        click.echo(f"The network's log holds its anchor of {_anchor(anchored)}; all its anchors fit.")


def _export(node: ApiClient, out: Path, query: dict[str, Any], *, as_json: bool) -> None:
    text = urlencode({name: value for name, value in query.items() if value is not None})
    if out == _STDOUT:
        node.download(f"/log/export?{text}", {}, sys.stdout.buffer, lambda _done, _total: None)
        return
    if out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    with open_private(out) as target:
        size = node.download(f"/log/export?{text}", {}, target, lambda _done, _total: None)
    if as_json:
        print_json({"file": str(out), "bytes": size})
        return
    click.echo(f"Wrote {out}: one event per line, with the field names of OCSF 1.3.")


def _follow(node: ApiClient, given: dict[str, Any], query: dict[str, Any]) -> None:
    """Write entries as they are made until the command is stopped; a file is continued where it ends."""
    asked = {"purpose": query["purpose"], "since": query["since"], "after": given["after"]}
    text = urlencode({name: value for name, value in asked.items() if value is not None})
    with ExitStack() as stack:
        target = sys.stdout.buffer
        if given["out"] != _STDOUT:
            target = stack.enter_context(given["out"].open("ab"))
        for line in node.lines(f"/log/follow?{text}"):
            target.write(line)
            target.flush()


def _query(node: ApiClient, given: dict[str, Any]) -> dict[str, Any]:
    about = given["about"]
    query: dict[str, Any] = {"purpose": given["purpose"], "about": None if about is None else whole_id(node, about)}
    return query | {name: given[name] for name in _FILTERS} | {name: day(given[name]) for name in ("since", "until")}


def day(text: str | None) -> int | None:
    """Return the beginning of a day in UTC; None for none. A text that is no date ends the command."""
    if text is None:
        return None
    try:
        return int(datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC).timestamp())
    except ValueError:
        fail("BAD_DATE", f"{text} is no date", "Write it as in 2026-03-01")


def _row(each: dict[str, Any]) -> list[str]:
    if not each["readable"]:
        return [str(each["number"]), when(each["at"]), each["who"], each["operation"], "CANNOT BE READ", "", ""]
    objects = [one[:12] for one in each["objects"]]
    more = len(objects) - _SHOWN
    shown = ", ".join(objects[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
    why = ", ".join(filter(None, (each["reason"], each.get("purpose"))))
    what = f"{each['operation']}: {each['deed']}"
    who = f"{each['who']} ({each['door']})" if each["door"] != each["who"] else each["who"]
    return [
        *(str(each["number"]), when(each["at"]), who, what, shown or "-"),
        *(", ".join(each.get("recipients", [])) or "-", why),
    ]
