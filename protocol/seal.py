"""Seal a cleared draft: from content and keys to an envelope that only its recipients can open.

A message with attachments is sealed in two steps, because their keys depend on its core and its manifest on their
ciphertexts: ``prepare``, then the caller seals each file under ``Prepared.opening``, then ``finish``.
Pure: keys, time and randomness come in as arguments. The library's own randomness (HPKE encapsulation, hedged ML-DSA
signing) stays behind the wrap and signer ports. Bytes: docs/wire.md section 3.9.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from protocol import domains
from protocol.attachments import Attachment, find_attachments, match_attachments
from protocol.core import Core, Recipient, encode_core
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.envelope import BODY, IDENTITY, Envelope, Part, encode_manifest, parse_manifest
from protocol.errors import Code, Fault
from protocol.fields import encode_committed, salt_rows
from protocol.floe import seal as floe_seal
from protocol.ids import NodeId, Reference, StatementId, message_id
from protocol.limits import MAX_PART, MAX_SIGNED
from protocol.padding import pad
from protocol.part_keys import KEY_SIZE, NO_IDENTITY, part_aad, part_key
from protocol.ports import Entropy, IdentitySigner
from protocol.short_reference import reference_rows
from protocol.stages import Addressee, Cleared, Draft, Target
from protocol.suite import SUITE_1
from protocol.wrap import seal_wrap

_RANDOM_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class Issue:
    """The circumstances of sealing: network, time in seconds UTC, and the directory the sender relies on."""

    network: bytes
    at: int
    directory_size: int
    directory_root: bytes


@dataclass(frozen=True, slots=True)
class Prepared:
    """A message whose core, wraps and inline parts are made, while its attachments wait to be sealed.

    It holds the content key: it stays in memory, and is dropped once ``finish`` returned.
    """

    core_bytes: bytes
    network: bytes
    wraps: tuple[bytes, ...]
    contents: tuple[tuple[str, bytes], ...]  # inline ciphertexts by part name
    attachments: tuple[Attachment, ...]
    content_key: bytes = field(repr=False)

    def opening(self, name: str) -> tuple[bytes, bytes]:
        """Return key and additional data under which the attachment ``name`` is sealed."""
        return part_key(self.content_key, self.core_bytes, name), part_aad(self.core_bytes, name)


def seal(
    cleared: Cleared, targets: tuple[Target, ...], issue: Issue, signer: IdentitySigner, entropy: Entropy
) -> Envelope:
    """Return the envelope of a cleared draft without attachments: ``prepare`` and ``finish`` in one step."""
    return finish(prepare(cleared, targets, issue, entropy), (), signer)


def prepare(cleared: Cleared, targets: tuple[Target, ...], issue: Issue, entropy: Entropy) -> Prepared:
    """Return a message to which only its sealed attachments and the signature are missing.

    ``targets`` hold exactly one key per addressee, else NO_VALID_KEY: a message for some of them is another draft.
    Refuses TOO_LARGE content and what ``find_attachments`` refuses. The content key is fresh; once the message is
    finished nobody but the recipients' wraps holds it.
    """
    draft = cleared.draft
    attachments = find_attachments(draft.body)
    ordered = _match_targets(draft, targets)
    body = salt_rows((*draft.body, *reference_rows(draft.reference)), entropy)
    identity = salt_rows(draft.identity, entropy) if draft.identity else ()
    (body_rows, body_root), (identity_rows, identity_root) = encode_committed(body), encode_committed(identity)
    roots = _Roots(body_root, identity_root if identity else None)
    core = _core(cleared, ordered, issue, (roots, Reference(entropy(_RANDOM_SIZE))))
    core_bytes = encode_core(core)
    content_key = entropy(KEY_SIZE)
    identity_key = entropy(KEY_SIZE) if identity else NO_IDENTITY
    contents = [(BODY, _seal_part(content_key, core_bytes, BODY, body_rows, entropy))]
    if identity:
        contents.append((IDENTITY, _seal_part(identity_key, core_bytes, IDENTITY, identity_rows, entropy)))
    wraps = tuple(
        seal_wrap(
            content_key + (identity_key if who.reads_identity else NO_IDENTITY),
            target.public_key,
            target.key_id,
            core_bytes,
            target.node,
        )
        for who, target in ordered
    )
    return Prepared(core_bytes, issue.network, wraps, tuple(contents), attachments, content_key)


def finish(prepared: Prepared, sealed: tuple[Part, ...], signer: IdentitySigner) -> Envelope:
    """Return the envelope, signed by both halves of the sender's identity.

    ``sealed`` are the attachments' parts, one for each that the body tells of, else ATT_MISSING, ATT_LENGTH or
    MALFORMED.
    """
    match_attachments(prepared.attachments, sealed)
    inline = tuple(Part(name, len(raw), hashlib.sha256(raw).digest()) for name, raw in prepared.contents)
    parts = tuple(sorted((*inline, *sealed), key=lambda part: part.name))
    payload = encode_manifest(prepared.core_bytes, prepared.wraps, parts)
    manifest = parse_manifest(payload)  # what no peer would parse is refused here, before it is signed
    signed = parse_signed(sign(signer, domains.MESSAGE, prepared.network, payload), MAX_SIGNED)
    return Envelope(message_id(payload), manifest, signed, prepared.wraps, tuple(raw for _, raw in prepared.contents))


@dataclass(frozen=True, slots=True)
class _Roots:
    body: bytes
    identity: bytes | None


def _match_targets(draft: Draft, targets: tuple[Target, ...]) -> tuple[tuple[Addressee, Target], ...]:
    by_node = {target.node: target for target in targets}
    missing = [who.node for who in draft.to if who.node not in by_node]
    if missing or len(targets) != len(draft.to):
        raise Fault(Code.NO_VALID_KEY, ", ".join(missing))
    return tuple((who, by_node[who.node]) for who in sorted(draft.to, key=lambda who: who.node))


def _core(
    cleared: Cleared, ordered: tuple[tuple[Addressee, Target], ...], issue: Issue, sealing: tuple[_Roots, Reference]
) -> Core:
    draft, (roots, random) = cleared.draft, sealing
    agreements: Mapping[NodeId, StatementId] = dict(cleared.agreements)
    return Core(
        suite=SUITE_1,
        random=random,
        sender=draft.sender,
        to=tuple(
            Recipient(who.node, target.key_id, target.sequence, agreements.get(who.node), who.mode)
            for who, target in ordered
        ),
        channel=draft.channel,
        type=draft.type,
        purpose=draft.purpose,
        conversation=draft.conversation,
        policy=cleared.decision.policy,
        directory_size=issue.directory_size,
        directory_root=issue.directory_root,
        issued_at=issue.at,
        expires_at=issue.at + draft.life,
        body_root=roots.body,
        language=draft.language,
        in_reply_to=draft.in_reply_to,
        urgency=draft.urgency,
        urgency_ground=draft.urgency_ground,
        classification=draft.classification,
        handling=draft.handling,
        person_roles=draft.person_roles,
        data_categories=draft.data_categories,
        erase_by=draft.erase_by,
        consents=draft.consents,
        approvals=draft.approvals,
        identity_root=roots.identity,
    )


def _seal_part(key: bytes, core_bytes: bytes, name: str, rows: bytes, entropy: Entropy) -> bytes:
    sealed = floe_seal(part_key(key, core_bytes, name), part_aad(core_bytes, name), pad(rows), entropy)
    if len(sealed) > MAX_PART:
        raise Fault(Code.TOO_LARGE, name)
    return sealed
