"""SQL of attachments: reservations, which parts are held, what may be fetched, and what lapses or is left over."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Row, delete, exists, select, update

from hub.message_store import State
from hub.rows import chunks, insert_rows
from hub.schema import ATTACHMENT, MESSAGE, RESERVATION, UNSERVED, WRAP
from protocol.envelope import Envelope, Part
from protocol.ids import KeyId, MessageId, NodeId
from protocol.parts import PartList, parse_part_list, part_count
from protocol.uploads import HeldParts, UploadState, no_parts

Place = bytes
"""Where the part store keeps the parts of one message: random, so that nothing is written where something else was."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An attachment as it is stored: its place, its part of the manifest, its list, and which parts are held."""

    place: Place
    part: Part
    list: PartList | None
    held: HeldParts

    @property
    def complete(self) -> bool:
        """Whether every part is held."""
        return self.list is not None and not self.held.missing


def insert_reservation(connection: Connection, envelope: Envelope, place: Place, until: int) -> None:
    """Insert a reservation and its attachments, none of whose parts is held."""
    sender = envelope.manifest.core.sender
    insert_rows(connection, RESERVATION, [(envelope.id, sender, envelope.encode(), until)])
    parts = envelope.manifest.attachments
    insert_rows(
        connection,
        ATTACHMENT,
        [
            (envelope.id, part.name, place, part.length, part.digest, None, no_parts(part_count(part.length)))
            for part in parts
        ],
    )


def read_until(connection: Connection, message: MessageId, sender: NodeId) -> int | None:
    """Return when a sender's reservation lapses; None when there is none, or it is another's."""
    query = select(RESERVATION.c.until).where(RESERVATION.c.id == message, RESERVATION.c.sender == sender)
    return connection.execute(query).scalar_one_or_none()


def read_reserved(connection: Connection, message: MessageId) -> bytes | None:
    """Return the envelope of a reservation."""
    return connection.execute(select(RESERVATION.c.envelope).where(RESERVATION.c.id == message)).scalar_one_or_none()


def renew(connection: Connection, message: MessageId, until: int) -> None:
    """Let a reservation last until ``until``."""
    connection.execute(update(RESERVATION).where(RESERVATION.c.id == message).values(until=until))


def put_signed(connection: Connection, envelope: Envelope) -> None:
    """Keep a reserved message under the signatures it was admitted with last; its payload is the same by its id."""
    where = RESERVATION.c.id == envelope.id
    connection.execute(update(RESERVATION).where(where).values(envelope=envelope.encode()))


def read_upload(connection: Connection, message: MessageId, until: int) -> UploadState:
    """Return how far the upload of a reserved message has come."""
    return UploadState(until, tuple(each.held for each in read_attachments(connection, message)))


def read_attachments(connection: Connection, message: MessageId) -> tuple[Kept, ...]:
    """Return the attachments of a message, ascending by name."""
    query = select(ATTACHMENT).where(ATTACHMENT.c.message == message).order_by(ATTACHMENT.c.name)
    return tuple(_kept(row) for row in connection.execute(query))


def read_attachment(connection: Connection, message: MessageId, name: str, *, lock: bool = False) -> Kept | None:
    """Return one attachment of a message; ``lock`` keeps other replicas from changing it before the commit."""
    query = select(ATTACHMENT).where(ATTACHMENT.c.message == message, ATTACHMENT.c.name == name)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return None if row is None else _kept(row)


def write_list(connection: Connection, message: MessageId, parts: PartList) -> None:
    """Store the verified list of an attachment."""
    connection.execute(update(ATTACHMENT).where(*_key(message, parts.name)).values(list=parts.encode()))


def write_held(connection: Connection, message: MessageId, held: HeldParts) -> None:
    """Store which parts of an attachment are held."""
    connection.execute(update(ATTACHMENT).where(*_key(message, held.name)).values(held=held.held))


def complete_uploads(connection: Connection, messages: Sequence[MessageId], now: int) -> set[MessageId]:
    """Return those of the messages whose reservation stands and whose attachments are held in full."""
    out: set[MessageId] = set()
    for some in chunks(messages):
        query = select(RESERVATION.c.id).where(RESERVATION.c.id.in_(some), RESERVATION.c.until > now)
        out.update(MessageId(bytes(each)) for each in connection.execute(query).scalars())
    return {each for each in out if all(kept.complete for kept in read_attachments(connection, each))}


