"""``egnatia region``: print the ceremony of a region, or run it for training."""

import json
from pathlib import Path
from typing import NoReturn

import click

from egnatia.demo.desk import PASSPHRASE, type_series
from egnatia.region.model import AGREEMENTS, PARTICIPANTS, Region, parse_region
from egnatia.region.plan import plan
from policies.errors import PolicyError
from protocol.catalogue.bundle import bundle_digest, bundle_manifest
from runtime.package_data import read_catalogue_files, read_policy_files

_FOLDER = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group("region")
def region() -> None:
    """Networks of a whole region from two files: who takes part, and what they agreed on."""


@region.command("plan")
@_FOLDER
def plan_command(folder: Path) -> None:
    """Print the commands that found the network in FOLDER, in order."""
    for line in plan(_read(folder), packaged_policy()):
        click.echo(f"egnatia {line}")


@region.command("found")
@_FOLDER
@click.option(
    "--into", "target", type=click.Path(path_type=Path), required=True, help="A new folder for keystores and files."
)
def found_command(folder: Path, target: Path) -> None:
    """Found the network in FOLDER for training: run its whole ceremony in a new folder. It takes a minute or two."""
    lines = plan(_read(folder), packaged_policy())
    if target.exists():
        _fail(f"{target} is there already.", "Choose a new folder.")
    target.mkdir(parents=True)
    pin = ""
    for line in lines:
        (done,) = type_series(str(target), [line.replace(" --pin PIN", f" --pin {pin}")])
        if done.status:
            _fail(f"egnatia {done.line}", done.out.strip())
        if line.startswith("keys charter "):
            (shown,) = type_series(str(target), ["keys show charter.statement --json"])
            pin = str(json.loads(shown.out)["statements"][0]["id"])
    click.echo(f"Founded in {target}, with {len(lines)} commands. Pin of the charter: {pin}")
    click.echo(f"Every keystore has this passphrase, so it is for training only: {PASSPHRASE.decode()}")


def packaged_policy() -> str:
    """Return the digest of the policy bundle of this release, in hex."""
    return bundle_digest(bundle_manifest(read_catalogue_files() | read_policy_files())).hex()


def _read(folder: Path) -> Region:
    missing = [each for each in (PARTICIPANTS, AGREEMENTS) if not (folder / each).is_file()]
    if missing:
        _fail(f"{folder} has no {missing[0]}.", "See examples/region.")
    try:
        return parse_region({each: (folder / each).read_bytes() for each in (PARTICIPANTS, AGREEMENTS)})
    except PolicyError as error:
        _fail(*(str(each) for each in error.problems))


def _fail(*lines: str) -> NoReturn:
    click.echo("\n".join(lines), err=True)
    raise SystemExit(1)
