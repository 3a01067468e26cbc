"""A whole network in memory: charter, hub keys, nodes of every family, weekly keys, agreements and a policy.

``TestNetwork.small`` founds one in about 100 ms. Identities and recipient keys come from their names and are computed
once per process; statements are really signed and really folded.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import ClassVar

from keys.certificates import (
    Authority,
    Subject,
    TlsKey,
    create_authority,
    create_tls_key,
    issue_certificate,
    public_spki,
)
from keys.directory import Directory
from keys.identity import IdentitySeeds, PrivateIdentity, private_identity
from keys.log_signer import LogSeeds, LogSigner, log_signer
from keys.recipient_ring import RecipientRing, RecipientSeed, recipient_seed
from keys.rotation import missing, publications
from protocol.charter import ChannelTerms, Charter
from protocol.cose import identity_kid
from protocol.cosignature import Witness
from protocol.ids import CHANNELS, Channel, NodeId, PolicyDigest, StatementId
from protocol.mandate import Mandate
from protocol.ports import Clock, Entropy, IdentitySigner
from protocol.records import Family, Kind, Participant
from protocol.statement_network import AgreementTerms, PolicyChange
from protocol.statement_nodes import Capability, Enrolment
from protocol.statements import Body, encode_entry, encode_statement, sign_statement, statement_id

NETWORK = bytes(range(16))
POLICY = PolicyDigest(hashlib.sha256(b"policy").digest())
_FAMILY_CHANNELS = {
    Family.POLICE: ("police", "police-cso", "statistics", "system"),
    Family.JUDICIAL: ("court-support", "rogatory", "system"),
    Family.CSO: ("court-support", "cso", "police-cso", "system"),
    Family.OVERSIGHT: ("statistics", "system"),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A node to be: what its enrolment says."""

    name: str
    kind: Kind
    family: Family
    country: str
    channels: tuple[Channel, ...] = ()
    languages: tuple[str, ...] = ("en",)
    mandate: Mandate | None = None

    @property
    def node(self) -> NodeId:
        return NodeId(self.name)

    @property
    def joins(self) -> tuple[Channel, ...]:
        """The channels asked for, or all that its family usually joins."""
        return self.channels or tuple(Channel(each) for each in _FAMILY_CHANNELS[self.family])


RS = Member("rs.contact", Kind.CONTACT_POINT, Family.POLICE, "RS", languages=("en", "sr"))
MK = Member("mk.contact", Kind.CONTACT_POINT, Family.POLICE, "MK", languages=("en", "mk"))
AL = Member("al.contact", Kind.CONTACT_POINT, Family.POLICE, "AL", languages=("en", "sq"))
RS_JUSTICE = Member("rs.justice", Kind.CENTRAL_AUTHORITY, Family.JUDICIAL, "RS", languages=("en", "sr"))
AT_JUSTICE = Member("at.justice", Kind.PROSECUTION, Family.JUDICIAL, "AT", languages=("de", "en"))
NADA = Member("nada", Kind.CSO, Family.CSO, "RS", languages=("en", "sr"))
LOTSE = Member("lotse", Kind.CSO, Family.CSO, "AT", languages=("de", "en"))
AUDITOR = Member("auditor", Kind.AUDITOR, Family.OVERSIGHT, "AT")
SMALL = (RS, MK, AL, RS_JUSTICE, AT_JUSTICE, NADA, LOTSE, AUDITOR)
PAIRS = (
    (RS, MK, "police"),
    (RS, AL, "police"),
    (MK, AL, "police"),
    (RS_JUSTICE, AT_JUSTICE, "rogatory"),
    (NADA, LOTSE, "cso"),
    (RS, NADA, "police-cso"),
    (AT_JUSTICE, LOTSE, "court-support"),
)


@cache
def identity_of(name: str) -> PrivateIdentity:
    """Return the identity that always belongs to ``name`` in tests."""
    return private_identity(identity_seeds_of(name))


def identity_seeds_of(name: str) -> IdentitySeeds:
    """Return the seeds of the identity that always belongs to ``name``, for a keystore."""
    return IdentitySeeds(_seed("ed25519", name), _seed("mldsa65", name))


@cache
def log_signer_of(name: str) -> LogSigner:
    """Return the checkpoint keys that always belong to ``name`` in tests."""
    return log_signer(LogSeeds(_seed("note ed25519", name), _seed("note mldsa44", name)))


@cache
def recipient_seed_of(name: str, channel: Channel, window: tuple[int, int]) -> RecipientSeed:
    """Return the weekly key that always belongs to a node, channel and week in tests."""
    return recipient_seed(channel, window, _seed("recipient", f"{name} {channel} {window[0]}"))


