"""``egnatia audit verify``: everything in the copy verified again, and what was not looked at named as exactly."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from egnatia.audit.connecting import CONFIG, STATE, Wanted, opened
from egnatia.audit.sampling import Sample
from egnatia.audit.showing import progress
from egnatia.audit.verify_logs import Report, told, verify_copy
from keys.cli_base import Tools, command, option, passphrase_source, quiet
from protocol.meanings import MEANINGS

_SEED: Final = 8
_SHOWN: Final = 20  # leaves named on a terminal; JSON names all


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """Options of ``verify``."""

    state: Annotated[Path, STATE]
    config: Annotated[Path | None, CONFIG]
    sample: Annotated[
        int | None,
        option("--sample", type=click.IntRange(0), default=None, help="Only so many signed objects; else all."),
    ]
    seed: Annotated[
        str | None, option("--seed", default=None, help="What the choice follows from; drawn and told if not given.")
    ]
    again: Annotated[
        bool, option("--from-start", is_flag=True, help="Not from where the last sound verification ended.")
    ]
    source: Annotated[str | None, passphrase_source()]


@command("verify", VerifyOptions)
def verify(tools: Tools, given: VerifyOptions) -> None:
    """Verify the copy: both logs, every checkpoint ever seen, witnesses, and the signed objects or a sample of them.

    Ends with status 0 when all of it holds, and with 1 and every finding when it does not. It goes on where the last
    sound verification ended.

    Example: egnatia audit verify --state copy --sample 200 --seed 2026-11
    """
    copy = opened(tools, Wanted(given.state, given.config, given.source))
    seed = given.seed if given.seed is not None else tools.entropy(_SEED).hex()
    sample = Sample(given.sample, seed)
    with progress("Verifying") as step:
        report = verify_copy(copy, sample, lambda _what, done, whole: step(done, whole), from_start=given.again)
    copy.close()
    if quiet():
        click.echo(json.dumps({**told(report), "seed": seed}, ensure_ascii=False, indent=2))
    else:
        _say(report, sample)
    if report.findings:
        click.get_current_context().exit(1)


def _say(report: Report, sample: Sample) -> None:
    for each in report.findings:
        why = f": {each.why}" if each.why else f". {MEANINGS[each.code].sentence}"
        click.echo(f"DOES NOT HOLD: {each.where}{why} [{each.code}]")
    if report.findings:
        click.echo("Keep this folder as it is: its checkpoints are signed by the hub, and are the proof.")
    else:
        click.echo("All that was looked at holds.")
    sizes = report.sizes
    click.echo(f"Looked at: {sizes['directory']} directory entries, each statement verified and folded;")
    click.echo(
        f"  {sizes['messages']} leaves of the message log, {report.resumed_at} of them at an earlier verification;"
    )
    click.echo(f"  {report.checkpoints} checkpoints, each against the entries it promises;")
    for log, size in report.witnessed.items():
        click.echo(f"  witnessed: {log} up to {size}." if size else f"  witnessed: nothing of {log} yet.")
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(report.leaves.items())) or "none"
    click.echo(f"  signed objects: {kinds}.")
    if sample.count is not None:
        shown = ", ".join(str(each) for each in report.sampled[:_SHOWN])
        more = f" and {len(report.sampled) - _SHOWN} more (--json names all)" if len(report.sampled) > _SHOWN else ""
        click.echo(f"  chosen by the seed {sample.seed}: leaves {shown or '-'}{more}.")
    click.echo(f"Not looked at: {report.held - len(report.sampled)} signed objects that are here and were not chosen;")
    rest = sizes["messages"] - report.held
    click.echo(f"  {rest} leaves whose object is not here: outside the mandate, or no longer kept by the hub.")
