"""Notices that correct, erase or restrict messages, and what they do to the search here; all their SQL.

A notice binds where its issuer is who sent the message. What is restricted, or to be erased, is found by no search from
the moment its notice is here, whether a person has seen it yet or not; only its sender lifts that (LED 16(3), DP-21).
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, delete, insert, select, update

from nodes.case_tables import correction, correction_step, hidden_tag, restricted_reading
from nodes.gateway import inbox, outbox
from nodes.gateway.inbox import READABLE
from nodes.gateway.wishes import read_time
from nodes.schema import search_tag
from policies.documents import text_at, value_at
from protocol.catalogue.rows import unflatten
from protocol.cbor import Item, encode
from protocol.core import Core
from protocol.cose import parse as parse_signed
from protocol.envelope import parse_manifest
from protocol.errors import Fault, Malformed
from protocol.fields import Field
from protocol.ids import MessageId, NodeId, TypeId, parse_hex_digest
from protocol.limits import MAX_SIGNED

_FAMILY: Final = "MT-12/"
_CHANGES: Final = "/changes/"
_WHOLE: Final = ""  # stands for a whole message among the marks of its entries


class Action(StrEnum):
    """What a notice asks for: the codes of the list ``correction_action``."""

    CORRECT = "correct"
    ERASE = "erase"
    RESTRICT = "restrict"
    RELEASE = "release"


class NoticeBox(StrEnum):
    """Whether a notice was sent from here or received here."""

    OUT = "out"
    IN = "in"


class CorrectionStep(StrEnum):
    """What a person here said about a correction."""

    APPLIED = "applied"
    VERIFIED = "verified"


@dataclass(frozen=True, slots=True)
class Notice:
    """What a notice says. ``subject`` is the same for all that pass the same correction on, in any language."""

    action: Action
    items: tuple[tuple[MessageId, tuple[str, ...]], ...]  # each with the entries concerned, none for all of it
    subject: bytes
    confirm_by: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a notice comes from; ``at`` is when it counts as said."""

    notice: MessageId
    box: NoticeBox
    issuer: NodeId
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What one notice says of one message. One that does not bind is shown and changes nothing here."""

    origin: Origin
    about: MessageId
    action: Action
    entries: tuple[str, ...]
    subject: bytes
    confirm_by: int
    binding: bool


def read_notice(body: Iterable[Field]) -> Notice:
    """Return what the body of a notice says; MALFORMED or FIELD_ORDER for one that no program knows."""
    fields = list(body)
    document = unflatten(fields)
    listed = value_at(document, "/items")
    named: dict[MessageId, set[str]] = {}
    for each in listed if isinstance(listed, list) else []:
        named.setdefault(MessageId(parse_hex_digest(text_at(each, "/message_id"))), set()).add(text_at(each, "/item"))
    items = sorted((message, () if "" in found else tuple(sorted(found))) for message, found in named.items())
    action = {each.value: each for each in Action}.get(text_at(document, "/action"))
    if action is None:
        raise Malformed("action")
    changes: list[Item] = [[path, value] for path, value in sorted(fields) if path.startswith(_CHANGES)]
    said: list[Item] = [text_at(document, f"/{name}") for name in ("action", "reason", "effective_at")]
    subject = hashlib.sha256(encode([*said, changes])).digest()
    return Notice(action, tuple(items), subject, read_time(text_at(document, "/acknowledge_by")))


def take_notice(connection: Connection, origin: Origin, type_: TypeId, body: Iterable[Field]) -> tuple[MessageId, ...]:
    """Store what a notice says of each message, and let it take effect; return the messages that it restricted here.

    Other messages change nothing.
    """
    if not type_.startswith(_FAMILY):
        return ()
    try:
        notice = read_notice(body)
    except Fault:
        return ()  # people still read the message
    named = [about for about, _ in notice.items]
    before = restricted_among(connection, named)
    for about, entries in notice.items:
        known = select(correction.c.number).where(correction.c.notice == origin.notice, correction.c.about == about)
        if connection.execute(known).first() is not None:
            continue
        connection.execute(
            insert(correction).values(
                notice=origin.notice,
                about=about,
                box=origin.box.value,
                issuer=origin.issuer,
                action=notice.action.value,
                entries=" ".join(entries),
                subject=notice.subject,
                at=origin.at,
                confirm_by=notice.confirm_by,
                binding=_binds(connection, origin, about),
            )
        )
        settle(connection, about)
    return _here(connection, restricted_among(connection, named) - before)


def move_notices(connection: Connection, replaced: MessageId, by: MessageId) -> None:
    """Let what a notice said stand under its new id after it was sealed anew."""
    connection.execute(update(correction).where(correction.c.notice == replaced).values(notice=by))


def meet_notices(connection: Connection, message: MessageId, sender: NodeId) -> tuple[MessageId, ...]:
    """Let notices take effect that came before the message they are about; return it where they restricted it."""
    waiting = (correction.c.about == message, correction.c.issuer == sender, correction.c.binding.is_(False))
    if connection.execute(update(correction).where(*waiting).values(binding=True)).rowcount:
        settle(connection, message)
        return _here(connection, restricted_among(connection, [message]))
    return ()


def settle(connection: Connection, message: MessageId) -> None:
    """Take a message out of the search, or put it back, as the notices about it say."""
    item = _item_of(connection, message)
    if item is None:
        return
    source, target = (search_tag, hidden_tag) if is_restricted(connection, message) else (hidden_tag, search_tag)
    moved = select(source.c.tag, source.c.item).where(source.c.item == item)
    connection.execute(insert(target).from_select(["tag", "item"], moved))
    connection.execute(delete(source).where(source.c.item == item))


def is_restricted(connection: Connection, message: MessageId) -> bool:
    """Tell whether a message, or an entry of it, is under a restriction or to be erased."""
    return message in restricted_among(connection, [message])


def restricted_among(connection: Connection, messages: Sequence[MessageId]) -> frozenset[MessageId]:
    """Return those of the messages that are under a restriction or to be erased."""
    query = select(correction).where(correction.c.about.in_(list(messages)), correction.c.binding)
    marks: dict[MessageId, set[str]] = {}
    for row in connection.execute(query.order_by(correction.c.at, correction.c.number)):
        marked, named = marks.setdefault(MessageId(row.about), set()), set(row.entries.split())
        if row.action in (Action.RESTRICT, Action.ERASE):
            marked |= named or {_WHOLE}
        elif row.action == Action.RELEASE:
            marked -= named or set(marked)
    return frozenset(message for message, marked in marks.items() if marked)


def was_corrected(connection: Connection, message: MessageId) -> bool:
    """Tell whether the sender of a received message sent a notice about it."""
    came = (correction.c.box == NoticeBox.IN.value, correction.c.binding)
    query = select(correction.c.number).where(correction.c.about == message, *came)
    return connection.execute(query).first() is not None


def header_of(connection: Connection, message: MessageId) -> Core | None:
    """Return the header of a message that readers of this node saw or that it sent, also after it was erased."""
    row = inbox.find(connection, message)
    if row is not None:
        raw = inbox.proof_bytes(connection, message) if row.state in READABLE else None
    else:
        raw = outbox.signed_bytes(connection, message)
    return None if not raw else parse_manifest(parse_signed(raw, MAX_SIGNED).payload).core


def notices_about(connection: Connection, message: MessageId) -> Sequence[Noted]:
    """Return every notice about a message, those that do not bind included, in the order they were said."""
    query = select(correction).where(correction.c.about == message)
    return [_noted(row) for row in connection.execute(query.order_by(correction.c.at, correction.c.number))]


def notices_of(connection: Connection, notice: MessageId) -> Sequence[Noted]:
    """Return what one notice says of each message that it names."""
    query = select(correction).where(correction.c.notice == notice)
    return [_noted(row) for row in connection.execute(query.order_by(correction.c.number))]


def all_notices(connection: Connection, limit: int) -> Sequence[Noted]:
    """Return what the newest notices say, the oldest of them first."""
    query = select(correction).order_by(correction.c.number.desc()).limit(limit)
    return [_noted(row) for row in reversed(connection.execute(query).all())]


def steps_of(connection: Connection, about: MessageId, subject: bytes) -> dict[CorrectionStep, int]:
    """Return what was done here about one correction, and when."""
    query = select(correction_step).where(correction_step.c.about == about, correction_step.c.subject == subject)
    return {CorrectionStep(row.step): row.at for row in connection.execute(query)}


def put_step(connection: Connection, noted: Noted, step: CorrectionStep, at: int, note: bytes) -> bool:
    """Store that a step was done, with the vault's id of what was said about it; False when it was done before."""
    if step in steps_of(connection, noted.about, noted.subject):
        return False
    connection.execute(
        insert(correction_step).values(about=noted.about, subject=noted.subject, step=step.value, at=at, note=note)
    )
    return True