@cache
def tls_key_of(name: str) -> TlsKey:
    """Return one TLS key per name and process (P-256 keys are not made from seeds)."""
    assert name
    return create_tls_key()


@cache
def _authority() -> Authority:
    return create_authority("test authority", 1_700_000_000, lambda size: _seed("serial", "authority")[:size])


def _seed(use: str, name: str) -> bytes:
    return hashlib.sha256(f"{use}/{name}".encode()).digest()


@dataclass(slots=True)
class TestNode:
    """One enrolled node with its private side."""

    __test__: ClassVar[bool] = False

    member: Member
    identity: PrivateIdentity
    ring: RecipientRing

    @property
    def node(self) -> NodeId:
        return self.member.node

    @property
    def tls(self) -> TlsKey:
        return tls_key_of(self.member.name)


@dataclass(slots=True)
class TestNetwork:
    """A network and everything needed to act for anybody in it. ``directory`` always folds all of ``entries``."""

    __test__: ClassVar[bool] = False

    clock: Clock
    entropy: Entropy
    charter: Charter
    hub: PrivateIdentity
    hub_log: LogSigner
    registrars: tuple[PrivateIdentity, ...]
    witnesses: dict[str, LogSigner]
    entries: list[bytes]
    directory: Directory
    nodes: dict[NodeId, TestNode] = field(default_factory=dict)
    agreements: dict[tuple[NodeId, NodeId, Channel], StatementId] = field(default_factory=dict)

    @classmethod
    def founded(cls, clock: Clock, entropy: Entropy, **changes: object) -> "TestNetwork":
        """Return a network with a charter and nothing else; ``changes`` replace fields of the charter."""
        registrars = tuple(sorted((identity_of(f"registrar {n}") for n in range(3)), key=_by_kid))
        charter = _charter(registrars, clock(), **changes)
        hub = identity_of("hub")
        signed = [sign_statement(charter, each, charter.network_id) for each in (*registrars, hub)]
        entry = encode_entry(signed)
        return cls(
            clock=clock,
            entropy=entropy,
            charter=charter,
            hub=hub,
            hub_log=log_signer_of("hub"),
            registrars=registrars,
            witnesses={each.name: log_signer_of(each.name) for each in charter.witnesses},
            entries=[entry],
            directory=Directory.start(entry, charter_digest_of(charter)),
        )

    @classmethod
    def small(
        cls,
        clock: Clock,
        entropy: Entropy,
        *,
        members: Sequence[Member] = SMALL,
        policy: PolicyDigest = POLICY,
    ) -> "TestNetwork":
        """Return a network with ``members`` enrolled, keys published, a policy active and the usual agreements.

        It is founded once per process and moment; whoever asks gets a copy that goes its own way.
        """
        return replace(_small(tuple(members), policy, clock()).fork(), clock=clock, entropy=entropy)

    def fork(self) -> "TestNetwork":
        """Return a network that can go its own way from here."""
        return replace(
            self,
            entries=list(self.entries),
            nodes={key: replace(node, ring=RecipientRing(node.ring.seeds())) for key, node in self.nodes.items()},
            agreements=dict(self.agreements),
        )

    @property
    def network_id(self) -> bytes:
        return self.charter.network_id

    @property
    def charter_entry(self) -> bytes:
        return self.entries[0]

    @property
    def charter_digest(self) -> bytes:
        """What is pinned at every node: the digest of the first charter."""
        return charter_digest_of(self.charter)

    @property
    def quorum(self) -> tuple[PrivateIdentity, ...]:
        """As many registrars as the charter's threshold asks for."""
        return self.registrars[: self.charter.threshold]

    def participant(self, node: NodeId) -> Participant:
        """Return a node's entry; the node must be enrolled."""
        found = self.directory.participant(node, self.clock())
        assert found is not None
        return found

    def signed(self, body: Body, *signers: IdentitySigner) -> bytes:
        """Return an entry over ``body`` without appending it."""
        return encode_entry([sign_statement(body, each, self.network_id) for each in signers])

    def append(self, body: Body, *signers: IdentitySigner) -> StatementId:
        """Append ``body`` signed by ``signers`` and return its id."""
        raw = self.signed(body, *signers)
        self.directory = self.directory.extend([raw])
        self.entries.append(raw)
        return statement_id(encode_statement(body))

    def activate(self, policy: PolicyDigest, *, emergency: bool = False) -> StatementId:
        """Put a policy in force now."""
        now = self.clock()
        body = PolicyChange(digest=policy, issued_at=now, activated_at=now, emergency=emergency)
        return self.append(body, *self.quorum)

    def enrol(self, member: Member) -> TestNode:
        """Enrol a node with the identity and TLS key of its name, and state its capability."""
        node = TestNode(member, identity_of(member.name), RecipientRing())
        self.nodes[member.node] = node
        self.append(self.enrolment(member), node.identity, *self.quorum)
        self.append(
            Capability(node=member.node, issued_at=self.clock(), wire=1, suite=1, types=()),
            node.identity,
        )
        return node

    def enrolment(self, member: Member) -> Enrolment:
        """Return the enrolment statement of a member."""
        return Enrolment(
            node=member.node,
            version=self.directory.version(member.node) + 1,
            issued_at=self.clock(),
            kind=member.kind,
            family=member.family,
            country=member.country,
            label=f"Desk of {member.name}",
            channels=member.joins,
            languages=member.languages,
            accredited=("restricted",),
            identity=identity_of(member.name).public,
            tls_pin=tls_key_of(member.name).pin,
            mandate=member.mandate,
        )

    def publish(self, node: NodeId) -> tuple[RecipientSeed, ...]:
        """Create, hold and publish the keys that are missing now; return them."""
        at = self.nodes[node]
        wanted = missing(at.ring.seeds(), self.charter, at.member.joins, self.clock())
        seeds = tuple(recipient_seed_of(at.member.name, channel, window) for channel, window in wanted)
        at.ring.add(seeds)
        for body in publications(node, seeds, self.directory.chain(node), self.clock()):
            self.append(body, at.identity)
        return seeds

    def agree(self, a: NodeId, b: NodeId, channel: Channel, **changes: object) -> StatementId:
        """Put an agreement between two nodes in force; ``changes`` replace its terms."""
        terms = replace(
            AgreementTerms(
                parties=(min(a, b), max(a, b)),
                channel=channel,
                issued_at=self.clock(),
                instrument="Police Cooperation Convention for Southeast Europe",
                articles=("Article 7",),
                purposes=("investigate", "prevent", "protect"),
                data_categories=("CO", "HE", "ID"),
                personal_data=True,
                evidential_use="none",
                valid_from=self.clock() - 86_400,
            ),
            **changes,  # type: ignore[arg-type]  # a test's shorthand for keyword arguments
        )
        id_ = self.append(terms, self.nodes[a].identity, self.nodes[b].identity)
        self.agreements[terms.parties[0], terms.parties[1], channel] = id_
        return id_

    def authority(self) -> Authority:
        """Return the network's certificate authority; the charter names its key."""
        return _authority()

    def certificate(self, name: str, *hosts: str) -> bytes:
        """Return a certificate (DER) for the TLS key of ``name`` (a node's, or ``hub`` with its hosts)."""
        spki = public_spki(tls_key_of(name))
        return issue_certificate(_authority(), Subject(name, hosts), spki, self.clock(), self.entropy)


