"""The command that tells what is kept until when, holds what an authority ordered to be held, and shows what went."""

import json
from pathlib import Path
from typing import Any, Final

import click

from nodes.commands.client import ApiClient
from nodes.commands.frame import client, fail, print_json, table, talking, when
from nodes.commands.logs import day
from runtime.files import open_private

_CODES: Final = ("evidence", "proceedings", "claim", "accuracy", "inspection")
_DAY: Final = 86_400
_SHOWN: Final = 3  # ids of one row


@click.command("retention")
@click.option("--lost", is_flag=True, help="List what an older copy of the database brought back and opens no more.")
@click.option("--holds", is_flag=True, help="List the legal holds.")
@click.option("--hold", "subject", metavar="ID", help="Hold a case or a message, with --code, --authority, --until.")
@click.option("--code", type=click.Choice(_CODES), help="With --hold: why the law keeps it.")
@click.option("--authority", metavar="WHO", help="With --hold: which authority ordered it, and its number there.")
@click.option("--until", metavar="DATE", help="With --hold: the last day, such as 2027-06-30.")
@click.option("--lift", type=click.IntRange(1), metavar="NUMBER", help="Lift a hold, with --why.")
@click.option("--why", metavar="TEXT", help="With --lift: why.")
@click.option("--evidence", metavar="ID", help="Show the signed evidence that a message or a case was erased.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="With --evidence: write it to this file.")
@talking
def retention(as_name: str | None, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 - the options
    """Show what is erased next and what was, keep what an authority orders, and prove what went."""
    acts = [name for name in ("lost", "holds", "subject", "lift", "evidence") if given[name]]
    if len(acts) > 1:
        fail("ONE_AT_A_TIME", "One thing at a time", "Run the command once for each")
    node = client(as_name)
    act = {"subject": _hold, "lift": _lift, "evidence": _evidence, "holds": _holds}.get(acts[0] if acts else "")
    if act is not None:
        act(node, given, as_json=as_json)
        return
    found = node.get("/retention")
    if as_json:
        print_json(found["lost"] if given["lost"] else found)
    elif given["lost"]:
        _tell_lost(found["lost"])
    else:
        _tell(found)


def _tell(found: dict[str, Any]) -> None:
    table(
        "What goes within 90 days",
        ("message", "type", "on", "why", "held until"),
        [_going(each) for each in found["coming"]],
    )
    table("What was erased", ("when", "why", "by", "items", "ids"), [_gone(each) for each in found["erased"]])
    limits = found["limits"]
    click.echo(
        f"Limits of the law here, in months: police {limits['police']}, judicial {limits['judicial']}, "
        f"civil society {limits['civil']}."
    )
    for kind, words in (("requests", "Requests of investigators that nobody sent"), ("drafts", "Drafts")):
        first = found["unsent"][kind]["next_at"]
        goes = "" if first is None else f"; the first goes on {when(first)}"
        click.echo(f"{words}: {found['unsent'][kind]['count']}, kept for {limits[kind]} months{goes}.")
    if found["lost"]["items"]:
        _tell_lost(found["lost"])


def _going(each: dict[str, Any]) -> list[str]:
    held = "-" if each["held_until"] is None else when(each["held_until"])
    why = f"{each['ground']} ({each['article']})"
    return [each["message"][:12], each["type"], when(each["erase_at"]), why, held]


def _gone(each: dict[str, Any]) -> list[str]:
    ids = ", ".join(one[:12] for one in each["ids"][:_SHOWN])
    return [when(each["at"]), each["ground"], each["by"], str(each["items"]), ids]


def _tell_lost(lost: dict[str, Any]) -> None:
    if not lost["items"]:
        click.echo("Everything that is stored here opens.")
        return
    click.echo(f"{lost['items']} stored items open no more: an older copy of the database was put back.")
    for each in lost["messages"]:
        click.echo(each)


def _holds(node: ApiClient, given: dict[str, Any], *, as_json: bool) -> None:
    del given
    found = node.get("/retention/holds")
    if as_json:
        print_json(found)
        return
    rows = [
        [
            *(str(each["number"]), each["subject"][:12], f"{each['code']} ({each['article']})"),
            *(when(each["expires_at"]), "stands" if each["stands"] else "over", each["placed_by"]),
        ]
        for each in found["holds"]
    ]
    table("Legal holds", ("no", "on", "why", "until", "now", "by"), rows)


def _hold(node: ApiClient, given: dict[str, Any], *, as_json: bool) -> None:
    if given["code"] is None or given["authority"] is None or given["until"] is None:
        fail("HOLD_INCOMPLETE", "A hold has a ground, an authority and an end", "Add --code, --authority and --until")
    end = day(given["until"])
    wish = {
        "subject": given["subject"],
        "code": given["code"],
        "authority": given["authority"],
        "expires_at": (end or 0) + _DAY,
    }
    _told(node.post("/retention/holds", wish), as_json=as_json)


def _lift(node: ApiClient, given: dict[str, Any], *, as_json: bool) -> None:
    if given["why"] is None:
        fail("NO_REASON", "Lifting a hold needs a reason", "Add --why TEXT")
    _told(node.post(f"/retention/holds/{given['lift']}/lift", {"why": given["why"]}), as_json=as_json)


def _told(hold: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(hold)
    elif hold["lifted_at"] is None:
        click.echo(f"Hold {hold['number']} stands until {when(hold['expires_at'])} ({hold['article']}).")
    else:
        click.echo(f"Hold {hold['number']} is lifted.")


def _evidence(node: ApiClient, given: dict[str, Any], *, as_json: bool) -> None:
    found = node.get(f"/retention/evidence/{given['evidence']}")
    if given["out"] is not None:
        if given["out"].exists():
            fail("FILE_EXISTS", f"{given['out']} is there already", "Name another file")
        with open_private(given["out"]) as target:
            target.write(json.dumps(found, indent=2).encode())
    if as_json:
        print_json(found)
        return
    click.echo(f"Erased {when(found['at'])} by {found['by']}: {found['ground']} ({found['article'] or '-'}).")
    click.echo(f"{found['items']} stored items; the key of epoch {found['epoch']} and all before it are destroyed.")
