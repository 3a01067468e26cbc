"""A hub over a founded network: real keys, real database, real TLS; time is what the test says it is."""

import asyncio
import contextlib
import io
import itertools
import os
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp

from hub.app import Hub
from hub.config import AdminSettings, HubConfig, ListenSettings, TlsFiles
from hub.founding import found, store_blobs
from hub.identity import HubKeys
from keys.certificates import pem_of
from protocol.catalogue.bundle import bundle_digest, bundle_manifest
from protocol.core import Mode
from protocol.decision import Decision, Verdict
from protocol.envelope import Envelope
from protocol.ids import Channel, MessageId, NodeId, PolicyDigest, Reference, TypeId
from protocol.seal import Issue, seal
from protocol.stages import Addressee, Cleared, Draft, Target
from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks
from runtime.tls import client_context
from tests.simulators.databases import prepare
from tests.simulators.network import LOTSE, MK, NADA, RS, SMALL, Member, TestNetwork, tls_key_of

POLICE_RULES = b"""
channel: police
types: [MT-01/1, MT-02/1]
outer:
  - id: test.sender-in-standing
    predicate: sender-in-standing
    article: PCC 4(2)
    text: sender-in-standing
  - id: test.who
    predicate: sender-kind
    types: [MT-01/1, MT-02/1]
    parameters: {kinds: [contact-point]}
    article: PCC 4(3)
    text: sender-kind
  - id: test.agreement-in-force
    predicate: agreement-in-force
    article: PCC 31
    text: agreement-in-force
  - id: test.agreement-purpose
    predicate: agreement-purpose
    article: PCC 31
    text: agreement-purpose
"""
CSO_RULES = b"""
channel: cso
types: [MT-V1/1]
outer:
  - id: test.sender-in-standing
    predicate: sender-in-standing
    article: PCC 4(2)
    text: sender-in-standing
  - id: test.who
    predicate: sender-kind
    types: [MT-V1/1]
    parameters: {kinds: [cso]}
    article: PCC 4(3)
    text: sender-kind
"""
FILES = {"policies/police.yaml": POLICE_RULES, "policies/cso.yaml": CSO_RULES}
MANIFEST = bundle_manifest(FILES)
DIGEST = bundle_digest(MANIFEST)
BLOBS = (MANIFEST, *FILES.values())
POLICE = Channel("police")
CSO = Channel("cso")


class Hands:
    """A clock that only the test moves. It starts at the machine's time, because TLS asks the machine."""

    def __init__(self) -> None:
        self.now = int(time.time())

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> None:
        self.now += seconds


@dataclass(frozen=True, slots=True)
class Sealing:
    """What a message is sealed from."""

    cleared: Cleared
    targets: tuple[Target, ...]
    issue: Issue


@dataclass
class Senders:
    """Seals real messages of a network's nodes, each under the next number."""

    network: TestNetwork
    policy: PolicyDigest = DIGEST
    numbers: dict[tuple[str, str, str], Iterator[int]] = field(default_factory=dict)

    def number(self, sender: Member, to: Member, channel: Channel) -> int:
        return next(self.numbers.setdefault((sender.name, to.name, channel), itertools.count(1)))

    def seal(self, sender: Member, *to: Member, **changes: object) -> Envelope:
        """Return a message; see ``sealing`` for ``changes``."""
        made = self.sealing(sender, *to, **changes)
        return seal(made.cleared, made.targets, made.issue, self.network.nodes[sender.node].identity, os.urandom)

    def sealing(self, sender: Member, *to: Member, **changes: object) -> "Sealing":
        """Return what a message is sealed from; ``changes`` replace fields of draft or issue, or ``sequence``."""
        network, now = self.network, self.network.clock()
        channel = Channel(str(changes.get("channel", POLICE)))
        issue_fields = {key: changes.pop(key) for key in ("at", "directory_size", "directory_root") if key in changes}
        sequence = changes.pop("sequence", None)
        fields: dict[str, object] = {
            "sender": sender.node,
            "to": tuple(Addressee(each.node, Mode.ACTION) for each in to),
            "channel": channel,
            "type": TypeId("MT-01/1" if channel == POLICE else "MT-V1/1"),
            "purpose": "investigate",
            "conversation": Reference(b"c" * 16),
            "language": "en",
            "life": 14 * 86_400,
            "body": (("/plate", "SK-1234-AB"), ("/reason", "seen at the border")),
        }
        draft = Draft(**(fields | changes))  # type: ignore[arg-type]  # a test's shorthand
        directory = network.directory
        targets = tuple(
            self._target(sender, each, channel, sequence if isinstance(sequence, int) else None) for each in to
        )
        agreements = tuple(
            (each.node, network.agreements[pair])
            for each in to
            if (pair := (min(sender.node, each.node), max(sender.node, each.node), channel)) in network.agreements
        )
        cleared = Cleared(draft, Decision(Verdict.ALLOW, self.policy), agreements)
        issue = replace(Issue(network.network_id, now, directory.size, directory.root), **issue_fields)  # type: ignore[arg-type]
        return Sealing(cleared, targets, issue)

    def _target(self, sender: Member, to: Member, channel: Channel, sequence: int | None) -> Target:
        key = self.network.directory.recipient_key(to.node, channel, self.network.clock())
        assert key is not None
        return Target(to.node, key.key_id, key.public_key, sequence or self.number(sender, to, channel))


