"""The whole verification of a copy, step by step, each finding named and none of them ending it.

(1) The directory log: every statement folded from the pinned charter, every checkpoint ever seen. (2) The message log:
every leaf's form, times and directory that never go back, the root of every checkpoint ever seen. (3) The newest
witnessed checkpoints and their quorum. (4) A sample of signed objects, or all of them. What was not looked at is told
as exactly as what was.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from egnatia.audit.copy_store import Copy
from egnatia.audit.objects import Known, act_states, verify_object
from egnatia.audit.sampling import Sample, drawn
from keys.directory import Directory
from keys.signed_head import all_charters, directory_charters, leaf_charters, signed_head, witnessed_head
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.cbor import decode, encode
from protocol.charter import Charter
from protocol.checkpoint import directory_origin, messages_origin
from protocol.errors import Code, Fault
from protocol.evidence_bundle import head_of
from protocol.ids import parse_digest
from protocol.leaf import LeafKind, parse_leaf
from protocol.merkle import Frontier, leaf_hash
from protocol.shapes import as_fixed, as_int, as_list

STEP: Final = 4_096  # leaves between two notes of how far it came
PROGRESS: Final = "verified messages"
SEEN: Final = "verified witnessed"  # the witnessed size that a walk compared
Step = Callable[[str, int, int], None]
"""Told what is being verified, and how many of how many are done."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: the code, where, and, where more is known than the code says, why."""

    code: Code
    where: str
    why: str = ""


@dataclass(slots=True)
class Report:
    """What was verified, what was found, and what was not looked at."""

    findings: list[Finding] = field(default_factory=list)
    sizes: dict[str, int] = field(default_factory=dict)
    checkpoints: int = 0
    resumed_at: int = 0
    witnessed: dict[str, int | None] = field(default_factory=dict)
    leaves: Counter[str] = field(default_factory=Counter)
    sampled: tuple[int, ...] = ()
    held: int = 0

    def note(self, code: Code, where: str, why: str = "") -> None:
        """Write down a finding."""
        self.findings.append(Finding(code, where, why))


def verify_copy(copy: Copy, sample: Sample, step: Step, *, from_start: bool = False) -> Report:
    """Return what a verification of everything in the copy found."""
    report = Report(sizes={log: copy.size(log) for log in (DIRECTORY_LOG, MESSAGE_LOG)})
    directory = _verify_directory(copy, report, step)
    if directory is None:
        return report
    _verify_messages(copy, directory, report, step, from_start=from_start)
    _verify_witnessed(copy, directory, report)
    _verify_objects(copy, directory, sample, (report, step))
    return report


def _verify_directory(copy: Copy, report: Report, step: Step) -> Directory | None:
    entries = copy.entries(DIRECTORY_LOG, 0, report.sizes[DIRECTORY_LOG])
    try:
        directory = Directory.start(entries[0], copy.pin)
    except Fault as fault:
        report.note(fault.code, "the charter")
        return None
    for at in range(1, len(entries), 64):
        try:
            directory = directory.extend(entries[at : at + 64])
        except Fault as fault:
            report.note(fault.code, f"a directory entry between {at} and {min(at + 64, len(entries)) - 1}")
            return None
        step("directory", directory.size, len(entries))
    origin = directory_origin(directory.network_id)
    for size, raw in copy.rows("SELECT size, raw FROM checkpoint WHERE log = ?", (DIRECTORY_LOG,)):
        root = directory.root_at(min(size, directory.size))
        _check_root(report, (origin, size, raw), root, directory_charters(directory, size))
    return directory


def _check_root(report: Report, found: tuple[str, int, bytes], root: bytes, charters: Sequence[Charter]) -> None:
    """Note a checkpoint that is of other entries, or under none of the charters under which it may stand."""
    origin, size, raw = found
    report.checkpoints += 1
    try:
        signed = signed_head(raw, origin, charters)[0].checkpoint
    except Fault as fault:
        report.note(fault.code, f"the checkpoint of {size} in {origin}")
        return
    if (signed.size, signed.root) != (size, root):
        report.note(Code.LOG_FORK, f"the checkpoint of {size} in {origin} promises other entries")


@dataclass(slots=True)
class _Walk:
    """Where a walk along the message log stands."""

    frontier: Frontier = field(default_factory=Frontier)
    time: int = 0
    directory_size: int = 0

    def raw(self) -> bytes:
        peaks = list(self.frontier.peaks)
        return encode([self.frontier.size, [*peaks], self.time, self.directory_size])

    @staticmethod
    def parse(raw: bytes) -> "_Walk":
        size, peaks, time, directory_size = as_fixed(decode(raw), "progress", 4)
        found = tuple(parse_digest(each) for each in as_list(peaks, "peaks"))
        return _Walk(Frontier(as_int(size, "size"), found), as_int(time, "time"), as_int(directory_size, "directory"))


