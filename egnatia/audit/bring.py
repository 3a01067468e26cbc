"""Brings an auditor's copy up to the hub's newest checkpoints; what no verified checkpoint covers is not kept.

Entries must lead to the root that the hub signed. A hub that shows another past than before is found here, and both of
its checkpoints stay in the copy as the proof.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from egnatia.audit.copy_store import Copy
from egnatia.audit.hub_reads import Reads
from egnatia.audit.index import index_records
from keys.directory import Directory
from keys.signed_head import all_charters, shown_charters, signed_head
from nodes.gateway.directory_head import find_head
from protocol.api import DIRECTORY_LOG, MESSAGE_LOG
from protocol.checkpoint import Checkpoint, messages_origin
from protocol.errors import Code, Fault
from protocol.evidence_bundle import head_of
from protocol.ids import DIGEST_SIZE
from protocol.leaf import parse_leaf
from protocol.limits import MAX_LOG_ENTRIES
from protocol.merkle import Frontier, leaf_hash

DAY: Final = 86_400
_DAYS_AT_ONCE: Final = 31
Step = Callable[[int, int], None]
"""Told how many entries of how many are here."""


@dataclass(frozen=True, slots=True)
class Brought:
    """What a round brought: new entries of both logs, and new records; None without a mandate.

    ``wrong`` are leaves whose object at the hub is not the one that was logged.
    """

    directory: int
    messages: int
    records: int | None
    wrong: tuple[int, ...] = ()


async def bring(copy: Copy, reads: Reads, now: int, step: Step = lambda _done, _all: None) -> Brought:
    """Return when the copy holds what the hub's newest checkpoints promise.

    Raises LOG_FORK and ROLLBACK for another past, the codes of ``find_head`` and of the fold, NOT_READY without an
    answer.
    """
    before = (copy.size(DIRECTORY_LOG), copy.size(MESSAGE_LOG))
    await _take_first(copy, reads)
    fold = await _bring_directory(copy, reads, now, step)
    messages = await _take_messages(copy, reads, fold, now)
    await _grow(copy, reads, messages, step)
    for log in (DIRECTORY_LOG, MESSAGE_LOG):
        await _take_witnessed(copy, reads, log)
    records, wrong = await _bring_records(copy, reads, messages.size)
    await _bring_counts(copy, reads, now)
    copy.put_fact("brought-at", now)
    return Brought(fold.size - before[0], messages.size - before[1], records, wrong)


def fold_of(copy: Copy) -> Directory:
    """Return the directory of all entries in the copy, each verified from the pinned charter on."""
    entries = copy.entries(DIRECTORY_LOG, 0, copy.size(DIRECTORY_LOG))
    return Directory.start(entries[0], copy.pin).extend(entries[1:])


async def _take_first(copy: Copy, reads: Reads) -> None:
    if copy.size(DIRECTORY_LOG):
        return
    found = (await reads.entries(DIRECTORY_LOG, 0, 1))[0]
    Directory.start(found, copy.pin)
    with copy.page():
        copy.run("INSERT INTO entry VALUES (?, 0, ?)", [(DIRECTORY_LOG, found)])
        copy.put_fact(f"peaks {DIRECTORY_LOG}", leaf_hash(found))


async def _bring_directory(copy: Copy, reads: Reads, now: int, step: Step) -> Directory:
    """Return the directory that the newest checkpoint promises; its entries are kept once they lead to its root.

    The checkpoint counts under a charter that may sign it, which may stand in those entries; else nothing is kept.
    """

    async def pages(start: int, end: int) -> list[bytes]:
        return (await reads.entries(DIRECTORY_LOG, start, end))[: end - start]

    fold = fold_of(copy)
    note = await reads.checkpoint(DIRECTORY_LOG)
    head, _ = await find_head(note, fold, pages)
    target, first, entries = head.checkpoint, fold.size, list[bytes]()
    while fold.size < target.size:
        page = await pages(fold.size, min(target.size, fold.size + MAX_LOG_ENTRIES))
        fold = await asyncio.to_thread(fold.extend, page)
        entries += page
        step(fold.size, target.size)
    signed_head(note, target.origin, shown_charters(fold, target.size))
    _keep(copy, target, note, now)
    frontier = _frontier(copy, DIRECTORY_LOG, first)
    for entry in entries:
        frontier, _ = frontier.append(leaf_hash(entry))
    if fold.root != target.root:
        raise _elsewhere(DIRECTORY_LOG, target)
    with copy.page():
        copy.run("INSERT INTO entry VALUES (?, ?, ?)", [(DIRECTORY_LOG, first + at, e) for at, e in enumerate(entries)])
        copy.put_fact(f"peaks {DIRECTORY_LOG}", b"".join(frontier.peaks))
    return fold


async def _take_messages(copy: Copy, reads: Reads, fold: Directory, now: int) -> Checkpoint:
    """Return the newest checkpoint, kept. A log that grew is signed under the charter in force."""
    note = await reads.checkpoint(MESSAGE_LOG)
    larger = head_of(note).size > copy.size(MESSAGE_LOG)
    charters = [fold.charter] if larger else all_charters(fold)
    head, _ = signed_head(note, messages_origin(fold.network_id), charters)
    _keep(copy, head.checkpoint, note, now)
    return head.checkpoint


def _keep(copy: Copy, found: Checkpoint, raw: bytes, now: int) -> None:
    """Keep a verified checkpoint; ROLLBACK for a smaller one than was seen before, LOG_FORK for another root."""
    log = found.origin.rpartition("/")[2]
    known = copy.row("SELECT size, raw FROM checkpoint WHERE log = ? ORDER BY size DESC LIMIT 1", (log,))
    copy.run("INSERT OR IGNORE INTO checkpoint VALUES (?, ?, ?, ?)", [(log, found.size, raw, now)])
    if known is not None and known[0] > found.size:
        raise Fault(Code.ROLLBACK, f"{log}: {found.size} after {known[0]}")
    if known is not None and known[0] == found.size and head_of(known[1]).root != found.root:
        copy.put_fact(f"fork {log} {found.size}", raw)
        raise Fault(Code.LOG_FORK, f"{log}: two roots at {found.size}")


async def _grow(copy: Copy, reads: Reads, checkpoint: Checkpoint, step: Step) -> None:
    """Take leaves of messages until the checkpoint's size; they are committed once they lead to its root."""
    log = MESSAGE_LOG
    frontier = _frontier(copy, log, copy.size(log))
    with copy.page():
        while frontier.size < checkpoint.size:
            first = frontier.size
            found = await reads.entries(log, first, min(checkpoint.size, first + MAX_LOG_ENTRIES))
            for entry in found[: checkpoint.size - first]:
                frontier, _ = frontier.append(leaf_hash(entry))
            rows = [(log, first + at, entry) for at, entry in enumerate(found[: checkpoint.size - first])]
            copy.run("INSERT INTO entry VALUES (?, ?, ?)", rows)
            step(frontier.size, checkpoint.size)
        if frontier.root() != checkpoint.root:
            raise _elsewhere(log, checkpoint)
        copy.put_fact(f"peaks {log}", b"".join(frontier.peaks))


