"""Whether passkeys can work under the desk's origin, and what to fix if not (WebAuthn level 3, section 13). Pure."""

import re
from ipaddress import ip_address
from typing import Final

from nodes.people.refusals import NotDone

_ORIGIN: Final = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::([0-9]{1,5}))?", re.ASCII)
_LOCAL: Final = "localhost"


_NO_ORIGIN: Final = NotDone(
    "ORIGIN_UNREADABLE",
    "The address of the desk is no origin.",
    "Write scheme, host and port only, in small letters, such as https://desk.example.org or https://desk.example:8443.",
)
_ADDRESS: Final = NotDone(
    "ORIGIN_IS_ADDRESS",
    "The desk is reached by an IP address, and browsers bind passkeys to names only.",
    "Give the machine a name in your DNS, and set that name in the settings and the certificate.",
)
_PLAIN: Final = NotDone(
    "ORIGIN_NOT_SECURE",
    "The desk is reached without TLS, and browsers offer passkeys on secure pages only.",
    "Set an https origin and a certificate that the workplaces trust; http works for localhost alone.",
)
_BARE: Final = NotDone(
    "ORIGIN_WITHOUT_DOMAIN",
    "The name of the desk has no dot, and browsers do not bind passkeys to such names.",
    "Use the full name of the machine, such as desk.police.example.",
)


def host_of(origin: str) -> str:
    """Return the host of an origin, which is what passkeys are bound to (RP ID); empty for what is no origin."""
    found = _ORIGIN.fullmatch(origin)
    return "" if found is None else found[2].strip("[]")


def check_origin(origin: str) -> NotDone | None:
    """Return what keeps passkeys from working under an origin; None when nothing does."""
    found = _ORIGIN.fullmatch(origin)
    if found is None:
        return _NO_ORIGIN
    host = host_of(origin)
    if _is_address(host):
        return _ADDRESS
    local = host == _LOCAL or host.endswith(f".{_LOCAL}")
    if found[1] != "https" and not local:
        return _PLAIN
    return None if local or "." in host.strip(".") else _BARE


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host.rpartition(".")[2].isdigit()  # browsers read 127.1 as an address too
    return True
