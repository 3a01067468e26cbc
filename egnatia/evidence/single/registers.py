"""4. The directory: who is who, from the charter on, entry by entry, each signed by those who may say so.

Only what bears on keys is followed: charters, enrolments, keys, revocations, suspensions, recoveries and changes of
identity. Other entries count in the root, which the log names with every message, and say nothing about who signed.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from egnatia.evidence.single.codec import (
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
from egnatia.evidence.single.logs import Witness, tree_root
from egnatia.evidence.single.signatures import SIZE_44, Keys, Signature, check_signature, keys_of, kid

CHARTER, ENROLMENT, KEYS, REVOCATION, SUSPENSION, RECOVERY, IDENTITY = 0, 1, 2, 5, 6, 7, 12
SHORT = 72 * 3600  # seconds for which one registrar alone may suspend, and the pause before he may again
Fields = dict[int, Value]


class Charter(NamedTuple):
    """What the charter says about keys."""

    network: bytes
    hub: Keys
    log: Keys
    registrars: list[Keys]
    threshold: int
    witnesses: list[Witness]
    quorum: int
    since: int = 1


class Standing(NamedTuple):
    """A node from one size of the directory on."""

    since: int
    label: str
    keys: Keys
    revoked: bool = False
    suspensions: tuple[int | None, ...] = ()
    short_until: int | None = None

    def suspended(self, time: int) -> bool:
        """Tell whether a suspension holds at a time."""
        return any(until is None or time < until for until in self.suspensions)


@dataclass
class Window:
    """One recipient key: whose, in which channel, when it may be used, and from which sizes it stands."""

    node: str
    channel: str
    start: int
    end: int
    since: int
    ended: int | None = None


@dataclass
class Directory:
    """The directory at every size up to its last entry."""

    charters: list[Charter] = field(default_factory=list)
    nodes: dict[str, list[Standing]] = field(default_factory=dict)
    windows: dict[bytes, Window] = field(default_factory=dict)
    gathered: dict[bytes, set[bytes]] = field(default_factory=dict)
    done: set[bytes] = field(default_factory=set)
    hashes: list[bytes] = field(default_factory=list)

    def check_view(self, size: int, root: bytes) -> None:
        """Refuse a directory of this size that has another root."""
        same = size <= len(self.hashes) and tree_root(self.hashes[:size]) == root
        need(same, "another directory than the one shown")

    def charters_from(self, size: int) -> list[Charter]:
        """Return the charters that were in force at a size or later, the newest first."""
        began = max(each.since for each in self.charters if each.since <= max(1, size))
        return [each for each in reversed(self.charters) if each.since >= began]

    def signer(self, node: str, size: int, time: int) -> Standing:
        """Return a node that could sign at a size of the directory and a time; refuse any other."""
        found = [each for each in self.nodes.get(node, []) if each.since <= size]
        need(found, f"{node} was not in the directory")
        need(not found[-1].revoked, f"the keys of {node} had been revoked")
        need(not found[-1].suspended(time), f"{node} was suspended")
        return found[-1]


def charter_of(body: Value) -> Charter:
    """Return what a charter says about keys."""
    fields = a_map(body, {*range(1, 16)} - {5}, (5, *range(16, 32)))
    rows = [a_list(each, 3) for each in a_list(fields[12])]
    return Charter(
        network=some_bytes(fields[2], 16),
        hub=keys_of(fields[6]),
        log=keys_of(fields[7], SIZE_44),
        registrars=[keys_of(each) for each in a_list(fields[10])],
        threshold=number(fields[11], 2),
        witnesses=[Witness(text(name), keys_of([one, other], SIZE_44)) for name, one, other in rows],
        quorum=number(fields[13], 2),
    )


def follow(entries: list[bytes], pin: bytes) -> Directory:
    """Return the directory that the entries make; the first is the charter with this digest, signed by everybody."""
    directory = Directory()
    for raw in entries:
        payload, signers = a_list(read(raw), 2)
        statement = some_bytes(payload)
        kind, body = a_list(read(statement), 2)
        rows = [a_list(each, 4) for each in a_list(signers)]
        found = [Signature((digest(a), digest(c)), some_bytes(b), some_bytes(d)) for a, b, c, d in rows]
        if not directory.charters:
            need(kind == CHARTER and sha256(statement) == pin, "another charter")
            charter = charter_of(body)
            everybody = [*charter.registrars, charter.hub]
            signed = signed_by(found, everybody, statement, charter.network)
            need(signed == {kid(each) for each in everybody}, "a charter that not all of them signed")
            directory.charters.append(charter)
            directory.done.add(sha256(statement))
        elif kind in (CHARTER, ENROLMENT, KEYS, REVOCATION, SUSPENSION, RECOVERY, IDENTITY):
            take_entry(directory, (number(kind), body), statement, found)
        directory.hashes.append(sha256(b"\0", raw))
    return directory


def signed_by(found: list[Signature], may: list[Keys], payload: bytes, network: bytes) -> set[bytes]:
    """Return who signed; refuse anybody who may not, and any signature that does not hold."""
    known = {kid(each): each for each in may}
    for each in found:
        need(each.ids[0] in known, "an entry of the directory by somebody who has no say in it")
        check_signature(payload, each, known[each.ids[0]], "statement", network)
    return {each.ids[0] for each in found}


def take_entry(directory: Directory, said: tuple[int, Value], payload: bytes, found: list[Signature]) -> None:
    """Take one more entry; it acts once enough of those who have a say signed it."""
    name, (kind, body) = sha256(payload), said
    need(name not in directory.done, "a statement that is in force already")
    charter = directory.charters[-1]
    node, new = who_signs(directory, kind, body)
    registrars = charter.registrars if kind not in (KEYS, IDENTITY) else []
    signers = signed_by(found, [*registrars, *node, *new], payload, charter.network)
    proved = name in directory.gathered or {kid(each) for each in new} <= signers
    need(proved, "nobody proved that he holds the new keys")
    together = directory.gathered[name] = signers | directory.gathered.get(name, set())
    enough = len({kid(each) for each in registrars} & together) >= registrars_needed(directory, kind, body)
    if enough or (node and {kid(each) for each in node} <= together):
        directory.done.add(name)
        act_on(directory, kind, body, len(directory.hashes) + 1)


def who_signs(directory: Directory, kind: int, body: Value) -> tuple[list[Keys], list[Keys]]:
    """Return the node's keys where it has a say of its own, and the new keys that must sign for themselves."""
    if kind == CHARTER:
        old, new = directory.charters[-1], charter_of(body)
        need(new.network == old.network, "a charter of another network")
        fresh = [each for each in new.registrars if each not in old.registrars]
        return [], fresh + ([new.hub] if new.hub != old.hub else [])
    fields = a_map(body, (1,), range(2, 64))
    history = directory.nodes.get(text(fields[1]), [])
    if kind == ENROLMENT:
        need(not history or history[-1].keys == keys_of(fields[11]), "a new identity without a recovery")
        return [], [] if history else [keys_of(fields[11])]
    need(history, "an entry about a node that is not there")
    last, new_keys = history[-1], [keys_of(fields[4])] if kind in (RECOVERY, IDENTITY) else []
    if kind in (SUSPENSION, RECOVERY) or last.revoked:
        return [], new_keys
    issued = number(fields[3 if kind == IDENTITY else 2])
    need(kind == REVOCATION or not last.suspended(issued), "an entry of a suspended node")
    return [last.keys], new_keys


