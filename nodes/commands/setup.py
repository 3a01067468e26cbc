"""Commands that set a node up: init, join, run, check, settings."""

import asyncio
import errno
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from keys.ceremony import create_secrets
from keys.cli_base import (
    Tools,
    argument,
    ask_new_passphrase,
    command,
    given_file,
    new_file,
    open_store,
    option,
    other_charter,
    passphrase_source,
    read_pin,
    tell,
)
from keys.exchange_files import encode_party, parse_directory, party_of
from keys.keystore import Keystore, create_keystore
from keys.private_keys import Role
from keys.summaries import Value, describe_party
from nodes.app import Node, serve
from nodes.checkup import check_up
from nodes.commands.registry import Place, register, unregister
from nodes.config import API_PORT, NodeConfig
from protocol.ids import parse_node_id
from runtime.files import write_atomic
from runtime.operator import OperatorError
from runtime.settings import load, sample

CONFIG: Final = given_file("--config", text="The node's settings file.")
SETTINGS: Final = "node.toml"
_TEXT: Final = """\
# Settings of this node. Every other key has its default; see them all with: egnatia node settings --out FILE
node = {node}
charter = {charter}
keystore = {keystore}
network = "network.directory"

[hub]
url = {url}
authority = "authority.pem"
certificate = "node.pem"

[database]
url = {database}

[api]
port = {port}
token = "api.token"
"""


@dataclass(frozen=True, slots=True)
class InitOptions:
    """Options of ``init``."""

    folder: Annotated[Path, argument(type=click.Path(file_okay=False, path_type=Path))]
    node: Annotated[str, option("--node", required=True, metavar="ID", help="The node's id, such as rs.ilecu.")]
    source: Annotated[str | None, passphrase_source()]


@command("init", InitOptions)
def init(tools: Tools, given: InitOptions) -> None:
    """Make FOLDER with the keys of a new node, and a party file to hand to the registrars."""
    node = parse_node_id(given.node)
    store, party_file = given.folder / "node.keystore", given.folder / f"{node}.party"
    if store.exists():
        raise FileExistsError(errno.EEXIST, "exists", str(store))
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    secrets = create_secrets(Role.NODE, node, tools.clock(), tools.entropy)
    create_keystore(store, secrets, ask_new_passphrase(given.source, node), tools.entropy)
    party = party_of(secrets)
    write_atomic(party_file, encode_party(party))
    tell(f"Made {store}. Hand {party_file.name} to the registrars, never the keystore.", describe_party(party))


@dataclass(frozen=True, slots=True)
class JoinOptions:
    """Options of ``join``."""

    folder: Annotated[Path, argument(type=click.Path(file_okay=False, path_type=Path))]
    directory: Annotated[Path, given_file("--directory", text="The directory file that the ceremony made.")]
    pin: Annotated[str, option("--pin", required=True, metavar="DIGEST", help="The charter's digest, from paper.")]
    certificate: Annotated[Path, given_file("--certificate", text="This node's TLS certificate (PEM).")]
    authority: Annotated[Path, given_file("--authority", text="The authority's certificate (PEM).")]
    hub: Annotated[str, option("--hub", required=True, metavar="URL", help="Such as https://hub.example:8443.")]
    store: Annotated[
        Path | None, given_file("--store", text="The keystore, where it is not node.keystore.", required=False)
    ]
    node: Annotated[
        str | None, option("--node", default=None, metavar="ID", help="The node's id, if not told by a file.")
    ]
    api_port: Annotated[int, option("--api-port", default=API_PORT, show_default=True, help="Port of the API.")]


