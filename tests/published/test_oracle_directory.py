"""Two folds, one of the project and one written from docs/wire.md alone, over the same drawn statements.

Each statement is offered to both; they must agree on acceptance or on the code, and on root and members after it.
"""

import random

import pytest

from keys.directory import Directory
from protocol.cbor import Item, encode
from protocol.errors import Fault
from protocol.ids import NodeId
from protocol.statements import statement_id
from protocol.wrap import recipient_key_id, recipient_public_bytes
from tests.make_vectors.cast import DAY, NOW, Cast, Signer, drawn
from tests.make_vectors.charter_cases import charter_map
from tests.make_vectors.directory_cases import WEEK, Founded
from tests.make_vectors.statement_cases import identity
from tests.make_vectors.stored import Store
from tests.oracle.codec import Refused
from tests.oracle.directory import Fold, append, fold
from tests.oracle.entries import parse_entry

NODES = ("al.contact", "mk.contact", "rs.contact", "xx.nobody")
JUNK: tuple[Item, ...] = (-1, 0, 1, 2, True, None, "", "police", "rs.contact", b"", bytes(32), [], {}, [1], NOW)


class World:
    """Who may appear in the statements, and a generator of them; every choice follows from the seed."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.cast = Cast(Store())
        self.founded = Founded(self.cast)
        first, *rest = self.founded.entries
        self.directory = Directory.start(first, self.founded.pin).extend(rest)
        self.oracle = fold(self.founded.pin, self.founded.entries)
        self.signers = {name: [Signer(name, self.cast.store)] for name in NODES}
        self.pool = [Signer(f"extra {number}", self.cast.store) for number in range(5)]
        self.charter = charter_map(self.cast)
        self.seen = [self.founded.pin, statement_id(self.founded.agreement)]
        self.waiting: list[tuple[bytes, list[Signer]]] = []

    def time(self) -> int:
        return NOW + self.draw.choice((0, 0, 0, DAY, 3 * DAY, 6 * DAY, 20 * DAY))

    def node(self) -> str:
        return self.draw.choices(NODES, (2, 5, 5, 1))[0]

    def new_identity(self) -> Signer:
        return self.draw.choice((*self.pool, *self.pool, self.cast.hub, self.signers["rs.contact"][0]))

    def version(self, node: str) -> int:
        return self.directory.version(NodeId(node)) + self.draw.choice((1,) * 9 + (2,))

    def pin(self, node: str) -> bytes:
        return drawn("pin", self.draw.choice((node, node, node, "rs.contact", 1, 2, 3)))

    def statement(self) -> tuple[int, dict[int, Item], list[Signer]]:
        """Return kind, body and the signers that the rule names; possession included."""
        kind = self.draw.choices(range(13), (1, 3, 4, 3, 1, 3, 1, 1, 2, 2, 1, 2, 2))[0]
        node, at = self.node(), self.time()
        registrars = self.draw.sample(self.founded.registrars, self.draw.choice((2, 2, 2, 1)))
        own = self.signers.get(node, [self.pool[0]])[-1]
        if kind in (0, 1, 4, 6, 7, 10):
            body, new = self.by_registrars(kind, node, at)
            return kind, body, [*registrars, *new]
        body, new = self.by_node(kind, node, at)
        signers = registrars if kind == 5 and self.draw.random() < 0.3 else [own]
        if kind == 3:
            signers = [self.signers[name][-1] for name in body[1] if name in self.signers]  # type: ignore[union-attr]
        return kind, body, [*signers, *new]

    def by_registrars(self, kind: int, node: str, at: int) -> tuple[dict[int, Item], list[Signer]]:
        new = self.new_identity()
        match kind:
            case 0:
                body = self.charter | {1: self.directory.charter.version + 1, 5: self.directory.charter_id(), 4: at}
                if self.draw.random() < 0.5:
                    return body | {6: identity(new)}, [new]
                return body | {8: drawn("pin", self.draw.choice(("hub", "rs.contact", 1)))}, []
            case 1:
                known = self.directory.participant(NodeId(node)) is not None
                signer = self.signers[node][-1] if known and self.draw.random() < 0.9 else new
                channels = self.draw.choice((["police"], ["police", "system"], ["system"], ["cso"], []))
                change: dict[int, Item] = {1: node, 2: self.version(node), 3: at, 8: channels}
                whole = self.founded.kinds["enrolment"][1] | change | {11: identity(signer), 12: self.pin(node)}
                return whole, [signer]
            case 4:
                bundle = drawn("bundle", self.draw.randrange(2))
                return {1: bundle, 2: at, 3: at + self.draw.choice((0, DAY)), 4: self.draw.random() < 0.2}, []
            case 6:
                lift = self.draw.random() < 0.4
                until = {} if lift or self.draw.random() < 0.2 else {3: at + self.draw.choice((1, 3, 4)) * DAY}
                return {1: node, 2: at, 4: lift, 5: "lost"} | until, []
            case 7:
                return {1: node, 2: self.version(node), 3: at, 4: identity(new), 5: self.pin(node)}, [new]
        log = self.draw.choice(("directory", "messages"))
        return {1: log, 2: at, 3: 3, 4: drawn("root"), 5: self.draw.choice((4, 5))}, []

    def by_node(self, kind: int, node: str, at: int) -> tuple[dict[int, Item], list[Signer]]:
        new = self.new_identity()
        match kind:
            case 2:
                chain = self.directory.chain(NodeId(node))
                head: dict[int, Item] = {} if chain.last is None else {4: chain.last}
                return {1: node, 2: at, 3: chain.sequence + 1, 5: self.keys()} | head, []
            case 3:
                parties = sorted(self.draw.sample(NODES, 2)) if self.draw.random() < 0.3 else NODES[1:3]
                change: dict[int, Item] = {1: list(parties), 3: at, 2: self.draw.choice(("police", "system", "cso"))}
                return self.founded.kinds["agreement"][1] | change, []
            case 5:
                target = self.draw.choices((0, 1, 2, 3), (1, 6, 3, 6))[0]
                return {1: node, 2: at, 3: target, 4: self.ids(target), 5: "ended"}, []
            case 8:
                types: list[Item] = list(self.draw.choice((["MT-01/1"], ["MT-01/2", "MT-R1/1"], ["MT-01/10"])))
                numbers = self.draw.choice((0, 1, 1, 2)), self.draw.choice((0, 1, 1, 2))
                return {1: node, 2: at, 3: numbers[0], 4: numbers[1], 5: types}, []
            case 9:
                pins = [drawn("pin", node), drawn("pin", self.draw.choice((1, 2, 3, "rs.contact")))]
                return {1: node, 2: at, 3: list(dict.fromkeys(pins))}, []
            case 11:
                end = at + self.draw.choice((1, 157, 157, 158)) * WEEK
                return {1: node, 2: at, 3: bytes(16), 4: "issuer", 5: identity(new), 6: at, 7: end}, [new]
        return {1: node, 2: self.version(node), 3: at, 4: identity(new)}, [new]

    def keys(self) -> list[Item]:
        spans = [(self.draw.choice(("police", "system")), self.draw.randrange(-1, 11)) for _ in range(2)]
        length = self.draw.choice((WEEK, WEEK, WEEK, 2 * WEEK))
        rows = sorted((channel, NOW + week * WEEK) for channel, week in set(spans))
        named: list[Item] = []
        for channel, begin in rows:
            public = recipient_public_bytes(drawn("week", channel, begin, self.draw.randrange(3)))
            named.append([channel, public if self.draw.random() < 0.97 else bytes(1216), begin, begin + length])
        return named

    def ids(self, target: int) -> list[Item]:
        if target == 0:
            return []
        keys = [each.key_id for name in NODES for each in self.directory.recipient_keys(NodeId(name), "police")]  # type: ignore[arg-type]
        found = [*self.seen[-6:], *keys, recipient_key_id(self.cast.rs.public), drawn("nothing")]
        return sorted(self.draw.sample(found, min(len(found), self.draw.choice((1, 1, 2)))))

    def entry(self) -> tuple[bytes, list[Signer]]:
        """Return an entry: mostly whole and good, sometimes changed in one field or in its signers."""
        if self.waiting and self.draw.random() < 0.15:
            payload, signers = self.waiting.pop()
            return self.founded.signed(payload, *signers), signers
        kind, body, signers = self.statement()
        if self.draw.random() < 0.12:
            body |= {self.draw.choice((*body, 14)): self.draw.choice(JUNK)}
        payload = encode([kind, body])
        distinct = list({signer.public.ed25519: signer for signer in signers}.values())
        chance = self.draw.random()
        if chance < 0.08:
            distinct = distinct[1:] or self.pool[:1]
        elif chance < 0.2:
            extra = self.draw.choice(
                (*self.pool, *self.founded.registrars, *(s for own in self.signers.values() for s in own))
            )
            distinct = [one for one in distinct if one.public != extra.public] + [extra]
        elif chance < 0.35 and len(distinct) > 1:
            self.waiting.append((payload, distinct))
            distinct = distinct[:1] + distinct[2:]
        return self.founded.signed(payload, *distinct), distinct

    def remember(self, signers: list[Signer]) -> None:
        """Look up with which keys the nodes sign now."""
        for name in NODES:
            now = self.directory.signing_identity(NodeId(name))
            known = [one for one in (*signers, *self.pool) if now is not None and one.public == now]
            self.signers[name] += known[:1]


def refused_by_oracle(state: Fold, raw: bytes) -> str | None:
    try:
        append(state, parse_entry(raw))
    except Refused as refusal:
        return refusal.code
    state.entries.append(raw)
    return None


@pytest.mark.parametrize("seed", [5, 8])
def test_both_folds_answer_alike(seed: int) -> None:
    world = World(seed)
    accepted = 0
    for _ in range(100):
        raw, signers = world.entry()
        try:
            world.directory = world.directory.extend([raw])
            code = None
        except Fault as fault:
            code = str(fault.code)
        assert refused_by_oracle(world.oracle, raw) == code, raw.hex()
        if code is None:
            accepted += 1
            world.seen.append(parse_entry(raw).statement.id)
            world.remember(signers)
    members = [each.node for each in world.directory.participants() if not each.revoked]
    assert (world.oracle.root(), world.oracle.network.participants()) == (world.directory.root, members)
    assert accepted > 10
