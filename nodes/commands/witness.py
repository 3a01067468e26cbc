"""The command that shows what a running node cosigned and found as a witness."""

import base64
from pathlib import Path
from typing import Any

import click

from nodes.commands.frame import client, print_json, table, talking, when


@click.command("witness")
@click.option(
    "--export",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Write checkpoints and findings into this folder, to hand them on.",
)
@talking
def witness(folder: Path | None, as_name: str | None, *, as_json: bool) -> None:
    """Show the checkpoints this node cosigned as a witness, and what it found wrong with the logs."""
    found = client(as_name).get("/witness")
    if folder is not None:
        _write(folder, found)
    if as_json:
        print_json(found)
        return
    if not found["heads"] and not found["findings"]:
        click.echo("This node has cosigned nothing: the charter does not name it, or it has just been set up.")
        return
    table("Cosigned", ("log", "entries", "the log's time"), [_head(each) for each in found["heads"]])
    if found["findings"]:
        table("Found", ("number", "what", "log", "when"), [_row(each) for each in found["findings"]])


def _head(each: dict[str, Any]) -> list[str]:
    return [each["log"], str(each["size"]), when(each["time"])]


def _row(each: dict[str, Any]) -> list[str]:
    return [str(each["number"]), each["code"], each["log"], when(each["at"])]


def _write(folder: Path, found: dict[str, Any]) -> None:
    from runtime.files import write_atomic  # noqa: PLC0415 - only this option writes

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    files = {f"{each['log']}.note": each["checkpoint"] for each in found["heads"]}
    for each in found["findings"]:
        stem = f"finding-{each['number']:04}-{each['code']}-{each['log']}"
        files |= {f"{stem}-before.note": each["before"], f"{stem}-now.note": each["now"]}
        files |= {f"{stem}-{at:03}.bin": raw for at, raw in enumerate(each["more"])}
    for name, encoded in files.items():
        if encoded is not None:
            write_atomic(folder / name, base64.b64decode(encoded))
    click.echo(f"Wrote {sum(each is not None for each in files.values())} files to {folder}.", err=True)
