"""A node with software of its own: it holds real keys and a real certificate, and no gate stands before what it signs.

Two recipients, Skopje and Sarajevo; the sender is Belgrade. Everything but the fault under test is as it should be, so
that the fault is what gets refused.
"""

import hashlib
import itertools
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from keys.directory import Directory
from keys.exchange_files import parse_directory
from keys.identity import PrivateIdentity, private_identity
from protocol import domains
from protocol.attachments import pad_pieces
from protocol.core import Core, Mode, encode_core
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.decision import Decision, Verdict
from protocol.envelope import Envelope, Part, encode_manifest, parse_manifest
from protocol.fields import Field, Row, commit, encode_rows, salt_rows
from protocol.floe import seal as floe_seal
from protocol.floe_stream import StreamSealer
from protocol.ids import Channel, NodeId, Reference, TypeId, message_id
from protocol.limits import MAX_SIGNED
from protocol.padding import pad
from protocol.part_keys import part_aad, part_key
from protocol.parts import PartList, PartListBuilder
from protocol.seal import Issue, Prepared, finish, prepare
from protocol.stages import Addressee, Cleared, Draft, Target
from protocol.wrap import seal_wrap
from tests.e2e.door import Door, Reply, open_door, secrets_of
from tests.e2e.network import Network

POLICE: Final = Channel("police")
BELGRADE: Final = NodeId("rs.ilecu")
VICTIMS: Final = (NodeId("ba.ilecu"), NodeId("mk.ilecu"))  # in the order of every list of recipients
ROWS: Final[tuple[Field, ...]] = (("/facts", "x"), ("/query", "vehicle"))
SECRET: Final = b"a content key that is known".ljust(32, b".")
OTHER: Final = b"another content key for Skopje".ljust(32, b".")


@dataclass
class MaliciousSender:
    """Seals and hands in messages in Belgrade's name; ``numbers`` count on over all of them."""

    door: Door
    identity: PrivateIdentity
    directory: Directory
    numbers: Any = field(default_factory=lambda: itertools.count(1))

    @classmethod
    def of(cls, network: Network, folder: Path) -> "MaliciousSender":
        """Take Belgrade's keystore; its own node must not run."""
        seeds = secrets_of(network, "belgrade").identity
        assert seeds is not None
        directory = parse_directory((network.folder / "network.directory").read_bytes()).directory
        return cls(open_door(network, folder, "belgrade"), private_identity(seeds), directory)

    def prepared(self, body: Sequence[Field] | None = None, sequence: int | None = None) -> Prepared:
        """Return an honest message up to its signature; ``body`` replaces the rows of its document."""
        now, number = int(time.time()), next(self.numbers) if sequence is None else sequence
        policy = self.directory.policy()
        assert policy is not None
        agreements = []
        targets = []
        for node in VICTIMS:
            key = self.directory.recipient_key(node, POLICE, now)
            assert key is not None
            targets.append(Target(node, key.key_id, key.public_key, number))
            (agreement, *_) = self.directory.agreements_between(BELGRADE, node, POLICE, now)
            agreements.append((node, agreement.id))
        cleared = Cleared(self._draft(body), Decision(Verdict.ALLOW, policy.active), tuple(agreements))
        issue = Issue(self.directory.network_id, now, self.directory.size, self.directory.root)
        return prepare(cleared, tuple(targets), issue, os.urandom)

    def _draft(self, body: Sequence[Field] | None) -> Draft:
        return Draft(
            sender=BELGRADE,
            to=tuple(Addressee(node, Mode.ACTION) for node in VICTIMS),
            channel=POLICE,
            type=TypeId("MT-01/1"),
            purpose="investigate",
            conversation=Reference(os.urandom(16)),
            language="sr-Cyrl",
            classification="BPL",
            handling=("H0",),
            life=86_400,
            body=ROWS if body is None else tuple(body),
        )

    def honest(self, sequence: int | None = None) -> Envelope:
        """Return a message with nothing wrong about it."""
        return finish(self.prepared(sequence=sequence), (), self.identity)

    def core(self) -> Core:
        """Return the core of an honest message, to build another one around it."""
        return parse_manifest(self.honest().signed.payload).core

    def handmade(self, plaintext: bytes, rows: Sequence[Row] = ()) -> Envelope:
        """Return a message whose body is any bytes, under a commitment to ``rows``; everything else is right."""
        core = replace(self.core(), body_root=commit(tuple(rows) or self.salted()), random=Reference(os.urandom(16)))
        core_bytes = encode_core(core)
        body = floe_seal(part_key(SECRET, core_bytes, "body"), part_aad(core_bytes, "body"), plaintext, os.urandom)
        return self.signed(core_bytes, [SECRET] * len(VICTIMS), body)

    def salted(self) -> tuple[Row, ...]:
        """Return honest rows with their salts."""
        return salt_rows(ROWS, os.urandom)

    def signed(self, core_bytes: bytes, secrets: Sequence[bytes], body: bytes, about: bytes | None = None) -> Envelope:
        """Return the message with a wrap of one secret for each recipient; ``about`` is what the wraps are bound to."""
        wraps = []
        for node, secret in zip(VICTIMS, secrets, strict=True):
            key = self.directory.recipient_key(node, POLICE, int(time.time()))
            assert key is not None
            bound = core_bytes if about is None else about
            wraps.append(seal_wrap(secret + bytes(32), key.public_key, key.key_id, bound, node))
        return self.bound(core_bytes, tuple(wraps), body)

    def bound(self, core_bytes: bytes, wraps: tuple[bytes, ...], body: bytes) -> Envelope:
        """Sign core, wraps and body as they are."""
        part = Part("body", len(body), hashlib.sha256(body).digest())
        payload = encode_manifest(core_bytes, wraps, (part,))
        raw = sign(self.identity, domains.MESSAGE, self.directory.network_id, payload)
        manifest = parse_manifest(payload)
        return Envelope(message_id(payload), manifest, parse_signed(raw, MAX_SIGNED), wraps, (body,))

    def submit(self, envelope: Envelope, raw: bytes | None = None) -> Reply:
        """Hand a message in, or other bytes under its id."""
        body = envelope.encode() if raw is None else raw
        return self.door.ask("PUT", f"/v1/envelopes/{envelope.id.hex()}", body)


def padded_rows(rows: Sequence[Row]) -> bytes:
    """Return the plaintext of a part."""
    return pad(encode_rows(tuple(rows)))


@dataclass(frozen=True)
class SentFile:
    """A sealed file and the message that names it."""

    envelope: Envelope
    list: PartList
    ciphertext: bytes


def with_file(sender: MaliciousSender, content: bytes, **lies: Any) -> SentFile:
    """Return a message with one file; ``lies`` replace what its rows tell of it (``size``, ``sha256``, ``name``)."""
    told = {
        "part": "att-00",
        "name": "plates.bin",
        "media_type": "application/octet-stream",
        "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
    }
    rows = [(f"/attachments/0/{name}", value) for name, value in (told | lies).items()]
    prepared = sender.prepared([*ROWS, *rows])
    sealer = StreamSealer(*prepared.opening("att-00"), os.urandom)
    pieces = [sealer.header, *map(sealer.update, pad_pieces([content], len(content))), sealer.finish()]
    builder = PartListBuilder()
    for piece in pieces:
        builder.update(piece)
    listed = builder.finish("att-00")
    return SentFile(finish(prepared, (listed.part,), sender.identity), listed, b"".join(pieces))
