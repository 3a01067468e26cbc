"""``egnatia hub``: found, run, look over, back up, restore and recover the hub, and bring statements to it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click

from hub.app import Hub, serve
from hub.checkup import check_up
from hub.cli_acts import acts
from hub.cli_admin import ADMIN_COMMANDS
from hub.config import HubConfig
from hub.identity import hub_keys
from hub.settings_file import Places, write_settings
from hub.setup import back_up_hub, found_hub, recover_hub, restore_hub
from hub.tls_files import serving_key
from keys.cli_base import (
    Commands,
    Tools,
    argument,
    command,
    given_file,
    new_file,
    open_store,
    option,
    passphrase_source,
    read_directory,
    read_statements,
    tell,
)
from keys.summaries import Value
from runtime.operator import OperatorError
from runtime.settings import load, sample

CONFIG = given_file("--config", text="The hub's settings file.")


@click.group("hub", cls=Commands)
def commands() -> None:
    """The store-and-forward service of a network."""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """Options of ``init``."""

    folder: Annotated[Path, argument(type=click.Path(file_okay=False, path_type=Path))]
    directory: Annotated[Path, given_file("--directory", text="The directory file that the ceremony made.")]
    store: Annotated[Path, given_file("--store", text="The hub's keystore.")]
    certificate: Annotated[Path, given_file("--certificate", text="The hub's TLS certificate (PEM).")]
    authority: Annotated[Path, given_file("--authority", text="The authority's certificate (PEM).")]
    bundle: Annotated[
        tuple[Path, ...],
        option(
            "--bundle",
            multiple=True,
            type=click.Path(exists=True, path_type=Path),
            help="A policy file, or the folder that `egnatia policy export` wrote.",
        ),
    ]
    host: Annotated[str, option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")]
    port: Annotated[int, option("--port", default=8443, show_default=True, help="Port for nodes.")]
    admin_port: Annotated[int, option("--admin-port", default=8444, show_default=True, help="Port for operators.")]
    database: Annotated[
        str | None,
        option(
            "--database", default=None, metavar="URL", help="An empty PostgreSQL database; a file in FOLDER if not."
        ),
    ]


@command("init", InitOptions)
def init(tools: Tools, given: InitOptions) -> None:
    """Make FOLDER with a settings file and a database that holds the network's directory."""
    file = read_directory(given.directory)
    places = Places(given.folder, given.store, given.certificate, given.authority, file.pin, given.database)
    path = write_settings(places, given.host, (given.port, given.admin_port))
    config = load(path, HubConfig)
    paths = [path for each in given.bundle for path in (sorted(each.iterdir()) if each.is_dir() else [each])]
    blobs = [path.read_bytes() for path in paths]
    sizes = found_hub(config, file.entries, blobs, tools.clock())
    network = file.directory.network_id.hex()
    facts: dict[str, Value] = {"settings": str(path), "network": network, "directory": sizes.directory}
    tell(f"The hub is ready. Start it with: egnatia hub run --config {path}", facts)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of ``run``."""

    config: Annotated[Path, CONFIG]
    source: Annotated[str | None, passphrase_source()]


@command("run", RunOptions)
def run(tools: Tools, given: RunOptions) -> None:
    """Run the hub until it is asked to stop (Ctrl-C or SIGTERM)."""
    config = load(given.config, HubConfig)
    store = open_store(config.keystore, given.source or config.passphrase or None, tools)

    def announce(hub: Hub) -> None:
        facts = {"port": hub.port, "admin_port": hub.admin_port, "ready": hub.parts.message_log.closed is None}
        tell(f"Listening on {config.listen.host}:{hub.port}.", facts)

    asyncio.run(serve(config, hub_keys(serving_key(config.tls, store.secrets)), announce))


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Options of ``check``."""

    config: Annotated[Path, CONFIG]
    source: Annotated[str | None, passphrase_source()]


@command("check", CheckOptions)
def check(tools: Tools, given: CheckOptions) -> None:
    """Look everything over while the hub does not run: database, logs, keys, certificate, disk."""
    config = load(given.config, HubConfig)
    store = open_store(config.keystore, given.source or config.passphrase or None, tools)
    report = check_up(config, hub_keys(serving_key(config.tls, store.secrets)), tools.clock())
    tell("All is well." if not report.remarks else "It can run. " + " ".join(report.remarks), report.facts())


@dataclass(frozen=True, slots=True)
class BackupOptions:
    """Options of ``backup``."""

    target: Annotated[Path, argument(type=click.Path(dir_okay=False, path_type=Path))]
    config: Annotated[Path, CONFIG]


@command("backup", BackupOptions)
def backup(tools: Tools, given: BackupOptions) -> None:
    """Write a verified copy of the database, without keys and attachments, to TARGET; the hub may run meanwhile."""
    report = back_up_hub(load(given.config, HubConfig), given.target, tools.clock())
    tell(f"Wrote {given.target.name}. Keep it apart from the keystore.", {"bytes": report.size})


@dataclass(frozen=True, slots=True)
class RestoreOptions:
    """Options of ``restore``."""

    source: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    config: Annotated[Path, CONFIG]


@command("restore", RestoreOptions)
def restore(tools: Tools, given: RestoreOptions) -> None:
    """Put the backup SOURCE in the place of a lost database; the hub then waits for the registrars' restart."""
    sizes = restore_hub(load(given.config, HubConfig), given.source, tools.clock())
    facts: dict[str, Value] = {"directory": sizes.directory, "messages": sizes.messages, "root": sizes.root.hex()}
    tell("Restored. Nothing is signed before: egnatia hub recover", facts)


@dataclass(frozen=True, slots=True)
class RecoverOptions:
    """Options of ``recover``."""

    config: Annotated[Path, CONFIG]
    restart: Annotated[Path, given_file("--restart", text="The statement file with the signed restart.")]
    directory: Annotated[
        Path | None,
        given_file("--directory", text="A directory file of any node, with the entries lost here.", required=False),
    ]


@command("recover", RecoverOptions)
def recover(tools: Tools, given: RecoverOptions) -> None:
    """Go on after a loss: take the lost directory entries and the registrars' restart statement."""
    sheets = read_statements(given.restart).sheets
    if len(sheets) != 1:
        raise OperatorError(
            "ONE_RESTART",
            "The file holds more than the restart",
            "One statement declares one restart",
            "Split the file",
        )
    entries = read_directory(given.directory).entries if given.directory else ()
    found = recover_hub(load(given.config, HubConfig), entries, sheets[0].entry(), tools.clock())
    facts = {"epoch": found.epoch, "kept": found.kept_size, "next": found.next_size, "directory": found.directory_size}
    tell("Recovered. Start the hub; nodes submit again what lost its place.", facts)


@dataclass(frozen=True, slots=True)
class SettingsOptions:
    """Options of ``settings``."""

    out: Annotated[Path, new_file("--out", text="The file to write.")]


@command("settings", SettingsOptions)
def settings(_: Tools, given: SettingsOptions) -> None:
    """Write a settings file with every key, its meaning and its default."""
    given.out.write_text(sample(HubConfig), encoding="utf-8")
    tell(f"Wrote {given.out}.", {})


for each in (init, run, check, backup, restore, recover, settings, *ADMIN_COMMANDS, acts):
    commands.add_command(each)
