"""Records of one batch that say what was never handed out: each is logged once, and told to the message's sender."""

from hub.batch import Batch
from hub.items import Logged, NewUnserved
from hub.unserved_store import find_due, lock_mailboxes, put_logged
from protocol.errors import Code, Fault
from protocol.leaf import LeafKind, payload_digest
from protocol.mailbox import ItemKind


def store_unserved(batch: Batch, item: NewUnserved) -> Logged | Exception:
    """Log what is due now, at most ``item.limit`` of it; the answer is the last leaf. NOT_FOUND where nothing is due.

    Everything is judged here, in the transaction and behind the locks of the mailboxes: what was handed out or
    confirmed a moment before is left out, and what is logged is handed out by no replica afterwards.
    """
    seen = {each.place for each in find_due(batch.connection, batch.now, item.limit)}
    lock_mailboxes(batch.connection, seen)
    due = [each for each in find_due(batch.connection, batch.now, item.limit) if each.place in seen]
    if not due:
        return Fault(Code.NOT_FOUND, "nothing is due")
    places = [(each.sender, each.record.channel) for each in due]
    batch.open_mailboxes(set(places))
    logged = [batch.append(LeafKind.UNSERVED, payload_digest(each.record.encode())) for each in due]
    for place, (leaf, _) in zip(places, logged, strict=True):
        batch.post(place, ItemKind.UNSERVED, leaf)
    put_logged(batch.connection, [(each, leaf) for each, (leaf, _) in zip(due, logged, strict=True)])
    return Logged(*logged[-1], fresh=True, places=tuple(dict.fromkeys(places)))
