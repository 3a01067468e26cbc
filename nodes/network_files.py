"""What a node was given to join: the charter in a directory file, the authority, its own certificate; and its TLS key.

The key stays in the keystore and is on disk for a moment only, because the TLS library reads it from a file.
"""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Final

from keys.certificates import TlsKey, certificate_pin, der_of, expiry
from keys.exchange_files import parse_directory
from keys.keystore import Keystore
from keys.private_keys import Secrets
from nodes.config import NodeConfig
from nodes.gateway.replica import Pinned
from protocol.charter import Charter
from protocol.errors import Fault
from protocol.ids import parse_hex_digest
from runtime.database_settings import database_path
from runtime.files import create_private
from runtime.operator import OperatorError, certificate_expired, certificate_unusable, from_os_error
from runtime.tls import Pins, client_context

_KEY_NAME: Final = ".tls-key.pem"


def read_pinned(config: NodeConfig) -> Pinned:
    """Return the directory file under the digest pinned in the settings; ``OperatorError`` when they do not belong."""
    try:
        file = parse_directory(config.network.read_bytes())
        pin = parse_hex_digest(config.charter)
    except OSError as err:
        raise from_os_error(err, str(config.network)) from err
    except Fault as err:
        raise OperatorError(
            "CHARTER",
            f"{config.network} is no directory file, or `charter` in the settings is no digest ({err.code})",
            "All trust in the network starts from the charter",
            "Take both anew from what your registrars gave you",
        ) from err
    if file.pin != pin:
        raise OperatorError(
            "CHARTER",
            f"{config.network} was made for another charter than the one pinned in the settings",
            "All trust in the network starts from the charter that was received out of band",
            "Compare the digest with the paper from the ceremony and correct whichever is wrong",
        )
    return Pinned(file.entries[0], pin, file.entries[1:], file.directory.root)


def client_tls(config: NodeConfig, secrets: Secrets, pins: Pins) -> ssl.SSLContext:
    """Return the context for the hub. The key's file is this account's alone and removed before this returns."""
    key = _key_of(config, secrets)
    if key is None:
        raise certificate_unusable(str(config.keystore), "the keystore holds no TLS key")
    path = _folder(config) / _KEY_NAME
    path.unlink(missing_ok=True)  # left by a kill at the wrong moment
    create_private(path, key.pem())
    try:
        return client_context(config.hub.certificate, path, config.hub.authority, pins)
    finally:
        path.unlink(missing_ok=True)


def adopt_certificate(config: NodeConfig, keystore: Keystore) -> None:
    """Make the next TLS key the present one when the certificate in the settings is for it; else change nothing.

    A certificate that is missing or unreadable is found by whoever loads it.
    """
    coming = keystore.secrets.next_tls
    if coming is None or not config.hub.certificate.exists():
        return
    if certificate_pin(_read(config.hub.certificate)) == coming.pin:
        keystore.save(replace(keystore.secrets, tls=coming, next_tls=None))


def check_certificate(config: NodeConfig, secrets: Secrets, charter: Charter, now: int) -> int:
    """Return the days the certificate still lasts.

    ``OperatorError`` when it is over, unreadable, or for another key or network than the keystore and the charter say.
    """
    certificate = _read(config.hub.certificate)
    if certificate_pin(certificate) not in {each.pin for each in (secrets.tls, secrets.next_tls) if each is not None}:
        raise certificate_unusable(str(config.hub.certificate), "it is for another key than the keystore holds")
    if certificate_pin(_read(config.hub.authority)) != charter.tls_ca:
        raise certificate_unusable(str(config.hub.authority), "the charter names another authority")
    days = expiry(config.node, certificate, now).days
    if days < 0:
        raise certificate_expired(str(config.hub.certificate), -days)
    return days


def _key_of(config: NodeConfig, secrets: Secrets) -> TlsKey | None:
    """Return the TLS key that the certificate is for; the present one where that cannot be said."""
    if secrets.next_tls is not None and config.hub.certificate.exists():
        pin = certificate_pin(_read(config.hub.certificate))
        return secrets.next_tls if secrets.next_tls.pin == pin else secrets.tls
    return secrets.tls


def _folder(config: NodeConfig) -> Path:
    path = database_path(config.database)
    return config.keystore.parent if path is None else path.parent


def _read(path: Path) -> bytes:
    try:
        return der_of(path.read_bytes())
    except OSError as err:
        raise from_os_error(err, str(path)) from err
    except Fault as err:
        raise certificate_unusable(str(path), "it is no certificate in PEM form") from err