def _elsewhere(log: str, checkpoint: Checkpoint) -> Fault:
    return Fault(Code.LOG_FORK, f"{log}: entries do not lead to the root at {checkpoint.size}")


def _frontier(copy: Copy, log: str, size: int) -> Frontier:
    peaks = copy.fact(f"peaks {log}")
    raw = peaks if isinstance(peaks, bytes) else b""
    return Frontier(size, tuple(raw[at : at + DIGEST_SIZE] for at in range(0, len(raw), DIGEST_SIZE)))


async def _take_witnessed(copy: Copy, reads: Reads, log: str) -> None:
    raw = await reads.witnessed(log)
    if raw is not None:
        size = head_of(raw).size  # verified by whoever uses it
        copy.run("INSERT OR REPLACE INTO witnessed VALUES (?, ?, ?)", [(log, size, raw)])


async def _bring_records(copy: Copy, reads: Reads, size: int) -> tuple[int | None, tuple[int, ...]]:
    noted = copy.fact("records")
    start = noted if isinstance(noted, int) else 0
    brought = 0
    wrong: tuple[int, ...] = ()
    while start < size:
        page = await reads.records(start, min(size, start + MAX_LOG_ENTRIES))
        if page is None:
            return None, wrong
        if not start < page.next <= size or any(each.leaf < start for each in page.records):
            raise Fault(Code.NOT_FOUND, "records of other leaves than were asked for")
        entries = copy.entries(MESSAGE_LOG, start, page.next)
        leaves = {each.leaf: parse_leaf(entries[each.leaf - start]) for each in page.records}
        with copy.page():
            wrong += index_records(copy, page.records, leaves)
            copy.put_fact("records", page.next)
        start, brought = page.next, brought + len(page.records)
    return brought, wrong


async def _bring_counts(copy: Copy, reads: Reads, now: int) -> None:
    """Take the counts of the days since the last time, the last one again, because it was not over."""
    noted, today = copy.fact("counted-until"), now // DAY
    since = max(noted - 1, today - 3 * _DAYS_AT_ONCE) if isinstance(noted, int) else today - 3 * _DAYS_AT_ONCE + 1
    skip = 0
    while since <= today:
        until = min(today + 1, since + _DAYS_AT_ONCE)
        found = await reads.refusals(since, until, skip)
        if found is None:
            return
        after = (until, 0) if found.next is None else found.next
        if not (since, skip) < after <= (until, 0):
            raise Fault(Code.NOT_FOUND, "counts that go on elsewhere than was asked for")
        rules = [
            (each.day, each.node, each.channel, each.rule, each.article, str(each.verdict), each.count)
            for each in found.rules
        ]
        codes = [(each.day, each.node, each.code, each.count) for each in found.codes]
        with copy.page():
            copy.run("INSERT OR REPLACE INTO rule_count VALUES (?, ?, ?, ?, ?, ?, ?)", rules)
            copy.run("INSERT OR REPLACE INTO code_count VALUES (?, ?, ?, ?)", codes)
            copy.put_fact("counted-until", after[0])
        since, skip = after
