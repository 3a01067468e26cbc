"""What the hub owes for one message, from what is stored: who witnessed its place, and which promises are overdue."""

from dataclasses import dataclass

from sqlalchemy import Connection

from nodes.gateway import evidences, inbox, outbox
from nodes.gateway.evidences import ACCEPTANCE, HUB, leaf_of
from nodes.gateway.promises import Overdue, Promises, Standing, broken, overdue_step, promises_of
from nodes.gateway.why import Step
from nodes.gateway.witnessed_store import covering, newest_witnessed
from protocol.errors import Fault
from protocol.ids import MessageId


@dataclass(frozen=True, slots=True)
class Owing:
    """What was promised for a message, how it stands, and what is overdue.

    ``note`` is the witnessed checkpoint that shows it: the first one that covers the message, or else the newest one,
    which does not. With the hub's acceptance it is the proof of a broken promise.
    """

    leaf: int
    promises: Promises
    standing: Standing
    overdue: tuple[Overdue, ...]
    note: bytes | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """What ``why`` says of it."""
        return tuple(overdue_step(each) for each in self.overdue)


def owing(connection: Connection, message: MessageId, now: int) -> Owing | None:
    """Return how the hub's promises stand; None for a message that has no place in the log yet.

    None too where the stored proof is damaged: whoever checks the seal says so.
    """
    proof = evidences.find_proof(connection, message, HUB, ACCEPTANCE)
    if proof is None:
        return None
    try:
        leaf, time = leaf_of(proof.proof)
    except Fault:
        return None
    sent = outbox.find(connection, message)
    received = inbox.find(connection, message) if sent is None else None
    ends = sent.expires_at if sent is not None else received.expires_at if received is not None else None
    promises = promises_of(time, ends)
    found = covering(connection, leaf)
    standing = Standing() if found is None else found.standing
    people = () if sent is None else outbox.addressees(connection, message)
    shown = found or newest_witnessed(connection)
    note = None if shown is None else shown.note
    return Owing(leaf, promises, standing, broken(promises, standing, people, now), note)
