"""Evidence bundles: one that holds, one that waits for witnesses, and files with one defect each."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from protocol import domains
from protocol.cbor import Item, decode, encode
from protocol.checkpoint import Checkpoint, sign_checkpoint, verify_head
from protocol.core import encode_core, parse_core
from protocol.cose import parse as parse_signed
from protocol.cose import sign
from protocol.cosignature import add_cosignatures, cosign
from protocol.envelope import parse_manifest
from protocol.errors import Code
from protocol.evidence import Inclusion, parse_receipt
from protocol.evidence_bundle import EvidenceBundle, encode_evidence_bundle
from protocol.evidence_told import LoggedReceipt, LoggedUnserved, ToldMessage
from protocol.ids import NodeId
from protocol.leaf import payload_digest
from protocol.limits import MAX_SIGNED
from protocol.merkle import inclusion_proof, leaf_hash, root_at, root_from
from protocol.unserved import Unserved, parse_unserved
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn
from tests.make_vectors.directory_cases import Founded
from tests.make_vectors.log_cases import DIRECTORY, ORIGIN, Tree
from tests.make_vectors.message import core_map, recipient

AWAKE = (0, 1)
WRAP = drawn("bundle wrap", size=300)
BODY = drawn("bundle body", size=330)
Change = Callable[[dict[int, Any], list[Any]], object]


@dataclass
class Story:
    """One message that was logged and handed over, in a network of two; ``told`` is what its log says."""

    cast: Cast
    founded: Founded
    entries: list[bytes]
    awake: tuple[int, ...] = AWAKE
    network: bytes = NETWORK
    register_at: int = 115  # when the first witness saw the directory, after all of them saw the message
    ends: int | None = None  # seconds after which the message's life is over
    leaves: list[bytes] = field(default_factory=list)

    def leaf(self, kind: int, digest: bytes, at: int, **changes: Item) -> int:
        """Append a leaf at a time under the whole directory; ``changes`` say otherwise."""
        root = root_from([leaf_hash(each) for each in self.entries])
        fields: dict[str, Item] = {"time": NOW + at, "size": len(self.entries), "root": root}
        self.leaves.append(encode([kind, digest, *(fields | changes).values()]))
        return len(self.leaves) - 1

    def place(self, index: int) -> Inclusion:
        size = len(self.leaves)
        tree = Tree([leaf_hash(each) for each in self.leaves])
        return Inclusion(self.leaves[index], index, size, inclusion_proof(index, size, tree.get))

    def checkpoint(self, origin: str, entries: list[bytes], since: int = 110) -> bytes:
        """Return the hub's checkpoint, cosigned by the witnesses that are awake, a second apart."""
        tree = Tree([leaf_hash(each) for each in entries])
        head = Checkpoint(origin, len(entries), root_at(len(entries), tree.get))
        signed = verify_head(sign_checkpoint(self.cast.log, head, NOW + 100), origin, self.cast.log.keys)
        lines = [
            line
            for at in self.awake
            for line in cosign(self.cast.witnesses[at], f"witness-{at}", head, NOW + since + at)
        ]
        return add_cosignatures(signed, lines) if lines else sign_checkpoint(self.cast.log, head, NOW + 100)

    def message(self) -> tuple[bytes, bytes]:
        """Return the signed manifest and its id."""
        root = root_from([leaf_hash(each) for each in self.founded.entries])
        to = [recipient(self.cast, "rs.contact")]
        ends: dict[str, Item] = {} if self.ends is None else {"_25": NOW + self.ends}
        core = encode(core_map(self.cast, _5=to, _22=len(self.founded.entries), _23=root, **ends))
        assert encode_core(parse_core(core)) == core
        parts: list[Item] = [["body", len(BODY), hashlib.sha256(BODY).digest()]]
        payload = encode([core, [hashlib.sha256(WRAP).digest()], parts])
        return sign(self.cast.sender, domains.MESSAGE, self.network, payload), payload_digest(payload)

    def receipt(self, message: bytes, event: int, at: int) -> bytes:
        body: dict[int, Item] = {1: event, 2: message, 3: "rs.contact", 4: NOW + at, 5: False}
        return sign(self.cast.rs_signer, domains.EVIDENCE, NETWORK, encode(body))

    def record(self, about: bytes, **changes: Item) -> Unserved:
        """Return what the hub says of the recipient, the first item of its mailbox; ``changes`` say otherwise."""
        fields: dict[str, Item] = {"message": about, "recipient": "rs.contact", "channel": "police", "number": 1}
        return parse_unserved(encode(list((fields | {"end": NOW} | changes).values())))

    def bundle(
        self, *events: int, unserved: Sequence[tuple[dict[str, Item], int]] = (), **leaf: Item
    ) -> EvidenceBundle:
        """Return the bundle after these events; ``leaf`` changes the message's leaf, ``unserved`` adds records."""
        raw, message = self.message()
        self.leaf(2, drawn("another's evidence"), 5)
        at = self.leaf(1, message, 10, **leaf)
        made = [self.receipt(message, event, 60 * number) for number, event in enumerate(events, 1)]
        logged = [(each, self.leaf(2, parse_receipt(each).id, 60 * number)) for number, each in enumerate(made, 1)]
        records = [(self.record(message, **changes), at_) for changes, at_ in unserved]
        placed = [(each, self.leaf(8, payload_digest(each.encode()), at_)) for each, at_ in records]
        signed = parse_signed(raw, MAX_SIGNED)
        told = ToldMessage(
            signed=signed,
            manifest=parse_manifest(signed.payload),
            logged=self.place(at),
            receipts=tuple(LoggedReceipt(parse_receipt(each), self.place(index)) for each, index in logged),
            unserved=tuple(LoggedUnserved(each, self.place(index)) for each, index in placed),
        )
        return EvidenceBundle(
            network=NETWORK,
            charter=self.founded.pin,
            maker=NodeId("mk.contact"),
            made_at=NOW + 120,
            directory=tuple(self.entries),
            directory_checkpoint=self.checkpoint(DIRECTORY, self.entries, self.register_at),
            checkpoints=(self.checkpoint(ORIGIN, self.leaves),),
            messages=(told,),
        )


