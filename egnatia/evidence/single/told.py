"""6. What the file proves, message by message, and how it is told.

The status is 0 where everything holds, 4 where it holds but no charter was given to compare, 3 where the witnesses are
missing, 1 where something does not hold, 2 where the file cannot be read.
"""

import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from egnatia.evidence.single.codec import (
    Refused,
    Value,
    a_list,
    a_map,
    digest,
    need,
    number,
    read,
    sha256,
    some_bytes,
    text,
    write,
)
from egnatia.evidence.single.files import File, Leaf, leaf_of, open_file
from egnatia.evidence.single.logs import Place, place_of
from egnatia.evidence.single.registers import Directory
from egnatia.evidence.single.signatures import Keys, check_signature, take_apart

A_MESSAGE, A_RECEIPT, NEVER_HANDED_OUT = 1, 2, 8
HANDED_OVER, OPENED, FAILED, SENT_BACK = 1, 2, 3, 4
RANK = {FAILED: 0, HANDED_OVER: 1, OPENED: 2, SENT_BACK: 2}  # a recipient never takes back what it said
WORDS = {1: "handed over", 2: "opened by a person", 3: "could not be opened", 4: "sent back"}
SKEW = 300  # seconds by which a sender's clock may be ahead
LAST = 253_402_300_799  # the last second of the year 9999
INLINE = ("body", "identity")


class Event(NamedTuple):
    """What a recipient signed, when by its own clock, and when the hub logged it."""

    event: int
    node: str
    at: int
    held: bool
    logged: int


class Unserved(NamedTuple):
    """A recipient that was never handed the message, as the hub logged: until when it lay there, and when it did."""

    node: str
    ended: int
    logged: int


class Told(NamedTuple):
    """A message of which everything holds, with every place in the log that was verified."""

    id: bytes
    sender: str
    label: str
    to: list[str]
    type: str
    channel: str
    events: list[Event]
    rows: list[tuple[str, Value]]
    places: list[tuple[Place, Leaf]]
    signers: list[tuple[str, Keys]]
    unserved: list[Unserved]


