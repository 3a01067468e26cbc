"""``egnatia policy export``: the policy bundle as a hub takes it, and the digest that registrars sign."""

import hashlib
import json
from pathlib import Path

import click

from protocol.catalogue.bundle import bundle_digest, bundle_manifest
from runtime.files import write_atomic
from runtime.package_data import CATALOGUE, POLICIES, read_catalogue_files, read_policy_files


@click.command("export")
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Policy files to take instead of the shipped ones.",
)
@click.option(
    "--catalogue",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Catalogue files to add to the shipped ones, or to take in their place, such as schemas/MT-77.json.",
)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def export_command(target: Path, folder: Path | None, catalogue: Path | None, *, as_json: bool) -> None:
    """Write the policy bundle into the folder TARGET, one file per SHA-256, and print its digest.

    Bring the files to the hub with `egnatia hub init --bundle` or `egnatia hub publish`; then two registrars put the
    digest in force with `egnatia keys policy`.
    """
    files = read_catalogue_files() | _added(catalogue) | _policies(folder)
    manifest = bundle_manifest(files)
    digest = bundle_digest(manifest).hex()
    target.mkdir(parents=True, exist_ok=True)
    for blob in (manifest, *files.values()):
        write_atomic(target / hashlib.sha256(blob).hexdigest(), blob)
    if as_json:
        click.echo(json.dumps({"digest": digest, "files": len(files), "folder": str(target)}, indent=2))
    else:
        click.echo(f"{digest}\n{len(files)} files and their manifest stand in {target}.")


def _added(folder: Path | None) -> dict[str, bytes]:
    paths = [] if folder is None else sorted(folder.rglob("*.json"))
    return {f"{CATALOGUE}{each.relative_to(folder).as_posix()}": each.read_bytes() for each in paths if folder}


def _policies(folder: Path | None) -> dict[str, bytes]:
    if folder is None:
        return read_policy_files()
    paths = sorted(folder.rglob("*.yaml"))
    return {f"{POLICIES}{each.relative_to(folder).as_posix()}": each.read_bytes() for each in paths}
