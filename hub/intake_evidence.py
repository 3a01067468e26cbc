"""Receipts and tokens of one batch: what they may refer to, what repeats, what is relayed."""

from typing import Final

from sqlalchemy import Column, select

from hub.batch import Batch
from hub.items import Logged, NewReceipt, NewToken
from hub.log_store import read_entry_at
from hub.message_store import Addressing, find_addressing, mark_handed
from hub.quota import RECEIPTS, TOKENS
from hub.rows import insert_rows
from hub.schema import RECEIPT, TOKEN
from protocol.api import MESSAGE_LOG
from protocol.errors import Code, Fault
from protocol.evidence import Event
from protocol.evidence_order import contradict, may_follow
from protocol.leaf import LeafKind
from protocol.mailbox import ItemKind
from protocol.tokens import Token, TokenKind

_ENDS: Final = {TokenKind.CONSENT_WITHDRAWN: TokenKind.CONSENT, TokenKind.APPROVAL_WITHDRAWN: TokenKind.APPROVAL}


def store_receipt(batch: Batch, item: NewReceipt) -> Logged | Exception:
    """Log a receipt and relay it to the message's sender.

    UNKNOWN_MESSAGE for a message that was never handed out to this node; BAD_EVIDENCE for a step back, such as a
    failure after the hand-over (evidence is monotone per message and recipient), and for any word about a message that
    is logged as never handed out; a repeat gets its first answer.
    """
    receipt = item.receipt.receipt
    known = find_logged(batch, RECEIPT.c.id, RECEIPT.c.leaf, item.receipt.id)
    if known is not None:
        return known
    message = find_addressing(batch.connection, receipt.message, receipt.recipient)
    if message is None:
        return Fault(Code.UNKNOWN_MESSAGE)
    mine = (receipt.recipient, message.channel)
    batch.open_mailboxes((mine, (message.sender, message.channel)))
    if contradict((receipt.event,), unserved=message.unserved):
        return Fault(Code.BAD_EVIDENCE, "logged as never handed out")
    if message.closed or batch.served(mine) < message.number:
        return Fault(Code.UNKNOWN_MESSAGE, "never handed out")
    if not may_follow(_said(batch, message, receipt.recipient), receipt.event):
        return Fault(Code.BAD_EVIDENCE, "a step back")
    refused = batch.counts.check(receipt.recipient, {RECEIPTS: 1})
    return refused or _log_receipt(batch, item, message)


def _log_receipt(batch: Batch, item: NewReceipt, message: Addressing) -> Logged:
    receipt = item.receipt.receipt
    leaf, entry = batch.append(LeafKind.EVIDENCE, item.receipt.id)
    place = (message.sender, message.channel)
    batch.post(place, ItemKind.RECEIPT, leaf)
    raw = item.receipt.signed.raw
    row = (leaf, item.receipt.id, message.leaf, receipt.recipient, int(receipt.event), raw)
    insert_rows(batch.connection, RECEIPT, [row])
    if receipt.event is not Event.CONTENT_HANDOVER_FAILURE:
        mark_handed(batch.connection, message.leaf, message.index)
    return Logged(leaf, entry, fresh=True, places=(place,))


def store_token(batch: Batch, item: NewToken) -> Logged | Exception:
    """Log a token. NOT_PERMITTED for a reference that stands already, or a withdrawal of what is not the holder's."""
    token = item.token.token
    known = find_logged(batch, TOKEN.c.id, TOKEN.c.leaf, item.token.id)
    if known is not None:
        return known
    if not _fits(batch, token):
        return Fault(Code.NOT_PERMITTED, "reference")
    refused = batch.counts.check(token.holder, {TOKENS: 1})
    if refused is not None:
        return refused
    leaf, entry = batch.append(LeafKind.TOKEN, item.token.id)
    row = (leaf, item.token.id, int(token.kind), token.reference, token.holder)
    rest = (token.sender, token.recipient, token.expires_at, item.token.signed.raw)
    insert_rows(batch.connection, TOKEN, [row + rest])
    batch.on_commit.append(lambda: batch.snapshot.tokens.put(token))
    return Logged(leaf, entry, fresh=True)


def _fits(batch: Batch, token: Token) -> bool:
    query = select(TOKEN).where(TOKEN.c.reference == token.reference)
    standing = batch.connection.execute(query).all()
    ends = _ENDS.get(token.kind)
    if ends is None:
        return not standing
    given = [row for row in standing if row.kind == ends]
    withdrawn = [row for row in standing if row.kind == token.kind]
    named = (token.holder, token.sender, token.recipient)
    return not withdrawn and any((row.holder, row.sender, row.recipient) == named for row in given)


def _said(batch: Batch, message: Addressing, node: str) -> list[Event]:
    """Return what a recipient has said about a message, in log order."""
    query = select(RECEIPT.c.event).where(RECEIPT.c.message == message.leaf, RECEIPT.c.node == node)
    return [Event(event) for event in batch.connection.execute(query.order_by(RECEIPT.c.leaf)).scalars()]


def find_logged(batch: Batch, id_column: Column[bytes], leaf_column: Column[int], digest: bytes) -> Logged | None:
    """Return where an item with this digest is logged already, in this batch or before; None for a new one."""
    recalled = batch.recall(digest)
    if recalled is not None:
        return Logged(*recalled, fresh=False)
    leaf = batch.connection.execute(select(leaf_column).where(id_column == digest)).scalar_one_or_none()
    if leaf is None:
        return None
    return Logged(leaf, read_entry_at(batch.connection, MESSAGE_LOG, [leaf])[leaf], fresh=False)
