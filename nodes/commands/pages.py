"""Listing a box from the command line: one page, the page after it, or everything."""

from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from nodes.commands.client import ApiClient

_LARGEST: Final = 500  # rows of one answer
_F = TypeVar("_F", bound=Callable[..., None])


def paged(function: _F) -> _F:
    """Give a command the options that choose a part of a box."""
    everything = click.option("--all", "everything", is_flag=True, help="Everything, however much it is.")(function)
    before = click.option(
        "--before", default=None, type=click.IntRange(1), metavar="NUMBER", help="The page that --limit left out."
    )(everything)
    limit = click.option("--limit", default=50, show_default=True, type=click.IntRange(1, _LARGEST))(before)
    return click.option("--search", "query", default=None, metavar="WORDS", help="Only messages with all these words.")(
        limit
    )


def list_box(node: ApiClient, box: str, page: dict[str, Any]) -> dict[str, Any]:
    """Return one page of a box, or all of them as one; ``next`` tells where the following page begins."""
    limit = _LARGEST if page["everything"] else page["limit"]
    found = node.get("/messages", box=box, q=page["query"], limit=limit, before=page["before"])
    rows = list(found["messages"])
    while page["everything"] and found["next"] is not None:
        found = node.get("/messages", box=box, q=page["query"], limit=limit, before=found["next"])
        rows += found["messages"]
    return {"messages": rows, "next": found["next"]}


def tell_more(found: dict[str, Any]) -> None:
    """Say how to see the older messages, where there are any."""
    if found["next"] is not None:
        click.echo(f"There are older ones: add --before {found['next']}, or --all.", err=True)
