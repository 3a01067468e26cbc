"""Commands that speak to a running hub over its loopback listener: statements and policy files of the operator."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from hub.config import HubConfig
from keys.cli_base import Tools, argument, command, given_file, read_statements, tell
from protocol.errors import Fault
from runtime.http_client import Ask, ClientSettings, HttpClient, client_session
from runtime.operator import OperatorError
from runtime.settings import load

CONFIG = given_file("--config", text="The hub's settings file.")
_CLIENT: Final = ClientSettings(connect_s=5.0, total_s=60.0)


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """Options of ``submit``."""

    file: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    config: Annotated[Path, CONFIG]


@command("submit", SubmitOptions)
def submit(_: Tools, given: SubmitOptions) -> None:
    """Bring the complete statements in FILE to the running hub."""
    config = load(given.config, HubConfig)
    sheets = read_statements(given.file).sheets
    asks = [Ask("PUT", f"/statements/{sheet.id.hex()}", sheet.entry()) for sheet in sheets]
    ask_hub(config, asks)
    tell("The hub has logged it.", {"statements": [sheet.id.hex() for sheet in sheets]})


@dataclass(frozen=True, slots=True)
class PublishOptions:
    """Options of ``publish``."""

    files: Annotated[
        tuple[Path, ...],
        argument(nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ]
    config: Annotated[Path, CONFIG]


@command("publish", PublishOptions)
def publish(_: Tools, given: PublishOptions) -> None:
    """Bring policy FILES to the running hub; a policy statement is accepted only when all its files are there."""
    config = load(given.config, HubConfig)
    blobs = [path.read_bytes() for path in given.files]
    digests = [hashlib.sha256(data).hexdigest() for data in blobs]
    asks = [Ask("PUT", f"/blobs/{digest}", data) for digest, data in zip(digests, blobs, strict=True)]
    ask_hub(config, asks)
    tell("The hub has stored it.", {"digests": list(digests)})


def ask_hub(config: HubConfig, asks: Sequence[Ask]) -> list[bytes]:
    """Return the bodies of the running hub's answers; the first refusal is raised, a hub that is not there in words."""
    return asyncio.run(_send(config, asks))


async def _send(config: HubConfig, asks: Sequence[Ask]) -> list[bytes]:
    bodies = []
    base = f"http://{config.admin.host}:{config.admin.port}"
    async with client_session(_CLIENT, None) as session:
        client = HttpClient(session, base, _CLIENT)
        for ask in asks:
            try:
                answer = await client.call(ask)
            except Fault as err:
                raise _not_running(base) from err
            if answer.problem is not None:
                raise Fault(answer.problem.code)
            bodies.append(answer.body)
    return bodies


def _not_running(base: str) -> OperatorError:
    return OperatorError(
        "HUB_NOT_RUNNING",
        f"No hub answers at {base}",
        "Statements go to the running hub, which checks and logs them",
        "Start it with: egnatia hub run, and compare the admin address in its settings",
    )


ADMIN_COMMANDS: Final = (submit, publish)