def put_reading(connection: Connection, message: MessageId, at: int, reason: bytes) -> None:
    """Store that somebody read what is restricted, with the vault's id of the reason."""
    connection.execute(insert(restricted_reading).values(message=message, at=at, reason=reason))


def _binds(connection: Connection, origin: Origin, about: MessageId) -> bool:
    if origin.box is NoticeBox.OUT:
        return outbox.find(connection, about) is not None
    received = inbox.find(connection, about)
    return received is not None and received.sender == origin.issuer


def _here(connection: Connection, messages: Iterable[MessageId]) -> tuple[MessageId, ...]:
    return tuple(each for each in sorted(messages) if _item_of(connection, each) is not None)


def _item_of(connection: Connection, message: MessageId) -> bytes | None:
    received = inbox.find(connection, message)
    if received is not None:
        return received.item
    sent = outbox.find(connection, message)
    return None if sent is None else sent.item


def _noted(row: Row[Any]) -> Noted:
    return Noted(
        origin=Origin(MessageId(row.notice), NoticeBox(row.box), NodeId(row.issuer), row.at),
        about=MessageId(row.about),
        action=Action(row.action),
        entries=tuple(row.entries.split()),
        subject=row.subject,
        confirm_by=row.confirm_by,
        binding=row.binding,
    )