def verify(raw: bytes, pin: bytes | None) -> tuple[File, list[Told]]:
    """Return what a file proves; refuse one in which anything does not hold, or that lacks what has to be there."""
    try:
        file = open_file(raw, pin)
        told = [prove(file, each) for each in file.messages]
    except (ArithmeticError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise Refused("a part of another form") from error
    check_log(file, told)
    return file, told


def check_log(file: File, told: list[Told]) -> None:
    """Refuse a log that goes back, and places that are told twice, out of order, or of nothing."""
    first = [each.places[0][0].at for each in told]
    need(first == sorted(set(first)), "messages out of the order of the log")
    places = sorted((place for each in told for place in each.places), key=lambda each: each[0].at)
    need({place.size for place, _ in places} == set(file.heads), "a checkpoint that nothing refers to")
    need(len({place.at for place, _ in places}) == len(places), "one entry of the log for two things")
    for (_, one), (_, other) in pairwise(places):
        need(one.time <= other.time and one.size <= other.size, "the log goes back in time")


def prove(file: File, raw: bytes) -> Told:
    """Return what is proved of one message."""
    member = a_map(read(raw), (1, 2, 3), (4, 5, 6, 7))
    payload, signature = take_apart(some_bytes(member[1]))
    place, name, directory = place_of(member[2]), sha256(payload), file.directory
    leaf = leaf_of(file, place, A_MESSAGE, name)
    inner, hashes, parts = a_list(read(payload), 3)
    core = a_map(read(some_bytes(inner)), (*range(1, 10), 17, *range(21, 27)), range(10, 28))
    directory.check_view(number(core[22], 1), digest(core[23]))
    sender, channel = text(core[4]), text(core[6])
    signer = directory.signer(sender, leaf.size, leaf.time)
    check_signature(payload, signature, signer.keys, "message", directory.charters[0].network)
    need(number(core[24]) <= leaf.time + SKEW, "the message is younger than its entry in the log")
    need(leaf.time < number(core[25]), "the message had expired when it was logged")
    to = [a_list(each, 5) for each in a_list(core[5])]
    for each in to:
        check_window(directory, digest(each[1]), (text(each[0]), channel), leaf)
    nodes = [text(each[0]) for each in to]
    check_sealed(member, [digest(each) for each in a_list(hashes)], [a_list(each, 3) for each in a_list(parts)])
    events, places = events_of(file, [a_list(each, 2) for each in a_list(member[3])], nodes, (name, place))
    rows = rows_of(member[6], {"body": core[26], "identity": core.get(27)}) if 6 in member else []
    signers = [(sender, signer.keys)]
    for event, (_, at) in zip(events, places, strict=True):
        signers.append((event.node, directory.signer(event.node, at.size, at.time).keys))
    silent = {node for node in nodes if not any(event.node == node for event in events)}
    unserved, further = (
        unserved_of(file, member[7], silent, (name, place, [channel, core[25]])) if 7 in member else ([], [])
    )
    label, type_, all_ = signer.label, text(core[7]), [(place, leaf), *places, *further]
    return Told(name, sender, label, nodes, type_, channel, events, rows, all_, signers, unserved)


def witnessed(file: File, told: list[Told]) -> bool:
    """Tell whether nothing rests on the word of the hub's operator.

    Witnesses have to have seen every message, and the directory at or after that moment with the keys still in force:
    so nobody, the operator included, can make a key good that had been revoked.
    """
    since, seen = file.register.still_at(), [head.witnessed_at() for head in file.heads.values()]
    if since is None or any(each is None or since < each for each in seen):
        return False
    last = {node: standings[-1] for node, standings in file.directory.nodes.items()}
    signers = [signer for each in told for signer in each.signers]
    return all(not last[node].revoked and last[node].keys == keys for node, keys in signers)


def check_window(directory: Directory, key: bytes, owner: tuple[str, str], leaf: Leaf) -> None:
    """Refuse a recipient key that was not this node's in this channel, not yet or no longer in force."""
    window = directory.windows.get(key)
    if window is None or window.since > leaf.size:
        raise Refused("a recipient key that is not in the directory")
    need(window.ended is None or leaf.size < window.ended, f"a key of {owner[0]} had been revoked")
    need((window.node, window.channel) == owner, "a recipient key of somebody else")
    need(window.start <= leaf.time < window.end, f"a key of {owner[0]} outside of its week")


def check_sealed(member: dict[int, Value], hashes: list[bytes], parts: list[list[Value]]) -> None:
    """Refuse ciphertext that is not the one that was signed."""
    if 4 in member:
        found = [(len(some_bytes(each)), sha256(some_bytes(each))) for each in a_list(member[4])]
        need(found == [(length, told) for name, length, told in parts if name in INLINE], "ciphertext nobody signed")
    if 5 in member:
        wraps = [a_list(each, 2) for each in a_list(member[5])]
        order = [number(at) for at, _ in wraps]
        need(order and order == sorted(set(order)) and order[-1] < len(hashes), "wraps out of their order")
        need(all(sha256(some_bytes(wrap)) == hashes[number(at)] for at, wrap in wraps), "a wrap that nobody signed")


def rows_of(shown: Value, committed: dict[str, Value]) -> list[tuple[str, Value]]:
    """Return the rows that are shown, after verifying that the sender wrote exactly these; the others stay hidden."""
    found: list[tuple[str, Value]] = []
    parts = [text(a_list(each, 2)[0]) for each in a_list(shown)]
    need(parts, "an empty list of rows")
    need(parts == sorted(set(parts)) and set(parts) <= set(INLINE), "parts that a message does not have")
    for each in a_list(shown):
        part, slots = a_list(each, 2)
        rows = [a_list(slot, 3) for slot in a_list(slots) if not isinstance(slot, bytes)]
        hashes = [slot if isinstance(slot, bytes) else sha256(b"\0xb/1 field", write(slot)) for slot in a_list(slots)]
        commitment = sha256(b"\1xb/1 fields", write(list(hashes)))
        need(commitment == committed[text(part)], "rows that the sender did not write")
        paths = [text(path) for salt, path, _ in rows if some_bytes(salt, 16)]
        need(paths and paths == sorted(set(paths)), "rows out of their order, or none")
        found += [(text(path), value) for _, path, value in rows]
    return found


def events_of(
    file: File, receipts: list[list[Value]], to: list[str], about: tuple[bytes, Place]
) -> tuple[list[Event], list[tuple[Place, Leaf]]]:
    """Return what recipients signed, in the order of the log, and the places; refuse what takes something back."""
    found: list[Event] = []
    places: list[tuple[Place, Leaf]] = []
    name, last = about
    for raw, written in receipts:
        payload, signature = take_apart(some_bytes(raw))
        fields = a_map(read(payload), (1, 2, 3, 4, 5), (10,))
        place = place_of(written)
        leaf = leaf_of(file, place, A_RECEIPT, sha256(payload))
        event, node, held = number(fields[1], 1), text(fields[3]), fields[5]
        need(event in RANK and fields[2] == name and node in to, "a receipt of another message or node")
        need(isinstance(held, bool) and (10 not in fields or (event == HANDED_OVER and held)), "form of a receipt")
        keys = file.directory.signer(node, leaf.size, leaf.time).keys
        check_signature(payload, signature, keys, "evidence", file.directory.charters[0].network)
        before = [RANK[each.event] for each in found if each.node == node]
        need(place.at > last.at, "receipts out of the order of the log")
        need(RANK[event] >= max(before, default=0), "a receipt that takes something back")
        found.append(Event(event, node, number(fields[4]), held is True, leaf.time))
        places.append((place, leaf))
        last = place
    return found, places


def unserved_of(
    file: File, records: Value, silent: set[str], about: tuple[bytes, Place, list[Value]]
) -> tuple[list[Unserved], list[tuple[Place, Leaf]]]:
    """Return to whom the hub never handed the message, and the places; refuse one that spoke, or a life not over."""
    found: list[Unserved] = []
    places: list[tuple[Place, Leaf]] = []
    name, last, own = about
    need(a_list(records), "an empty list of records")
    for each in a_list(records):
        raw, written = a_list(each, 2)
        message, node, channel, at, ended = a_list(read(some_bytes(raw)), 5)
        place = place_of(written)
        leaf = leaf_of(file, place, NEVER_HANDED_OUT, sha256(some_bytes(raw)))
        need(message == name and [channel, ended] == own and number(at, 1), "a record of another message")
        need(text(node) in silent, "a recipient that confirmed, or is none, and was never handed the message")
        need(leaf.time >= number(ended), "a record from before the end of the message's life")
        need(place.at > last.at, "records out of the order of the log")
        silent = silent - {text(node)}
        found.append(Unserved(text(node), number(ended), leaf.time))
        places.append((place, leaf))
        last = place
    return found, places


def when(time: int) -> str:
    """Return a time in words, in universal time, or as its seconds where somebody states one that no calendar has."""
    if time > LAST:
        return f"{time} seconds after the start of 1970"
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def tell(file: File, messages: list[Told], *, anchored: bool) -> list[str]:
    """Return what the file proves, line by line."""
    lines = [f"Fingerprint of the file: {file.fingerprint.hex()}", f"Charter: {file.charter.hex()}"]
    if not anchored:
        lines.append("NOT COMPARED: you gave no charter. All below holds only if the charter named above is genuine.")
    for head in (file.register, *file.heads.values()):
        who = ", ".join(f"{name} ({when(time)})" for name, time in sorted(head.times.items())) or "nobody"
        lines.append(f"Log of {head.size} entries, witnessed by {who}; needed: {head.quorum}.")
    for each in messages:
        place, leaf = each.places[0]
        lines += ["", f"Message {each.id.hex()}", f"  sent by {each.sender} ({each.label}), type {each.type}"]
        lines.append(f"  logged {when(leaf.time)} as entry {place.at}, channel {each.channel}")
        for one in each.events:
            held = ", held there by a rule" if one.held else ""
            lines.append(f"  {one.node}: {WORDS[one.event]}{held} {when(one.at)}, logged {when(one.logged)}")
        lines += [
            f"  {one.node}: never fetched before {when(one.ended)}, as the hub logged {when(one.logged)}"
            for one in each.unserved
        ]
        handed = [one.node for one in each.events if one.event == HANDED_OVER]
        lines += [f"  {node}: NO evidence of a hand-over in this file" for node in each.to if node not in handed]
        lines += [f"  shown: {path} = {value}" for path, value in each.rows]
    lines += ["", f"Put together by {file.maker} on {when(file.made)} (they say; nothing proves it)."]
    return [plain(each) for each in lines]


def plain(line: str) -> str:
    """Return a line that a terminal shows as one line: what others wrote draws none that looks like the verdict."""
    return "".join(each if each.isprintable() else "\ufffd" for each in line)


def main(arguments: list[str]) -> int:
    """Verify a file and print what it proves."""
    try:
        raw, *pin = [Path(arguments[0]).read_bytes(), *(bytes.fromhex(each) for each in arguments[1:2])]
    except (IndexError, OSError, ValueError):
        sys.stderr.write("usage: python verify_evidence.py FILE [DIGEST OF THE CHARTER]\n")
        return 2
    try:
        file, messages = verify(raw, pin[0] if pin else None)
    except Refused as refusal:
        sys.stdout.write(plain(f"DOES NOT HOLD: {refusal}.") + "\n")
        return 1
    sys.stdout.write("\n".join(tell(file, messages, anchored=bool(pin))) + "\n")
    if not witnessed(file, messages):
        sys.stdout.write("COMPLETE, NOT YET WITNESSED: part of it rests on the word of the hub's operator alone.\n")
        return 3
    if not pin:
        sys.stdout.write("HOLDS, CHARTER NOT COMPARED: anybody can found a network and write such a file.\n")
        return 4
    sys.stdout.write("EVERYTHING HOLDS.\n")
    return 0
