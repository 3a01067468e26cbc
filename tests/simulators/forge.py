"""Messages that no gate of ours would let out: sealed as other software might, or put together by an attacker."""

import hashlib
from collections.abc import Sequence

from protocol import domains
from protocol.core import Mode, encode_core
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.decision import Decision, Verdict
from protocol.envelope import Delivery, Envelope, Part, encode_delivery, encode_manifest, parse_manifest
from protocol.fields import commit, encode_rows, salt_rows
from protocol.floe import seal as floe_seal
from protocol.ids import MessageId, PolicyDigest, Reference, TypeId, message_id
from protocol.limits import MAX_SIGNED
from protocol.padding import pad
from protocol.part_keys import part_aad, part_key
from protocol.seal import Issue, seal
from protocol.stages import Addressee, Cleared, Draft, Target
from protocol.wrap import seal_wrap
from tests.simulators.hub import PACKAGED_DIGEST
from tests.simulators.network import Member, identity_of
from tests.simulators.node import MK, POLICE, RS, TestWorld
from tests.simulators.party import CountingEntropy

SECRET = b"content key of an attack".ljust(32, b".")


def seal_raw(world: TestWorld, sequence: int = 1, **changes: object) -> Envelope:
    """Seal a message as a node with other software would: no gate, any document."""
    network, now = world.network, world.clock()
    fields: dict[str, object] = {
        "sender": MK.node,
        "to": (Addressee(RS.node, Mode.ACTION),),
        "channel": POLICE,
        "type": TypeId("MT-01/1"),
        "purpose": "investigate",
        "conversation": Reference(b"c" * 16),
        "language": "en",
        "life": 86_400,
        "body": (("/query", "vehicle"),),
    }
    draft = Draft(**(fields | changes))  # type: ignore[arg-type]  # a test's shorthand
    key = network.directory.recipient_key(RS.node, POLICE, now)
    assert key is not None
    agreement = network.agreements[MK.node, RS.node, POLICE]
    decision = Decision(Verdict.ALLOW, PolicyDigest(PACKAGED_DIGEST))
    target = Target(RS.node, key.key_id, key.public_key, sequence)
    issue = Issue(network.network_id, now, network.directory.size, network.directory.root)
    entropy = CountingEntropy(f"raw {sequence} {sorted(changes)}")
    return seal(
        Cleared(draft, decision, ((RS.node, agreement),)), (target,), issue, network.nodes[MK.node].identity, entropy
    )


def handmade(world: TestWorld, sequence: int, plaintext: bytes, root: bytes | None = None) -> Envelope:
    """Return a properly signed and wrapped message whose body is any bytes, under a commitment to other ones."""
    template = seal_raw(world, sequence)
    core = template.manifest.core
    rows = salt_rows((("/query", "vehicle"),), CountingEntropy("rows"))
    changed = _with(core, body_root=root or commit(rows), random=Reference(hashlib.sha256(plaintext).digest()[:16]))
    core_bytes = encode_core(changed)
    key = part_key(SECRET, core_bytes, "body")
    body = floe_seal(key, part_aad(core_bytes, "body"), plaintext, CountingEntropy("handmade"))
    target = world.network.directory.find_key(core.to[0].key_id)
    assert target is not None
    wrap = seal_wrap(SECRET + bytes(32), target.public_key, target.key_id, core_bytes, RS.node)
    return signed_by(world, MK, core_bytes, (wrap,), (body,))


def signed_by(
    world: TestWorld, member: Member, core_bytes: bytes, wraps: Sequence[bytes], contents: Sequence[bytes]
) -> Envelope:
    """Return the envelope that ``member`` signs over these pieces."""
    parts = tuple(Part("body", len(each), hashlib.sha256(each).digest()) for each in contents)
    payload = encode_manifest(core_bytes, tuple(wraps), parts)
    raw = sign(identity_of(member.name), domains.MESSAGE, world.network.network_id, payload)
    signed = parse_signed(raw, MAX_SIGNED)
    return Envelope(message_id(payload), parse_manifest(payload), signed, tuple(wraps), tuple(contents))


def rows_of(body: tuple[tuple[str, object], ...]) -> bytes:
    """Return a padded body of rows."""
    return pad(encode_rows(salt_rows(body, CountingEntropy("rows"))))  # type: ignore[arg-type]  # a test's shorthand


def delivered(envelope: Envelope, index: int = 0) -> bytes:
    """Return what a hub hands out for one wrap of an envelope."""
    return encode_delivery(envelope.signed.raw, index, envelope.wraps[index], envelope.contents)


def rewrapped(delivery: Delivery, wrap: bytes) -> bytes:
    """Return a delivery with another wrap under the same signature."""
    return encode_delivery(delivery.signed.raw, delivery.index, wrap, delivery.contents)


def _with(core: object, **changes: object) -> object:
    from dataclasses import replace

    return replace(core, **changes)  # type: ignore[type-var]


def digest_of(envelope: Envelope) -> MessageId:
    """Return the id under which a hub would log it."""
    return envelope.id