def _verify_messages(copy: Copy, directory: Directory, report: Report, step: Step, *, from_start: bool) -> None:
    noted = copy.fact(PROGRESS)
    walk = _Walk() if from_start or not isinstance(noted, bytes) else _Walk.parse(noted)
    origin, size = messages_origin(directory.network_id), report.sizes[MESSAGE_LOG]
    rows = copy.rows("SELECT size, raw FROM checkpoint WHERE log = ?", (MESSAGE_LOG,))
    signed: dict[int, list[bytes]] = {at: [raw] for at, raw in rows}
    newest = _newest_witnessed(copy, MESSAGE_LOG)
    if newest is not None:
        at, raw = newest
        if at <= walk.frontier.size and copy.fact(SEEN) != at:  # a walk that went past it before it came
            walk = _Walk()
        signed.setdefault(at, []).append(raw)
    report.resumed_at = walk.frontier.size
    if walk.frontier.size == 0:
        for raw in signed.get(0, ()):
            _check_root(report, (origin, 0, raw), walk.frontier.root(), all_charters(directory))
    while walk.frontier.size < size:
        first = walk.frontier.size
        for entry in copy.entries(MESSAGE_LOG, first, min(size, first + STEP)):
            _verify_leaf(entry, walk, directory, report)
            at = walk.frontier.size
            for raw in signed.get(at, ()):
                charters = leaf_charters(directory, walk.directory_size) or all_charters(directory)
                _check_root(report, (origin, at, raw), walk.frontier.root(), charters)
        if not report.findings:
            copy.put_fact(PROGRESS, walk.raw())
        step("messages", walk.frontier.size, size)
    if newest is not None and not report.findings and newest[0] <= size:
        copy.put_fact(SEEN, newest[0])


def _newest_witnessed(copy: Copy, log: str) -> tuple[int, bytes] | None:
    row = copy.row("SELECT size, raw FROM witnessed WHERE log = ? ORDER BY size DESC LIMIT 1", (log,))
    return None if row is None else (row[0], row[1])


def _verify_leaf(entry: bytes, walk: _Walk, directory: Directory, report: Report) -> None:
    index = walk.frontier.size
    walk.frontier, _ = walk.frontier.append(leaf_hash(entry))
    try:
        leaf = parse_leaf(entry)
        if leaf.time < walk.time or leaf.directory_size < walk.directory_size:
            raise Fault(Code.LOG_FORK, "time or directory go back")
        directory.check_view(leaf.directory_size, leaf.directory_root)
    except Fault as fault:
        report.note(fault.code, f"leaf {index}", fault.detail)
        return
    walk.time, walk.directory_size = leaf.time, leaf.directory_size


def _verify_witnessed(copy: Copy, directory: Directory, report: Report) -> None:
    origins = {
        DIRECTORY_LOG: directory_origin(directory.network_id),
        MESSAGE_LOG: messages_origin(directory.network_id),
    }
    for log, origin in origins.items():
        newest = _newest_witnessed(copy, log)
        report.witnessed[log] = None
        if newest is None:
            continue
        try:
            size = head_of(newest[1]).size
            charters = directory_charters(directory, size) if log == DIRECTORY_LOG else all_charters(directory)
            found, _ = witnessed_head(newest[1], origin, charters)
        except Fault as fault:
            report.note(fault.code, f"the witnessed checkpoint of {newest[0]} in {origin}")
            continue
        if found.size > report.sizes[log]:
            report.note(Code.LOG_FORK, f"witnesses saw {found.size} entries of {origin}, more than the copy holds")
            continue
        if log == DIRECTORY_LOG:  # in the message log the walk compared it
            _check_root(report, (origin, found.size, newest[1]), directory.root_at(found.size), charters)
        report.witnessed[log] = found.size


def _verify_objects(copy: Copy, directory: Directory, sample: Sample, context: tuple[Report, Step]) -> None:
    report, step = context
    held = [row[0] for row in copy.rows("SELECT leaf FROM record ORDER BY leaf")]
    acts = copy.rows("SELECT leaf, raw FROM record WHERE kind = ?", (int(LeafKind.ADMINISTRATION),))
    known = Known(directory, act_states(dict(acts)))
    report.held, report.sampled = len(held), drawn(sample, held)
    for done, index in enumerate(report.sampled, 1):
        (entry,) = copy.entries(MESSAGE_LOG, index, index + 1)
        row = copy.row("SELECT raw FROM record WHERE leaf = ?", (index,))
        _verify_one(report, known, (index, entry, b"" if row is None else row[0]))
        step("objects", done, len(report.sampled))


def _verify_one(report: Report, known: Known, found: tuple[int, bytes, bytes]) -> None:
    index, entry, raw = found
    try:
        leaf = parse_leaf(entry)
        report.leaves[leaf.kind.name.lower()] += 1
        verify_object(index, leaf, raw, known)
    except Fault as fault:
        report.note(fault.code, f"the object of leaf {index}", fault.detail)


def told(report: Report) -> Mapping[str, object]:
    """Return the report as plain values."""
    return {
        "sound": not report.findings,
        "findings": [{"code": str(each.code), "where": each.where, "why": each.why} for each in report.findings],
        "directory entries": report.sizes[DIRECTORY_LOG],
        "message leaves": report.sizes[MESSAGE_LOG],
        "leaves verified before": report.resumed_at,
        "checkpoints": report.checkpoints,
        "witnessed": report.witnessed,
        "objects held": report.held,
        "objects verified": dict(report.leaves),
        "verified leaves": list(report.sampled),
        "objects not verified": report.held - len(report.sampled),
        "leaves without an object here": report.sizes[MESSAGE_LOG] - report.held,
    }
