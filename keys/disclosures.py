"""Verifies a disclosure under a directory: who wrote the rows, and when the hub logged the message. Pure.

The directory may come from a running node or from a file with a pinned charter; the answer is the same.
"""

from dataclasses import dataclass

from keys.directory import Directory
from keys.signed_head import leaf_charters, signed_head
from protocol.checkpoint import messages_origin
from protocol.disclosure import Disclosure, LogProof, verify_logged, verify_rows
from protocol.errors import Code, Fault
from protocol.fields import Row
from protocol.ids import MessageId, NodeId
from protocol.leaf import Leaf, parse_leaf
from protocol.records import Participant


@dataclass(frozen=True, slots=True)
class Verified:
    """A disclosure that holds. ``leaf`` is None when it brings no proof that the message was logged."""

    disclosure: Disclosure
    sender: Participant
    rows: tuple[Row, ...]
    leaf: Leaf | None


def verify_disclosure(disclosure: Disclosure, directory: Directory) -> Verified:
    """Return what the disclosure proves.

    With a proof of the log the sender is judged at its leaf's directory size, as all evidence is; without one only the
    sender's present identity can be asked, and the result says so by having no leaf. Refuses UNKNOWN_SENDER,
    STALE_DIRECTORY for a directory older than the leaf, SPLIT_VIEW for one that was never shown to us, and what
    ``verify_rows`` and ``verify_logged`` refuse.
    """
    sender, leaf = find_sender(disclosure.manifest.core.sender, disclosure.message, disclosure.logged, directory)
    rows = verify_rows(disclosure, sender.identity, directory.network_id)
    return Verified(disclosure, sender, rows, leaf)


def find_sender(
    sender: NodeId, message: MessageId, logged: LogProof | None, directory: Directory
) -> tuple[Participant, Leaf | None]:
    """Return a message's sender as the directory showed it, at the verified leaf or, without a proof, now."""
    leaf = None if logged is None else _verify_leaf(message, logged, directory)
    size = directory.size if leaf is None else leaf.directory_size
    found = directory.participant_at(sender, size, None if leaf is None else leaf.time)
    if found is None or found.revoked:
        raise Fault(Code.UNKNOWN_SENDER)
    return found, leaf


def _verify_leaf(message: MessageId, logged: LogProof, directory: Directory) -> Leaf:
    """Return the leaf, verified under the log keys of the charter in force at the leaf, or of a later one."""
    claimed = parse_leaf(logged.inclusion.entry)
    directory.check_view(claimed.directory_size, claimed.directory_root)
    origin = messages_origin(directory.network_id)
    _, charter = signed_head(logged.checkpoint, origin, leaf_charters(directory, claimed.directory_size))
    return verify_logged(logged, message, origin, charter.hub_log_keys)
