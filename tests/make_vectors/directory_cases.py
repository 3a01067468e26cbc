"""Directories: a small network that grows, and one statement after it that must not stand there."""

import hashlib

from protocol.cbor import Item, encode
from protocol.errors import Code
from protocol.merkle import leaf_hash, root_from
from tests.make_vectors.case import Case, Cases
from tests.make_vectors.cast import DAY, NOW, Cast, Signer, drawn
from tests.make_vectors.charter_cases import charter_map
from tests.make_vectors.message import without
from tests.make_vectors.statement_cases import Body, bodies, identity, rows_of

WEEK = 7 * DAY


class Founded:
    """A network of two registrars with two contact points that have agreed, as a list of entries."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.registrars = cast.registrars[:2]
        self.kinds = bodies(cast)
        self.charter = encode([0, charter_map(cast)])
        self.pin = hashlib.sha256(self.charter).digest()
        self.entries = [self.signed(self.charter, *self.registrars, cast.hub)]
        for signer in (cast.sender, cast.rs_signer):
            self.entries.append(self.enrolment(signer))
        self.keys = self.payload("keys", {3: 1, 4: None})
        self.entries.append(self.signed(self.keys, cast.rs_signer))
        self.agreement = encode(list(self.kinds["agreement"]))
        self.entries.append(self.signed(self.agreement, cast.sender, cast.rs_signer))

    def signed(self, payload: bytes, *signers: Signer) -> bytes:
        return encode([payload, rows_of(signers, payload)])

    def payload(self, name: str, change: Body) -> bytes:
        """Return a payload with some fields changed; None leaves one out."""
        number, body = self.kinds[name]
        merged = body | change
        return encode([number, without(merged, *(label for label, value in change.items() if value is None))])

    def enrolment(self, signer: Signer, **changes: Item) -> bytes:
        own: Body = {1: signer.name, 11: identity(signer), 12: drawn("pin", signer.name)}
        change = own | {int(label[1:]): value for label, value in changes.items()}
        return self.signed(self.payload("enrolment", change), *self.registrars, signer)


def directory_cases(cast: Cast) -> list[Case]:
    network = Founded(cast)
    names = ["mk.contact", "rs.contact"]
    out = Cases("directory", pin=network.pin, entry=network.entries)
    root = root_from([leaf_hash(each) for each in network.entries])
    out.good("two-nodes", "charter, two enrolments, keys and an agreement", root=root, participant=names)
    out.good("charter-alone", "a directory begins with its charter", entry=network.entries[:1])
    policy = network.payload("policy", {})
    pending = [network.entries[0], *(network.signed(policy, each) for each in network.registrars)]
    out.good("gathered", "two entries gather the signatures of one statement", entry=pending)
    half = network.payload("enrolment", {1: "mk.contact", 11: identity(cast.sender)})
    waiting = [*network.entries[:1], network.signed(half, network.registrars[0], cast.sender)]
    out.good("waiting", "one registrar of two: nobody is enrolled yet", entry=waiting)
    gone = network.signed(network.payload("revocation", {3: 0, 4: []}), cast.rs_signer)
    out.good("revoked", "a node revokes itself", entry=[*network.entries, gone], participant=names[:1])
    _foundings(out, network)
    _statements(out, network)
    _after_an_end(out, network, gone)
    return out.found


def _foundings(out: Cases, network: Founded) -> None:
    cast, charter = network.cast, network.charter

    def begun(code: Code, name: str, comment: str, *signers: Signer, payload: bytes = charter) -> None:
        out.bad(code, name, comment, entry=[network.signed(payload, *signers)], pin=hashlib.sha256(payload).digest())

    out.bad(Code.ROOT_MISMATCH, "other-pin", "another charter was installed", pin=drawn("pin"))
    begun(
        Code.QUORUM,
        "charter-one-registrar",
        "a registrar did not sign the first charter",
        network.registrars[0],
        cast.hub,
    )
    begun(Code.KEY_POP, "charter-without-hub", "the hub did not sign for its key", *network.registrars)
    begun(Code.UNKNOWN_KEY, "charter-stranger", "a stranger signed too", *network.registrars, cast.hub, cast.other)
    later = encode([0, charter_map(cast) | {1: 2, 5: drawn("previous")}])
    begun(
        Code.MALFORMED,
        "charter-not-first",
        "a later charter stands first",
        *network.registrars,
        cast.hub,
        payload=later,
    )
    shared = encode([0, charter_map(cast) | {6: identity(network.registrars[0])}])
    begun(
        Code.KEY_ALREADY_BOUND,
        "charter-key-twice",
        "the hub has a registrar's key",
        *network.registrars,
        payload=shared,
    )
    first = network.signed(network.agreement, cast.sender, cast.rs_signer)
    out.bad(Code.ROOT_MISMATCH, "no-charter", "the first entry is no charter", entry=[first])


def _statements(out: Cases, network: Founded) -> None:
    cast = network.cast
    registrars = network.registrars
    rs, mk, al = cast.rs_signer, cast.sender, cast.other

    def after(code: Code, name: str, comment: str, raw: bytes) -> None:
        out.bad(code, name, comment, entry=[*network.entries, raw])

    after(Code.STATEMENT_ORDER, "agreement-again", "a statement that is in force already", network.entries[-1])
    own = network.payload("enrolment", {1: al.name, 11: identity(al), 12: drawn("pin", al.name)})
    after(Code.KEY_POP, "enrolment-without-possession", "the new node did not sign", network.signed(own, *registrars))
    bound: Body = {1: "al.contact", 11: identity(rs), 12: drawn("pin", "new")}
    taken = network.signed(network.payload("enrolment", bound), *registrars, rs)
    after(Code.KEY_ALREADY_BOUND, "enrolment-key-of-another", "the key of another node", taken)
    pinned = network.enrolment(al, _12=drawn("pin", rs.name))
    after(Code.KEY_ALREADY_BOUND, "enrolment-pin-of-another", "the certificate of another node", pinned)
    after(Code.STATEMENT_ORDER, "enrolment-version-2", "a first entry has version 1", network.enrolment(al, _2=2))
    renamed = network.enrolment(rs, _2=2, _11=identity(al))
    after(Code.NOT_PERMITTED, "enrolment-other-identity", "a new identity needs a recovery", renamed)
    closed = network.enrolment(al, _8=["rogatory"])
    after(Code.NOT_PERMITTED, "enrolment-channel-without-terms", "a channel that the network lacks", closed)
    _keys(out, network)
    early = network.signed(network.payload("policy", {}), rs)
    after(Code.NOT_PERMITTED, "policy-by-a-node", "a node has no say", early)
    strange = network.signed(network.payload("policy", {}), *registrars, al)
    after(Code.UNKNOWN_KEY, "policy-by-a-stranger", "a key that is nobody's", strange)
    other = network.signed(network.payload("agreement", {1: ["al.contact", "rs.contact"]}), rs)
    after(Code.UNKNOWN_SENDER, "agreement-with-a-stranger", "a party that is not enrolled", other)
    moved = encode([0, charter_map(cast) | {1: 2, 2: bytes(16), 5: network.pin}])
    after(
        Code.WRONG_AUDIENCE,
        "charter-of-another-network",
        "another network's charter",
        network.signed(moved, *registrars),
    )
    skipped = encode([0, charter_map(cast) | {1: 3, 5: network.pin}])
    after(
        Code.STATEMENT_ORDER, "charter-skips-a-version", "a version is left out", network.signed(skipped, *registrars)
    )
    lift = network.signed(network.payload("suspension", {3: None, 4: True}), *registrars)
    after(Code.STATEMENT_ORDER, "lift-of-nothing", "nothing is suspended", lift)
    first = network.signed(network.payload("capability", {}), rs)
    fewer = network.signed(network.payload("capability", {2: NOW + 1, 5: ["MT-01/1"]}), rs)
    out.bad(Code.DOWNGRADE, "capability-decreases", "a type is taken back", entry=[*network.entries, first, fewer])
    low = network.signed(network.payload("capability", {4: 0}), mk)
    after(Code.DOWNGRADE, "capability-below-the-minimum", "a suite below the network's least", low)
    named = network.signed(network.payload("revocation", {1: "mk.contact", 3: 0, 4: []}), rs)
    after(Code.NOT_PERMITTED, "revocation-by-another-node", "not this node's to revoke", named)


def _keys(out: Cases, network: Founded) -> None:
    cast = network.cast
    rs, mk = cast.rs_signer, cast.sender
    previous = hashlib.sha256(network.keys).digest()
    fresh: list[Item] = [["police", cast.ba.public, NOW + 2 * WEEK, NOW + 3 * WEEK]]

    def after(code: Code, name: str, comment: str, signer: Signer, change: Body) -> None:
        body: Body = {3: 2, 4: previous, 5: fresh}
        raw = network.signed(network.payload("keys", body | change), signer)
        out.bad(code, f"keys-{name}", comment, entry=[*network.entries, raw])

    good = network.signed(network.payload("keys", {3: 2, 4: previous, 5: fresh}), rs)
    out.good(
        "keys-again", "a second publication", entry=[*network.entries, good], participant=["mk.contact", "rs.contact"]
    )
    after(Code.NOT_PERMITTED, "by-another-node", "signed by another node", mk, {})
    after(Code.UNKNOWN_SENDER, "of-a-stranger", "a node that is not enrolled", rs, {1: "al.contact"})
    after(Code.KEY_CHAIN, "other-previous", "it does not follow the node's last one", rs, {4: drawn("previous")})
    after(Code.KEY_CHAIN, "sequence-skipped", "a number is left out", rs, {3: 3})
    overlap: list[Item] = [["police", cast.ba.public, NOW, NOW + WEEK]]
    after(Code.KEY_CHAIN, "windows-overlap", "a second key for one week", rs, {5: overlap})
    again: list[Item] = [["police", cast.rs.public, NOW + 2 * WEEK, NOW + 3 * WEEK]]
    after(Code.KEY_ALREADY_BOUND, "key-again", "a key that was published before", rs, {5: again})
    weak: list[Item] = [["police", cast.ba.public[:1184] + bytes(32), NOW + 2 * WEEK, NOW + 3 * WEEK]]
    after(Code.KEY_INVALID, "small-order", "an X25519 value of small order", rs, {5: weak})
    foreign: list[Item] = [["cso", cast.ba.public, NOW + 2 * WEEK, NOW + 3 * WEEK]]
    after(Code.NOT_PERMITTED, "channel-not-joined", "a channel that the node is not in", rs, {5: foreign})


def _after_an_end(out: Cases, network: Founded, gone: bytes) -> None:
    cast = network.cast
    late = network.signed(network.payload("tls", {}), cast.rs_signer)
    out.bad(Code.KEY_REVOKED, "after-revocation", "a revoked node speaks", entry=[*network.entries, gone, late])
    one = network.signed(network.payload("suspension", {}), network.registrars[0])
    late = network.signed(network.payload("capability", {2: NOW + 1}), cast.rs_signer)
    out.bad(Code.NODE_SUSPENDED, "while-suspended", "a suspended node speaks", entry=[*network.entries, one, late])
