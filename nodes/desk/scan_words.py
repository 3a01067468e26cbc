"""What a scanner found, as people read it."""

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Connection

from nodes.casework.drafts import TakenFile
from nodes.desk.texts import sentence
from nodes.desk.visit import Visit
from nodes.gateway.attachments import find_stashed
from nodes.gateway.scan_results import NOT_SCANNED, FileScan, ScanState, scan_of

STATES: Final[Mapping[ScanState, str]] = {
    ScanState.NONE: sentence("Not scanned for malware."),
    ScanState.CLEAN: sentence("Scanned: nothing was found."),
    ScanState.INFECTED: sentence("Malware was found: %(name)s."),
    ScanState.FAILED: sentence("The scanner failed, so nobody has looked for malware."),
}


def scan_words(visit: Visit, scan: FileScan) -> str:
    """Return a result in words."""
    words = STATES[scan.state]
    return visit.text(words, name=scan.threat) if scan.infected else visit.text(words)


async def scans_of_drafts(visit: Visit, files: Sequence[TakenFile]) -> Mapping[bytes, tuple[FileScan, str]]:
    """Return what was found in the files of a draft, by the ids under which they were taken in, with the words."""

    def load(connection: Connection) -> dict[bytes, FileScan]:
        waiting = {each.id: find_stashed(connection, each.id) for each in files}
        return {key: NOT_SCANNED if row is None else scan_of(connection, row.file) for key, row in waiting.items()}

    found = await visit.gateway.store.database.read(load)
    return {key: (scan, scan_words(visit, scan)) for key, scan in found.items()}
