"""Writes one arrival into the store: row, content, tags, sequence, cursor and queued evidence, together or not at all.

Every function runs in the writer's transaction. Doing the same arrival twice changes nothing the second time.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, update

from nodes.gateway import inbox, outbox, sequences
from nodes.gateway.alarms import raise_alarm
from nodes.gateway.arrivals import Arrived, Confirmed, Missing, Unopenable, Voided
from nodes.gateway.attachments import Attached, Box, FileState, put_attached
from nodes.gateway.contents import fields_of
from nodes.gateway.corrections import NoticeBox, Origin, meet_notices, take_notice
from nodes.gateway.duties import About, DutyBox, put_duties
from nodes.gateway.evidences import HUB, UNSERVED, Proof, events_of, find_proof, hub_about, put_proof
from nodes.gateway.file_secrets import secret_of
from nodes.gateway.inbox import Incoming, InState, Position, put_incoming
from nodes.gateway.outbox import OutState
from nodes.gateway.postings import Posting, offer_again, put_posting
from nodes.gateway.search import put_tags
from nodes.gateway.sequences import Arrival
from nodes.gateway.vault import Vault
from nodes.gateway.voids import find_void, store_void
from nodes.schema import addressee
from protocol.core import Recipient
from protocol.decision import Decision
from protocol.errors import Code
from protocol.evidence import Event, Inclusion, encode_acceptance
from protocol.evidence_order import contradict, may_follow
from protocol.ids import Channel, MessageId, NodeId
from protocol.leaf import LeafKind
from protocol.mailbox import ItemKind
from protocol.short_reference import find_reference

REFUSED_YET_DELIVERED: Final = "REFUSED_YET_DELIVERED"
"""The hub refused a message that a recipient proves to have received: somebody has to ask the hub's operator."""
UNSERVED_YET_CONFIRMED: Final = "UNSERVED_YET_CONFIRMED"
"""The hub logged that it never handed out a message which its recipient says to have: one of them lies."""
_COLUMNS: Final = {
    Event.CONTENT_HANDOVER: "handed_over_at",
    Event.CONTENT_ACCESS_TRACKING: "read_at",
    Event.CONTENT_HANDOVER_FAILURE: "failed_at",
    Event.CONSIGNMENT_REJECTION: "rejected_at",
}


