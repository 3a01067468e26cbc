"""What a lying hub can make of a true answer with the keys it has: its own, never a node's."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from hub.identity import HubKeys
from protocol.api import Problem, encode_problem
from protocol.cbor import Item, Tagged, decode, encode
from protocol.envelope import Delivery, Envelope, encode_delivery, parse_delivery
from protocol.errors import Code
from protocol.mailbox import ItemKind, MailboxItem, Page, encode_page, parse_page, sign_head, verify_head
from protocol.meanings import MEANINGS
from tests.e2e.door import Reply
from tests.e2e.malicious_hub import Asked, Twist

OK: Final = 200
Changed = Callable[[Page], Page]


def refusing(code: Code, where: Callable[[Asked], bool], at: int) -> Twist:
    """Refuse what ``where`` says, in the hub's name; nothing of a refusal is signed, so any hub can say it."""
    refusal = Reply(MEANINGS[code].status, encode_problem(Problem(code, at)))
    return lambda asked, reply: refusal if where(asked) else reply


def silent(at: int) -> Twist:
    """Keep the mail back as a hub that is not ready."""
    return refusing(Code.NOT_READY, Asked.fetches, at)


def pages(change: Changed) -> Twist:
    """Change the pages of police mail that hold anything."""

    def twist(asked: Asked, reply: Reply) -> Reply:
        if not asked.fetches() or reply.status != OK:
            return reply
        page = parse_page(reply.body)
        return Reply(OK, encode_page(change(page))) if page.items else reply

    return twist


def first_message(change: Callable[[Delivery], bytes]) -> Twist:
    """Change the delivery of the first message that passes, each time it passes."""
    chosen: list[bytes] = []

    def changed(item: MailboxItem) -> MailboxItem:
        if item.kind is not ItemKind.MESSAGE:
            return item
        delivery = parse_delivery(item.content)
        chosen.extend([] if chosen else [delivery.id])
        return replace(item, content=change(delivery)) if delivery.id == chosen[0] else item

    return pages(lambda page: replace(page, items=tuple(map(changed, page.items))))


def messages(page: Page) -> list[int]:
    """Return where in a page the messages stand."""
    return [at for at, item in enumerate(page.items) if item.kind is ItemKind.MESSAGE]


def with_items(page: Page, items: Sequence[MailboxItem]) -> Page:
    """Return a page whose items bear the numbers that its places had."""
    numbers = [item.number for item in page.items]
    fitted = [replace(item, number=number) for item, number in zip(items, numbers, strict=False)]
    return replace(page, items=tuple(fitted))


def recounted(page: Page, keys: HubKeys, network: bytes, less: int) -> Page:
    """Return a page whose head says, under the hub's signatures, that the mailbox holds so many items less."""
    head = verify_head(page.head, keys.identity.public, network)
    return replace(page, head=sign_head(replace(head, count=head.count - less), keys.identity, network))


def without_message(page: Page, nth: int, keys: HubKeys, network: bytes) -> Page:
    """Return a page without its nth message, as if the mailbox had never held it: renumbered and counted anew."""
    gone = messages(page)[nth]
    kept = [item for at, item in enumerate(page.items) if at != gone]
    return recounted(with_items(page, kept), keys, network, 1)


def other_wrap(envelope: Envelope) -> Callable[[Delivery], bytes]:
    """Hand out the wrap that the envelope holds for another recipient."""

    def change(delivery: Delivery) -> bytes:
        wrap = envelope.wraps[1 - delivery.index]
        return encode_delivery(delivery.signed.raw, delivery.index, wrap, delivery.contents)

    return change


def other_body(envelope: Envelope) -> Callable[[Delivery], bytes]:
    """Hand out the body of another message."""
    return lambda found: encode_delivery(found.signed.raw, found.index, found.wrap, envelope.contents)


def flipped_body(delivery: Delivery) -> bytes:
    """Flip one bit of the body."""
    body = delivery.contents[0]
    return encode_delivery(delivery.signed.raw, delivery.index, delivery.wrap, (body[:-1] + bytes([body[-1] ^ 1]),))


def added_recipient(node: str, key_id: bytes, *, hidden: bool = False) -> Callable[[Delivery], bytes]:
    """Write one more recipient into the signed list, or only the last one out of it; the signatures stay."""

    def change(delivery: Delivery) -> bytes:
        core, hashes, parts = decode(delivery.signed.payload)  # type: ignore[misc]  # a manifest has three elements
        fields = dict(decode(core))  # type: ignore[arg-type,call-overload]  # a core is a map
        if hidden:
            fields[5], hashes = fields[5][:1], hashes[:1]  # type: ignore[index]  # a list
        else:
            fields[5] = sorted([*fields[5], [node, key_id, 999, None, "information"]])
            hashes = [*hashes, bytes(32)]  # type: ignore[misc]  # a list
        payload = encode([encode(fields), hashes, parts])
        return encode([grafted(delivery.signed.raw, payload), 0, delivery.wrap, list(delivery.contents)])

    return change


def grafted(signed: bytes, payload: bytes) -> bytes:
    """Return somebody's signatures over another payload."""
    tagged = decode(signed)
    protected, unprotected, _, signatures = tagged.value  # type: ignore[union-attr,misc]  # COSE_Sign
    body: list[Item] = [protected, unprotected, payload, signatures]
    return encode(Tagged(98, body))
