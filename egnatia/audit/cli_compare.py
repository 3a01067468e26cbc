"""``egnatia audit compare``: whether two parties were shown one log, from a checkpoint that each of them keeps."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from egnatia.audit.witnessing import open_hub
from keys.cli_base import Tools, command, given_file, open_store, option, passphrase_source, tell
from keys.directory import Directory
from keys.exchange_files import parse_directory
from keys.signed_head import all_charters, signed_head
from keys.summaries import Value
from nodes.config import NodeConfig
from nodes.gateway.heads import parse_hashes
from nodes.gateway.hub_port import HubClient
from nodes.gateway.trouble import HubRefused
from nodes.gateway.witness_rules import Finding
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.checkpoint import Checkpoint, directory_origin, messages_origin
from protocol.errors import Code, Fault
from protocol.merkle import verify_consistency
from runtime.settings import load

OPEN: Final = 3
CONTRADICTED: Final = 2
_NOTE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Options of ``compare``."""

    one: Annotated[Path, option("--one", type=_NOTE, required=True, help="A checkpoint that one party keeps.")]
    other: Annotated[Path, option("--other", type=_NOTE, required=True, help="A checkpoint that another keeps.")]
    directory: Annotated[Path, given_file("--directory", text="A directory file of the network, with its keys.")]
    config: Annotated[Path | None, given_file("--config", text="Ask the hub for the proof.", required=False)]
    source: Annotated[str | None, passphrase_source()]


@command("compare", CompareOptions)
def compare(tools: Tools, given: CompareOptions) -> None:
    """Say whether two checkpoints of one log contradict each other: status 0 no, 2 yes, 3 cannot be said without proof.

    `egnatia node witness --export` and `egnatia audit witness --export` write such files. Two sizes need the hub's
    proof that one continues the other; a hub that has none for what it signed contradicts itself.
    """
    directory = parse_directory(given.directory.read_bytes()).directory
    old, new = sorted((_read(each, directory) for each in (given.one, given.other)), key=lambda each: each.size)
    if old.origin != new.origin:
        raise Fault(Code.BAD_CHECKPOINT, "two different logs")
    verdict = _verdict(tools, given, old, new)
    facts: dict[str, Value] = {"log": old.origin, "smaller": old.size, "larger": new.size, "finding": verdict or ""}
    tell(_SENTENCES[verdict], facts)
    if verdict is not None:
        click.get_current_context().exit(OPEN if verdict == "" else CONTRADICTED)


_SENTENCES: Final = {
    None: "Both were shown one log.",
    "": "The sizes differ: give --config, so that the hub is asked for its proof.",
    Finding.SPLIT_VIEW.value: "The hub signed two logs of one size. Either checkpoint and both signatures prove it.",
    Finding.FORK.value: "The hub has no proof that the larger log continues the smaller one, and signed both.",
}


def _read(path: Path, directory: Directory) -> Checkpoint:
    """Return a checkpoint as the hub signed it under any charter: what each party was shown stands as it was shown."""
    raw = path.read_bytes()
    for origin in (directory_origin(directory.network_id), messages_origin(directory.network_id)):
        if raw.startswith(f"{origin}\n".encode()):
            return signed_head(raw, origin, all_charters(directory))[0].checkpoint
    raise Fault(Code.BAD_CHECKPOINT, f"{path.name}: no log of this network")


def _verdict(tools: Tools, given: CompareOptions, old: Checkpoint, new: Checkpoint) -> str | None:
    """Return None where both agree, the finding where they do not, and nothing where it cannot be said."""
    if old.size == new.size:
        return None if old.root == new.root else Finding.SPLIT_VIEW.value
    if old.size == 0:
        return None
    if given.config is None:
        return ""
    config = load(given.config, NodeConfig)
    store = open_store(config.keystore, given.source or config.passphrase or None, tools)
    pins = parse_directory(given.directory.read_bytes()).directory.charter.hub_tls_pins

    async def ask() -> bool:
        async with open_hub(config, store, lambda: pins) as hub:
            return await _continues(hub, old, new)

    return None if asyncio.run(ask()) else Finding.FORK.value


async def _continues(hub: HubClient, old: Checkpoint, new: Checkpoint) -> bool:
    log = MESSAGE_LOG if new.origin.endswith("/messages") else DIRECTORY_LOG
    try:
        proof = parse_hashes(await hub.consistency(log, old.size, new.size))
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    except (HubRefused, Fault):
        return False
    return True
