"""Verifies disclosures and reports without a node: under a directory file and the charter's digest from paper."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nodes.commands.frame import fail
from protocol.errors import Code, Fault, Malformed
from protocol.ids import parse_hex_digest
from protocol.meanings import MEANINGS

if TYPE_CHECKING:
    from keys.directory import Directory


def disclosure_offline(raw: bytes, directory: Path, pin: str) -> dict[str, Any]:
    """Return what a disclosure proves, as the API tells it; every refusal ends the command in words."""
    from keys.disclosures import verify_disclosure  # noqa: PLC0415 - the commands of a running node start without it
    from nodes.api.disclosures import verified  # noqa: PLC0415
    from protocol.disclosure import parse_disclosure  # noqa: PLC0415

    return _verify(lambda known: verified(verify_disclosure(parse_disclosure(raw), known)), directory, pin)


def report_offline(raw: bytes, directory: Path, pin: str) -> dict[str, Any]:
    """Return what a report proves, as the API tells it; every refusal ends the command in words."""
    from keys.reports import verify_signed_report  # noqa: PLC0415
    from nodes.api.reports import verified  # noqa: PLC0415
    from protocol.report import parse_report  # noqa: PLC0415

    return _verify(lambda known: verified(verify_signed_report(parse_report(raw), known)), directory, pin)


def _verify(tell: "Callable[[Directory], dict[str, Any]]", directory: Path, pin: str) -> dict[str, Any]:
    from keys.exchange_files import parse_directory  # noqa: PLC0415

    try:
        file = parse_directory(directory.read_bytes())
    except Fault as fault:
        fail(str(fault.code), f"{directory.name} is no directory file of a network", "Ask a registrar for the file")
    try:
        wanted = parse_hex_digest(pin)
    except Malformed:
        fail("MALFORMED", "The charter's digest has 64 hex digits", "Copy it from the paper of the ceremony")
    if file.pin != wanted:
        fail("CHARTER", f"{directory.name} was made for another charter", "Compare the digest with the paper")
    try:
        return tell(file.directory)
    except Fault as fault:
        if fault.code is Code.STALE_DIRECTORY:
            words = f"{directory.name} is older than the message: it has {file.directory.size} entries"
            fail(str(fault.code), words, "Fetch the directory again and repeat the command")
        meaning = MEANINGS[fault.code]
        fail(str(fault.code), meaning.sentence, meaning.remedy)
