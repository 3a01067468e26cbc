"""After the hub lost the end of its log: what stood there is offered again, mailboxes are taken from the beginning.

Ids are digests, so nothing is delivered twice to a reader. The proofs of lost leaves stay, marked as such: they show
what the hub had promised.
"""

from typing import Final

from sqlalchemy import Connection, select, update

from nodes.gateway import attachments, inbox, outbox
from nodes.gateway.evidences import ACCEPTANCE, HUB, subject_of
from nodes.gateway.postings import PostState
from nodes.gateway.witnessed_store import forget_from
from nodes.schema import addressee, evidence, posting
from protocol.cbor import decode
from protocol.evidence import parse_inclusion
from protocol.ids import MessageId
from protocol.limits import MAX_CHECKPOINT, MAX_STATEMENT
from protocol.shapes import as_map

LOST: Final = "lost:"
"""Stands before the issuer of evidence whose leaf the hub lost."""


def offer_lost_again(connection: Connection, kept: int, at: int) -> int:
    """Offer again every message and statement whose leaf stood at ``kept`` or later; return how many."""
    offered = 0
    for row in connection.execute(select(evidence)).all():
        if row.issuer.startswith(LOST) or leaf_index(row.proof) < kept:
            continue
        where = (
            evidence.c.subject == row.subject,
            evidence.c.issuer == row.issuer,
            evidence.c.event == row.event,
        )
        connection.execute(update(evidence).where(*where).values(issuer=f"{LOST}{row.issuer}"))
        offered += _offer(connection, row.subject, row.issuer, row.event, at)
    inbox.reset_cursors(connection)
    forget_from(connection, kept)
    return offered


def leaf_index(proof: bytes) -> int:
    """Return where the leaf of a stored proof stood."""
    fields = as_map(decode(proof, MAX_CHECKPOINT + MAX_STATEMENT), "proof", (1, 2, 3))
    return parse_inclusion(fields[2]).index


def _offer(connection: Connection, subject: bytes, issuer: str, event: int, at: int) -> int:
    if (issuer, event) == (HUB, ACCEPTANCE):
        message = MessageId(subject)
        if outbox.envelope_bytes(connection, message) is None:
            return 0
        outbox.offer_again(connection, message, at)
        attachments.offer_again(connection, message)
        return 1
    about = subject_of(issuer)
    if about is not None:  # what the hub logged once it logs no more; nobody here has to say it again
        named = (addressee.c.message == subject, addressee.c.node == about)
        connection.execute(update(addressee).where(*named).values(unserved_at=None))
        return 0
    where = (posting.c.subject == subject, posting.c.event == event, posting.c.state == PostState.LOGGED.value)
    again = update(posting).where(*where).values(state=PostState.READY.value, next_at=at, attempts=0)
    return connection.execute(again).rowcount