@cache
def _small(members: tuple[Member, ...], policy: PolicyDigest, now: int) -> TestNetwork:
    network = TestNetwork.founded(lambda: now, _nothing_random)
    network.activate(policy)
    for member in members:
        network.enrol(member)
        network.publish(member.node)
    for a, b, channel in PAIRS:
        if a in members and b in members:
            network.agree(a.node, b.node, Channel(channel))
    return network


def _nothing_random(size: int) -> bytes:
    message = f"{size} random bytes for a network that is the same for all"
    raise AssertionError(message)


def charter_digest_of(charter: Charter) -> bytes:
    """Return the digest that is pinned for a charter."""
    return statement_id(encode_statement(charter))


def _by_kid(identity: PrivateIdentity) -> bytes:
    return identity_kid(identity.public)


def _charter(registrars: tuple[PrivateIdentity, ...], now: int, **changes: object) -> Charter:
    names = ("auditor", "mk.contact", "rs.contact")
    witnesses = tuple(Witness(name, log_signer_of(name).keys) for name in names)
    charter = Charter(
        version=1,
        network_id=NETWORK,
        training=True,
        created_at=now,
        previous=None,
        hub_identity=identity_of("hub").public,
        hub_log_keys=log_signer_of("hub").keys,
        hub_tls_pin=tls_key_of("hub").pin,
        tls_ca=_authority().key.pin,
        registrars=tuple(each.public for each in registrars),
        threshold=2,
        witnesses=witnesses,
        quorum=3,
        minimum_suite=1,
        channels=tuple(ChannelTerms(channel, 4, 14) for channel in CHANNELS),
    )
    return replace(charter, **changes)  # type: ignore[arg-type]  # a test's shorthand for keyword arguments
