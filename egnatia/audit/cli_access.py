"""``egnatia audit access``: who did what with which message at one's own node, out of its processing log.

The hub knows nothing of this: consultation happens at nodes. Reading the log is itself an entry of it, with its
purpose.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Annotated, Any, Final

import click

from egnatia.audit.showing import Cell, show
from keys.cli_base import Tools, command, option
from nodes.commands.client import ApiClient
from nodes.commands.frame import client, when

_PURPOSES: Final = ("lawfulness", "self-monitoring", "security", "criminal-proceedings")
_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class AccessOptions:
    """Options of ``access``."""

    node: Annotated[
        str | None, option("--node", default=None, metavar="NAME", help="The running node; else the only one.")
    ]
    purpose: Annotated[
        str, option("--purpose", type=click.Choice(_PURPOSES), required=True, help="What the log is read for.")
    ]
    who: Annotated[str | None, option("--who", default=None, metavar="ID", help="Only this person, program or node.")]
    about: Annotated[
        str | None, option("--about", default=None, metavar="MESSAGE", help="Only this message, whole id.")
    ]
    newest: Annotated[
        int,
        option(
            "--newest", type=click.IntRange(1), default=5_000, show_default=True, help="Entries looked at, at most."
        ),
    ]


@command("access", AccessOptions)
def access(_: Tools, given: AccessOptions) -> None:
    """Count who did what at your own node, and with how many messages, first and last time.

    Example: egnatia audit access --node belgrade --purpose lawfulness --about 3f2a91c0...
    """
    entries = _entries(client(given.node), given)
    show("Access", grouped(entries), "The processing log holds nothing like that.")


def _entries(node: ApiClient, given: AccessOptions) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    before = None
    while len(found) < given.newest:
        limit = min(_PAGE, given.newest - len(found))
        page = node.get("/log", purpose=given.purpose, who=given.who, about=given.about, limit=limit, before=before)
        found += page["entries"]
        before = page["next"]
        if before is None:
            break
    return found


def grouped(entries: list[dict[str, Any]]) -> list[dict[str, Cell]]:
    """Return one row for each person or program, operation and deed, the most frequent first."""
    groups: dict[tuple[str, str, str], list[dict[str, Any]]] = defaultdict(list)
    for each in entries:
        groups[str(each["who"]), str(each["operation"]), str(each.get("deed", "-"))].append(each)
    rows = []
    for (who, operation, deed), found in sorted(groups.items(), key=lambda each: (-len(each[1]), each[0])):
        objects = {one for each in found for one in each.get("objects", [])}
        times = [each["at"] for each in found]
        row: dict[str, Cell] = {"who": who, "operation": operation, "deed": deed, "times": len(found)}
        rows.append(row | {"objects": len(objects), "first": when(min(times)), "last": when(max(times))})
    return rows
