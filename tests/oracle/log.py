"""Trees, notes, checkpoints and cosignatures: docs/wire.md section 5."""

import base64
import binascii
from dataclasses import dataclass

from tests.oracle.codec import Refused
from tests.oracle.shape import need
from tests.oracle.signed import sha256, verify_ed25519, verify_ml_dsa

MAX_CHECKPOINT = 65536
MAX_LINES = 16
MAX_PROOF = 63
MAX_SIZE = 2**63 - 1
LOG_ED25519, WITNESS_ED25519, ML_DSA_44 = b"\1", b"\4", b"\6"
HASH = 32


@dataclass(frozen=True)
class Keys:
    """The name and both keys of a log or a witness."""

    name: str
    ed25519: bytes
    ml_dsa_44: bytes


@dataclass(frozen=True)
class Line:
    """A signature line of a note."""

    name: str
    key_hash: bytes
    signature: bytes


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint of the right form."""

    text: bytes
    origin: str
    size: int
    root: bytes
    lines: list[Line]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of an entry."""
    return sha256(b"\0", entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two subtrees."""
    return sha256(b"\1", left, right)


def tree_root(hashes: list[bytes]) -> bytes:
    """Return the root over leaf hashes."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    split = 1 << ((len(hashes) - 1).bit_length() - 1)
    return node_hash(tree_root(hashes[:split]), tree_root(hashes[split:]))


def verify_inclusion(leaf: bytes, place: tuple[int, int], root: bytes, proof: list[bytes]) -> None:
    """Refuse a path that does not lead from the leaf at index (of size) to the root, RFC 9162 section 2.1.3.2."""
    index, size = place
    need(index < size and len(proof) <= MAX_PROOF, "BAD_INCLUSION")
    need(all(len(item) == HASH for item in [leaf, root, *proof]), "BAD_INCLUSION")
    at, last, made = index, size - 1, leaf
    for item in proof:
        need(last > 0, "BAD_INCLUSION")
        if at & 1 or at == last:
            made = node_hash(item, made)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            made = node_hash(made, item)
        at, last = at >> 1, last >> 1
    need(last == 0 and made == root, "BAD_INCLUSION")


def verify_consistency(sizes: tuple[int, int], roots: tuple[bytes, bytes], proof: list[bytes]) -> None:
    """Refuse a proof that does not show the second tree as a continuation, RFC 9162 section 2.1.4.2."""
    first, second = sizes
    need(0 < first <= second and len(proof) <= MAX_PROOF, "BAD_CONSISTENCY")
    need(all(len(item) == HASH for item in [*roots, *proof]), "BAD_CONSISTENCY")
    if first == second:
        need(not proof and roots[0] == roots[1], "BAD_CONSISTENCY")
        return
    need(bool(proof), "BAD_CONSISTENCY")
    path = [roots[0], *proof] if first & (first - 1) == 0 else proof
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for item in path[1:]:
        need(last > 0, "BAD_CONSISTENCY")
        if at & 1 or at == last:
            old, new = node_hash(item, old), node_hash(item, new)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, item)
        at, last = at >> 1, last >> 1
    need(last == 0 and old == roots[0] and new == roots[1], "BAD_CONSISTENCY")


