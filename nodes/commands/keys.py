"""Commands that give a running node new keys: it goes on working, and nothing it has signed is lost."""

import base64
from pathlib import Path

import click

from nodes.commands.frame import client, print_json, talking
from runtime.files import write_atomic


@click.command("new-identity")
@talking
def new_identity(as_name: str | None, *, as_json: bool) -> None:
    """Replace the node's signing keys, with both the old and the new ones as witnesses."""
    found = client(as_name).post("/keys/identity", {})
    if as_json:
        print_json(found)
        return
    click.echo("The node signs with new keys from now on; the old ones are out of its keystore.")
    click.echo(f"identity: {found['identity']}")
    click.echo("Renew the custodian's copy or the shared copy of the keystore now.")


@click.command("new-tls-key")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), required=True, help="The new party file.")
@talking
def new_tls_key(out: Path, as_name: str | None, *, as_json: bool) -> None:
    """Make the node's next TLS key and a party file to get its certificate with; the present key serves until then."""
    found = client(as_name).post("/keys/tls", {})
    write_atomic(out, base64.b64decode(found["party"]))
    if as_json:
        print_json({"tls_pin": found["tls_pin"]})
        return
    click.echo(f"Made {out.name}: hand it to the network's authority, which certifies the key in it.")
    click.echo("Put the certificate in the place of the present one and start the node again.")
    click.echo(f"tls pin: {found['tls_pin']}")
