"""A sender with real keys and hostile software against the real hub and two real recipients: who refuses, and by what.

After every attack an honest message of the same sender arrives at both: nothing bad is ever in the way.
"""

import gzip
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import pytest
from cryptography.hazmat.primitives.hashes import SHA384
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from protocol.api import Problem
from protocol.cbor import Tagged, decode, encode
from protocol.core import encode_core
from protocol.envelope import Envelope
from protocol.errors import Code
from protocol.evidence import Event, SignedReceipt
from protocol.fields import Row, encode_rows
from protocol.floe import DEFAULT
from protocol.floe import seal as floe_seal
from protocol.ids import NodeId, Reference
from protocol.limits import MAX_ENVELOPE, MAX_RECIPIENTS, MAX_SIGNED
from protocol.mailbox import ItemKind, parse_page
from protocol.padding import pad
from protocol.part_keys import part_aad, part_key
from protocol.parts import PartList
from protocol.voids import parse_evidence
from protocol.wrap import encode_wrap
from tests.e2e.conftest import Open
from tests.e2e.door import Reply
from tests.e2e.malicious_sender import OTHER, SECRET, VICTIMS, MaliciousSender, SentFile, padded_rows, with_file
from tests.e2e.network import Network, wait_until
from tests.simulators.salamander import collide

NAMES = {VICTIMS[0]: "sarajevo", VICTIMS[1]: "skopje"}
OPENED = ("accepted", "held")


@dataclass
class Stand:
    """The victims' nodes and the sender."""

    network: Network
    sender: MaliciousSender

    def sends(self, envelope: Envelope) -> Envelope:
        """Hand in a message that the hub cannot see through; it is accepted."""
        reply = self.sender.submit(envelope)
        assert reply.status == 201, reply.problem
        return envelope

    def found(self, node: NodeId, envelope: Envelope) -> tuple[str, str | None]:
        """Return how a recipient shows a message: state and code."""
        there = self.network[NAMES[node]]
        row = there.wait_row("inbox", envelope.id.hex(), lambda _: True)
        return row["state"], row["code"]

    def unopenable(self, envelope: Envelope, *codes: Code) -> None:
        """Expect that each recipient names its code."""
        for node, code in zip(VICTIMS, codes, strict=True):
            assert self.found(node, envelope) == ("unopenable", code.value), node

    def still_works(self) -> None:
        honest = self.sends(self.sender.honest())
        for node in VICTIMS:
            state, code = self.found(node, honest)
            assert state in OPENED
            assert code is None


