"""Receipts, tokens and anchors from bytes to the proof that they are logged."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from hub.admission_checks import Refuse, check_sender
from hub.items import Logged, NewAnchor, NewReceipt, NewToken, NewVoid, Refused
from hub.submissions import Answer, Desk
from hub.wire_answers import logged_answer
from protocol.anchor import parse_anchor, verify_anchor
from protocol.cose import Signed
from protocol.errors import Code, Fault, Malformed
from protocol.evidence import verify_receipt
from protocol.ids import NodeId
from protocol.limits import CLOCK_SKEW
from protocol.ports import IdentityPublic
from protocol.receipt_batch import LoggedBatch
from protocol.tokens import TokenKind, parse_token, verify_token
from protocol.voids import SignedVoid, Void, parse_evidence, verify_void

T = TypeVar("T")

LONGEST_CONSENT = 90 * 86_400  # seconds; protocol decision 17


async def take_receipt(desk: Desk, raw: bytes, named: bytes, caller: NodeId) -> Answer:
    """Log a recipient's signed receipt or a sender's signed void, relay it to the other side, return the proof.

    SENDER_MISMATCH unless the connection's node is the one the evidence speaks for; UNKNOWN_MESSAGE when the receipt's
    message was never handed out to it (attacks 31, 61, 63); NOT_YET_VALID for a receipt whose time is ahead of this
    clock; NOT_PERMITTED for a void towards a node that is not in the channel.
    """

    def check(body: bytes) -> NewReceipt | NewVoid:
        item = _check_evidence(desk, body, caller)
        _check_name(_id_of(item), named)
        return item

    item = await desk.crew.run(check, raw)
    logged = await desk.intake.take(item, len(raw))
    return await prove(desk, named, logged)


async def take_receipts(
    desk: Desk, bodies: Sequence[bytes], caller: NodeId, refused: Callable[[Code], None]
) -> LoggedBatch:
    """Log what may be logged of several receipts and voids, in their order, and return the proofs of those.

    One that ``take_receipt`` would refuse holds up none of the others and is left out of the answer: ``refused`` notes
    its code, and whoever hands it in by itself is told.
    """
    checks = [_or_code(desk.crew.run(lambda raw: _check_evidence(desk, raw, caller), body)) for body in bodies]
    found = await asyncio.gather(*checks)
    items = {_id_of(each): each for each in found if not isinstance(each, Code)}
    taken = await asyncio.gather(
        *(_or_code(desk.intake.take(each, len(_signed_of(each).raw))) for each in items.values())
    )
    for each in (*found, *taken):
        if isinstance(each, Code):
            refused(each)
    logged = {id_: each for id_, each in zip(items, taken, strict=True) if not isinstance(each, Code)}
    return await _prove_all(desk, logged)


async def take_token(desk: Desk, raw: bytes, named: bytes, caller: NodeId) -> Answer:
    """Log a consent or approval token signed by its holder, return the proof.

    SENDER_MISMATCH unless the holder is the connection's node; NOT_PERMITTED for unknown parties, a token that has
    expired, one that would outlive 90 days, or a withdrawal of something else.
    """

    def check(body: bytes) -> NewToken:
        token = parse_token(body)
        _check_name(token.id, named)
        if token.token.holder != caller:
            raise Fault(Code.SENDER_MISMATCH)
        verify_token(token, _identity(desk, caller), desk.roster.current.directory.network_id)
        _check_terms(desk, token.token.kind, token.token.expires_at, (token.token.sender, token.token.recipient))
        return NewToken(token)

    item = await desk.crew.run(check, raw)
    logged = await desk.intake.take(item, len(raw))
    return await prove(desk, item.token.id, logged)


async def take_anchor(desk: Desk, raw: bytes, named: bytes, caller: NodeId) -> Answer:
    """Log a node's anchor of its own log, return the proof.

    SENDER_MISMATCH unless the connection's node signed it; ANCHOR_ORDER for one that falls behind an earlier one.
    """

    def check(body: bytes) -> NewAnchor:
        anchor = parse_anchor(body)
        _check_name(anchor.id, named)
        if anchor.anchor.node != caller:
            raise Fault(Code.SENDER_MISMATCH)
        verify_anchor(anchor, _identity(desk, caller), desk.roster.current.directory.network_id)
        return NewAnchor(anchor)

    item = await desk.crew.run(check, raw)
    logged = await desk.intake.take(item, len(raw))
    return await prove(desk, item.anchor.id, logged)


async def prove(desk: Desk, digest: bytes, logged: Logged) -> Answer:
    """Return the proof that a logged item stands in the message log."""
    checkpoint = await desk.log.cover(logged.index)
    inclusion = await desk.log.include(logged.index, logged.entry, checkpoint.size)
    return Answer(logged.fresh, logged_answer(digest, inclusion, checkpoint.raw))


async def _prove_all(desk: Desk, logged: Mapping[bytes, Logged]) -> LoggedBatch:
    """Return the proofs under one checkpoint, the newest where nothing is to be proved."""
    indexes = [each.index for each in logged.values()]
    checkpoint = await desk.log.cover(max(indexes)) if indexes else desk.log.latest
    if checkpoint is None:
        raise Fault(Code.NOT_READY, "no checkpoint yet")
    found = await desk.log.include_many(indexes, checkpoint.size) if indexes else {}
    return LoggedBatch(tuple((id_, found[each.index]) for id_, each in logged.items()), checkpoint.raw)


async def _or_code(work: Awaitable[T]) -> T | Code:
    try:
        return await work
    except Refused as refused:
        return refused.refuse.code
    except Fault as fault:
        return fault.code


def _check_evidence(desk: Desk, raw: bytes, caller: NodeId) -> NewReceipt | NewVoid:
    """Return a receipt or void that speaks for the connection's node, verified. CPU work for a thread."""
    found = parse_evidence(raw)
    network = desk.roster.current.directory.network_id
    if isinstance(found, SignedVoid):
        _check_void(desk, found.void, caller)
        verify_void(found, _identity(desk, caller), network)
        return NewVoid(found)
    if found.receipt.recipient != caller:
        raise Fault(Code.SENDER_MISMATCH)
    verify_receipt(found, _identity(desk, caller), network)
    if found.receipt.at > desk.clock() + CLOCK_SKEW:
        raise Fault(Code.NOT_YET_VALID, "receipt")
    return NewReceipt(found)