@dataclass
class World:
    """One network with one hub on a folder. ``running`` starts it; starting it again on the folder is a restart."""

    folder: Path
    clock: Hands = field(default_factory=Hands)
    members: tuple[Member, ...] = (
        RS,
        MK,
        NADA,
        LOTSE,
        *(each for each in SMALL if each.name in ("al.contact", "auditor")),
    )
    database_url: str = ""
    network: TestNetwork = field(init=False)
    senders: Senders = field(init=False)

    def __post_init__(self) -> None:
        self.network = TestNetwork.small(self.clock, os.urandom, members=self.members, policy=DIGEST)
        self.senders = Senders(self.network)
        if not self.database_url:
            self.database_url = f"sqlite:///{self.folder / 'hub.db'}"
        for name, der in (
            ("hub.crt", self.network.certificate("hub", "localhost", "127.0.0.1")),
            ("authority.crt", self.network.authority().certificate),
        ):
            (self.folder / name).write_bytes(pem_of(der))

    @property
    def keys(self) -> HubKeys:
        return HubKeys(self.network.hub, self.network.hub_log, tls_key_of("hub"))

    def config(self, **changes: object) -> HubConfig:
        config = HubConfig(
            data_folder=self.folder,
            keystore=self.folder / "hub.keystore",
            charter_digest=self.network.charter_digest.hex(),
            database=DatabaseSettings(url=self.database_url, reserve_bytes=0, ballast_bytes=0),
            tls=TlsFiles(self.folder / "hub.crt", self.folder / "authority.crt"),
            listen=ListenSettings(host="127.0.0.1", port=0, balancer_wait_s=0.0, shutdown_s=5.0),
            admin=AdminSettings(host="127.0.0.1", port=0, balancer_wait_s=0.0, shutdown_s=5.0),
        )
        return replace(config, **changes)  # type: ignore[arg-type]  # a test's shorthand

    async def found(self) -> None:
        """Write the network into a new database."""
        settings = self.config().database
        await asyncio.to_thread(prepare, settings, "hub")
        database = Database(settings)
        database.open()
        try:
            entries, pin, now = self.network.entries, self.network.charter_digest, self.clock()
            await database.write(lambda connection: found(connection, entries, pin, now))
            await database.write(lambda connection: store_blobs(connection, BLOBS, now))
        finally:
            await asyncio.to_thread(database.close)

    @contextlib.asynccontextmanager
    async def running(self, hooks: Hooks | None = None, **changes: object) -> AsyncIterator[Hub]:
        """Run the hub on what is stored."""
        hub = Hub(self.config(**changes), self.keys, self.clock, os.urandom, hooks or Hooks())
        await hub.start()
        try:
            yield hub
        finally:
            await hub.stop()

    def client_tls(self, name: str) -> ssl.SSLContext:
        """Return the TLS context of a node, or of a stranger whose key the directory does not know."""
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        if not certificate.exists():
            certificate.write_bytes(pem_of(self.network.certificate(name)))
            key.touch(0o600)
            key.write_bytes(tls_key_of(name).pem())
        return client_context(certificate, key, self.folder / "authority.crt")

    @contextlib.asynccontextmanager
    async def client(self, hub: Hub, name: str) -> AsyncIterator["Client"]:
        """Connect as a node over real TLS."""
        async with self.client_of(name) as connect:
            yield connect(hub)

    @contextlib.asynccontextmanager
    async def client_of(self, name: str) -> AsyncIterator[Callable[[Hub], "Client"]]:
        """Give a node's connections, which may outlive a hub."""
        connector = aiohttp.TCPConnector(ssl=self.client_tls(name), limit=256)
        async with aiohttp.ClientSession(connector=connector) as session:
            yield lambda hub: Client(session, f"https://localhost:{hub.port}")


@dataclass
class Client:
    """A node's connection: every answer as status and bytes."""

    session: aiohttp.ClientSession
    base: str

    async def get(self, path: str) -> tuple[int, bytes]:
        async with self.session.get(self.base + path) as answer:
            return answer.status, await answer.read()

    async def put(self, path: str, body: bytes) -> tuple[int, bytes]:
        async with self.session.put(self.base + path, data=io.BytesIO(body)) as answer:
            return answer.status, await answer.read()

    async def post(self, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        async with self.session.post(self.base + path, data=None if body is None else io.BytesIO(body)) as answer:
            return answer.status, await answer.read()

    async def submit(self, envelope: Envelope) -> tuple[int, bytes]:
        return await self.put(f"/v1/envelopes/{envelope.id.hex()}", envelope.encode())

    async def fetch(self, channel: Channel, after: int = 0, wait: int = 0) -> tuple[int, bytes]:
        return await self.get(f"/v1/mailboxes/{channel}?after={after}&wait={wait}")


def message_ids(envelopes: list[Envelope]) -> list[MessageId]:
    """Return the ids of messages."""
    return [each.id for each in envelopes]


def node_of(member: Member) -> NodeId:
    """Return a member's node id."""
    return member.node


async def poll_open(hub: Hub) -> None:
    """Return when somebody waits at a mailbox."""
    while not hub.parts.services.counter.wakeups.waiting():  # noqa: ASYNC110 - the hub announces polls to nobody
        await asyncio.sleep(0)
