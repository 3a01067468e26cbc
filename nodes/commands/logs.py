"""The command that reads, verifies and exports the processing log of a node."""

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
    *("collection", "alteration", "consultation", "disclosure", "transfer", "combination", "erasure"),
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
@click.option("--export", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write JSON lines to this file.")
@talking
def log(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Show who did what with which message, when and why. Reading the log is itself an entry of it."""
    if given["verify"] and given["out"] is not None:
        fail("ONE_AT_A_TIME", "The log is verified or exported", "Run the command twice")
    if given["heads"] and not given["verify"]:
        fail("ONLY_WITH_VERIFY", "A head is for the verification", "Add --verify")
    node = client(as_name)
    if given["verify"]:
        _verify(node, given, as_json=as_json)
        return
    query = _query(node, given)
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
    elif found["holds"]:
        _tell_covered(found)
    else:
        why = _WHY.get(found["why"], found["why"])
        click.echo(f"The chain does NOT hold: entry {found['broken_at']}: {why}.", err=True)
        click.echo("What to do: keep the database as it is and tell the data protection officer.", err=True)
    if not found["holds"]:
        click.get_current_context().exit(1)


def _tell_covered(found: dict[str, Any]) -> None:
    head, start = found["head"], found["begins_after"]
    click.echo(f"The chain holds. Covered: {found['entries']} entries, {start['number'] + 1} to {head['number']},")
    click.echo(f"made from {when(found['first_at'])} to {when(found['last_at'])}.")
    if start["number"]:
        click.echo(f"Entries up to {start['number']} were taken out when their time was over, as the log itself says.")
    click.echo(f"Keep this head, and give it next time with --head: {head['number']}:{head['hash']}")
    click.echo("It is not anchored outside this node yet: without a head kept elsewhere, a log that was cut at its end")
    click.echo("or written anew as a whole cannot be told from this one.")


def _export(node: ApiClient, out: Path, query: dict[str, Any], *, as_json: bool) -> None:
    if out.exists():
        fail("FILE_EXISTS", f"{out} is there already", "Name another file")
    text = urlencode({name: value for name, value in query.items() if value is not None})
    with open_private(out) as target:
        size = node.download(f"/log/export?{text}", {}, target, lambda _done, _total: None)
    if as_json:
        print_json({"file": str(out), "bytes": size})
        return
    click.echo(f"Wrote {out}: one event per line, with the field names of OCSF 1.3.")


def _query(node: ApiClient, given: dict[str, Any]) -> dict[str, Any]:
    about = given["about"]
    query: dict[str, Any] = {"purpose": given["purpose"], "about": None if about is None else whole_id(node, about)}
    return query | {name: given[name] for name in _FILTERS} | {name: _day(given[name]) for name in ("since", "until")}


def _day(text: str | None) -> int | None:
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
