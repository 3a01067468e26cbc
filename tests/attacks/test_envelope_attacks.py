"""Attacks on envelopes and deliveries, by their number in the catalogue of attacks. Each ends in a named refusal."""

import hashlib
from collections.abc import Callable

import pytest

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.core import Mode
from protocol.cose import parse as parse_signed
from protocol.cose import sign, verify
from protocol.envelope import Delivery, Envelope, Part, encode_manifest, parse_delivery, parse_envelope
from protocol.errors import Code, Fault
from protocol.fields import Row, encode_rows
from protocol.floe import seal as floe_seal
from protocol.ids import NodeId
from protocol.limits import MAX_ENVELOPE, MAX_RECIPIENTS, MAX_SIGNED
from protocol.opening import Reader, open_delivery
from protocol.padding import pad
from protocol.part_keys import part_aad, part_key
from protocol.stages import Addressee
from protocol.wrap import parse_wrap, seal_wrap, wrap_info
from tests.simulators.faults import refused
from tests.simulators.party import NETWORK, CountingEntropy, Party, PlainRing, deliver, send

SENDER, BELGRADE, SARAJEVO = Party("mk.ilecu"), Party("rs.ilecu"), Party("ba.ilecu")
MALLORY = Party("zz.mallory")
ENVELOPE = send(SENDER, BELGRADE, SARAJEVO)


def verified(raw: bytes) -> Envelope:
    """Parse and verify as the hub does."""
    envelope = parse_envelope(raw)
    verify(envelope.signed, SENDER.identity.public, domains.MESSAGE, NETWORK)
    return envelope


def accepted_changes(raw: bytes, check: Callable[[bytes], object]) -> list[int]:
    """Return the offsets at which one flipped bit goes unnoticed."""
    out = []
    for at in range(len(raw)):
        changed = bytearray(raw)
        changed[at] ^= 1 << (at % 8)
        try:
            check(bytes(changed))
        except Fault:
            continue
        out.append(at)
    return out


def test_attack_001_no_flipped_bit_of_the_signed_manifest_is_accepted() -> None:
    raw = ENVELOPE.signed.raw

    def check(changed: bytes) -> None:
        verify(parse_signed(changed, MAX_SIGNED), SENDER.identity.public, domains.MESSAGE, NETWORK)

    assert accepted_changes(raw, check) == []


def test_attack_002_no_flipped_bit_of_the_content_is_accepted_by_the_hash() -> None:
    raw = ENVELOPE.encode()
    start = raw.index(ENVELOPE.contents[0])
    for at in range(start, start + len(ENVELOPE.contents[0])):
        changed = bytearray(raw)
        changed[at] ^= 0x40
        with refused(Code.BODY_HASH):
            parse_envelope(bytes(changed))


def test_attack_005_an_envelope_of_the_training_network_is_refused_in_production() -> None:
    with refused(Code.BAD_SIGNATURE):
        verify(ENVELOPE.signed, SENDER.identity.public, domains.MESSAGE, b"training-network")


def test_attack_024_a_delivery_without_a_signed_part() -> None:
    delivery = deliver(ENVELOPE, BELGRADE)
    with refused(Code.MALFORMED):
        parse_delivery(encode([delivery.signed.raw, delivery.index, delivery.wrap, []]))


def test_attack_026_bodies_of_two_messages_swapped() -> None:
    other = send(SENDER, BELGRADE, SARAJEVO, entropy=CountingEntropy("other"))
    with refused(Code.BODY_HASH):
        parse_envelope(encode([ENVELOPE.signed.raw, list(ENVELOPE.wraps), list(other.contents)]))


def test_attack_027_the_wrap_of_another_recipient() -> None:
    mine = deliver(ENVELOPE, BELGRADE)
    theirs = deliver(ENVELOPE, SARAJEVO)
    with refused(Code.WRAP_HASH):
        parse_delivery(encode([mine.signed.raw, mine.index, theirs.wrap, list(mine.contents)]))


def add_recipient(envelope: Envelope, who: Party) -> bytes:
    """Return the manifest with one recipient more, as a hub could write it without the sender's keys."""
    core, hashes, parts = decode(envelope.signed.payload)  # type: ignore[misc]  # a manifest has three members
    fields = dict(decode(core))  # type: ignore[arg-type,call-overload]  # a core is a map
    fields[5] = [*fields[5], [who.node, who.target.key_id, 1, None, "information"]]
    return encode([encode(fields), [*hashes, hashlib.sha256(b"wrap").digest()], parts])


