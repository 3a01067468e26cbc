"""Under which charter a checkpoint stands: the hub's log keys and the witnesses change, what was signed before stays.

Pure; the note itself decides, by the keys under it. Keys that were replaced sign nothing new: a directory of one size
is signed under the charter there or just before it, and no leaf is proved under keys that were replaced before it was
decided. Specified in docs/wire.md section 5.3.
"""

from collections.abc import Iterable, Sequence

from keys.directory import Directory
from protocol.cbor import decode
from protocol.charter import Charter
from protocol.checkpoint import Head, messages_origin, verify_head
from protocol.errors import Code, Fault
from protocol.evidence import parse_inclusion
from protocol.leaf import parse_leaf
from protocol.limits import MAX_CHECKPOINT, MAX_STATEMENT
from protocol.shapes import as_bytes, as_map
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
    return list(directory.charters_from(1))


def directory_charters(directory: Directory, size: int) -> list[Charter]:
    """Return the charters under which a directory log of ``size`` entries is signed: the last entry may be one."""
    return charters_at(directory, (size, size - 1))


def shown_charters(directory: Directory, size: int) -> list[Charter]:
    """Return the charters under which a hub may show a directory of ``size`` entries to whoever holds ``directory``.

    A smaller one than is held proves a hub that goes back, whichever of its keys signed it.
    """
    return all_charters(directory) if size < directory.size else directory_charters(directory, size)


def leaf_charters(directory: Directory, size: int) -> list[Charter]:
    """Return the charters under which a checkpoint over a leaf of directory size ``size`` is signed: never one before.

    None where the directory is smaller than the leaf's.
    """
    return list(directory.charters_from(size)) if 0 < size <= directory.size else []


def check_signer(charter: Charter, charters: Sequence[Charter]) -> None:
    """Raise MISSING_SIGNATURE unless one of ``charters`` names the log keys of ``charter``, which signed."""
    if all(each.hub_log_keys != charter.hub_log_keys for each in charters):
        raise Fault(Code.MISSING_SIGNATURE, "keys that were replaced")


def proof_charter(raw: bytes, directory: Directory) -> Charter:
    """Return the charter under whose keys the hub's evidence in ``raw`` is signed, in force at its leaf or later.

    Refuses MALFORMED, STALE_DIRECTORY and SPLIT_VIEW for a leaf of another directory, and as ``signed_head`` does.
    NOT here: what the evidence is of, and the place of its leaf.
    """
    fields = as_map(decode(raw, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    leaf, note = parse_leaf(parse_inclusion(fields[2]).entry), as_bytes(fields[3], "checkpoint")
    directory.check_view(leaf.directory_size, leaf.directory_root)
    charters = leaf_charters(directory, leaf.directory_size)
    return signed_head(note, messages_origin(directory.network_id), charters)[1]


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
