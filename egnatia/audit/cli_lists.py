"""``egnatia audit search``, ``decisions``, ``promises`` and ``stats``: what the copy shows, as lists."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from egnatia.audit import listing
from egnatia.audit.connecting import CONFIG, STATE, Wanted, opened
from egnatia.audit.listing import STATES, Query
from egnatia.audit.showing import show
from keys.cli_base import Tools, command, option, passphrase_source, seconds
from protocol.ids import CHANNELS

_DAY: Final = click.DateTime(["%Y-%m-%d"])
_SINCE: Final = option("--since", type=_DAY, default=None, metavar="DATE", help="From this day on (UTC).")
_UNTIL: Final = option("--until", type=_DAY, default=None, metavar="DATE", help="Up to, but without this day.")
_LIMIT: Final = option("--limit", type=click.IntRange(1, 100_000), default=200, show_default=True, help="Most rows.")


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Options of ``search``."""

    state: Annotated[Path, STATE]
    config: Annotated[Path | None, CONFIG]
    id: Annotated[str | None, option("--id", default=None, metavar="HEX", help="The id begins so.")]
    sender: Annotated[str | None, option("--sender", default=None, metavar="NODE")]
    recipient: Annotated[str | None, option("--recipient", default=None, metavar="NODE")]
    channel: Annotated[str | None, option("--channel", type=click.Choice(CHANNELS), default=None)]
    type: Annotated[str | None, option("--type", default=None, metavar="TYPE", help="Such as MT-01 or MT-01/1.")]
    evidence: Annotated[
        str | None, option("--evidence", type=click.Choice(STATES), default=None, help="How far one recipient is.")
    ]
    since: Annotated[dt.datetime | None, _SINCE]
    until: Annotated[dt.datetime | None, _UNTIL]
    limit: Annotated[int, _LIMIT]
    source: Annotated[str | None, passphrase_source()]


@command("search", SearchOptions)
def search(tools: Tools, given: SearchOptions) -> None:
    """Find messages by what their headers say, newest first, one row for each recipient. Content is not needed.

    Example: egnatia audit search --state copy --sender rs.ilecu --channel police --evidence waiting --since 2026-11-01
    """
    copy = opened(tools, Wanted(given.state, given.config, given.source))
    query = Query(
        begin=given.id,
        sender=given.sender,
        recipient=given.recipient,
        channel=given.channel,
        type=given.type,
        evidence=given.evidence,
        since=seconds(given.since) if given.since else None,
        until=seconds(given.until) if given.until else None,
        limit=given.limit,
    )
    show("Messages", listing.messages(copy, query), "No message within your mandate is like that.")
    copy.close()


@dataclass(frozen=True, slots=True)
class DecisionOptions:
    """Options of ``decisions``."""

    state: Annotated[Path, STATE]
    config: Annotated[Path | None, CONFIG]
    since: Annotated[dt.datetime | None, _SINCE]
    until: Annotated[dt.datetime | None, _UNTIL]
    nodes: Annotated[bool, option("--by-node", is_flag=True, help="A row for each node, too.")]
    source: Annotated[str | None, passphrase_source()]


@command("decisions", DecisionOptions)
def decisions(tools: Tools, given: DecisionOptions) -> None:
    """Count refusals and holds by rule and article: the hub's own, and what recipients reported by signed evidence.

    A rule's count is the hub's word; what recipients reported is signed by them. Which message it was is not kept.

    Example: egnatia audit decisions --state copy --since 2026-11-01 --by-node
    """
    copy = opened(tools, Wanted(given.state, given.config, given.source))
    span = (seconds(given.since) if given.since else None, seconds(given.until) if given.until else None)
    rows = listing.decisions(copy, span, by_node=given.nodes)
    show("Decisions", rows, "Nothing was refused or held within your mandate in this time.")
    copy.close()


@dataclass(frozen=True, slots=True)
class PromiseOptions:
    """Options of ``promises``."""

    state: Annotated[Path, STATE]
    config: Annotated[Path | None, CONFIG]
    hours: Annotated[
        int | None,
        option("--hours", type=click.IntRange(1), default=None, help="Call a hand-over overdue after so long already."),
    ]
    source: Annotated[str | None, passphrase_source()]


@command("promises", PromiseOptions)
def promises(tools: Tools, given: PromiseOptions) -> None:
    """List what is overdue: leaves that no witnessed checkpoint covers in time, and messages not handed over.

    Example: egnatia audit promises --state copy --config auditor/node.toml --hours 4
    """
    copy = opened(tools, Wanted(given.state, given.config, given.source))
    show("Overdue", listing.overdue(copy, given.hours), "Nothing within your mandate is overdue.")
    copy.close()


@dataclass(frozen=True, slots=True)
class StatsOptions:
    """Options of ``stats``."""

    state: Annotated[Path, STATE]
    config: Annotated[Path | None, CONFIG]
    by_day: Annotated[bool, option("--by-day", is_flag=True, help="A row for each day and kind of leaf.")]
    source: Annotated[str | None, passphrase_source()]


@command("stats", StatsOptions)
def stats(tools: Tools, given: StatsOptions) -> None:
    """Count what the message log holds, by kind of leaf, with bytes, first and last time.

    Example: egnatia audit stats --state copy --by-day --json
    """
    copy = opened(tools, Wanted(given.state, given.config, given.source))
    show("The message log", listing.statistics(copy, by_day=given.by_day), "The message log is empty.")
    copy.close()
