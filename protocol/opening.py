"""Open a delivery: verify everything the sender signed, then decrypt and recompute the field commitment.

Specified in docs/wire.md section 3.8.
"""

from dataclasses import dataclass

from protocol import domains
from protocol.attachments import OpenAttachment, find_attachments, match_attachments
from protocol.cose import verify
from protocol.envelope import BODY, IDENTITY, Delivery, Manifest
from protocol.errors import Code, Fault
from protocol.fields import Row, parse_committed
from protocol.floe import open_
from protocol.ids import NodeId
from protocol.padding import unpad
from protocol.part_keys import KEY_SIZE, NO_IDENTITY, part_aad, part_key
from protocol.ports import IdentityPublic, Unwrapper
from protocol.short_reference import find_reference
from protocol.stages import Opened
from protocol.suite import check_suite
from protocol.wrap import parse_wrap, wrap_info


@dataclass(frozen=True, slots=True)
class Reader:
    """Who opens: the node, its network, the network's minimum suite, and the keys it still holds."""

    node: NodeId
    network: bytes
    minimum_suite: int
    keys: Unwrapper


def open_delivery(delivery: Delivery, sender: IdentityPublic, reader: Reader) -> Opened:
    """Return the message in ``delivery``.

    ``sender`` is the identity that the directory shows for the core's sender at the leaf's directory size; finding it
    is the caller's step. In this order: (1) suite, (2) both signatures, (3) this node is the addressee of this wrap,
    (4) the wrap opens, (5) every part opens under its committed key, (6) padding, (7) rows, (8) field commitment, (9)
    the attachments that the body tells of are those that the manifest names. Their ciphertexts are not needed here.
    Bounds, canonical form and the hashes of wrap and parts were checked by ``parse_delivery``.
    NOT here: expiry, replay, sequence, recipient keys' validity, policy. They belong to the gateway.
    """
    core = delivery.manifest.core
    check_suite(core.suite, reader.minimum_suite)
    verify(delivery.signed, sender, domains.MESSAGE, reader.network)
    me = core.recipient(reader.node)
    if me is None or core.to[delivery.index].node != reader.node:
        raise Fault(Code.NOT_A_RECIPIENT)
    wrap = parse_wrap(delivery.wrap)
    if wrap.key_id != me.key_id:
        raise Fault(Code.WRAP_HASH, "wrap is for another key than the core names")
    info = wrap_info(delivery.manifest.core_bytes, reader.node, wrap.protected)
    secret = reader.keys.unwrap(wrap.key_id, wrap.enc + wrap.ciphertext, info)
    if len(secret) != 2 * KEY_SIZE:
        raise Fault(Code.WRAP_DECRYPT)
    return _open_parts(delivery, secret[:KEY_SIZE], secret[KEY_SIZE:])


def _open_parts(delivery: Delivery, content_key: bytes, identity_key: bytes) -> Opened:
    manifest = delivery.manifest
    inline = [part.name for part in manifest.parts if part.inline]
    sealed = dict(zip(inline, delivery.contents, strict=True))
    keys = {BODY: part_key(content_key, manifest.core_bytes, BODY)}
    identity: tuple[Row, ...] | None = None
    body = parse_committed(_open_part(manifest, BODY, keys[BODY], sealed[BODY]), manifest.core.body_root)
    root = manifest.core.identity_root
    if root is not None and identity_key != NO_IDENTITY:
        keys[IDENTITY] = part_key(identity_key, manifest.core_bytes, IDENTITY)
        identity = parse_committed(_open_part(manifest, IDENTITY, keys[IDENTITY], sealed[IDENTITY]), root)
    find_reference(body)  # one that no person could read out is refused
    attachments = _attachments(manifest, body, content_key)
    keys.update((each.part.name, each.opening[0]) for each in attachments)
    return Opened(delivery.id, manifest.core, body, identity, tuple(sorted(keys.items())), attachments)


def _attachments(manifest: Manifest, body: tuple[Row, ...], content_key: bytes) -> tuple[OpenAttachment, ...]:
    told = find_attachments((row.path, row.value) for row in body)
    core = manifest.core_bytes
    return tuple(
        OpenAttachment(part, about, (part_key(content_key, core, part.name), part_aad(core, part.name)))
        for about, part in match_attachments(told, manifest.parts)
    )


def _open_part(manifest: Manifest, name: str, key: bytes, sealed: bytes) -> bytes:
    return unpad(open_(key, part_aad(manifest.core_bytes, name), sealed))
