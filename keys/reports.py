"""Verifies a violation report under a directory: who reports, who wrote the rows, and when the hub logged it. Pure.

The directory may come from a running node or from a file with a pinned charter; the answer is the same.
"""

from dataclasses import dataclass

from keys.directory import Directory
from keys.disclosures import find_sender
from protocol.errors import Code, Fault
from protocol.fields import Row
from protocol.leaf import Leaf
from protocol.records import Participant
from protocol.report import SignedReport, verify_report


@dataclass(frozen=True, slots=True)
class VerifiedReport:
    """A report that holds. ``leaf`` is None when it brings no proof that the message was logged."""

    signed: SignedReport
    reporter: Participant
    sender: Participant
    rows: tuple[Row, ...]
    leaf: Leaf | None


def verify_signed_report(found: SignedReport, directory: Directory) -> VerifiedReport:
    """Return what the report proves.

    The reporter signs with its present identity, since no leaf dates its words; the sender is found as for a
    disclosure. Refuses UNKNOWN_SENDER for either that is not enrolled, STALE_DIRECTORY and SPLIT_VIEW as for a
    disclosure, and what ``protocol.report.verify_report`` refuses.
    """
    report = found.report
    reporter = directory.participant(report.reporter)
    if reporter is None or reporter.revoked:
        raise Fault(Code.UNKNOWN_SENDER)
    shown = report.shown
    sender, leaf = find_sender(shown.manifest.core.sender, report.message, shown.logged, directory)
    rows = verify_report(found, reporter.identity, sender.identity, directory.network_id)
    return VerifiedReport(found, reporter, sender, rows, leaf)