@command("join", JoinOptions)
def join(_: Tools, given: JoinOptions) -> None:
    """Put what the registrars gave you into FOLDER and write the settings; then run or check the node."""
    settings = given.folder / SETTINGS
    if settings.exists():
        raise FileExistsError(errno.EEXIST, "exists", str(settings))
    raw = given.directory.read_bytes()
    file = parse_directory(raw)
    pin = read_pin(given.pin)
    if file.pin != pin:
        raise other_charter(str(given.directory))
    node = given.node or _only_party(given.folder)
    if file.directory.participant(parse_node_id(node)) is None:
        raise OperatorError(
            "NOT_ENROLLED",
            f"The directory file does not hold {node}",
            "The registrars enrol a node before it joins",
            "Ask them for the directory file that contains your enrolment",
        )
    given.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_atomic(given.folder / "network.directory", raw)
    write_atomic(given.folder / "node.pem", given.certificate.read_bytes())
    write_atomic(given.folder / "authority.pem", given.authority.read_bytes())
    store = given.store.absolute() if given.store else "node.keystore"
    text = _TEXT.format(
        node=json.dumps(node),
        charter=json.dumps(pin.hex()),
        keystore=json.dumps(str(store)),
        url=json.dumps(given.hub),
        database=json.dumps(f"sqlite:///{(given.folder / 'state.db').absolute()}"),
        port=given.api_port,
    )
    write_atomic(settings, text.encode())
    tell(f"The node is ready. Start it with: egnatia node run --config {settings}", {"settings": str(settings)})


def _only_party(folder: Path) -> str:
    parties = sorted(folder.glob("*.party"))
    if len(parties) != 1:
        raise OperatorError(
            "WHICH_NODE",
            f"{folder} holds no single party file that tells the node's id",
            "A node joins under the id it is enrolled with",
            "Say it with --node",
        )
    return parties[0].name.removesuffix(".party")


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Options of ``run``."""

    config: Annotated[Path, CONFIG]
    name: Annotated[
        str | None, option("--name", default=None, help="Name for `egnatia --as`; the node's id otherwise.")
    ]
    source: Annotated[str | None, passphrase_source()]


@command("run", RunOptions)
def run(tools: Tools, given: RunOptions) -> None:
    """Run the node until it is asked to stop (Ctrl-C or SIGTERM)."""
    config = load(given.config, NodeConfig)
    store = _open(config, given.source, tools)
    name = given.name or config.node

    def announce(node: Node) -> None:
        register(name, Place(f"http://127.0.0.1:{node.port}", config.api.token))
        words = f"{config.node} runs. Speak to it with: egnatia --as {name} status"
        facts: dict[str, Value] = {"port": node.port, "name": name}
        if node.first_link is not None:
            words += "\nNobody has joined the desk yet. Its first administrator opens this link within 24 hours:"
            facts["first_link"] = node.first_link
        tell(words, facts)

    try:
        asyncio.run(serve(config, store, announce))
    finally:
        unregister(name)


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """Options of ``check``."""

    config: Annotated[Path, CONFIG]
    source: Annotated[str | None, passphrase_source()]


@command("check", CheckOptions)
def check(tools: Tools, given: CheckOptions) -> None:
    """Look over keys, certificate, clock, disk, hub and directory. Status 1 when something is not well."""
    config = load(given.config, NodeConfig)
    secrets = _open(config, given.source, tools).secrets
    findings = asyncio.run(check_up(config, secrets, tools.clock))
    facts: list[Value] = [
        {"name": each.name, "well": each.well, "found": each.found, "remedy": each.remedy or None} for each in findings
    ]
    bad = [each.name for each in findings if not each.well]
    tell("All is well." if not bad else f"Not well: {', '.join(bad)}.", {"findings": facts})
    click.get_current_context().exit(1 if bad else 0)


@dataclass(frozen=True, slots=True)
class SettingsOptions:
    """Options of ``settings``."""

    out: Annotated[Path, new_file("--out", text="The file with every setting at its default.")]


@command("settings", SettingsOptions)
def settings(_: Tools, given: SettingsOptions) -> None:
    """Write a settings file that shows every key, its default and its meaning."""
    write_atomic(given.out, sample(NodeConfig).encode())
    tell(f"Made {given.out}.", {})


def _open(config: NodeConfig, source: str | None, tools: Tools) -> Keystore:
    return open_store(config.keystore, source or config.passphrase or None, tools)


SETUP_COMMANDS: Final = (init, join, run, check, settings)
