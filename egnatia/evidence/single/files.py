"""5. The file: a list of members with the fingerprint of each, the directory, and the heads of the log."""

import re
from typing import NamedTuple

from egnatia.evidence.single.codec import Refused, a_list, a_map, digest, need, number, read, sha256, some_bytes, text
from egnatia.evidence.single.logs import Head, Place, check_place, head_of
from egnatia.evidence.single.registers import Charter, Directory, follow
from egnatia.evidence.single.signatures import Keys


class File(NamedTuple):
    """What a file holds: the directory followed, every checkpoint verified, the messages not looked at yet."""

    fingerprint: bytes
    charter: bytes
    maker: str
    made: int
    directory: Directory
    register: Head
    heads: dict[int, Head]
    messages: list[bytes]


class Leaf(NamedTuple):
    """An entry of the log of messages: what it stands for, when the hub wrote it, under which directory."""

    kind: int
    digest: bytes
    time: int
    size: int


def open_file(raw: bytes, pin: bytes | None) -> File:
    """Return what a file holds; refuse any byte that nothing vouches for."""
    stated, manifest, bodies = a_list(read(raw), 3)
    listed = some_bytes(manifest)
    need(digest(stated) == sha256(listed), "the fingerprint is not that of the list of members")
    fields = a_map(read(listed), range(1, 7))
    members = [a_list(each, 3) for each in a_list(fields[6])]
    parts = [some_bytes(each) for each in a_list(bodies)]
    need(len(members) == len(parts) >= 4, "a member is missing or was added")
    for (name, length, told), part in zip(members, parts, strict=True):
        need(len(part) == length and sha256(part) == told, f"the member {name} was changed")
    count = sum(text(name).startswith("checkpoint-") for name, _, _ in members)
    names = [f"checkpoint-{at:03}" for at in range(count)]
    names += [f"message-{at:03}" for at in range(len(members) - count - 2)]
    need([name for name, _, _ in members] == ["directory", "directory-checkpoint", *names], "an unknown member")
    need(number(fields[1]) == 1, "another version of these files")
    need(re.fullmatch("[a-z0-9][a-z0-9.-]{0,62}[a-z0-9]", text(fields[4])), "a maker that is no participant")
    charter, network = digest(fields[3]), some_bytes(fields[2], 16)
    need(pin in (None, charter), "the file is of another network than the charter that was given")
    directory = follow([some_bytes(each) for each in a_list(read(parts[0]))], charter)
    need(directory.charters[0].network == network, "the directory of another network")
    last = directory.charters_from(len(directory.hashes) - 1)  # the last entry may be a charter with other keys
    register = signed_head(parts[1], f"{network.hex()}/directory", last)
    need(register.size == len(directory.hashes), "not the directory that was signed")
    directory.check_view(register.size, register.root)
    every = directory.charters_from(1)
    heads = [signed_head(each, f"{network.hex()}/messages", every) for each in parts[2 : 2 + count]]
    sizes = [head.size for head in heads]
    need(sizes == sorted(set(sizes)), "checkpoints out of their order")
    by_size = dict(zip(sizes, heads, strict=True))
    rest = parts[2 + count :]
    return File(digest(stated), charter, text(fields[4]), number(fields[5]), directory, register, by_size, rest)


def signed_head(note: bytes, origin: str, charters: list[Charter]) -> Head:
    """Return a head signed with the keys of the first of the charters, or of one after it that named other keys."""
    tried: list[Keys] = []
    refusal = Refused("no charter")
    for charter in charters:
        if charter.log in tried:
            continue
        tried.append(charter.log)
        try:
            found = head_of(note, origin, charter.log, charter.witnesses)
            return found._replace(quorum=charter.quorum, log=charter.log)
        except Refused as error:
            refusal = error
    raise refusal


def leaf_of(file: File, place: Place, kind: int, name: bytes) -> Leaf:
    """Return an entry of the log after its way to the signed root, its object and its directory were verified."""
    need(place.size in file.heads, "an entry under a checkpoint that is not in the file")
    head = file.heads[place.size]
    check_place(place, head.root)
    said, about, time, size, root = a_list(read(place.entry), 5)
    need((said, about) == (kind, name), "the entry of the log is of something else")
    file.directory.check_view(number(size), digest(root))
    signers = [each.log for each in file.directory.charters_from(number(size))]
    need(head.log in signers, "an entry under keys of the log that had been replaced before it")
    return Leaf(number(said, 1), digest(about), number(time), number(size))
