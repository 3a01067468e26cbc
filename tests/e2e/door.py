"""The hub's door as a stranger or a node knocks on it: plain TLS, plain bytes, nothing of the product's own client."""

import http.client
import os
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from egnatia.demo.desk import PASSPHRASE
from keys.certificates import Authority, Subject, TlsKey, issue_certificate, pem_of, public_spki
from keys.keystore import load_keystore
from keys.private_keys import Secrets
from protocol.api import Problem, parse_problem
from tests.e2e.network import Network

DAY = 86_400


@dataclass(frozen=True, slots=True)
class Badge:
    """What a client shows: a certificate (DER) and its key; none at all without a certificate."""

    certificate: bytes | None
    key: TlsKey | None


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: bytes

    @property
    def problem(self) -> Problem:
        return parse_problem(self.body)


def secrets_of(network: Network, name: str) -> Secrets:
    """Open a party's keystore."""
    return load_keystore(network.folder / f"{name}.keystore", PASSPHRASE, os.urandom).secrets


def badge(authority: Authority, name: str, key: TlsKey, *, age_days: int = 0, host: str | None = None) -> Badge:
    """Have an authority issue a certificate ``age_days`` ago; with a host it is a server's."""
    subject = Subject(name, () if host is None else (host,))
    issued = int(time.time()) - age_days * DAY
    return Badge(issue_certificate(authority, subject, public_spki(key), issued, os.urandom), key)


def context_of(network: Network, folder: Path, shown: Badge) -> ssl.SSLContext:
    """Return a client's TLS context that shows the badge."""
    context = ssl.create_default_context(cafile=str(network.folder / "ca.pem"))
    if shown.certificate is not None and shown.key is not None:
        chain = folder / "badge.pem"
        chain.touch(0o600)
        chain.write_bytes(pem_of(shown.certificate) + shown.key.pem())
        context.load_cert_chain(chain)
    return context


@dataclass(frozen=True, slots=True)
class Door:
    """One client's way to the hub."""

    port: int
    context: ssl.SSLContext

    def ask(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Reply:
        """Make one request on a connection of its own."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return Reply(answer.status, answer.read())
        finally:
            connection.close()

    def raw(self, sent: bytes) -> bytes:
        """Send bytes as they are and return all that comes back before the hub closes or falls silent."""
        got = bytearray()
        with (
            socket.create_connection(("127.0.0.1", self.port), 20) as plain,
            self.context.wrap_socket(plain, server_hostname="127.0.0.1") as secured,
        ):
            secured.sendall(sent)
            secured.settimeout(20)
            while part := _receive(secured):
                got += part
                if b"\r\n\r\n" in got and sent.count(b"HTTP/1.1") == 1:
                    break
        return bytes(got)


def _receive(secured: ssl.SSLSocket) -> bytes:
    try:
        return secured.recv(65_536)
    except (TimeoutError, ssl.SSLError, ConnectionError):
        return b""


def open_door(network: Network, folder: Path, alias: str) -> Door:
    """Return the way of a node, with its own key and certificate."""
    key = secrets_of(network, alias).tls
    authority = secrets_of(network, "ca").authority
    assert key is not None
    assert authority is not None
    return Door(network.stage.hub_port, context_of(network, folder, badge(authority, alias, key)))
