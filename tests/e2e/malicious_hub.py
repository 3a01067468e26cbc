"""A hub that lies: it stands in the hub's place with the hub's own keys and twists what it tells each node.

The real hub runs behind it and has no switch for misbehaving. Each node has a line of its own, so that two nodes can
be told two stories. What passes by is kept: a hub knows every envelope, and no key of any node is used to twist.
"""

import contextlib
import http.client
import http.server
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from hub.identity import HubKeys, hub_keys
from protocol.envelope import Envelope, parse_envelope
from protocol.errors import Fault
from protocol.ids import MessageId
from tests.e2e.door import Door, Reply, open_door, secrets_of
from tests.e2e.network import Network

_PATIENT: Final = 'url = "https://127.0.0.1:'
_NO_BODY: Final = 204


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a node."""

    method: str
    path: str
    body: bytes

    def fetches(self, channel: str = "police") -> bool:
        """Tell whether mail of a channel is asked for."""
        return self.path.startswith(f"/v1/mailboxes/{channel}?")

    def submits(self) -> bool:
        """Tell whether a message is handed in."""
        return self.path.startswith("/v1/envelopes/")


Twist = Callable[[Asked, Reply], Reply]
"""Turns the true answer to a request into what the node is told."""


class MaliciousHub:
    """Every node's hub while the context is open. ``twist`` says what one node is told from now on."""

    def __init__(self, network: Network, folder: Path, *aliases: str) -> None:
        self.keys: HubKeys = hub_keys(secrets_of(network, "hub"))
        self.envelopes: dict[MessageId, Envelope] = {}
        self._twists: dict[str, Twist] = {}
        context = _server_context(network, folder, self.keys)
        self._lines = {alias: _Line(self, alias, open_door(network, folder, alias), context) for alias in aliases}
        for alias, line in self._lines.items():
            _lead(network.folder / alias / "node.toml", line.port)

    def __enter__(self) -> Self:
        for line in self._lines.values():
            line.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for line in self._lines.values():
            line.stop()

    def twist(self, alias: str, twist: Twist) -> None:
        """Tell a node lies from now on, also in answers that are under way."""
        self._twists[alias] = twist

    def lied_to(self) -> frozenset[str]:
        """Return whom it lies to now."""
        return frozenset(self._twists)

    def door(self, alias: str) -> Door:
        """Return a node's way to the real hub."""
        return self._lines[alias].door

    def be_honest(self) -> None:
        """Tell everybody the truth again."""
        self._twists.clear()

    @contextlib.contextmanager
    def twisting(self, alias: str, twist: Twist) -> Iterator[None]:
        """Tell a node lies within a block."""
        self.twist(alias, twist)
        try:
            yield
        finally:
            self._twists.pop(alias, None)

    def told(self, alias: str, asked: Asked, reply: Reply) -> Reply:
        """Return what a node is told instead of ``reply``."""
        if asked.submits():
            with contextlib.suppress(Fault):
                envelope = parse_envelope(asked.body)
                self.envelopes[envelope.id] = envelope
        twist = self._twists.get(alias)
        return reply if twist is None else twist(asked, reply)


class _Server(http.server.ThreadingHTTPServer):
    """One node's listener; a connection that breaks is nobody's fault."""

    daemon_threads = False
    line: "_Line"

    def handle_error(self, request: object, client_address: object) -> None:
        del request, client_address

    def get_request(self) -> tuple[socket.socket, Any]:
        found, address = super().get_request()
        self.line.open.add(found)
        return found, address


class _Line:
    """The way of one node: TLS ends here, and every request goes on to the real hub as that node's."""

    def __init__(self, hub: MaliciousHub, alias: str, door: Door, context: ssl.SSLContext) -> None:
        self._hub = hub
        self._alias = alias
        self.door = door
        self.open: set[socket.socket] = set()
        self.closing = False
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._server.line = self
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), name=f"line-{alias}")

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.closing = True
        self._server.shutdown()
        for each in list(self.open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        self._server.server_close()
        self._thread.join(30)

    def connect(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.door.port, context=self.door.context, timeout=60)

    def told(self, asked: Asked, reply: Reply) -> Reply:
        return self._hub.told(self._alias, asked, reply)


def _handler(line: _Line) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 60

        def setup(self) -> None:
            super().setup()
            self._behind = line.connect()

        def finish(self) -> None:
            self._behind.close()
            super().finish()

        def pass_on(self) -> None:
            asked = Asked(self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            try:
                reply = line.told(asked, self.true_answer(asked))
            except (OSError, http.client.HTTPException):
                self.close_connection = True
                return
            self.send_response_only(reply.status)
            self.send_header("Content-Type", "application/cbor")
            if reply.status != _NO_BODY:
                self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)
            self.close_connection = self.close_connection or line.closing

        def true_answer(self, asked: Asked) -> Reply:
            kept = {name: self.headers[name] for name in ("Content-Type", "Content-Encoding") if name in self.headers}
            self._behind.request(asked.method, asked.path, asked.body or None, kept)
            answer = self._behind.getresponse()
            return Reply(answer.status, answer.read())

        do_GET = do_PUT = do_POST = pass_on  # noqa: N815 - the names the base class looks for

    return Handler


def _server_context(network: Network, folder: Path, keys: HubKeys) -> ssl.SSLContext:
    """Return the hub's own TLS: its certificate and its key, as whoever took over the hub has them."""
    chain = folder / "hub-chain.pem"
    chain.touch(0o600)
    chain.write_bytes((network.folder / "hub.pem").read_bytes() + keys.tls.pem())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(chain)
    return context


def _lead(settings: Path, port: int) -> None:
    """Lead a node to another port, and let it look at its mail often."""
    text = settings.read_text(encoding="utf-8")
    text = re.sub(rf"({re.escape(_PATIENT)})\d+", rf"\g<1>{port}", text)
    settings.write_text(text.replace("\n[gateway]\n", "\n[gateway]\npoll_wait_s = 2\n"), encoding="utf-8")