def bundle_cases(cast: Cast) -> list[Case]:
    founded = Founded(cast)
    good = Story(cast, founded, founded.entries).bundle(1, 2)
    raw, message = encode_evidence_bundle(good), good.messages[0].id
    print_ = hashlib.sha256(decode(raw)[1]).digest()  # type: ignore[index,call-overload,arg-type]  # a list
    out = Cases("bundle", bundle=raw, pin=founded.pin)
    out.good(
        "verified",
        "a message that was logged, handed over and opened, under two witnesses",
        fingerprint=print_,
        verdict="verified",
        message=[message],
    )
    waiting = Story(cast, founded, founded.entries, awake=(0,)).bundle(1)
    out.good(
        "not-yet-witnessed",
        "one of two witnesses: complete, and a verdict of its own",
        bundle=encode_evidence_bundle(waiting),
        verdict="complete-not-yet-witnessed",
        message=[message],
    )
    _files(out, raw)
    _claims(out, cast, founded, good)
    early = Story(cast, founded, founded.entries, register_at=110).bundle(1)
    out.good(
        "directory-seen-too-early",
        "one of the two witnesses signed the directory before both had seen the message",
        bundle=encode_evidence_bundle(early),
        verdict="complete-not-yet-witnessed",
        message=[message],
    )
    return out.found


