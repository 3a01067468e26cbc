"""The command that writes the description of the API without a running node."""

import json
from pathlib import Path

import click

from runtime.files import write_atomic


@click.command("openapi")
@click.option(
    "--output", "out", type=click.Path(dir_okay=False, path_type=Path), help="Write it to this file; else it is shown."
)
def openapi(out: Path | None) -> None:
    """Write the API's description in OpenAPI 3.1, with the message types that this release carries.

    A running node answers its own under /api/v1/openapi.json, with the message types of its network.
    """
    from nodes.api.openapi import document_of  # noqa: PLC0415 - other commands start without the node's code
    from nodes.api.server import ROUTES  # noqa: PLC0415
    from protocol.catalogue.load import load_catalogue  # noqa: PLC0415
    from runtime.package_data import read_catalogue_files  # noqa: PLC0415

    files = read_catalogue_files()
    text = json.dumps(document_of(ROUTES, load_catalogue(files.__getitem__, sorted(files))), indent=2)
    if out is None:
        click.echo(text)
        return
    write_atomic(out, text.encode() + b"\n")
    click.echo(f"Wrote {out}.")
