"""Looks over where the desk is reached: origin, certificate and passkeys, each with what to fix. Nothing is changed."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509

from nodes.config import DeskSettings
from nodes.desk.place import Place, place_of
from nodes.people.origins import check_origin, host_of
from runtime.operator import OperatorError

_RENEW_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Look:
    """One thing looked at: whether it is well, what was found, and what to do about it."""

    well: bool
    found: str
    remedy: str = ""


def look_at_desk(settings: DeskSettings, now: int) -> tuple[Look, ...]:
    """Return what was found; a desk without passkeys is well with a remark, for passphrase and code work there."""
    if not settings.on:
        return (Look(well=True, found="off"),)
    try:
        place = place_of(settings)
        place.tls()
    except OperatorError as err:
        return (Look(well=False, found=err.what, remedy=err.remedy),)
    fault = check_origin(place.origin)
    passkeys = Look(well=True, found="passkeys work")
    if fault is not None:
        passkeys = Look(well=True, found=f"no passkeys. {fault.sentence}", remedy=fault.remedy)
    return (Look(well=True, found=f"reached as {place.origin}"), passkeys, *_certificate(place, now))


def _certificate(place: Place, now: int) -> tuple[Look, ...]:
    """Return what browsers will say of the certificate; nothing where TLS ends elsewhere or is not used."""
    if place.certificate is None:
        return ()
    found = x509.load_pem_x509_certificates(place.certificate.read_bytes())[0]
    host, moment = host_of(place.origin), datetime.fromtimestamp(now, UTC)
    if not _covers(found, host):
        remedy = "Have one issued with this name, or correct `origin`."
        return (Look(well=False, found=f"{place.certificate} is not for {host}", remedy=remedy),)
    if not found.not_valid_before_utc <= moment < found.not_valid_after_utc:
        remedy = "Have a new one issued, and check the clock of this machine."
        return (Look(well=False, found=f"{place.certificate} is not valid now", remedy=remedy),)
    days = (found.not_valid_after_utc - moment).days
    remedy = "Have a new one issued in time: browsers refuse the desk without it." if days < _RENEW_DAYS else ""
    return (Look(well=True, found=f"certificate for {host}, {days} days left", remedy=remedy),)


def _covers(certificate: x509.Certificate, host: str) -> bool:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    known = {each.lower() for each in names.get_values_for_type(x509.DNSName)}
    known |= {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    return host in known or f"*.{host.partition('.')[2]}" in known