def graft(payload: bytes, envelope: Envelope) -> bytes:
    """Return the sender's signatures over another payload."""
    tagged = decode(envelope.signed.raw)
    protected, unprotected, _, signatures = tagged.value  # type: ignore[union-attr,misc]  # COSE_Sign is a tagged array
    return encode(type(tagged)(98, [protected, unprotected, payload, signatures]))  # type: ignore[call-arg,arg-type]  # Tagged


def test_attack_028_the_hub_adds_a_recipient() -> None:
    raw = encode(
        [graft(add_recipient(ENVELOPE, MALLORY), ENVELOPE), [*ENVELOPE.wraps, b"wrap"], list(ENVELOPE.contents)]
    )
    with refused(Code.BAD_SIGNATURE):
        verified(raw)


def test_attack_029_the_hub_hides_a_recipient() -> None:
    core, hashes, parts = decode(ENVELOPE.signed.payload)  # type: ignore[misc]  # a manifest has three members
    fields = dict(decode(core))  # type: ignore[arg-type,call-overload]  # a core is a map
    fields[5] = fields[5][:1]
    payload = encode([encode(fields), hashes[:1], parts])
    with refused(Code.BAD_SIGNATURE):
        verified(encode([graft(payload, ENVELOPE), [ENVELOPE.wraps[0]], list(ENVELOPE.contents)]))


@pytest.mark.parametrize("domain", [domains.STATEMENT, domains.EVIDENCE, domains.TOKEN, domains.MAILBOX])
def test_attack_032_a_message_signature_shown_as_another_object(domain: str) -> None:
    with refused(Code.BAD_SIGNATURE):
        verify(ENVELOPE.signed, SENDER.identity.public, domain, NETWORK)


def hostile(rows: bytes, *, secret: bytes = b"s" * 64, wrap_secret: bytes | None = None) -> Delivery:
    """Return a correctly signed delivery whose content the sender composed by hand."""
    core = ENVELOPE.manifest.core_bytes
    content = floe_seal(part_key(secret[:32], core, "body"), part_aad(core, "body"), pad(rows), CountingEntropy())
    wraps = tuple(
        seal_wrap(wrap_secret or secret, to.target.public_key, to.target.key_id, core, to.node)
        for to in (SARAJEVO, BELGRADE)
    )
    payload = encode_manifest(core, wraps, (Part("body", len(content), hashlib.sha256(content).digest()),))
    signed = sign(SENDER.identity, domains.MESSAGE, NETWORK, payload)
    return parse_delivery(encode([signed, 1, wraps[1], [content]]))


def test_attack_037_a_garbage_wrap() -> None:
    core = ENVELOPE.manifest.core_bytes
    other = hashlib.sha256(core).digest()
    wraps = tuple(
        seal_wrap(b"s" * 64, to.target.public_key, to.target.key_id, other, to.node) for to in (SARAJEVO, BELGRADE)
    )
    part = Part("body", len(ENVELOPE.contents[0]), hashlib.sha256(ENVELOPE.contents[0]).digest())
    signed = sign(SENDER.identity, domains.MESSAGE, NETWORK, encode_manifest(core, wraps, (part,)))
    with refused(Code.WRAP_DECRYPT):
        BELGRADE.opens(parse_delivery(encode([signed, 1, wraps[1], list(ENVELOPE.contents)])), SENDER)


def test_attack_038_rows_that_the_core_does_not_commit_to() -> None:
    rows = encode_rows((Row(b"s" * 16, "/plate", "SK-9999-ZZ"),))
    with refused(Code.FIELD_COMMITMENT):
        BELGRADE.opens(hostile(rows), SENDER)


def test_attack_039_rows_twice_or_unsorted() -> None:
    twice = encode([[b"s" * 16, "/a", 1], [b"t" * 16, "/a", 2]])
    unsorted = encode([[b"s" * 16, "/b", 1], [b"t" * 16, "/a", 2]])
    for rows in (twice, unsorted):
        with refused(Code.FIELD_ORDER):
            BELGRADE.opens(hostile(rows), SENDER)


def test_attack_040_one_recipient_or_key_twice() -> None:
    core = dict(decode(ENVELOPE.manifest.core_bytes))  # type: ignore[call-overload]  # a core is a map
    first: list[Item] = core[5][0]
    for again in (first, ["rs.ilecu", first[1], 1, None, "action"]):
        core[5] = [first, again]
        payload = encode([encode(core), [bytes(32)] * 2, [["body", 1, bytes(32)]]])
        raw = sign(SENDER.identity, domains.MESSAGE, NETWORK, payload)
        with refused(Code.DUPLICATE_RECIPIENT):
            parse_envelope(encode([raw, [b"a", b"b"], [b"c"]]))


