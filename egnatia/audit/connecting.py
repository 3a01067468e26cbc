"""How an audit command reaches a copy, and the hub behind it: the auditor's own node settings and keystore."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from egnatia.audit.bring import Brought, bring, fold_of
from egnatia.audit.copy_store import Copy
from egnatia.audit.hub_reads import HubReads, Reads
from egnatia.audit.showing import progress
from keys.cli_base import Tools, given_file, open_store, option
from keys.exchange_files import parse_directory
from nodes.config import NodeConfig
from nodes.network_files import client_tls, read_pinned
from protocol.api import DIRECTORY_LOG
from protocol.ids import parse_hex_digest
from runtime.http_client import HttpClient, client_session
from runtime.settings import load

T = TypeVar("T")
STATE = option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder of the copy of the logs; made when it is not there.",
)
CONFIG = given_file(
    "--config", text="Bring the copy up to date first: the settings file of the auditor's node.", required=False
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which copy a command works on, and with whose settings it is brought up to date first; without them it is not."""

    state: Path
    config: Path | None = None
    source: str | None = None


def made(wanted: Wanted) -> Copy:
    """Return the copy as it is; with settings one is made for their network where there is none."""
    if wanted.config is None:
        return Copy.open(wanted.state)
    return Copy.open(wanted.state, pin=parse_hex_digest(load(wanted.config, NodeConfig).charter))


def opened(tools: Tools, wanted: Wanted) -> Copy:
    """Return the copy, brought up to date where settings were given."""
    copy = made(wanted)
    if wanted.config is None:
        return copy
    asyncio.run(reading(tools, wanted, lambda reads: refresh(tools, copy, reads)))
    return copy


async def refresh(tools: Tools, copy: Copy, reads: Reads) -> Brought:
    """Bring the copy up to date, telling how far it is."""
    with progress("Reading the logs") as step:
        brought = await bring(copy, reads, tools.clock(), step)
    for leaf in brought.wrong:
        click.echo(
            f"At the hub, the object of leaf {leaf} is not the one that was logged; `verify` names it.", err=True
        )
    return brought


async def reading(tools: Tools, wanted: Wanted, work: Callable[[Reads], Coroutine[Any, Any, T]]) -> T:
    """Return what ``work`` returns, given reads of the hub that the settings name."""
    async with _connected(tools, wanted) as reads:
        return await work(reads)


@asynccontextmanager
async def _connected(tools: Tools, wanted: Wanted) -> AsyncIterator[Reads]:
    if wanted.config is None:
        raise RuntimeError("no settings to connect with")
    config = load(wanted.config, NodeConfig)
    read_pinned(config)
    store = open_store(config.keystore, wanted.source or config.passphrase or None, tools)
    pins = _hub_pins(config, wanted.state)
    tls = client_tls(config, store.secrets, lambda: pins)
    async with client_session(config.client, tls) as session:
        yield HubReads(HttpClient(session, config.hub.url, config.client))


def _hub_pins(config: NodeConfig, state: Path) -> frozenset[bytes]:
    """Return the TLS keys of the hub: as the directory file says, or the copy, which may be newer."""
    pins = parse_directory(config.network.read_bytes()).directory.charter.hub_tls_pins
    copy = Copy.open(state, pin=parse_hex_digest(config.charter))
    try:
        return pins | fold_of(copy).charter.hub_tls_pins if copy.size(DIRECTORY_LOG) else pins
    finally:
        copy.close()
