"""``egnatia audit witness``: cosign the logs of a network without running a node, and keep what contradicts itself."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import click

from egnatia.audit.witnessing import Lookout, looking_out
from keys.cli_base import Tools, command, given_file, open_store, option, passphrase_source, quiet
from nodes.commands.frame import when
from nodes.config import NodeConfig
from nodes.gateway.witness import Turn
from nodes.gateway.witness_export import Report, files_of
from nodes.gateway.witness_words import WITNESS_ALARMS
from protocol.errors import Code
from protocol.meanings import MEANINGS
from runtime.files import write_atomic
from runtime.processes import stop_signals
from runtime.settings import load

FOUND = 2


@dataclass(frozen=True, slots=True)
class WitnessOptions:
    """Options of ``witness``."""

    config: Annotated[Path, given_file("--config", text="The settings file that `egnatia node join` wrote.")]
    once: Annotated[bool, option("--once", is_flag=True, help="Look once and end; status 2 with a finding.")]
    export: Annotated[
        Path | None,
        option(
            "--export",
            type=click.Path(file_okay=False, path_type=Path),
            default=None,
            help="Write checkpoints and findings here at the end.",
        ),
    ]
    source: Annotated[str | None, passphrase_source()]


@command("witness", WitnessOptions)
def witness(tools: Tools, given: WitnessOptions) -> None:
    """Cosign both logs of a network as the witness whose keys are in the folder, until Ctrl-C.

    Every checkpoint must continue the last one cosigned, by proof and by every leaf in between; what does not is kept
    with both signed objects, and nothing more is cosigned. The folder is made like a node's, by `egnatia node init` and
    `egnatia node join`.

    Example: egnatia audit witness --config authority/node.toml --once
    """
    config = load(given.config, NodeConfig)
    store = open_store(config.keystore, given.source or config.passphrase or None, tools)

    async def work() -> Report:
        async with looking_out(config, store, tools.clock) as lookout:
            if given.once:
                for turn in await lookout.once():
                    _tell(turn)
            else:
                await _keep(lookout, config.witness.wait_s)
            return await lookout.report()

    report = asyncio.run(work())
    if given.export is not None:
        _write(given.export, files_of(report))
    _conclude(report)
    if report.findings:
        click.get_current_context().exit(FOUND)


async def _keep(lookout: Lookout, wait_s: int) -> None:
    with stop_signals() as asked:
        working = asyncio.create_task(lookout.keep(wait_s, _tell))
        ended = asyncio.create_task(asked.wait())
        await asyncio.wait((working, ended), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        ended.cancel()


def _tell(what: Turn | Code) -> None:
    """Print one turn: a line of JSON, or words."""
    if isinstance(what, Code):
        click.echo(f"{MEANINGS[what].sentence} The witness tries again.", err=True)
        return
    if quiet():
        click.echo(json.dumps(_document(what)))
        return
    did = "cosigned" if what.cosigned else "nothing new to cosign"
    click.echo(f"{what.log}: {what.size} entries, {did}.")
    for each in what.found:
        click.echo(f"{what.log}: {each.finding.value}. {_words(each.finding.value)}")


def _document(turn: Turn) -> Mapping[str, Any]:
    found = [each.finding.value for each in turn.found]
    return {"log": turn.log, "size": turn.size, "cosigned": turn.cosigned, "found": found}


def _words(code: str) -> str:
    if code in WITNESS_ALARMS:
        return WITNESS_ALARMS[code][0]
    return MEANINGS[Code(code)].sentence


def _conclude(report: Report) -> None:
    if quiet():
        return
    for log, kept in report.heads.items():
        click.echo(f"Last under this name: {log}, {kept.size} entries, the log's time {when(kept.head_time)}.")
    for each in report.findings:
        click.echo(f"Kept: finding {each.number}, {each.what.finding.value} in {each.log}, {when(each.at)}.")


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, raw in files.items():
        write_atomic(folder / name, raw)
    click.echo(f"Wrote {len(files)} files to {folder}.", err=True)
