"""``egnatia audit follow``: the tail of both logs, brought into the auditor's copy and told line by line."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click

from egnatia.audit.connecting import CONFIG, STATE, Wanted, made, opened, reading, refresh
from egnatia.audit.copy_store import Copy
from egnatia.audit.hub_reads import Reads
from egnatia.audit.lines import line_of
from keys.cli_base import Tools, command, option, passphrase_source, quiet
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.errors import Fault
from protocol.meanings import MEANINGS

_PAGE = 1_000


@dataclass(frozen=True, slots=True)
class FollowOptions:
    """Options of ``follow``."""

    state: Annotated[Path, STATE]
    config: Annotated[Path | None, CONFIG]
    once: Annotated[bool, option("--once", is_flag=True, help="Tell what is new and end.")]
    every: Annotated[
        int,
        option(
            "--every", type=click.IntRange(1, 50), default=20, show_default=True, help="Longest wait for a new leaf."
        ),
    ]
    again: Annotated[bool, option("--from-start", is_flag=True, help="Tell everything again, from the first entry.")]
    source: Annotated[str | None, passphrase_source()]


@command("follow", FollowOptions)
def follow(tools: Tools, given: FollowOptions) -> None:
    """Bring both logs into the copy and tell each new entry, from where the last look ended, until Ctrl-C.

    Every page is verified against the hub's signed checkpoint before it is told. Without --config the copy is told.

    Example: egnatia audit follow --state copy --config auditor/node.toml --json
    """
    wanted = Wanted(given.state, given.config, given.source)
    if given.config is None or given.once:
        copy = opened(tools, wanted)
        tell_new(copy, again=given.again)
        copy.close()
        return

    async def keep(reads: Reads) -> None:
        copy = made(wanted)
        tell_new(copy, again=given.again)
        while True:
            try:
                await refresh(tools, copy, reads)
            except Fault as fault:
                if not MEANINGS[fault.code].retry:
                    raise
                click.echo(f"{MEANINGS[fault.code].sentence} The next look is in {given.every} s.", err=True)
            tell_new(copy)
            await rest(copy, reads, given.every)

    asyncio.run(reading(tools, wanted, keep))


async def rest(copy: Copy, reads: Reads, seconds: int) -> None:
    """Return when the message log has grown, at the latest after so many seconds; who may not wait there sleeps."""
    try:
        if await reads.wait(copy.size(MESSAGE_LOG), seconds):
            return
    except Fault as fault:
        if not MEANINGS[fault.code].retry:
            raise
    await asyncio.sleep(seconds)


def tell_new(copy: Copy, *, again: bool = False) -> None:
    """Tell what was not told yet, and note how far it was told."""
    for log in (DIRECTORY_LOG, MESSAGE_LOG):
        noted = copy.fact(f"told {log}")
        start = noted if isinstance(noted, int) and not again else 0
        while start < copy.size(log):
            entries = copy.entries(log, start, start + _PAGE)
            for at, entry in enumerate(entries, start):
                line = line_of(copy, log, at, entry)
                click.echo(json.dumps(line, ensure_ascii=False) if quiet() else _words(line))
            start += len(entries)
            copy.put_fact(f"told {log}", start)


def _words(line: dict[str, str | int | None]) -> str:
    rest = "  ".join(f"{value}" for name, value in line.items() if name not in ("log", "index", "at") and value)
    return f"{line['log']} {line['index']}  {line['at'] or '-'}  {rest}"
