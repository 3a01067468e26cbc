"""Voids of one batch: a number that no message bears is logged once, relayed to its recipient, and never used again."""

from hub.batch import Batch
from hub.intake_evidence import find_logged
from hub.items import Logged, NewVoid
from hub.message_store import used_slots
from hub.quota import RECEIPTS
from hub.rows import insert_rows
from hub.schema import VOID
from protocol.errors import Code, Fault
from protocol.leaf import LeafKind
from protocol.mailbox import ItemKind


def store_void(batch: Batch, item: NewVoid) -> Logged | Exception:
    """Log a void and relay it to the recipient; a repeat gets its first answer.

    SENDER_EQUIVOCATION for a number that a logged message or another void bears: the sender signed both.
    """
    known = find_logged(batch, VOID.c.id, VOID.c.leaf, item.void.id)
    if known is not None:
        return known
    void = item.void.void
    slot = (void.sender, void.recipient, void.channel, void.sequence)
    if used_slots(batch.connection, [slot]):
        return Fault(Code.SENDER_EQUIVOCATION)
    refused = batch.counts.check(void.sender, {RECEIPTS: 1})
    if refused is not None:
        return refused
    place = (void.recipient, void.channel)
    batch.open_mailboxes((place,))
    leaf, entry = batch.append(LeafKind.EVIDENCE, item.void.id)
    batch.post(place, ItemKind.RECEIPT, leaf)
    insert_rows(batch.connection, VOID, [(leaf, item.void.id, *slot, item.void.signed.raw)])
    return Logged(leaf, entry, fresh=True, places=(place,))
