"""Where the desk is reached, checked before it listens. Plain HTTP is for browsers of this machine alone."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from nodes.config import DeskSettings
from protocol.charter import Charter
from runtime.files import read_private
from runtime.http import HttpSettings
from runtime.operator import OperatorError, certificate_unusable

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_MAX_PEM: Final = 64 << 10


@dataclass(frozen=True, slots=True)
class Place:
    """The origin in browsers, and whether the desk itself speaks TLS."""

    origin: str
    certificate: Path | None
    key: Path | None

    @property
    def is_secure(self) -> bool:
        """Whether browsers reach the desk over TLS, ended here or by a proxy on this machine."""
        return self.origin.startswith("https://")

    def tls(self) -> ssl.SSLContext | None:
        """Return the context of the server; None where the desk listens on this machine only and without TLS."""
        if self.certificate is None or self.key is None:
            return None
        read_private(self.key, _MAX_PEM)  # refuses a key that others can read
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        try:
            context.load_cert_chain(self.certificate, self.key)
        except (OSError, ValueError) as err:
            raise certificate_unusable(f"{self.certificate} with {self.key}", type(err).__name__) from err
        return context


def place_of(settings: DeskSettings) -> Place:
    """Return where the desk is reached. ``OperatorError`` for an origin that a browser could not trust."""
    origin = settings.origin or f"http://localhost:{settings.port}"
    found = urlsplit(origin)
    if found.scheme not in ("http", "https") or not found.hostname or f"{found.scheme}://{found.netloc}" != origin:
        raise _refused(f"{origin} is no origin", "Write https://, the name and, if need be, the port; no path")
    if (settings.certificate is None) != (settings.key is None):
        raise _refused("A certificate and its key belong together", "Name both files or none")
    if found.scheme == "http" and (found.hostname != "localhost" or settings.certificate is not None):
        raise _refused(f"{origin} would send sessions in the clear", "Use https://, or http://localhost")
    if settings.host not in _LOOPBACK and settings.certificate is None:
        raise _refused(f"{settings.host} is reached over the network", "Name `certificate` and `key` of the pages")
    return Place(origin, settings.certificate, settings.key)


def trains(settings: DeskSettings, charter: Charter) -> bool:
    """Tell whether pages are marked as training: the settings ask for it, and the network was founded for it."""
    return settings.training and charter.training


def practises(settings: DeskSettings, charter: Charter) -> bool:
    """Tell whether a desk that trains lets people in without proof. Plain HTTP is served to this machine alone."""
    return trains(settings, charter) and not place_of(settings).is_secure


def server_settings(settings: DeskSettings) -> HttpSettings:
    """Return how the server listens and how patient it is."""
    return HttpSettings(
        host=settings.host,
        port=settings.port,
        max_connections=500,
        max_per_address=200,
        balancer_wait_s=0.0,
        shutdown_s=settings.shutdown_s,
    )


def _refused(what: str, remedy: str) -> OperatorError:
    return OperatorError("DESK_ORIGIN", what, "The desk answers browsers that can trust where they are", remedy)