def _id_of(item: NewReceipt | NewVoid) -> bytes:
    return item.receipt.id if isinstance(item, NewReceipt) else item.void.id


def _signed_of(item: NewReceipt | NewVoid) -> Signed:
    return item.receipt.signed if isinstance(item, NewReceipt) else item.void.signed


def _identity(desk: Desk, node: NodeId) -> IdentityPublic:
    participant = desk.roster.current.directory.participant(node, desk.clock())
    refused = check_sender(participant)
    if refused is not None or participant is None:
        raise Refused(refused or Refuse(Code.UNKNOWN_SENDER), node)
    return participant.identity


def _check_name(found: bytes, named: bytes) -> None:
    if found != named:
        raise Malformed("the path names another object")


def _check_void(desk: Desk, void: Void, caller: NodeId) -> None:
    if void.sender != caller:
        raise Fault(Code.SENDER_MISMATCH)
    directory, now = desk.roster.current.directory, desk.clock()
    recipient = directory.participant(void.recipient, now)
    if recipient is None or void.channel not in recipient.channels:
        raise Fault(Code.NOT_PERMITTED, "not in the channel")


def _check_terms(desk: Desk, kind: TokenKind, expires_at: int, parties: tuple[NodeId, NodeId]) -> None:
    directory, now = desk.roster.current.directory, desk.clock()
    if any(directory.participant(node, now) is None for node in parties):
        raise Fault(Code.NOT_PERMITTED, "unknown party")
    if kind in (TokenKind.CONSENT, TokenKind.APPROVAL) and not now < expires_at <= now + LONGEST_CONSENT:
        raise Fault(Code.NOT_PERMITTED, "expiry")