def registrars_needed(directory: Directory, kind: int, body: Value) -> int:
    """Return how many registrars must sign: one for a short suspension that does not follow another, else k of n."""
    if kind == SUSPENSION:
        fields = a_map(body, (1, 2, 4, 5), (3,))
        need(3 not in fields or fields[4] is False, "the end of a suspension with an end of its own")
        last, issued = directory.nodes[text(fields[1])][-1].short_until, number(fields[2])
        if 3 in fields and number(fields[3]) - issued <= SHORT and (last is None or issued >= last + SHORT):
            return 1
    return directory.charters[-1].threshold


def act_on(directory: Directory, kind: int, body: Value, since: int) -> None:
    """Change what an entry changes, from a size of the directory on."""
    if kind == CHARTER:
        directory.charters.append(charter_of(body)._replace(since=since))
        return
    fields = a_map(body, (1,), range(2, 64))
    node = text(fields[1])
    history = directory.nodes.setdefault(node, [])
    own = [name for name, each in directory.windows.items() if each.node == node]
    ends: list[bytes] = []
    if kind == KEYS:
        publish(directory, node, a_list(fields[5]), since)
    elif kind == ENROLMENT:
        old = history[-1] if history else Standing(since, "", keys_of(fields[11]))
        history.append(old._replace(since=since, label=text(fields[7])))
        ends = [name for name in own if directory.windows[name].channel not in a_list(fields[8])]
    elif kind == REVOCATION and fields[3] != 0:
        ends = [digest(each) for each in a_list(fields[4])]
    elif kind == REVOCATION:
        history.append(history[-1]._replace(since=since, revoked=True))
        ends = own
    elif kind == SUSPENSION:
        until, last = number(fields[3]) if 3 in fields else None, history[-1]
        short = until if until is not None and until - number(fields[2]) <= SHORT else last.short_until
        standing = () if fields[4] is True else (*last.suspensions, until)
        history.append(last._replace(since=since, suspensions=standing, short_until=short))
    else:
        revoked = history[-1].revoked and kind == IDENTITY
        history.append(history[-1]._replace(since=since, keys=keys_of(fields[4]), revoked=revoked))
        ends = own if kind == RECOVERY else []
    for name in ends:
        window = directory.windows.get(name)
        if window is not None and window.ended is None:
            window.ended = since


def publish(directory: Directory, node: str, keys: list[Value], since: int) -> None:
    """Add recipient keys of a node; none is ever bound twice."""
    for each in keys:
        channel, public, start, end = a_list(each, 4)
        name = sha256(write(["xb/1 recipient key", 1, some_bytes(public)]))
        need(name not in directory.windows, "a key that is bound already")
        directory.windows[name] = Window(node, text(channel), number(start), number(end), since)