def unbase64(word: str) -> bytes:
    """Return the bytes of canonical base64."""
    try:
        raw = base64.b64decode(word, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("BAD_CHECKPOINT") from error
    need(base64.b64encode(raw).decode() == word, "BAD_CHECKPOINT")
    return raw


def parse_note(data: bytes) -> tuple[bytes, list[Line]]:
    """Return text and signature lines of a note."""
    need(len(data) <= MAX_CHECKPOINT, "BAD_CHECKPOINT")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused("BAD_CHECKPOINT") from error
    need(all(char == "\n" or char >= " " for char in whole), "BAD_CHECKPOINT")
    front, gap, tail = whole.rpartition("\n\n")
    need(gap != "" and front != "" and tail.endswith("\n"), "BAD_CHECKPOINT")
    lines = [parse_line(line) for line in tail[:-1].split("\n")]
    need(1 <= len(lines) <= MAX_LINES, "BAD_CHECKPOINT")
    need(len({(line.name, line.key_hash) for line in lines}) == len(lines), "BAD_CHECKPOINT")
    return (front + "\n").encode(), lines


def parse_line(line: str) -> Line:
    """Return one signature line."""
    need(line.startswith("\u2014 ") and line.count(" ") == 2, "BAD_CHECKPOINT")
    _, name, word = line.split(" ")
    need(1 <= len(name.encode()) <= 255 and "+" not in name, "BAD_CHECKPOINT")
    need(not any(char.isspace() for char in name), "BAD_CHECKPOINT")
    raw = unbase64(word)
    need(len(raw) > 4, "BAD_CHECKPOINT")
    return Line(name, raw[:4], raw[4:])


def parse_checkpoint(data: bytes) -> Checkpoint:
    """Return the parts of a checkpoint; nobody's signature was verified."""
    text, lines = parse_note(data)
    rows = text.decode().split("\n")
    need(len(rows) == 4, "BAD_CHECKPOINT")
    origin, number, word, _ = rows
    need(1 <= len(origin) <= 255 and all("!" <= char <= "~" and char != "+" for char in origin), "BAD_CHECKPOINT")
    need(1 <= len(number) <= 19 and number.isascii() and number.isdigit(), "BAD_CHECKPOINT")
    need(str(int(number)) == number and int(number) <= MAX_SIZE, "BAD_CHECKPOINT")
    root = unbase64(word)
    need(len(root) == HASH, "BAD_CHECKPOINT")
    need(int(number) > 0 or root == sha256(), "BAD_CHECKPOINT")
    return Checkpoint(text, origin, int(number), root, lines)


def find_line(checkpoint: Checkpoint, keys: Keys, kind: bytes, key: bytes) -> bytes | None:
    """Return the signature bytes of a key, where its line is there."""
    key_hash = sha256(keys.name.encode(), b"\n", kind, key)[:4]
    for line in checkpoint.lines:
        if (line.name, line.key_hash) == (keys.name, key_hash):
            return line.signature
    return None


def subtree_message(checkpoint: Checkpoint, name: str, time: bytes) -> bytes:
    """Return what an ML-DSA-44 key signs."""
    signer, origin = name.encode(), checkpoint.origin.encode()
    front = b"subtree/v1\n\0" + bytes([len(signer)]) + signer + time + bytes([len(origin)]) + origin
    return front + bytes(8) + checkpoint.size.to_bytes(8, "big") + checkpoint.root


def verify_checkpoint(data: bytes, keys: Keys) -> tuple[Checkpoint, int]:
    """Return a checkpoint that both keys of its log signed, and the time that the log states."""
    checkpoint = parse_checkpoint(data)
    need(checkpoint.origin == keys.name, "BAD_CHECKPOINT")
    classical = find_line(checkpoint, keys, LOG_ED25519, keys.ed25519)
    lattice = find_line(checkpoint, keys, ML_DSA_44, keys.ml_dsa_44)
    if classical is None or lattice is None:
        raise Refused("MISSING_SIGNATURE")
    need(verify_ed25519(keys.ed25519, checkpoint.text, classical), "BAD_SIGNATURE")
    need(verify_stamped(checkpoint, keys, lattice), "BAD_SIGNATURE")
    return checkpoint, int.from_bytes(lattice[:8], "big")


def verify_stamped(checkpoint: Checkpoint, keys: Keys, stamped: bytes) -> bool:
    """Tell whether time and ML-DSA-44 signature fit."""
    if len(stamped) < 8 or int.from_bytes(stamped[:8], "big") > MAX_SIZE:
        return False
    return verify_ml_dsa(keys.ml_dsa_44, subtree_message(checkpoint, keys.name, stamped[:8]), stamped[8:])


def verify_witnesses(checkpoint: Checkpoint, witnesses: list[Keys], quorum: int) -> None:
    """Refuse a wrong cosignature of a witness, then too few of them."""
    need(quorum > 0, "QUORUM")
    found = sum(counts(checkpoint, witness) for witness in witnesses)
    need(found >= quorum, "QUORUM")


def counts(checkpoint: Checkpoint, witness: Keys) -> bool:
    """Tell whether a witness cosigned: with both keys at one time, or in a message log with Ed25519 at least."""
    classical = find_line(checkpoint, witness, WITNESS_ED25519, witness.ed25519)
    lattice = find_line(checkpoint, witness, ML_DSA_44, witness.ml_dsa_44)
    if classical is None and lattice is None:
        return False
    one_is_enough = checkpoint.origin.endswith("/messages")
    if classical is None or (lattice is None and not one_is_enough):
        raise Refused("BAD_COSIGNATURE")
    need(lattice is None or lattice[:8] == classical[:8], "BAD_COSIGNATURE")
    time = int.from_bytes(classical[:8], "big")
    message = b"cosignature/v1\ntime %d\n" % time + checkpoint.text
    need(verify_ed25519(witness.ed25519, message, classical[8:]), "BAD_COSIGNATURE")
    need(lattice is None or verify_stamped(checkpoint, witness, lattice), "BAD_COSIGNATURE")
    return True
