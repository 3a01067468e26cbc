"""From a mailbox item to an opened message, or to the reason why not. Runs in a thread: it does all the cryptography.

What is wrong with an item is found here and becomes a value, so that it never stops the ones behind it.
"""

from dataclasses import dataclass
from typing import Final

from keys.directory import Directory
from protocol.checkpoint import Checkpoint
from protocol.core import Core
from protocol.envelope import Delivery, parse_delivery
from protocol.errors import Code, Fault
from protocol.evidence import SignedReceipt, verify_leaf, verify_receipt
from protocol.ids import Channel, MessageId
from protocol.leaf import Leaf, LeafKind
from protocol.limits import CLOCK_SKEW
from protocol.mailbox import ItemKind, MailboxItem
from protocol.opening import Reader, open_delivery
from protocol.ports import IdentityPublic
from protocol.stages import Opened
from protocol.unserved import Unserved, check_unserved_leaf, parse_unserved
from protocol.voids import SignedVoid, parse_evidence, verify_void


@dataclass(frozen=True, slots=True)
class View:
    """Under what an item is judged: its mailbox, the checkpoint its inclusion refers to, our directory, who reads."""

    channel: Channel
    checkpoint: Checkpoint
    directory: Directory
    reader: Reader
    now: int


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that was verified and opened."""

    item: MailboxItem
    leaf: Leaf
    delivery: Delivery
    opened: Opened


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A recipient's receipt whose signatures were verified."""

    item: MailboxItem
    leaf: Leaf
    receipt: SignedReceipt


@dataclass(frozen=True, slots=True)
class Voided:
    """A sender's void towards this node whose signatures were verified."""

    item: MailboxItem
    leaf: Leaf
    void: SignedVoid


@dataclass(frozen=True, slots=True)
class Unfetched:
    """The hub's record that a recipient was never handed a message of this node, under its leaf."""

    item: MailboxItem
    leaf: Leaf
    record: Unserved


@dataclass(frozen=True, slots=True)
class Unopenable:
    """An item that could not be read. ``code`` is exact and stays here; ``core`` and ``leaf`` as far as one got."""

    item: MailboxItem
    code: Code
    leaf: Leaf | None = None
    core: Core | None = None
    message: MessageId | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """An item whose content the hub has deleted; the leaf says which message it was."""

    item: MailboxItem
    leaf: Leaf


Arrival = Arrived | Confirmed | Voided | Unfetched | Unopenable | Missing

_KINDS: Final = {
    ItemKind.MESSAGE: LeafKind.MESSAGE,
    ItemKind.RECEIPT: LeafKind.EVIDENCE,
    ItemKind.UNSERVED: LeafKind.UNSERVED,
}


def read_item(item: MailboxItem, view: View) -> Arrival:
    """Return what ``item`` holds. Never raises for what a peer or the hub wrote."""
    try:
        leaf = _check_leaf(item, view)
    except Fault as fault:
        return Unopenable(item, fault.code)
    if item.kind is ItemKind.GONE:
        return Missing(item, leaf)
    if item.kind is ItemKind.RECEIPT:
        return _read_receipt(item, leaf, view)
    if item.kind is ItemKind.UNSERVED:
        return _read_unserved(item, leaf, view)
    return _read_message(item, leaf, view)


def behind(arrival: Arrival, directory: Directory) -> bool:
    """Tell whether a larger directory has to be fetched before this item can be judged."""
    leaf = arrival.leaf
    size = 0 if leaf is None else leaf.directory_size
    if isinstance(arrival, Unopenable) and arrival.core is not None:
        size = max(size, arrival.core.directory_size)
    return size > directory.size


def _check_leaf(item: MailboxItem, view: View) -> Leaf:
    leaf = verify_leaf(item.inclusion, view.checkpoint)
    expected = _KINDS.get(item.kind)
    if expected is not None and leaf.kind is not expected:
        raise Fault(Code.BAD_EVIDENCE, "leaf of another kind")
    return leaf


