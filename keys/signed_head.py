"""Under which charter a checkpoint stands: the hub's log keys and the witnesses change, what was signed before stays.

Pure; the note itself decides, by the keys under it.
"""

from collections.abc import Iterable, Sequence

from keys.directory import Directory
from protocol.charter import Charter
from protocol.checkpoint import Head, verify_head
from protocol.errors import Code, Fault
from protocol.witnessing import Witnessed, count_witnesses


def charters_at(directory: Directory, sizes: Iterable[int]) -> list[Charter]:
    """Return the charters in force at these sizes of a directory, in their order, each once."""
    found: list[Charter] = []
    for size in sizes:
        charter = directory.charter_at(size)
        if charter is not None and charter not in found:
            found.append(charter)
    return found


def all_charters(directory: Directory) -> list[Charter]:
    """Return every charter of a directory, the newest first: a message log is signed under any of them."""
    return charters_at(directory, range(directory.size, 0, -1))


def directory_charters(directory: Directory, size: int) -> list[Charter]:
    """Return the charters under which a directory log of ``size`` entries is signed: the last entry may be one."""
    return charters_at(directory, (size, size - 1))


def signed_head(note: bytes, origin: str, charters: Sequence[Charter]) -> tuple[Head, Charter]:
    """Return the head, and the first of ``charters``, the newest first, under whose keys the log signed it.

    Refuses MISSING_SIGNATURE under the keys of none, BAD_SIGNATURE, BAD_CHECKPOINT for another form or log.
    """
    for charter in charters:
        try:
            return verify_head(note, origin, charter.hub_log_keys), charter
        except Fault as fault:
            if fault.code is not Code.MISSING_SIGNATURE:  # else it was signed before the hub's keys changed
                raise
    raise Fault(Code.MISSING_SIGNATURE, "checkpoint")


def witnessed_head(note: bytes, origin: str, charters: Sequence[Charter]) -> tuple[Witnessed, Charter]:
    """Return the head as the quorum of its charter cosigned it, and that charter.

    Refuses as ``signed_head`` does, QUORUM below that charter's quorum, and BAD_COSIGNATURE.
    """
    head, charter = signed_head(note, origin, charters)
    return count_witnesses(head, charter), charter