def drop_reservation(connection: Connection, message: MessageId) -> None:
    """Delete a reservation whose message is logged; its attachments are the message's from now on."""
    connection.execute(delete(RESERVATION).where(RESERVATION.c.id == message))


def lapse(connection: Connection, now: int, limit: int) -> tuple[int, list[Place]]:
    """Delete reservations that have lapsed; return how many, and the places whose parts are to be removed."""
    query = select(RESERVATION.c.id).where(RESERVATION.c.until <= now).limit(limit)
    ids = connection.execute(query).scalars().all()
    if not ids:
        return 0, []
    connection.execute(delete(RESERVATION).where(RESERVATION.c.id.in_(ids)))
    return len(ids), drop_attachments(connection, ids)


def drop_attachments(connection: Connection, messages: Sequence[bytes]) -> list[Place]:
    """Delete what is known of these messages' attachments; return the places whose parts are to be removed."""
    places: list[Place] = []
    for some in chunks(messages):
        query = select(ATTACHMENT.c.place).where(ATTACHMENT.c.message.in_(some)).distinct()
        places.extend(bytes(place) for place in connection.execute(query).scalars())
        connection.execute(delete(ATTACHMENT).where(ATTACHMENT.c.message.in_(some)))
    return places


def find_deliverable(
    connection: Connection, message: MessageId, name: str, reader: tuple[NodeId, int]
) -> tuple[Kept, KeyId] | None:
    """Return an attachment of a message that stands in a node's mailbox now, and the key it was sealed to.

    None when the message is unknown, not for the node, expired or deleted: all look alike from outside.
    """
    node, now = reader
    query = (
        select(ATTACHMENT, WRAP.c.key_id)
        .join(MESSAGE, MESSAGE.c.id == ATTACHMENT.c.message)
        .join(WRAP, WRAP.c.leaf == MESSAGE.c.leaf)
        .where(*_key(message, name), WRAP.c.node == node, MESSAGE.c.expires_at > now)
        .where(MESSAGE.c.state.in_((int(State.STORED), int(State.HANDED))))
        .where(~exists().where(UNSERVED.c.leaf == WRAP.c.leaf, UNSERVED.c.idx == WRAP.c.idx))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else (_kept(row), KeyId(bytes(row.key_id)))


def known_places(connection: Connection, places: Collection[Place]) -> set[Place]:
    """Return those of the places that an attachment has."""
    found: set[Place] = set()
    for some in chunks(list(places)):
        query = select(ATTACHMENT.c.place).where(ATTACHMENT.c.place.in_(some)).distinct()
        found.update(bytes(place) for place in connection.execute(query).scalars())
    return found


def attachments_after(
    connection: Connection, after: tuple[bytes, str], limit: int
) -> list[tuple[MessageId, Kept, bool]]:
    """Return attachments after a (message, name) in order, each with whether its message is only reserved."""
    message, name = after
    behind = (ATTACHMENT.c.message > message) | ((ATTACHMENT.c.message == message) & (ATTACHMENT.c.name > name))
    query = (
        select(ATTACHMENT, RESERVATION.c.until)
        .outerjoin(RESERVATION, RESERVATION.c.id == ATTACHMENT.c.message)
        .where(behind)
        .order_by(ATTACHMENT.c.message, ATTACHMENT.c.name)
        .limit(limit)
    )
    return [(MessageId(bytes(row.message)), _kept(row), row.until is not None) for row in connection.execute(query)]


def _key(message: MessageId, name: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ATTACHMENT.c.message == message, ATTACHMENT.c.name == name


def _kept(row: Row[tuple[object, ...]]) -> Kept:
    part = Part(row.name, row.length, bytes(row.root))
    listed = None if row.list is None else parse_part_list(bytes(row.list))
    held = HeldParts(part.name, listed is not None, part_count(part.length), bytes(row.held))
    return Kept(bytes(row.place), part, listed, held)
