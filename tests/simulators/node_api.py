"""A client of a running node's API, as a program would be; all that is said is held to the API's description."""

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp

from nodes.app import Node
from tests.simulators.api_schema import Exchange, check
from tests.simulators.node import TestWorld


class Api:
    """One client of one node."""

    def __init__(self, session: aiohttp.ClientSession, node: Node, log: io.StringIO) -> None:
        self.session = session
        self.node = node
        self.log = log

    async def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        raw = body if isinstance(body, bytes | io.BytesIO) else None if body is None else json.dumps(body).encode()
        token = self.node.config.api.token.read_text().strip()
        sent = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"http://127.0.0.1:{self.node.port}/api/v1{path}"
        async with self.session.request(method, url, data=raw, headers=sent) as answer:
            found = await answer.json(content_type=None)
        said = None if isinstance(body, bytes | io.BytesIO) else body
        check(Exchange(method, path, said, answer.status, found))
        return answer.status, found

    async def get(self, path: str) -> dict[str, Any]:
        status, body = await self.call("GET", path)
        assert status == 200, (body, self.log.getvalue())
        return body

    async def post(self, path: str, body: Any) -> tuple[int, dict[str, Any]]:
        return await self.call("POST", path, body)

    async def until(self, path: str, good: Any) -> dict[str, Any]:
        """Ask until the answer is good; the loops of the node work meanwhile."""
        for _ in range(2_000):
            found = await self.get(path)
            if good(found):
                return found
            await asyncio.sleep(0.01)
        raise AssertionError(f"{path}: {found}")


@contextlib.asynccontextmanager
async def api(world: TestWorld, member: Any, **changes: Any) -> AsyncIterator[Api]:
    """Run a node, its settings changed by ``changes``, and speak to it."""
    machine = world.machine(member)
    async with machine.serving(**changes) as node, aiohttp.ClientSession() as session:
        yield Api(session, node, machine.log)