_SAID: Final = {ItemKind.RECEIPT: "receipt", ItemKind.UNSERVED: "record"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an arrival came from: the mailbox, how far it is taken with this item, the signed head, and when."""

    channel: Channel
    position: Position
    checkpoint: bytes
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A message with the verdict of this node, its content for the vault, and the receipt that tells the sender.

    While attachments are still to be fetched there is no receipt yet; ``files`` are their names in the room.
    """

    arrived: Arrived
    me: Recipient
    decision: Decision
    held: bool
    content: bytes
    tags: frozenset[bytes]
    receipt: Posting | None
    files: tuple[str, ...] = ()


def equivocates(connection: Connection, arrived: Arrived, me: Recipient) -> bool:
    """Tell whether the sender signed another message with these random bytes or this sequence (attack 43)."""
    core = arrived.opened.core
    return (
        inbox.find_twin(connection, core.sender, core.random) is not None
        or inbox.find_sequence(connection, core.sender, core.channel, me.sequence) is not None
        or find_void(connection, core.sender, core.channel, me.sequence) is not None
    )


def store_repeat(connection: Connection, message: MessageId, place: Place) -> None:
    """Suppress a repeated message and answer it with the same evidence as the first time."""
    offer_again(connection, message, place.at)
    inbox.move_cursor(connection, place.channel, place.position)


def store_message(connection: Connection, vault: Vault, judged: Judged, place: Place) -> tuple[MessageId, ...]:
    """Store a message that was opened and judged, its content, its tags and the receipt for the sender.

    Returns the messages that are restricted from now on, by this notice or by one that came before.
    """
    arrived = judged.arrived
    core = arrived.opened.core
    order = sequences.take(connection, core.sender, core.channel, judged.me.sequence, place.at)
    item = vault.put(connection, judged.content)
    put_tags(connection, item, judged.tags)
    put_incoming(
        connection,
        Incoming(
            channel=place.channel,
            number=arrived.item.number,
            message=arrived.opened.id,
            state=InState.HELD if judged.held else InState.ACCEPTED,
            raw=arrived.delivery.signed.raw,
            logged_at=arrived.leaf.time,
            received_at=place.at,
            sender=core.sender,
            type=core.type,
            conversation=core.conversation,
            in_reply_to=core.in_reply_to,
            random=core.random,
            sequence=judged.me.sequence,
            mode=judged.me.mode,
            decision=judged.decision,
            item=item,
            expires_at=core.expires_at,
            erase_by=core.erase_by,
            out_of_order=order is not Arrival.NEXT,
            reference=find_reference(arrived.opened.body),
        ),
    )
    proof = _proof(arrived.opened.id, arrived.item.inclusion, place)
    put_proof(connection, Proof(arrived.opened.id, HUB, 0, b"", proof, arrived.leaf.time, arrived.leaf.time))
    if judged.receipt is not None:
        put_posting(connection, judged.receipt, place.at)
    for file, each in zip(judged.files, arrived.opened.attachments, strict=True):
        secret = vault.put(connection, secret_of(each.about, each.opening).encode())
        put_attached(
            connection,
            Attached(
                message=arrived.opened.id,
                part=each.part,
                box=Box.IN,
                state=FileState.WAITING,
                item=secret,
                file=file,
                next_at=place.at,
            ),
        )
    inbox.move_cursor(connection, place.channel, place.position)
    restricted = meet_notices(connection, arrived.opened.id, core.sender)
    if not judged.held:
        origin = Origin(arrived.opened.id, NoticeBox.IN, core.sender, arrived.leaf.time)
        restricted += take_notice(connection, origin, core.type, fields_of(arrived.opened.body))
        about = About(arrived.opened.id, DutyBox.IN, place.channel, core.type, arrived.leaf.time)
        put_duties(connection, about, judged.decision)
    return restricted


def store_unopenable(connection: Connection, found: Unopenable, place: Place, receipt: Posting | None) -> None:
    """Store what could not be read, with its bytes and the exact code, and move on (attack V9)."""
    if found.item.kind in _SAID:
        raise_alarm(connection, found.code.value, f"{_SAID[found.item.kind]} in {place.channel}", place.at)
    else:
        _put_unopenable(connection, found, place)
        if receipt is not None:
            put_posting(connection, receipt, place.at)
    inbox.move_cursor(connection, place.channel, place.position)


def store_missing(connection: Connection, found: Missing, place: Place) -> None:
    """Store that a message was deleted at the hub before this node fetched it."""
    message = MessageId(found.leaf.digest)
    if found.leaf.kind is LeafKind.MESSAGE and inbox.find(connection, message) is None:
        put_incoming(
            connection,
            Incoming(
                channel=place.channel,
                number=found.item.number,
                message=message,
                state=InState.GONE,
                raw=b"",
                logged_at=found.leaf.time,
                received_at=place.at,
                code=Code.EXPIRED,
            ),
        )
    inbox.move_cursor(connection, place.channel, place.position)


def store_confirmation(connection: Connection, found: Confirmed, place: Place, rule: str | None = None) -> None:
    """Store a recipient's receipt with its proof, and the rule by which it says that it holds the message.

    One about a message this node never sent is an alarm (attack 61), so is one that takes back what its recipient said
    before, and so is one about a message that the hub said it would not take: then the hub gave two answers about one
    message, and the receipt is the proof.
    """
    receipt = found.receipt.receipt
    people = {each.node: each for each in outbox.addressees(connection, receipt.message)}
    who = people.get(receipt.recipient)
    if who is None:
        raise_alarm(connection, Code.UNKNOWN_MESSAGE.value, f"receipt of {receipt.recipient}", place.at)
    elif not may_follow(events_of(connection, receipt.message, receipt.recipient), receipt.event):
        raise_alarm(connection, Code.BAD_EVIDENCE.value, f"receipt of {receipt.recipient}", place.at)
    else:
        proof = _proof(found.receipt.id, found.item.inclusion, place)
        raw = found.receipt.signed.raw
        event = int(receipt.event)
        new = Proof(receipt.message, receipt.recipient, event, raw, proof, receipt.at, found.leaf.time)
        if put_proof(connection, new):
            _note_event(connection, found, receipt.recipient, rule)
        note_two_words(connection, receipt.message, receipt.recipient, place.at)
        _note_contradiction(connection, receipt.message, place.at)
    inbox.move_cursor(connection, place.channel, place.position)


def store_voided(connection: Connection, found: Voided, place: Place) -> None:
    """Store a sender's void, which closes the gap that its number left."""
    proof = _proof(found.void.id, found.item.inclusion, place)
    store_void(connection, found.void, proof, (found.leaf.time, place.at))
    inbox.move_cursor(connection, place.channel, place.position)


def note_two_words(connection: Connection, message: MessageId, node: NodeId, at: int) -> None:
    """Raise an alarm where a recipient confirmed something of which the hub logged that it never had it."""
    unserved = find_proof(connection, message, hub_about(node), UNSERVED) is not None
    if contradict(events_of(connection, message, node), unserved=unserved):
        raise_alarm(connection, UNSERVED_YET_CONFIRMED, f"{message.hex()[:12]} by {node}", at)


def _note_contradiction(connection: Connection, message: MessageId, at: int) -> None:
    row = outbox.find(connection, message)
    if row is not None and row.state is OutState.REFUSED:
        raise_alarm(connection, REFUSED_YET_DELIVERED, f"message {message.hex()[:12]}", at)


def _note_event(connection: Connection, found: Confirmed, node: NodeId, rule: str | None) -> None:
    receipt = found.receipt.receipt
    values: dict[str, object] = {_COLUMNS[receipt.event]: receipt.at}
    if receipt.event is Event.CONTENT_HANDOVER:
        values |= {"held": receipt.held, "held_rule": rule}
    where = (addressee.c.message == receipt.message, addressee.c.node == node)
    connection.execute(update(addressee).where(*where).values(values))


def _put_unopenable(connection: Connection, found: Unopenable, place: Place) -> None:
    core = found.core
    message = found.message
    if message is not None and inbox.find(connection, message) is not None:
        message = None  # the same message once more, this time damaged: the readable one keeps its id
    put_incoming(
        connection,
        Incoming(
            channel=place.channel,
            number=found.item.number,
            message=message,
            state=InState.UNOPENABLE,
            raw=found.item.content,
            logged_at=0 if found.leaf is None else found.leaf.time,
            received_at=place.at,
            code=found.code,
            sender=None if core is None else core.sender,
            type=None if core is None else core.type,
            conversation=None if core is None else core.conversation,
            in_reply_to=None if core is None else core.in_reply_to,
            expires_at=None if core is None else core.expires_at,
        ),
    )


def _proof(digest: bytes, inclusion: Inclusion, place: Place) -> bytes:
    return encode_acceptance(MessageId(digest), inclusion, place.checkpoint)