def test_attack_036_one_ciphertext_under_two_keys_opens_for_one_recipient_only() -> None:
    good = encode_rows((Row(b"s" * 16, "/plate", "SK-1"),))
    with refused(Code.COMMITMENT):
        BELGRADE.opens(hostile(good, wrap_secret=b"t" * 64), SENDER)


def test_attack_047_a_bomb_inside_the_body() -> None:
    for bomb in (b"\x81" * 100_000 + b"\x00", b"\x9a\x00\x0f\x42\x40" + b"\x00" * 100_000):
        with refused(Code.MALFORMED):
            BELGRADE.opens(hostile(bomb), SENDER)


def test_attack_052_the_signed_message_forwarded_to_a_third_node() -> None:
    delivery = deliver(ENVELOPE, BELGRADE)
    with refused(Code.NOT_A_RECIPIENT):
        MALLORY.opens(delivery, SENDER)


def test_attack_053_the_content_key_wrapped_again_for_a_third_node() -> None:
    delivery = deliver(ENVELOPE, BELGRADE)
    wrap = parse_wrap(delivery.wrap)
    info = wrap_info(delivery.manifest.core_bytes, BELGRADE.node, wrap.protected)
    secret = PlainRing(BELGRADE.seed).unwrap(wrap.key_id, wrap.sealed, info)
    target = MALLORY.target
    again = seal_wrap(secret, target.public_key, target.key_id, delivery.manifest.core_bytes, MALLORY.node)
    with refused(Code.WRAP_HASH):
        parse_delivery(encode([delivery.signed.raw, delivery.index, again, list(delivery.contents)]))


def test_attack_054_signature_stripped_and_the_ciphertext_signed_as_own_work() -> None:
    core, hashes, parts = decode(ENVELOPE.signed.payload)  # type: ignore[misc]  # a manifest has three members
    fields = dict(decode(core))  # type: ignore[arg-type,call-overload]  # a core is a map
    fields[4] = MALLORY.node
    signed = sign(MALLORY.identity, domains.MESSAGE, NETWORK, encode([encode(fields), hashes, parts]))
    mine = deliver(ENVELOPE, BELGRADE)
    stolen = parse_delivery(encode([signed, mine.index, mine.wrap, list(mine.contents)]))
    with refused(Code.WRAP_DECRYPT):
        BELGRADE.opens(stolen, MALLORY)


def test_attack_055_a_recipient_forges_a_body_for_the_others() -> None:
    forged = b"x" * len(ENVELOPE.contents[0])
    mine = deliver(ENVELOPE, SARAJEVO)
    with refused(Code.BODY_HASH):
        parse_delivery(encode([mine.signed.raw, mine.index, mine.wrap, [forged]]))


def test_attack_062_every_changed_wrap_fails_the_same_way() -> None:
    wrap = parse_wrap(deliver(ENVELOPE, BELGRADE).wrap)
    info = wrap_info(ENVELOPE.manifest.core_bytes, BELGRADE.node, wrap.protected)
    for at in range(0, len(wrap.sealed), 97):
        changed = bytearray(wrap.sealed)
        changed[at] ^= 1
        with refused(Code.WRAP_DECRYPT):
            PlainRing(BELGRADE.seed).unwrap(wrap.key_id, bytes(changed), info)


def test_attack_072_another_weeks_key_does_not_open() -> None:
    wrap = parse_wrap(deliver(ENVELOPE, BELGRADE).wrap)
    info = wrap_info(ENVELOPE.manifest.core_bytes, BELGRADE.node, wrap.protected)
    next_week = PlainRing(hashlib.sha256(b"next week").digest())

    class Mislabelled:
        """Holds the wrong seed under the right key id."""

        def unwrap(self, key_id: object, ciphertext: bytes, about: bytes) -> bytes:
            del key_id
            (own,) = next_week._seeds
            return next_week.unwrap(own, ciphertext, about)

    with refused(Code.WRAP_DECRYPT):
        Mislabelled().unwrap(wrap.key_id, wrap.sealed, info)


