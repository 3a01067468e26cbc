"""TLS 1.3 on both ends with client certificates, and the peer's key pin, computed once per connection.

TLS keeps outsiders away from the parsers; it never replaces a signature. Who a peer is follows from the SHA-256 of its
public key (SPKI), which the directory binds to a node for as long as its statement holds.
"""

import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from runtime.files import read_private
from runtime.operator import certificate_unusable

Pins = Callable[[], frozenset[bytes]]
"""The SPKI digests accepted at this moment; asked at every handshake."""

_MAX_PEM: Final = 64 << 10  # bytes; a key and a short chain
_MAX_CERTIFICATE: Final = 16 << 10  # bytes of DER; a larger one is not even parsed


class PinnedObject(ssl.SSLObject):
    """A TLS connection that knows the digest of its peer's public key and, on a pinning context, insists on it."""

    _spki: bytes | None = None

    def do_handshake(self) -> None:
        """Finish the handshake; no byte of the application is sent to a peer whose key is not pinned."""
        super().do_handshake()
        context = self.context
        if isinstance(context, _PinningContext) and context.pins is not None and self.peer_spki() not in context.pins():
            raise ssl.SSLCertVerificationError("the peer's key is not the pinned one")

    def peer_spki(self) -> bytes | None:
        """Return SHA-256 of the peer's SubjectPublicKeyInfo; None without a usable certificate."""
        if self._spki is None:
            certificate = self.getpeercert(binary_form=True)
            self._spki = spki_digest(certificate) if certificate is not None else None
        return self._spki


class _PinningContext(ssl.SSLContext):
    pins: Pins | None = None


def spki_digest(certificate: bytes) -> bytes | None:
    """Return SHA-256 of the SubjectPublicKeyInfo of a DER certificate; None when it cannot be read."""
    if len(certificate) > _MAX_CERTIFICATE:
        return None
    try:
        key = x509.load_der_x509_certificate(certificate).public_key()
    except ValueError:
        return None
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()


def server_context(certificate: Path, key: Path, client_authority: Path) -> ssl.SSLContext:
    """Return a context that speaks TLS 1.3 only and finishes no handshake without a certificate of that authority."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, certificate, key, client_authority)
    context.num_tickets = 0  # a resumed session would carry a certificate past its end
    return context


def client_context(certificate: Path, key: Path, server_authority: Path, pins: Pins | None = None) -> ssl.SSLContext:
    """Return a context that shows our certificate and checks the hub's: authority, host name and, given pins, key.

    ``pins`` may return an empty set: then no hub is acceptable.
    """
    context = _context(ssl.PROTOCOL_TLS_CLIENT, certificate, key, server_authority)
    context.pins = pins
    return context


def _context(protocol: int, certificate: Path, key: Path, authority: Path) -> _PinningContext:
    read_private(key, _MAX_PEM)  # refuses a key others can read; OpenSSL would not
    context = _PinningContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.sslobject_class = PinnedObject
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
        context.load_verify_locations(authority)
    except (OSError, ValueError) as err:
        raise certificate_unusable(f"{certificate} with {key} and {authority}", type(err).__name__) from err
    return context


def _no_password() -> str:
    raise ValueError("an encrypted TLS key: the service would have to ask at every start")


def peer_spki(request: web.BaseRequest) -> bytes | None:
    """Return the SPKI digest of the client's certificate; None over plain HTTP or without a certificate."""
    transport = request.transport
    connection = None if transport is None else transport.get_extra_info("ssl_object")
    return connection.peer_spki() if isinstance(connection, PinnedObject) else None
