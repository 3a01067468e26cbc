"""The hub's TLS: certificate and authority from files, the key from the keystore and on disk for a moment only."""

import ssl
from dataclasses import replace
from pathlib import Path

from hub.config import TlsFiles
from keys.certificates import TlsKey, certificate_pin, der_of, expiry
from keys.private_keys import Secrets
from protocol.charter import Charter
from protocol.errors import Fault
from runtime.files import create_private
from runtime.operator import OperatorError, certificate_expired, certificate_unusable, from_os_error
from runtime.tls import server_context

_KEY_NAME = ".tls-key.pem"


def serving_key(files: TlsFiles, secrets: Secrets) -> Secrets:
    """Return the secrets with the TLS key that the certificate is for: the present one, or the one that follows."""
    coming = secrets.next_tls
    if coming is None or certificate_pin(_read(files.certificate)) != coming.pin:
        return secrets
    return replace(secrets, tls=coming)


def server_tls(files: TlsFiles, key: TlsKey, folder: Path) -> ssl.SSLContext:
    """Return the listener's context. The key's file is this account's alone and removed before this returns."""
    path = folder / _KEY_NAME
    path.unlink(missing_ok=True)  # left by a kill at the wrong moment
    create_private(path, key.pem())
    try:
        return server_context(files.certificate, path, files.authority)
    finally:
        path.unlink(missing_ok=True)


def check_certificate(files: TlsFiles, key: TlsKey, charter: Charter, now: int) -> int:
    """Return the days the certificate still lasts.

    ``OperatorError`` when it is over, unreadable, or for another key than the keystore's and the charter's.
    """
    certificate = _read(files.certificate)
    pin = certificate_pin(certificate)
    if pin != key.pin:
        raise certificate_unusable(str(files.certificate), "it is for another key than the keystore holds")
    if pin not in charter.hub_tls_pins:
        raise certificate_unusable(str(files.certificate), "the charter names another TLS key for the hub")
    if certificate_pin(_read(files.authority)) != charter.tls_ca:
        raise certificate_unusable(str(files.authority), "the charter names another authority")
    days = expiry("hub", certificate, now).days
    if days < 0:
        raise certificate_expired(str(files.certificate), -days)
    return days


def _read(path: Path) -> bytes:
    try:
        return der_of(path.read_bytes())
    except OSError as err:
        raise from_os_error(err, str(path)) from err
    except Fault as err:
        raise OperatorError(
            "CERTIFICATE",
            f"{path} holds no certificate",
            "Connections need a certificate in PEM form",
            "Put the certificate that the network's authority issued there",
        ) from err
