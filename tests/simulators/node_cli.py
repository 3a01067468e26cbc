"""Commands of ``egnatia`` against running nodes, as a person types them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from click.testing import CliRunner, Result

from egnatia.cli import root
from nodes.app import Node
from nodes.commands.registry import Place, register
from tests.simulators.node import TestWorld


async def run(*words: str, give: str = "") -> Result:
    """Run a command as a person would, while the nodes' loops go on."""
    return await asyncio.to_thread(CliRunner().invoke, root, list(words), give)


@contextlib.asynccontextmanager
async def named(world: TestWorld, member: Any, name: str, **changes: Any) -> AsyncIterator[Node]:
    """Run a node under a name for ``egnatia --as``, its settings changed by ``changes``."""
    async with world.machine(member).serving(**changes) as node:
        register(name, Place(f"http://127.0.0.1:{node.port}", node.config.api.token))
        await node.gateway.network.sync.run()
        yield node


async def until(word: str, *words: str) -> Result:
    for _ in range(500):
        found = await run(*words)
        if word in found.output:
            return found
        await asyncio.sleep(0.02)
    raise AssertionError(f"{words}: {found.output}")
