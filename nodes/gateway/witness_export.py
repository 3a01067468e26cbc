"""What a witness can hand to others: the last checkpoint of each log under its name, and every finding, as files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from nodes.gateway.witness import LOGS
from nodes.gateway.witness_rules import Kept
from nodes.gateway.witness_store import Found, findings, load_kept


@dataclass(frozen=True, slots=True)
class Report:
    """What a witness keeps of each log it has looked at, and what it found, the newest first."""

    heads: Mapping[str, Kept]
    findings: Sequence[Found]


def load_report(connection: Connection) -> Report:
    """Return what is stored."""
    heads = {log: load_kept(connection, log) for log in LOGS}
    return Report({log: kept for log, kept in heads.items() if kept.size}, findings(connection))


def files_of(report: Report) -> Mapping[str, bytes]:
    """Return name -> content: checkpoints as signed notes that any C2SP reader opens, what connects them as bytes."""
    files = {f"{log}.note": kept.note for log, kept in report.heads.items()}
    for each in report.findings:
        stem = f"finding-{each.number:04}-{each.what.finding.value}-{each.log}"
        if each.what.ours:
            files[f"{stem}-before.note"] = each.what.ours
        files[f"{stem}-now.note"] = each.what.theirs
        files |= {f"{stem}-{at:03}.bin": raw for at, raw in enumerate(each.what.more)}
    return files
