"""The limit of connections, in all and from one address, kept before a byte is parsed."""

import asyncio
from collections.abc import Callable
from typing import cast

from aiohttp.web_server import Server


class Gate:
    """Counts the connections of one server."""

    def __init__(self, server: Server, most: int, most_per_address: int) -> None:
        self._server = server
        self._most = most
        self._most_per_address = most_per_address

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol of a new connection."""
        return _Doorway(self._admit, self._server)

    def _admit(self, address: str) -> bool:
        connections = self._server.connections
        if len(connections) >= self._most:
            return False
        if len(connections) < self._most_per_address:
            return True
        same = sum(1 for entry in connections if _address(entry.transport) == address)
        return same < self._most_per_address


class _Doorway(asyncio.Protocol):
    """Lives until the connection stands, then closes it or steps aside for the server's own protocol."""

    def __init__(self, admit: Callable[[str], bool], server: Server) -> None:
        self._admit = admit
        self._server = server

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        stream = cast("asyncio.Transport", transport)  # not a subclass of it under every event loop
        if not self._admit(_address(stream)):
            stream.abort()
            return
        protocol = self._server()
        stream.set_protocol(protocol)
        protocol.connection_made(stream)


def _address(transport: asyncio.BaseTransport | None) -> str:
    peer = None if transport is None else transport.get_extra_info("peername")
    return str(peer[0]) if isinstance(peer, tuple) and peer else ""