@pytest.fixture(scope="module")
def victims(open_network: Open, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    network = open_network(*NAMES.values())
    return Stand(network, MaliciousSender.of(network, tmp_path_factory.mktemp("sender")))


@pytest.fixture
def stand(victims: Stand) -> Iterator[Stand]:
    yield victims
    victims.still_works()


def test_what_is_handmade_right_is_opened(stand: Stand) -> None:
    """A control: the tools of the attacks make messages that open, so a refusal is for what was done to them."""
    rows = stand.sender.salted()
    envelope = stand.sends(stand.sender.handmade(padded_rows(rows), rows))
    for node in VICTIMS:
        state, code = stand.found(node, envelope)
        assert state in OPENED
        assert code is None


def derived(key: bytes, head: bytes, purpose: bytes, size: int) -> bytes:
    """Derive as FLOE does; ``head`` is parameters, IV, and the additional data that comes behind the purpose."""
    return HKDFExpand(SHA384(), size, head[:42] + purpose + head[42:]).derive(key)


def salamander(stand: Stand) -> Envelope:
    """Return a message whose one segment opens under both recipients' keys; its header can be of one key only."""
    core_bytes = encode_core(replace(stand.sender.core(), random=Reference(os.urandom(16))))
    keys = [part_key(secret, core_bytes, "body") for secret in (SECRET, OTHER)]
    start = DEFAULT.encode() + os.urandom(32)
    head, nonce, place = start + part_aad(core_bytes, "body"), os.urandom(12), bytes(8) + b"\x01"
    messages = [derived(key, head, b"MESSAGE_KEY:", 48) for key in keys]
    one, two = (derived(message, head, b"DEK:" + bytes(8), 32) for message in messages)
    sealed = collide((one, two), nonce, place, bytes(256))
    segment = (4 + len(nonce) + len(sealed)).to_bytes(4, "big") + nonce + sealed
    body = start + derived(keys[0], head, b"HEADER_TAG:", 32) + segment
    return stand.sender.signed(core_bytes, [SECRET, OTHER], body)


def test_attack_036_one_ciphertext_under_two_keys(stand: Stand) -> None:
    """Sarajevo's key fits the header, and the segment opens to noise; Skopje is stopped by the header."""
    stand.unopenable(stand.sends(salamander(stand)), Code.PADDING, Code.COMMITMENT)


def test_attack_036_two_keys_and_an_honest_ciphertext(stand: Stand) -> None:
    rows = stand.sender.salted()
    right = stand.sender.handmade(padded_rows(rows), rows)
    both = stand.sender.signed(right.manifest.core_bytes, [SECRET, OTHER], right.contents[0])
    stand.sends(both)
    assert stand.found(VICTIMS[0], both)[0] in OPENED
    assert stand.found(VICTIMS[1], both) == ("unopenable", "COMMITMENT")


def receipts(stand: Stand, envelope: Envelope) -> list[SignedReceipt]:
    """Return what the recipients signed about a message, from the sender's own mailbox."""
    found, after = [], 0
    while True:
        reply = stand.sender.door.ask("GET", f"/v1/mailboxes/police?after={after}&wait=0")
        items = parse_page(reply.body).items
        for item in items:
            if item.kind is ItemKind.RECEIPT:
                said = parse_evidence(item.content)
                found += [said] if isinstance(said, SignedReceipt) and said.receipt.message == envelope.id else []
        if not items:
            return found
        after = items[-1].number


def test_attack_037_garbage_wraps(stand: Stand) -> None:
    """Each of them says CANNOT_OPEN in a signed receipt and nothing more."""
    core_bytes = encode_core(replace(stand.sender.core(), random=Reference(os.urandom(16))))
    body = floe_seal(part_key(SECRET, core_bytes, "body"), part_aad(core_bytes, "body"), pad(b"x"), os.urandom)
    elsewhere = stand.sender.signed(core_bytes, [SECRET, SECRET], body, about=b"another core")
    noise = tuple(encode_wrap(who.key_id, os.urandom(1_200)) for who in elsewhere.manifest.core.to)
    second = encode_core(replace(stand.sender.core(), random=Reference(os.urandom(16))))
    for envelope in (elsewhere, stand.sender.bound(second, noise, body)):
        stand.sends(envelope)
        stand.unopenable(envelope, Code.WRAP_DECRYPT, Code.WRAP_DECRYPT)
    stand.still_works()
    wait_for(stand, elsewhere, 2)
    said = {(each.receipt.event, each.receipt.recipient, each.receipt.held) for each in receipts(stand, elsewhere)}
    assert said == {(Event.CONTENT_HANDOVER_FAILURE, node, False) for node in VICTIMS}


def wait_for(stand: Stand, envelope: Envelope, count: int) -> None:
    wait_until(lambda: len(receipts(stand, envelope)) >= count, "the receipts")


def test_attack_038_rows_under_another_commitment(stand: Stand) -> None:
    forged = stand.sender.handmade(padded_rows((Row(b"s" * 16, "/facts", "y"),)))
    stand.unopenable(stand.sends(forged), Code.FIELD_COMMITMENT, Code.FIELD_COMMITMENT)


def test_attack_039_rows_twice_or_unsorted(stand: Stand) -> None:
    for first, second in (("/a", "/a"), ("/b", "/a")):
        rows = encode([[b"s" * 16, first, 1], [b"t" * 16, second, 2]])
        stand.unopenable(stand.sends(stand.sender.handmade(pad(rows))), Code.FIELD_ORDER, Code.FIELD_ORDER)


def test_attack_046_padding_that_is_none(stand: Stand) -> None:
    good = encode_rows(stand.sender.salted())
    for wrong in (good, pad(good) + bytes(16), pad(good)[:-1] + b"\x01"):
        stand.unopenable(stand.sends(stand.sender.handmade(wrong)), Code.PADDING, Code.PADDING)


BOMBS = {
    "nested": b"\x81" * 100_000 + b"\x00",
    "a million items": b"\x9a\x00\x0f\x42\x40" + b"\x00" * 400_000,
    "a claim of 2**64 - 1 items": b"\x9b" + b"\xff" * 8,
    "compressed": gzip.compress(bytes(8 << 20)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_attack_047_a_bomb_in_the_body(stand: Stand, bomb: bytes) -> None:
    stand.unopenable(stand.sends(stand.sender.handmade(pad(bomb))), Code.MALFORMED, Code.MALFORMED)


def refusal(reply: Reply) -> Problem:
    assert reply.status >= 400
    return reply.problem


def with_signatures(envelope: Envelope, *kept: int) -> bytes:
    tagged = decode(envelope.signed.raw, MAX_SIGNED)
    assert isinstance(tagged, Tagged)
    protected, unprotected, payload, signatures = tagged.value  # type: ignore[misc]  # COSE_Sign
    signed = encode(Tagged(98, [protected, unprotected, payload, [signatures[each] for each in kept]]))  # type: ignore[index,call-overload]
    return encode([signed, list(envelope.wraps), list(envelope.contents)])


def crowded(envelope: Envelope) -> bytes:
    core, _, parts = decode(envelope.signed.payload)  # type: ignore[misc]  # a manifest
    fields = dict(decode(core))  # type: ignore[arg-type,call-overload]  # a core
    fields[5] = [[f"n{each:04}", each.to_bytes(32, "big"), 1, None, "action"] for each in range(MAX_RECIPIENTS + 1)]
    tagged = decode(envelope.signed.raw, MAX_SIGNED)
    assert isinstance(tagged, Tagged)
    protected, unprotected, _, signatures = tagged.value  # type: ignore[misc]  # COSE_Sign
    payload = encode([encode(fields), [bytes(32)] * (MAX_RECIPIENTS + 1), parts])
    signed = encode(Tagged(98, [protected, unprotected, payload, signatures]))
    return encode([signed, [b"w"] * (MAX_RECIPIENTS + 1), list(envelope.contents)])


OUTER: dict[str, tuple[Callable[[Envelope], bytes], Code]] = {
    "nested": (lambda _: b"\x81" * 100_000 + b"\x00", Code.MALFORMED),
    "a claim of 2**63 items": (lambda _: b"\x9b\x80" + bytes(7), Code.MALFORMED),
    "a trailing byte": (lambda found: found.encode() + b"\x00", Code.MALFORMED),
    "oversized": (lambda _: bytes(MAX_ENVELOPE + 1), Code.TOO_LARGE),
    "half signed, no ML-DSA": (lambda found: with_signatures(found, 0), Code.MISSING_SIGNATURE),
    "half signed, no Ed25519": (lambda found: with_signatures(found, 1), Code.MISSING_SIGNATURE),
    "signed twice with one": (lambda found: with_signatures(found, 0, 0), Code.DUPLICATE_SIGNATURE),
    "too many recipients": (crowded, Code.TOO_LARGE),
    "another body": (lambda found: encode([found.signed.raw, list(found.wraps), [b"x"]]), Code.BODY_HASH),
    "another wrap": (lambda found: encode([found.signed.raw, [b"x", b"y"], list(found.contents)]), Code.WRAP_HASH),
}


@pytest.mark.parametrize("kind", OUTER)
def test_what_the_hub_itself_refuses(stand: Stand, kind: str) -> None:
    change, code = OUTER[kind]
    envelope = stand.sender.honest()
    assert refusal(stand.sender.submit(envelope, change(envelope))).code is code
    assert stand.sender.submit(envelope).status == 201, "nothing of the refused bytes was kept"


def test_attack_043_two_messages_under_one_number_or_one_random(stand: Stand) -> None:
    number = next(stand.sender.numbers)
    first = stand.sends(stand.sender.honest(number))
    same_number = stand.sender.honest(number)
    core = replace(stand.sender.core(), random=first.manifest.core.random)
    core_bytes = encode_core(core)
    body = floe_seal(part_key(SECRET, core_bytes, "body"), part_aad(core_bytes, "body"), pad(b"x"), os.urandom)
    same_random = stand.sender.signed(core_bytes, [SECRET, SECRET], body)
    for second in (same_number, same_random):
        assert refusal(stand.sender.submit(second)).code is Code.SENDER_EQUIVOCATION
    stand.still_works()
    for node in VICTIMS:
        shown = {row["id"] for row in stand.network[NAMES[node]].get("/messages?box=inbox").done()["messages"]}
        assert first.id.hex() in shown
        assert not {same_number.id.hex(), same_random.id.hex()} & shown


def reserved(stand: Stand, sent: SentFile) -> str:
    """Announce a message with a file; return where its parts go."""
    reply = stand.sender.submit(sent.envelope)
    assert reply.status == 202, reply.problem
    return f"/v1/uploads/{sent.envelope.id.hex()}"


def brought(stand: Stand, sent: SentFile) -> Reply:
    """Bring a file as it is and commit its message."""
    base, door = reserved(stand, sent), stand.sender.door
    assert door.ask("PUT", f"{base}/att-00", sent.list.encode()).status == 204
    assert door.ask("PUT", f"{base}/att-00/0", sent.ciphertext).status == 204
    return door.ask("POST", f"{base}/commit")


def test_attack_045_a_file_that_is_not_the_announced_one(stand: Stand) -> None:
    """Another length, another root, more bytes, other bytes; then never committed, so nobody hears of the message."""
    sent, door = with_file(stand.sender, b"content"), stand.sender.door
    base = reserved(stand, sent)
    whole = sent.list
    wrong = [
        (f"{base}/att-00", replace(whole, length=whole.length + 1).encode(), Code.ATT_LENGTH),
        (f"{base}/att-00", PartList("att-00", whole.length, (bytes(32),)).encode(), Code.ATT_HASH),
    ]
    for path, body, code in wrong:
        assert refusal(door.ask("PUT", path, body)).code is code
    assert door.ask("PUT", f"{base}/att-00", whole.encode()).status == 204
    flipped = sent.ciphertext[:-1] + bytes([sent.ciphertext[-1] ^ 1])
    for body, code in ((sent.ciphertext + b"x", Code.ATT_LENGTH), (flipped, Code.ATT_HASH)):
        assert refusal(door.ask("PUT", f"{base}/att-00/0", body)).code is code
    assert refusal(door.ask("POST", f"{base}/commit")).code is Code.ATT_MISSING
    stand.still_works()
    for node in VICTIMS:
        assert stand.network[NAMES[node]].row("inbox", sent.envelope.id.hex()) is None


LYING_ROWS = {
    "another digest": {"sha256": hashlib.sha256(b"other").hexdigest()},
    "another size of the same class": {"size": 6},
}


@pytest.mark.parametrize("kind", LYING_ROWS)
def test_rows_that_lie_about_a_file(stand: Stand, kind: str) -> None:
    """The message arrives, its file never counts as here, and the sender is told that it did not open."""
    sent = with_file(stand.sender, b"content", **LYING_ROWS[kind])
    assert brought(stand, sent).status == 201
    for node in VICTIMS:
        stand.found(node, sent.envelope)
    wait_for(stand, sent.envelope, 2)
    events = {each.receipt.event for each in receipts(stand, sent.envelope)}
    assert events == {Event.CONTENT_HANDOVER_FAILURE}
    for name in NAMES.values():
        (row,) = stand.network[name].get(f"/messages/{sent.envelope.id.hex()}/attachments").done()["attachments"]
        assert row["state"] == "failed"


def test_an_honest_file_arrives(stand: Stand) -> None:
    """A control of the two tests above."""
    sent = with_file(stand.sender, b"content")
    assert brought(stand, sent).status == 201
    wait_for(stand, sent.envelope, 2)
    assert {each.receipt.event for each in receipts(stand, sent.envelope)} == {Event.CONTENT_HANDOVER}
