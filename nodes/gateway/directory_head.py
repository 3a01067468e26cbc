"""The directory's head of a hub whose log keys may have changed since this directory was last brought up to date.

A charter that changes the keys stands in the very entries that the head promises. Under a charter that is not known yet
they are folded in memory first, which checks the registrars' signatures on it; nothing of that is stored, and all of it
is fetched again and proved against the head. Keys that were replaced sign no directory that goes on after that.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from keys.signed_head import directory_charters, shown_charters, signed_head
from protocol.charter import Charter
from protocol.checkpoint import Head, LogKeys, directory_origin
from protocol.errors import Code, Fault
from protocol.evidence_bundle import head_of
from protocol.limits import MAX_LOG_ENTRIES

MOST_AHEAD: Final = 65_536
"""Entries that are folded to learn of new keys: ten years of forty nodes. Who slept longer takes a directory file."""

Pages = Callable[[int, int], Awaitable[Sequence[bytes]]]
"""Gives the entries from one index up to another, at least one and as many as one answer holds."""


async def find_head(note: bytes, directory: Directory, pages: Pages) -> tuple[Head, Charter]:
    """Return the head in ``note``, of any size, and the charter under which it stands.

    Refuses MISSING_SIGNATURE where that is none of this directory, nor of the entries that the head promises beyond it,
    and where those are more than ``MOST_AHEAD``; BAD_SIGNATURE, BAD_CHECKPOINT, the codes of ``Directory.extend`` and
    the troubles of ``pages``. Not here: whether a smaller head may be shown at all.
    """
    origin, size = directory_origin(directory.network_id), head_of(note).size
    try:
        return await asyncio.to_thread(signed_head, note, origin, shown_charters(directory, size))
    except Fault as fault:
        if fault.code is not Code.MISSING_SIGNATURE or size <= directory.size:
            raise
    ahead = await _look_ahead(directory, size, pages)
    return await asyncio.to_thread(signed_head, note, origin, directory_charters(ahead, size))


@dataclass(frozen=True, slots=True)
class Target:
    """A head on the way to which pages are taken: its note, and the log keys under it as they were verified."""

    note: bytes
    keys: LogKeys


async def check_change(target: Target, before: Directory, grown: Directory, pages: Pages) -> None:
    """Raise MISSING_SIGNATURE where the entries from ``before`` to ``grown`` replace the target's keys for good.

    Called before they are stored. Other codes as ``find_head``.
    """
    if before.charter.hub_log_keys != target.keys or grown.charter.hub_log_keys == target.keys:
        return
    size = head_of(target.note).size
    ahead = await _look_ahead(grown, size, pages)
    charters = directory_charters(ahead, size)
    await asyncio.to_thread(signed_head, target.note, directory_origin(grown.network_id), charters)


async def _look_ahead(directory: Directory, size: int, pages: Pages) -> Directory:
    """Return the directory of ``size`` entries, of which those beyond ``directory`` are believed for this look only."""
    if size - directory.size > MOST_AHEAD:
        raise Fault(Code.MISSING_SIGNATURE, f"keys that no charter known here names, {size - directory.size} ahead")
    while directory.size < size:
        end = min(size, directory.size + MAX_LOG_ENTRIES)
        page = await pages(directory.size, end)
        directory = await asyncio.to_thread(directory.extend, page[: end - directory.size])
    return directory
