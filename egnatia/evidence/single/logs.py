"""3. The log: a tree of fingerprints whose root the hub signs and independent witnesses sign too.

An entry is in the log if its fingerprint, joined step by step with those of its neighbours, makes the signed root.
"""

import base64
import re
from typing import NamedTuple

from egnatia.evidence.single.codec import Refused, Value, a_list, digest, need, number, sha256, some_bytes
from egnatia.evidence.single.signatures import Keys, classic_holds, lattice_holds

LINE = re.compile("\u2014 ([^\\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")
TEXT = re.compile(r"([!-*,-~]{1,255})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]{44})")
Lines = dict[tuple[str, bytes], bytes]


class Witness(NamedTuple):
    """A witness as the charter names it."""

    name: str
    keys: Keys


class Head(NamedTuple):
    """A log at one size, under the hub's keys; which witnesses signed it too, and when; how many of them are needed."""

    size: int
    root: bytes
    times: dict[str, int]
    quorum: int = 0
    log: Keys | None = None

    def witnessed_at(self) -> int | None:
        """Return when enough witnesses had signed, by their own clocks; None while they had not."""
        return sorted(self.times.values())[self.quorum - 1] if len(self.times) >= self.quorum > 0 else None

    def still_at(self) -> int | None:
        """Return the last time at or after which enough witnesses signed; fewer cannot move it forward."""
        late = sorted(self.times.values(), reverse=True)
        return late[self.quorum - 1] if len(late) >= self.quorum > 0 else None


class Place(NamedTuple):
    """An entry of the log with the way up to the root."""

    entry: bytes
    at: int
    size: int
    way: list[bytes]


def tree_root(hashes: list[bytes]) -> bytes:
    """Return the root over the fingerprints of entries (RFC 6962, section 2.1)."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256()
    half = 1 << (len(hashes) - 1).bit_length() - 1
    return sha256(b"\1", tree_root(hashes[:half]), tree_root(hashes[half:]))


def place_of(value: Value) -> Place:
    """Return a place in the log as it is written."""
    entry, index, size, way = a_list(value, 4)
    return Place(some_bytes(entry), number(index), number(size, 1), [digest(each) for each in a_list(way)])


def check_place(place: Place, root: bytes) -> None:
    """Refuse an entry whose way does not lead to the root."""
    rest = list(place.way)
    made = climb(sha256(b"\0", place.entry), place.at, place.size, rest)
    need(not rest and made == root, "an entry is not in the log that was signed")


def climb(made: bytes, index: int, size: int, rest: list[bytes]) -> bytes:
    """Return the root over an entry, taking the neighbours from ``rest``, the lowest first (RFC 6962, 2.1.1)."""
    need(index < size, "an entry behind the end of the log")
    if size == 1:
        return made
    half = 1 << (size - 1).bit_length() - 1
    inner = climb(made, index, half, rest) if index < half else climb(made, index - half, size - half, rest)
    need(rest, "the way to the root is too short")
    beside = rest.pop(0)
    return sha256(b"\1", inner, beside) if index < half else sha256(b"\1", beside, inner)


def head_of(note: bytes, origin: str, keys: Keys, witnesses: list[Witness]) -> Head:
    """Return the head in a checkpoint after the signatures of the hub and of every witness on it were verified."""
    try:
        front, gap, tail = note.decode().rpartition("\n\n")
    except UnicodeDecodeError as error:
        raise Refused("a checkpoint that is no text") from error
    need(gap and tail.endswith("\n") and not re.search("[\x00-\x09\x0b-\x1f]", front + tail), "form of a checkpoint")
    found = [LINE.fullmatch(each) for each in tail[:-1].split("\n")]
    lines = [(each[1], from_base64(each[2])) for each in found if each is not None]
    known = {(name, raw[:4]): raw[4:] for name, raw in lines}
    need(len(known) == len(found) <= 16 and all(known.values()), "signature lines of a checkpoint")
    parts = TEXT.fullmatch(front)
    if parts is None or parts[1] != origin:
        raise Refused("a checkpoint of another log")
    tree, words = (origin, int(parts[2]), from_base64(parts[3])), (front + "\n").encode()
    signed = known.get((origin, line_id(origin, 1, keys.classic)))
    need(signed is not None and classic_holds(keys.classic, words, signed), "the hub did not sign the checkpoint")
    need(stamp_of(known, origin, keys, tree) is not None, "the hub did not sign the checkpoint with both its keys")
    times = {each.name: cosigned_at(known, each, tree, words) for each in witnesses}
    return Head(tree[1], digest(tree[2]), {name: time for name, time in times.items() if time is not None})


def from_base64(word: str) -> bytes:
    """Return the bytes of base64 in its one spelling."""
    try:
        raw = base64.b64decode(word, validate=True)
    except ValueError as error:
        raise Refused("base64") from error
    need(base64.b64encode(raw).decode() == word, "another spelling of base64")
    return raw


def line_id(name: str, kind: int, key: bytes) -> bytes:
    """Return what a signature line says of its key."""
    return sha256(name.encode(), b"\n", bytes([kind]), key)[:4]


def stamp_of(known: Lines, name: str, keys: Keys, tree: tuple[str, int, bytes]) -> int | None:
    """Return the time of a signer's ML-DSA-44 line; None where there is none; refuse one that does not hold."""
    stamped = known.get((name, line_id(name, 6, keys.lattice)))
    if stamped is None:
        return None
    origin, size, root = tree
    front = bytes([len(name.encode())]) + name.encode() + stamped[:8] + bytes([len(origin)]) + origin.encode()
    message = b"subtree/v1\n\0" + front + bytes(8) + size.to_bytes(8, "big") + root
    need(stamped[0] < 128 and lattice_holds(keys.lattice, message, stamped[8:]), f"a signature of {name} does not hold")
    return int.from_bytes(stamped[:8], "big")


def cosigned_at(known: Lines, witness: Witness, tree: tuple[str, int, bytes], words: bytes) -> int | None:
    """Return when a witness signed; a line of its that does not hold is refused, never overlooked."""
    name, keys = witness
    plain, stamp = known.get((name, line_id(name, 4, keys.classic))), stamp_of(known, name, keys, tree)
    if plain is None and stamp is None:
        return None
    if plain is None or (stamp is None and not tree[0].endswith("/messages")):
        raise Refused(f"half a signature of the witness {name}")
    time = int.from_bytes(plain[:8], "big")
    message = f"cosignature/v1\ntime {time}\n".encode() + words
    need(
        plain[0] < 128 and stamp in (None, time) and classic_holds(keys.classic, message, plain[8:]),
        f"the witness {name} did not sign",
    )
    return time
