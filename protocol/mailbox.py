"""A node's mailbox as the hub serves it: numbered items with their log inclusion, under a signed count.

The signed head makes a dropped last item visible: a node that holds fewer items than the head counts knows that one is
missing (attack 22). Bytes: docs/wire.md section 4.1.
"""

from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.cose import parse as parse_signed
from protocol.cose import sign, verify
from protocol.errors import Malformed
from protocol.evidence import Inclusion, encode_inclusion, parse_inclusion
from protocol.ids import Channel, NodeId, parse_channel, parse_node_id
from protocol.limits import MAX_BATCH, MAX_OBJECT, MAX_SIGNED
from protocol.ports import IdentityPublic, IdentitySigner
from protocol.shapes import as_bytes, as_fixed, as_int, as_list, as_map


class ItemKind(IntEnum):
    """What a mailbox item carries; numbers are append-only."""

    MESSAGE = 1  # a delivery
    RECEIPT = 2  # a recipient's signed receipt, relayed to the sender
    GONE = 3  # content deleted after hand-over evidence or expiry; the leaf remains
    UNSERVED = 4  # the hub's record that a recipient of the sender's message was never handed it


@dataclass(frozen=True, slots=True)
class Head:
    """How many items a mailbox holds in all, and the size of the message log when the hub said so."""

    node: NodeId
    channel: Channel
    count: int
    log_size: int


@dataclass(frozen=True, slots=True)
class MailboxItem:
    """One item: its number in the mailbox from 1, its kind, where it stands in the log, and its bytes."""

    number: int
    kind: ItemKind
    inclusion: Inclusion
    content: bytes


@dataclass(frozen=True, slots=True)
class Page:
    """One fetch answer: the signed head, the checkpoint all inclusions refer to, and the items after the cursor."""

    head: bytes
    checkpoint: bytes
    items: tuple[MailboxItem, ...]


def encode_page(page: Page) -> bytes:
    """Return the bytes of a fetch answer."""
    items = [[i.number, int(i.kind), encode_inclusion(i.inclusion), i.content] for i in page.items]
    return encode({1: page.head, 2: page.checkpoint, 3: items})


def parse_page(raw: bytes) -> Page:
    """Return the page in a fetch answer; item numbers ascend, and what is gone has no content.

    NOT here: verifying head and inclusions.
    """
    fields = as_map(decode(raw, MAX_OBJECT), "page", (1, 2, 3))
    items = [_parse_item(each) for each in as_list(fields[3], "items", 0, MAX_BATCH)]
    if any(a.number >= b.number for a, b in pairwise(items)):
        raise Malformed("items not ascending")
    return Page(as_bytes(fields[1], "head"), as_bytes(fields[2], "checkpoint"), tuple(items))


def _parse_item(item: Item) -> MailboxItem:
    number, kind, inclusion, content = as_fixed(item, "item", 4)
    found = MailboxItem(
        as_int(number, "number", 1),
        ItemKind(as_int(kind, "kind", 1, max(ItemKind))),
        parse_inclusion(inclusion),
        as_bytes(content, "content"),
    )
    if found.kind is ItemKind.GONE and found.content:
        raise Malformed("content of what is gone")
    return found


def sign_head(head: Head, signer: IdentitySigner, network: bytes) -> bytes:
    """Return the head signed by the hub."""
    payload = encode([head.node, head.channel, head.count, head.log_size])
    return sign(signer, domains.MAILBOX, network, payload)


def verify_head(raw: bytes, hub: IdentityPublic, network: bytes) -> Head:
    """Return the head after verifying both of the hub's signatures; BAD_SIGNATURE, UNKNOWN_KEY or MALFORMED."""
    payload = verify(parse_signed(raw, MAX_SIGNED), hub, domains.MAILBOX, network)
    node, channel, count, size = as_fixed(decode(payload, MAX_SIGNED), "head", 4)
    return Head(parse_node_id(node), parse_channel(channel), as_int(count, "count"), as_int(size, "size"))