def test_attack_083_a_lower_suite_in_the_core() -> None:
    core, hashes, parts = decode(ENVELOPE.signed.payload)  # type: ignore[misc]  # a manifest has three members
    fields = dict(decode(core))  # type: ignore[arg-type,call-overload]  # a core is a map
    fields[2] = 9
    payload = encode([encode(fields), hashes, parts])
    with refused(Code.BAD_SIGNATURE):
        verified(encode([graft(payload, ENVELOPE), list(ENVELOPE.wraps), list(ENVELOPE.contents)]))
    mine = deliver(ENVELOPE, BELGRADE)
    with refused(Code.DOWNGRADE):
        open_delivery(mine, SENDER.identity.public, Reader(BELGRADE.node, NETWORK, 2, PlainRing(BELGRADE.seed)))


def test_attack_092_a_trailing_byte_anywhere() -> None:
    signed, wraps, contents = ENVELOPE.signed.raw, list(ENVELOPE.wraps), list(ENVELOPE.contents)
    core, hashes, parts = decode(ENVELOPE.signed.payload)  # type: ignore[misc]  # a manifest has three members
    longer_core = sign(SENDER.identity, domains.MESSAGE, NETWORK, encode([core + b"\x00", hashes, parts]))  # type: ignore[operator]  # bytes
    for raw in (
        ENVELOPE.encode() + b"\x00",
        encode([signed + b"\x00", wraps, contents]),
        encode([longer_core, wraps, contents]),
    ):
        with refused(Code.MALFORMED):
            parse_envelope(raw)


def test_attack_096_colliding_keys_cost_no_more_than_other_keys() -> None:
    colliding = {k * ((1 << 61) - 1): 0 for k in range(8)}
    assert decode(encode(colliding)) == colliding
    many = b"\xba\x00\x01\x00\x00" + b"".join(encode(k * ((1 << 61) - 1) % (1 << 64)) + b"\x00" for k in range(8_000))
    with refused(Code.MALFORMED):
        decode(many)


def test_attack_098_node_ids_that_look_alike() -> None:
    for name in ("rs.ilecU", "rs\u2010ilecu", "r\u0455.ilecu", "rs.ilecu\x00", "rs.ilecu\u200b", "RS.ILECU"):
        fields = dict(decode(ENVELOPE.manifest.core_bytes))  # type: ignore[call-overload]  # a core is a map
        fields[4] = name
        payload = encode([encode(fields), [bytes(32)] * 2, [["body", 1, bytes(32)]]])
        raw = sign(SENDER.identity, domains.MESSAGE, NETWORK, payload)
        with refused(Code.MALFORMED):
            parse_envelope(encode([raw, [b"a", b"b"], [b"c"]]))


def test_attack_103_an_unknown_label_in_the_core() -> None:
    fields = dict(decode(ENVELOPE.manifest.core_bytes))  # type: ignore[call-overload]  # a core is a map
    fields[99] = "x"
    raw = sign(
        SENDER.identity, domains.MESSAGE, NETWORK, encode([encode(fields), [bytes(32)] * 2, [["body", 1, bytes(32)]]])
    )
    with refused(Code.UNKNOWN_FIELD):
        parse_envelope(encode([raw, [b"a", b"b"], [b"c"]]))


def test_attack_107_too_large_before_any_cryptography() -> None:
    with refused(Code.TOO_LARGE):
        parse_envelope(bytes(MAX_ENVELOPE + 1))
    crowd: list[Item] = [[f"n{n:04}", n.to_bytes(32, "big"), 1, None, "action"] for n in range(MAX_RECIPIENTS + 1)]
    fields = dict(decode(ENVELOPE.manifest.core_bytes))  # type: ignore[call-overload]  # a core is a map
    fields[5] = crowd
    raw = sign(
        SENDER.identity, domains.MESSAGE, NETWORK, encode([encode(fields), [bytes(32)], [["body", 1, bytes(32)]]])
    )
    with refused(Code.TOO_LARGE):
        parse_envelope(encode([raw, [b"a"], [b"c"]]))


def test_attack_v5_identity_stays_closed_for_a_recipient_without_the_right() -> None:
    to = (Addressee(BELGRADE.node, Mode.ACTION, reads_identity=True), Addressee(SARAJEVO.node, Mode.INFORMATION))
    envelope = send(
        SENDER, BELGRADE, SARAJEVO, to=to, channel="cso", handling=(), urgency=None, identity=(("/name", "X"),)
    )
    opened = SARAJEVO.opens(deliver(envelope, SARAJEVO), SENDER)
    assert opened.identity is None
    assert NodeId("ba.ilecu") == SARAJEVO.node
