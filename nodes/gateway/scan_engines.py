"""Which scanner the settings name, checked before the node starts."""

from typing import Final
from urllib.parse import SplitResult, urlsplit

from nodes.config import ScannerSettings
from nodes.gateway.scan_clamd import Clamd
from nodes.gateway.scan_icap import Icap
from nodes.gateway.scan_line import Place, open_line
from nodes.gateway.scanning import ScanFailed
from runtime.operator import OperatorError

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS: Final = {"clamd": 3310, "icap": 1344}


def engine_of(settings: ScannerSettings) -> Clamd | Icap | None:
    """Return the scanner; None where none is named.

    ``OperatorError`` for an address that cannot be read, and for one on another machine that is not said to be there:
    files would leave this machine in the clear.
    """
    if not settings.address:
        return None
    found = urlsplit(settings.address)
    if found.scheme == "unix" and found.path.startswith("/") and not found.netloc:
        return Clamd(Place(found.path, 0, settings.connect_s, settings.answer_s), settings.file_bytes)
    host, port = _where(found, settings)
    place = Place(host, port, settings.connect_s, settings.answer_s)
    if found.scheme == "clamd":
        return Clamd(place, settings.file_bytes)
    return Icap(place, found.path.strip("/"), settings.file_bytes)


async def answers(settings: ScannerSettings) -> bool | None:
    """Tell whether somebody listens where the settings name a scanner; None where they name none."""
    engine = engine_of(settings)
    if engine is None:
        return None
    try:
        async with open_line(engine.place):
            return True
    except ScanFailed:
        return False


def _where(found: SplitResult, settings: ScannerSettings) -> tuple[str, int]:
    try:
        host, port = found.hostname, found.port
    except ValueError:
        host, port = None, None
    plain = not (found.username or found.password or found.query or found.fragment)
    if found.scheme not in _PORTS or not host or not plain or (found.scheme == "clamd" and found.path):
        raise _refused(
            f"{settings.address} is no address of a scanner",
            "Write unix:/path/of/the.socket, clamd://host:3310 or icap://host:1344/service",
        )
    if host not in _LOOPBACK and not settings.elsewhere:
        raise _refused(
            f"The scanner at {host} is on another machine, and files would go there in the clear",
            "Run the scanner on this machine, or set `elsewhere = true` where the line between them is protected",
        )
    return host, port or _PORTS[found.scheme]


def _refused(what: str, remedy: str) -> OperatorError:
    return OperatorError("SCANNER_ADDRESS", what, "Whoever scans files reads them", remedy)