def _files(out: Cases, raw: bytes) -> None:
    """Add files that are no bundle, whatever they would prove."""
    fingerprint, manifest, members = decode(raw)  # type: ignore[misc]  # a list

    def bad(code: Code, name: str, comment: str, *pieces: Item) -> None:
        out.bad(code, name, comment, bundle=encode(list(pieces)))

    flipped = [*members[:3], members[3][:-1] + bytes([members[3][-1] ^ 1])]
    out.bad(Code.MALFORMED, "trailing-byte", "a byte follows", bundle=raw + b"\x00")
    bad(Code.BAD_EVIDENCE, "member-changed", "one bit of a member", fingerprint, manifest, flipped)
    bad(Code.BAD_EVIDENCE, "member-dropped", "the last member is missing", fingerprint, manifest, members[:-1])

    def listed(code: Code, name: str, comment: str, change: Change) -> None:
        fields, bodies = dict(decode(manifest)), list(members)  # type: ignore[call-overload]  # a map
        fields[6] = [list(each) for each in fields[6]]
        change(fields, bodies)
        for row, body in zip(fields[6], bodies, strict=True):
            row[1:] = [len(body), hashlib.sha256(body).digest()]
        again = encode(fields)
        bad(code, name, comment, hashlib.sha256(again).digest(), again, bodies)

    def more(fields: dict[int, Any], bodies: list[Any]) -> None:
        fields[6].append(["note", 1, b""])
        bodies.append(b"believe me")

    listed(Code.UNKNOWN_FIELD, "member-more", "a member that nobody signed, listed with its digest", more)
    listed(Code.UNKNOWN_SUITE, "version-2", "a version to come", lambda fields, _: fields.update({1: 2}))
    listed(
        Code.UNKNOWN_FIELD,
        "members-exchanged",
        "two members changed places",
        lambda fields, bodies: (fields[6].insert(0, fields[6].pop(1)), bodies.insert(0, bodies.pop(1))),
    )


def _claims(out: Cases, cast: Cast, founded: Founded, good: EvidenceBundle) -> None:
    """Add files of the right form that prove nothing."""

    def bad(code: Code, name: str, comment: str, bundle: EvidenceBundle) -> None:
        out.bad(code, name, comment, bundle=encode_evidence_bundle(bundle))

    out.bad(Code.ROOT_MISMATCH, "other-pin", "the reader knows another charter", pin=drawn("pin"))
    shorter = replace(good, directory=good.directory[:-1])
    bad(Code.SPLIT_VIEW, "entry-dropped", "an entry of the directory is missing", shorter)
    bad(
        Code.BAD_COSIGNATURE,
        "half-a-cosignature",
        "a witness's line without its Ed25519 half",
        replace(good, checkpoints=(_without_plain(good.checkpoints[0]),)),
    )
    told = good.messages[0]
    way = (*told.logged.proof[1:], told.logged.proof[0])
    moved = replace(told, logged=replace(told.logged, proof=way))
    bad(Code.BAD_INCLUSION, "way-exchanged", "two hashes changed places", replace(good, messages=(moved,)))
    other = Story(cast, founded, founded.entries, network=bytes(16))
    bad(Code.BAD_SIGNATURE, "other-network", "a message signed for another network", other.bundle(1))
    back = Story(cast, founded, founded.entries).bundle(1, 3)
    bad(Code.BAD_EVIDENCE, "taken-back", "a failure after the hand-over", back)
    gone = founded.signed(founded.payload("revocation", {1: "mk.contact", 3: 0, 4: []}), cast.sender)
    revoked = Story(cast, founded, [*founded.entries, gone])
    bad(Code.KEY_REVOKED, "key-revoked-before", "the sender's keys had been revoked at the leaf", revoked.bundle(1))
    lower = Story(cast, founded, [*founded.entries, gone]).bundle(1, size=len(founded.entries))
    bad(Code.SPLIT_VIEW, "leaf-of-another-directory", "a lower size with the root of the whole", lower)


def _without_plain(note: bytes) -> bytes:
    """Return a checkpoint without the first line of the first witness."""
    lines = note.split(b"\n")
    first = next(at for at, line in enumerate(lines) if b" witness-0 " in line)
    return b"\n".join([*lines[:first], *lines[first + 1 :]])
