"""What a forger does to a bundle: bytes, members and pieces of members, with the digests made anew or not."""

import hashlib
from collections.abc import Iterator
from typing import Any

from protocol.cbor import decode, encode


def pieces_of(raw: bytes) -> tuple[bytes, bytes, list[bytes]]:
    """Return fingerprint, manifest and members of a bundle."""
    fingerprint, manifest, members = decode(raw)  # type: ignore[misc]  # a list of three
    return fingerprint, manifest, list(members)  # type: ignore[return-value,arg-type]  # as a bundle has them


def flipped(raw: bytes, at: int, bit: int = 1) -> bytes:
    """Return bytes with one of them changed."""
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1 :]


def listed_anew(manifest: bytes, members: list[bytes], names: list[str] | None = None) -> bytes:
    """Return a bundle whose list and fingerprint fit these members: what a careful forger hands over."""
    fields: dict[int, Any] = dict(decode(manifest))  # type: ignore[call-overload]  # a map
    known = [row[0] for row in fields[6]] if names is None else names
    fields[6] = [[name, len(raw), hashlib.sha256(raw).digest()] for name, raw in zip(known, members, strict=False)]
    again = encode(fields)
    return encode([hashlib.sha256(again).digest(), again, members])


def members_moved(raw: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the bundle with members dropped, repeated, exchanged and added, with and without another list."""
    fingerprint, manifest, members = pieces_of(raw)
    names = [row[0] for row in decode(manifest)[6]]  # type: ignore[index,call-overload]  # a map
    orders: dict[str, list[int]] = {}
    for at in range(len(members)):
        others = [each for each in range(len(members)) if each != at]
        orders[f"{names[at]} dropped"] = others
        orders[f"{names[at]} twice"] = sorted([*range(len(members)), at])
        orders |= {f"{names[at]} and {names[to]} exchanged": _swapped(len(members), at, to) for to in others if to > at}
    for what, order in orders.items():
        chosen = [members[each] for each in order]
        yield what, encode([fingerprint, manifest, chosen])
        yield f"{what}, listed anew", listed_anew(manifest, chosen, [names[each] for each in order])
    for name in ("note", "message-001", "checkpoint-001", "directory"):
        more = listed_anew(manifest, [*members, b"believe me"], [*names, name])
        yield f"{name} added", more
    yield "a body added", encode([fingerprint, manifest, [*members, b"believe me"]])


def _swapped(count: int, one: int, other: int) -> list[int]:
    order = list(range(count))
    order[one], order[other] = other, one
    return order
