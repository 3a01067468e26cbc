"""What this node signs about messages it received: handed over, read, could not be opened, returned to the sender.

A receipt is written in the transaction that makes it true and posted afterwards. A failure says CANNOT_OPEN by its
event alone; the exact code stays here (attack 62).
"""

from typing import Final

from nodes.gateway.here import Here
from nodes.gateway.postings import Kind, Posting
from protocol.evidence import Event, Receipt, parse_receipt, sign_receipt
from protocol.ids import MessageId

HOUR: Final = 3_600


def make_receipt(here: Here, event: Event, message: MessageId, *, held: bool = False, rule: bytes = b"") -> Posting:
    """Return a receipt about ``message``, signed now. It takes two signatures: call it in a thread."""
    receipt = Receipt(event=event, message=message, recipient=here.node, at=here.clock(), held=held, rule=rule)
    raw = sign_receipt(receipt, here.signer, here.network)
    return Posting(parse_receipt(raw).id, Kind.RECEIPT, message, int(event), raw)