def _read_message(item: MailboxItem, leaf: Leaf, view: View) -> Arrival:
    """Verify and open a message.

    (1) bounds, canonical form, hashes (2) leaf and mailbox are this message's (3) both directory views are ours (4) the
    sender was enrolled, not revoked, not suspended at the leaf (5) the recipient key was valid at the leaf (6) the
    message was alive at the leaf and is alive now (7) signatures, wrap, parts, commitment. NOT here: repeats, sequence,
    policy.
    """
    delivery = None
    try:
        delivery = parse_delivery(item.content)
        if delivery.id != leaf.digest:
            raise Fault(Code.BAD_EVIDENCE, "leaf of another message")
        core = delivery.manifest.core
        if core.channel != view.channel:
            raise Fault(Code.BAD_EVIDENCE, "message of another channel")
        sender = check_sender(core, leaf, view)
        _check_times(core, leaf, view.now)
        opened = open_delivery(delivery, sender, view.reader)
    except Fault as fault:
        core_read = None if delivery is None else delivery.manifest.core
        return Unopenable(item, fault.code, leaf, core_read, MessageId(leaf.digest))
    return Arrived(item, leaf, delivery, opened)


def check_sender(core: Core, leaf: Leaf, view: View) -> IdentityPublic:
    """Return the identity the sender had at the leaf's directory size, after checking both views and our key."""
    directory = view.directory
    directory.check_view(leaf.directory_size, leaf.directory_root)
    directory.check_view(core.directory_size, core.directory_root)
    sender = directory.participant_at(core.sender, leaf.directory_size, leaf.time)
    if sender is None:
        raise Fault(Code.UNKNOWN_SENDER)
    if sender.revoked:
        raise Fault(Code.KEY_REVOKED)
    if sender.suspended:
        raise Fault(Code.NODE_SUSPENDED)
    me = core.recipient(view.reader.node)
    if me is None:
        raise Fault(Code.NOT_A_RECIPIENT)
    key = directory.check_key_at(me.key_id, leaf.directory_size, leaf.time)
    if (key.node, key.channel) != (view.reader.node, core.channel):
        raise Fault(Code.KEY_NOT_VALID_AT_TIME, "key of another node or channel")
    return sender.identity


def _check_times(core: Core, leaf: Leaf, now: int) -> None:
    if leaf.time + CLOCK_SKEW < core.issued_at:
        raise Fault(Code.NOT_YET_VALID)
    if leaf.time >= core.expires_at or now >= core.expires_at:
        raise Fault(Code.EXPIRED)


def _read_receipt(item: MailboxItem, leaf: Leaf, view: View) -> Arrival:
    try:
        receipt = parse_evidence(item.content)
        if receipt.id != leaf.digest:
            raise Fault(Code.BAD_EVIDENCE, "leaf of another receipt")
        view.directory.check_view(leaf.directory_size, leaf.directory_root)
        if isinstance(receipt, SignedVoid):
            return _read_void(item, leaf, receipt, view)
        issuer = view.directory.signing_identity_at(receipt.receipt.recipient, leaf.directory_size)
        if issuer is None:
            raise Fault(Code.UNKNOWN_SENDER)
        verify_receipt(receipt, issuer, view.reader.network)
    except Fault as fault:
        return Unopenable(item, fault.code, leaf)
    return Confirmed(item, leaf, receipt)


def _read_void(item: MailboxItem, leaf: Leaf, found: SignedVoid, view: View) -> Arrival:
    if found.void.recipient != view.reader.node:
        raise Fault(Code.NOT_A_RECIPIENT)
    if found.void.channel != view.channel:
        raise Fault(Code.BAD_EVIDENCE, "void of another channel")
    sender = view.directory.signing_identity_at(found.void.sender, leaf.directory_size)
    if sender is None:
        raise Fault(Code.UNKNOWN_SENDER)
    verify_void(found, sender, view.reader.network)
    return Voided(item, leaf, found)


def _read_unserved(item: MailboxItem, leaf: Leaf, view: View) -> Arrival:
    """Verify a record against its leaf. NOT here: that it is about a message of this node and one of its recipients."""
    try:
        record = parse_unserved(item.content)
        check_unserved_leaf(record, leaf)
        view.directory.check_view(leaf.directory_size, leaf.directory_root)
        if record.channel != view.channel:
            raise Fault(Code.BAD_EVIDENCE, "record of another channel")
    except Fault as fault:
        return Unopenable(item, fault.code, leaf)
    return Unfetched(item, leaf, record)
