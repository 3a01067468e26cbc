"""Merkle proofs and checkpoints."""

from dataclasses import replace

from protocol.checkpoint import Checkpoint, checkpoint_text, mldsa44_line, sign_checkpoint
from protocol.cosignature import cosign
from protocol.errors import Code
from protocol.merkle import EMPTY_ROOT, Frontier, consistency_proof, inclusion_proof, leaf_hash, root_at
from protocol.note import ED25519_NOTE, Note, NoteLine, encode_note, note_key_id, parse_note
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import NETWORK, NOW, Cast, drawn

ORIGIN = f"{NETWORK.hex()}/messages"
DIRECTORY = f"{NETWORK.hex()}/directory"
LEAVES = [leaf_hash(f"leaf {number}".encode()) for number in range(200)]


class Tree:
    """All complete subtrees over ``leaves``."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.nodes: dict[tuple[int, int], bytes] = {}
        frontier = Frontier()
        for leaf in leaves:
            frontier, fresh = frontier.append(leaf)
            self.nodes |= {(level, index): node for level, index, node in fresh}

    def get(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]


TREE = Tree(LEAVES)


def inclusion_cases(_: Cast) -> list[Case]:
    out = Cases("merkle-inclusion")
    for index, size in (
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 3),
        (0, 7),
        (6, 7),
        (3, 8),
        (7, 8),
        (8, 9),
        (99, 100),
        (128, 200),
        (199, 200),
    ):
        proof = list(inclusion_proof(index, size, TREE.get))
        root = root_at(size, TREE.get)
        out.good(
            f"leaf-{index}-of-{size}", "a proof", leaf=LEAVES[index], index=index, size=size, root=root, proof=proof
        )
    proof = list(inclusion_proof(4, 7, TREE.get))
    base = {"leaf": LEAVES[4], "index": 4, "size": 7, "root": root_at(7, TREE.get), "proof": proof}
    flipped = bytes([proof[1][0] ^ 1]) + proof[1][1:]
    for name, comment, change in (
        ("other-leaf", "the hash of another leaf", {"leaf": LEAVES[5]}),
        ("other-index", "the place of another leaf", {"index": 5}),
        ("index-at-the-size", "a place beyond the tree", {"index": 7}),
        ("other-size-smaller", "the size of a smaller tree", {"size": 6}),
        ("other-size-larger", "the size of a larger tree", {"size": 9}),
        ("other-root", "the root of another tree", {"root": root_at(8, TREE.get)}),
        ("root-short", "a root of 31 bytes", {"root": base["root"][:-1]}),  # type: ignore[index]  # bytes
        ("leaf-short", "a leaf hash of 31 bytes", {"leaf": LEAVES[4][:-1]}),
        ("proof-empty", "no hash at all", {"proof": []}),
        ("proof-cut", "the last hash is missing", {"proof": proof[:-1]}),
        ("proof-without-first", "the first hash is missing", {"proof": proof[1:]}),
        ("proof-longer", "a hash more", {"proof": [*proof, drawn("more")]}),
        ("proof-swapped", "two hashes changed places", {"proof": [proof[1], proof[0], *proof[2:]]}),
        ("proof-changed", "one bit of a hash is another", {"proof": [proof[0], flipped, *proof[2:]]}),
        ("hash-short", "a hash of 31 bytes", {"proof": [proof[0][:-1], *proof[1:]]}),
        ("proof-of-64", "more hashes than any tree has levels", {"proof": [drawn("level", n) for n in range(66)]}),
    ):
        out.bad(Code.BAD_INCLUSION, name, comment, **(base | change))  # type: ignore[arg-type]  # a shorthand
    entry = leaf_hash(b"leaf 0")
    empty = {"leaf": entry, "index": 0, "size": 0, "root": EMPTY_ROOT, "proof": []}
    out.bad(Code.BAD_INCLUSION, "empty-tree", "nothing stands in an empty tree", **empty)  # type: ignore[arg-type]
    inner = {"leaf": root_at(2, TREE.get), "index": 0, "size": 2, "root": root_at(4, TREE.get)}
    out.good(
        "inner-node",
        "arithmetic alone cannot tell a leaf's hash from an inner node's; entries are hashed with 00 first",
        **inner,
        proof=[TREE.get(1, 1)],
    )  # type: ignore[arg-type]
    return out.found


def consistency_cases(_: Cast) -> list[Case]:
    out = Cases("merkle-consistency")

    def fields(first: int, second: int) -> dict[str, object]:
        proof = list(consistency_proof(first, second, TREE.get))
        roots = {"root1": root_at(first, TREE.get), "root2": root_at(second, TREE.get)}
        return {"first": first, "second": second, **roots, "proof": proof}

    for first, second in (
        (1, 1),
        (1, 2),
        (2, 3),
        (3, 7),
        (4, 7),
        (6, 8),
        (7, 7),
        (8, 9),
        (100, 101),
        (127, 128),
        (128, 200),
        (199, 200),
    ):
        out.good(f"{first}-to-{second}", "a proof", **fields(first, second))  # type: ignore[arg-type]
    base = fields(6, 8)
    proof: list[bytes] = base["proof"]  # type: ignore[assignment]
    other = drawn("other root")
    for name, comment, change in (
        ("from-empty", "from an empty tree there is nothing to prove", {"first": 0, "root1": EMPTY_ROOT, "proof": []}),
        (
            "both-empty",
            "nothing to prove at all",
            {"first": 0, "second": 0, "root1": EMPTY_ROOT, "root2": EMPTY_ROOT, "proof": []},
        ),
        ("shrinks", "the new tree is smaller", {"first": 8, "second": 6}),
        ("other-old-root", "the root of another old tree", {"root1": other}),
        ("other-new-root", "the root of another new tree", {"root2": other}),
        ("roots-swapped", "old and new root changed places", {"root1": base["root2"], "root2": base["root1"]}),
        ("same-size-other-root", "two trees of one size", {"first": 8, "root1": other, "proof": []}),
        ("same-size-with-proof", "one size needs no hash", {"first": 8, "root1": base["root2"]}),
        ("other-old-size", "the size of another old tree", {"first": 5}),
        ("other-new-size", "the size of another new tree", {"second": 9}),
        ("proof-empty", "no hash at all", {"proof": []}),
        ("proof-cut", "the last hash is missing", {"proof": proof[:-1]}),
        ("proof-longer", "a hash more", {"proof": [*proof, other]}),
        ("proof-changed", "one hash is another", {"proof": [other, *proof[1:]]}),
        ("hash-short", "a hash of 31 bytes", {"proof": [proof[0][:-1], *proof[1:]]}),
        ("root-short", "a root of 31 bytes", {"root2": other[:-1]}),
    ):
        out.bad(Code.BAD_CONSISTENCY, name, comment, **(base | change))  # type: ignore[arg-type]
    return out.found


def checkpoint_cases(cast: Cast) -> list[Case]:
    head = Checkpoint(ORIGIN, 200, root_at(200, TREE.get))
    good = sign_checkpoint(cast.log, head, NOW)
    keys = {"log_ed25519": cast.log.keys.ed25519, "log_mldsa44": cast.log.keys.mldsa44}
    out = Cases("checkpoint", note=good, origin=ORIGIN, **keys)
    out.good("signed", "both signatures of the log", size=200, root=head.root, time=NOW)
    out.good(
        "empty-tree",
        "the checkpoint of an empty log",
        note=sign_checkpoint(cast.log, Checkpoint(ORIGIN, 0, EMPTY_ROOT), NOW),
    )
    stranger = NoteLine("somebody.example/else", b"1234", b"s" * 68)
    note = parse_note(good)
    more = encode_note(Note(note.text, (*note.lines, stranger)))
    out.good("unknown-line", "a line of an unknown key is ignored", note=more)
    _texts(out, cast, head)
    _lines(out, cast, good, head)
    _witnesses(out, cast, good, head)
    return out.found


def _resigned(cast: Cast, text: bytes, head: Checkpoint) -> bytes:
    line = NoteLine(ORIGIN, note_key_id(ORIGIN, ED25519_NOTE, cast.log.keys.ed25519), cast.log.sign_ed25519(text))
    return encode_note(Note(text, (line, mldsa44_line(cast.log, ORIGIN, head, NOW))))


def _texts(out: Cases, cast: Cast, head: Checkpoint) -> None:
    origin, size, root, _ = checkpoint_text(head).split(b"\n")
    for name, comment, text in (
        ("extension-line", "a fourth line", [origin, size, root, b"more"]),
        ("size-leading-zero", "a size that begins with 0", [origin, b"0200", root]),
        ("size-negative", "a size below zero", [origin, b"-1", root]),
        ("size-plus", "a size with its sign", [origin, b"+200", root]),
        ("size-too-large", "a size beyond 2^63 - 1", [origin, b"9223372036854775808", root]),
        ("root-short", "a root of 30 bytes", [origin, size, b"A" * 40]),
        ("root-unpadded", "base64 without its padding", [origin, size, root.rstrip(b"=")]),
        (
            "root-other-spelling",
            "base64 with other bits at its end",
            [origin, size, root[:-2] + bytes([root[-2] + 1]) + b"="],
        ),
        ("root-of-empty-tree", "a size of 0 with another root", [origin, b"0", root]),
        ("origin-space", "a space in an origin", [origin + b" x", size, root]),
        ("two-lines", "no root at all", [origin, size]),
    ):
        wrong = b"\n".join(text) + b"\n"
        out.bad(Code.BAD_CHECKPOINT, name, comment, note=_resigned(cast, wrong, head))
    out.bad(Code.BAD_CHECKPOINT, "other-origin", "a checkpoint of another log", origin=f"{NETWORK.hex()}/directory")


def _lines(out: Cases, cast: Cast, good: bytes, head: Checkpoint) -> None:
    note = parse_note(good)
    plain, stamped = note.lines

    def bad(code: Code, name: str, comment: str, *lines: NoteLine) -> None:
        out.bad(code, name, comment, note=encode_note(Note(note.text, lines)))

    def turned(line: NoteLine, at: int) -> NoteLine:
        raw = bytearray(line.signature)
        raw[at] ^= 1
        return replace(line, signature=bytes(raw))

    bad(Code.MISSING_SIGNATURE, "ed25519-only", "the ML-DSA-44 line is missing", plain)
    bad(Code.MISSING_SIGNATURE, "mldsa44-only", "the Ed25519 line is missing", stamped)
    bad(Code.BAD_SIGNATURE, "ed25519-changed", "one bit of the Ed25519 line is another", turned(plain, 5), stamped)
    bad(Code.BAD_SIGNATURE, "mldsa44-changed", "one bit of the ML-DSA-44 line is another", plain, turned(stamped, 50))
    bad(Code.BAD_SIGNATURE, "time-changed", "the time of the ML-DSA-44 line is another", plain, turned(stamped, 7))
    bad(
        Code.BAD_SIGNATURE,
        "time-beyond",
        "a time beyond 2^63 - 1",
        plain,
        replace(stamped, signature=b"\xff" + stamped.signature[1:]),
    )
    bad(
        Code.BAD_SIGNATURE,
        "mldsa44-cut",
        "the ML-DSA-44 line is cut",
        plain,
        replace(stamped, signature=stamped.signature[:-1]),
    )
    bad(Code.BAD_CHECKPOINT, "line-twice", "two lines of one key", plain, plain, stamped)
    many = [NoteLine("w.example", bytes([0, 0, 0, number]), b"x") for number in range(15)]
    bad(Code.BAD_CHECKPOINT, "seventeen-lines", "a line too many", plain, stamped, *many)
    moved = sign_checkpoint(cast.log, replace(head, size=201), NOW)
    out.bad(
        Code.BAD_SIGNATURE,
        "other-tree",
        "the signatures of another tree",
        note=good.split(b"\n\n")[0] + b"\n\n" + moved.split(b"\n\n", 1)[1],
    )
    for name, comment, raw in (
        ("no-last-newline", "the last newline is missing", good[:-1]),
        ("no-gap", "no empty line before the signatures", good.replace(b"\n\n", b"\n")),
        ("carriage-return", "a carriage return", good.replace(b"\n", b"\r\n")),
        ("hyphen", "a hyphen instead of an em dash", good.replace("\u2014".encode(), b"-")),
        ("trailing-line", "a line after the signatures", good + b"more\n"),
        ("base64-unpadded", "a signature without its padding", good[:-2] + b"\n"),
        ("not-utf-8", "a byte that no UTF-8 has", good.replace("\u2014".encode(), b"\xff", 1)),
        ("no-signature", "no line at all", good.split(b"\n\n")[0] + b"\n\n"),
        ("empty", "no byte at all", b""),
        ("too-large", "more than 65536 bytes", good + b"\xe2\x80\x94 x " + b"A" * 65_536 + b"\n"),
    ):
        out.bad(Code.BAD_CHECKPOINT, name, comment, note=raw)


def _witnesses(out: Cases, cast: Cast, good: bytes, head: Checkpoint) -> None:
    note = parse_note(good)
    names = [f"witness-{at}" for at in range(4)]
    pairs = [cosign(signer, name, head, NOW + 5) for signer, name in zip(cast.witnesses, names, strict=True)]
    known = {
        "witness": names,
        "witness_ed25519": [each.keys.ed25519 for each in cast.witnesses],
        "witness_mldsa44": [each.keys.mldsa44 for each in cast.witnesses],
    }

    def noted(*lines: NoteLine) -> bytes:
        return encode_note(Note(note.text, (*note.lines, *lines)))

    three = noted(*pairs[0], *pairs[1], *pairs[3])
    out.good("quorum", "three of four witnesses", note=three, quorum=3, **known)  # type: ignore[arg-type]
    out.bad(Code.QUORUM, "quorum-missed", "two of three witnesses", note=noted(*pairs[0], *pairs[1]), quorum=3, **known)  # type: ignore[arg-type]
    out.bad(Code.QUORUM, "quorum-0", "a quorum of nobody witnesses nothing", note=three, quorum=0, **known)  # type: ignore[arg-type]
    out.bad(
        Code.QUORUM,
        "same-witness-twice",
        "one witness under two names counts once",
        note=noted(*pairs[0]),
        quorum=2,
        **known,
    )  # type: ignore[arg-type]
    half = {"note": _half_of_directory(cast, replace(head, origin=DIRECTORY)), "origin": DIRECTORY, "quorum": 2}
    out.bad(
        Code.BAD_COSIGNATURE,
        "witness-half-ed25519",
        "the ML-DSA-44 line of a witness of the directory log is missing",
        **half,  # type: ignore[arg-type]
        **known,  # type: ignore[arg-type]
    )
    for name, comment, lines in (
        ("half-mldsa44", "the Ed25519 line of a witness is missing", (pairs[0][1], *pairs[1], *pairs[2])),
        (
            "two-times",
            "the two lines of a witness differ in time",
            (pairs[0][0], cosign(cast.witnesses[0], names[0], head, NOW + 6)[1], *pairs[1], *pairs[2]),
        ),
        (
            "other-tree",
            "a witness's lines are of another tree",
            (*cosign(cast.witnesses[0], names[0], replace(head, size=199), NOW + 5), *pairs[1], *pairs[2]),
        ),
    ):
        out.bad(Code.BAD_COSIGNATURE, f"witness-{name}", comment, note=noted(*lines), quorum=2, **known)  # type: ignore[arg-type]


def _half_of_directory(cast: Cast, head: Checkpoint) -> bytes:
    note = parse_note(sign_checkpoint(cast.log, head, NOW))
    first, second = (cosign(cast.witnesses[at], f"witness-{at}", head, NOW + 5) for at in range(2))
    return encode_note(Note(note.text, (*note.lines, first[0], *second)))
