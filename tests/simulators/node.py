"""A node over the simulated hub: real store on disk, real keys, real rules; the test moves its time and its turns.

``running`` builds the gateway on a folder; running the same folder again is a restart after a crash: nothing but the
files is carried over.
"""

import contextlib
import hashlib
import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from keys.epochs import EpochKey
from keys.exchange_files import DirectoryFile, encode_directory
from keys.identity import IdentitySeeds
from keys.keystore import Keystore
from keys.log_signer import LogSeeds
from keys.private_keys import PersonalSeed, Role, Secrets
from keys.sealed_store import Lock, new_lock, open_again
from nodes.app import Node, Surroundings
from nodes.config import ApiSettings, FileSettings, GatewaySettings, HubSettings, NodeConfig
from nodes.gateway.bundles import Bundle, parse_bundle
from nodes.gateway.file_room import FileRoom
from nodes.gateway.gateway import Gateway, Machine, build_gateway
from nodes.gateway.journal import Journal
from nodes.gateway.overlay import Overlay
from nodes.gateway.replica import Pinned
from nodes.gateway.send import Options, Queued, Result
from nodes.gateway.sweeping import look_over
from nodes.gateway.wishes import Wish, parse_wish
from protocol.ids import Channel, MessageId, NodeId, Reference
from protocol.ports import Entropy
from protocol.records import Family, Kind
from runtime.database import Database
from runtime.database_settings import DatabaseSettings, Hooks
from tests.simulators.databases import lay_out, prepare
from tests.simulators.hub import MANIFEST, PACKAGED, PACKAGED_DIGEST, HubSimulator
from tests.simulators.journal import Silent
from tests.simulators.network import Member, TestNetwork, _seed
from tests.simulators.party import CountingEntropy

EXAMPLES = Path(__file__).parents[1] / "examples"
POLICE, CSO, ROGATORY = Channel("police"), Channel("cso"), Channel("rogatory")
START = 1_790_000_000

# The members are those of the example documents.
RS = Member("rs.ilecu", Kind.CONTACT_POINT, Family.POLICE, "RS", languages=("en", "mk", "sr-Cyrl", "sr-Latn"))
MK = Member("mk.ilecu", Kind.CONTACT_POINT, Family.POLICE, "MK", languages=("en", "mk", "sr-Cyrl"))
AL = Member("al.ilecu", Kind.CONTACT_POINT, Family.POLICE, "AL", languages=("en", "sq"))
RS_PROSECUTION = Member("rs.prosecution", Kind.PROSECUTION, Family.JUDICIAL, "RS", languages=("en", "sr-Latn"))
BA_PROSECUTION = Member("ba.prosecution", Kind.PROSECUTION, Family.JUDICIAL, "BA", languages=("bs", "en", "sr-Latn"))
NADA = Member("nada.rs", Kind.CSO, Family.CSO, "RS", languages=("en", "sr-Latn"))
LOTSE = Member("lotse.at", Kind.CSO, Family.CSO, "AT", languages=("de", "en", "sr-Latn"))
MEMBERS = (RS, MK, AL, RS_PROSECUTION, BA_PROSECUTION, NADA, LOTSE)
CATEGORIES = ("AS", "BI", "CA", "CO", "DO", "FA", "FI", "HE", "ID", "LE", "LO", "OP", "RI", "SV", "TR", "VE")
TERMS: dict[str, dict[str, object]] = {
    "police": {"purposes": ("investigate",), "data_categories": CATEGORIES},
    "rogatory": {"purposes": ("proceedings",), "data_categories": CATEGORIES},
    "cso": {"purposes": ("assistance", "return", "testimony_support"), "data_categories": CATEGORIES},
}
PAIRS = (
    (RS, MK, POLICE),
    (RS, AL, POLICE),
    (MK, AL, POLICE),
    (RS_PROSECUTION, BA_PROSECUTION, ROGATORY),
    (NADA, LOTSE, CSO),
)


class TestClock:
    """Time as the test says."""

    __test__ = False

    def __init__(self, now: int = START) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def advance(self, seconds: int) -> None:
        self.now += seconds


@cache
def _lock() -> Lock:
    """One derived key per process: deriving costs a quarter of a second."""
    return new_lock(b"a passphrase of a test", CountingEntropy("lock"))


@cache
def packaged_bundle() -> Bundle:
    """Return the packaged policy bundle, parsed once per process."""
    return parse_bundle(MANIFEST, {hashlib.sha256(raw).digest(): raw for raw in PACKAGED.values()})


@dataclass
class TestMachine:
    """One node's folder and everything to start it again."""

    __test__ = False

    folder: Path
    hub: HubSimulator
    member: Member
    entropy: Entropy
    settings: GatewaySettings = field(default_factory=GatewaySettings)
    files: FileSettings = field(default_factory=FileSettings)
    people: tuple[PersonalSeed, ...] = ()
    hooks: Hooks = field(default_factory=Hooks)
    log: io.StringIO = field(default_factory=io.StringIO)
    journal: Journal = field(default_factory=Silent)

    @property
    def node(self) -> NodeId:
        return self.member.node

    @property
    def network(self) -> TestNetwork:
        return self.hub.network

    @property
    def database_settings(self) -> DatabaseSettings:
        return DatabaseSettings(url=f"sqlite:///{self.folder / 'state.db'}", reserve_bytes=0, ballast_bytes=0)

    def keystore(self) -> Keystore:
        """The keystore with this node's keys; kept beside the database once it was saved."""
        path = self.folder / "node.keystore"
        if not path.exists():
            Keystore(path, self._secrets(), _lock(), self.entropy).save(self._secrets())
        return Keystore(path, open_again(path.read_bytes(), _lock()), _lock(), self.entropy)

    def _secrets(self) -> Secrets:
        name = self.member.name
        return Secrets(
            role=Role.NODE,
            name=name,
            identity=IdentitySeeds(_seed("ed25519", name), _seed("mldsa65", name)),
            log=LogSeeds(_seed("note ed25519", name), _seed("note mldsa44", name)),
            recipients=self.network.nodes[self.node].ring.seeds(),
            epochs=(EpochKey(1, _seed("epoch", name), START),),
            search=_seed("search", name),
            people=self.people,
        )

    def config(self, **changes: Any) -> NodeConfig:
        """Return the node's settings, after writing the files they name."""
        self.folder.mkdir(parents=True, exist_ok=True)
        network = self.network
        file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
        (self.folder / "network.directory").write_bytes(encode_directory(file))
        config = NodeConfig(
            node=self.node,
            charter=network.charter_digest.hex(),
            keystore=self.folder / "node.keystore",
            network=self.folder / "network.directory",
            hub=HubSettings("https://localhost:1", self.folder / "authority.pem", self.folder / "node.pem"),
            database=self.database_settings,
            gateway=self.settings,
            attachments=self.files,
            api=ApiSettings(port=0, token=self.folder / "api.token"),
        )
        return replace(config, **changes)

    @contextlib.asynccontextmanager
    async def serving(self, **changes: Any) -> AsyncIterator[Node]:
        """Run the whole node: API, loops and all, against the simulated hub."""
        config = self.config(**changes)
        around = Surroundings(self.network.clock, self.entropy, self.hooks, self.log, self.hub.door(self.node))
        lay_out(config.database, "nodes")
        node = Node(config, self.keystore(), around)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nodes.gateway.sync.parse_bundle", lambda *_: packaged_bundle())
            await node.start()
            try:
                yield node
            finally:
                await node.stop()

    @contextlib.asynccontextmanager
    async def running(self, *, synced: bool = True, overlay: Overlay | None = None) -> AsyncIterator["TestGateway"]:
        """Run the gateway without its loops: the test takes every turn itself."""
        self.folder.mkdir(parents=True, exist_ok=True)
        prepare(self.database_settings, "nodes")
        database = Database(self.database_settings, self.hooks)
        database.open()
        try:
            files = FileRoom(self.folder / "attachments", self.files, self.entropy, 0)
            door, journal = self.hub.door(self.node), self.journal
            machine = Machine(self.network.clock, self.entropy, database, door, files, overlay, journal=journal)
            pinned = Pinned(self.network.charter_entry, self.network.charter_digest)
            gateway = await build_gateway(self.keystore(), pinned, machine, self.settings)
            gateway.network.replica.swap_bundle(packaged_bundle())
            await look_over(gateway.store, self.network.clock())
            if synced:
                await gateway.network.sync.run()
            yield TestGateway(self, gateway)
        finally:
            database.close()


@dataclass
class TestGateway:
    """A running gateway with the turns a test takes."""

    __test__ = False

    machine: TestMachine
    gateway: Gateway

    @property
    def node(self) -> NodeId:
        return self.machine.node

    async def send(self, asked: dict[str, Any], /, **options: Any) -> Result:
        """Send a request of the API."""
        wish = parse_wish(asked)
        assert isinstance(wish, Wish), wish
        return await self.gateway.sending.send(wish, Options(**options))

    async def queue(self, asked: dict[str, Any], /, **options: Any) -> MessageId:
        """Send a request that must pass."""
        result = await self.send(asked, **options)
        assert isinstance(result, Queued), result
        return result.message

    async def take(self, channel: Channel = POLICE) -> int:
        """Take one page of a mailbox; return how many items it held."""
        return (await self.gateway.receiver.take(channel, 0)).items

    async def submit(self) -> None:
        """Offer what is due."""
        await self.gateway.submitter.drain()

    async def upload(self) -> None:
        """Let every upload that is due go on by a slice."""
        await self.gateway.submitter.drain_uploads()

    async def download(self) -> None:
        """Let every download that is due go on by a slice."""
        await self.gateway.downloader.drain()

    async def stash(
        self, content: bytes, name: str = "report.pdf", media_type: str = "application/pdf"
    ) -> dict[str, Any]:
        """Upload a file to the node, and return what a request says of it."""

        async def pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(content), 65_536):
                yield content[at : at + 65_536]

        taken = await self.gateway.stash.take(name, media_type, pieces())
        return {"id": taken.id.hex(), "category": "CA"}

    async def post(self) -> None:
        """Post what is signed."""
        await self.gateway.poster.drain()

    async def exchange(self, other: "TestGateway", channel: Channel = POLICE) -> None:
        """Let both sides do everything that is due between them."""
        for each in (self, other):
            await each.submit()
        for each in (other, self):
            while await each.take(channel):
                pass
            await each.post()
        while await self.take(channel):
            pass


@cache
def _founded(members: tuple[Member, ...], now: int) -> TestNetwork:
    """Return the network of a world, founded once per process; a world goes on from a copy."""
    network = TestNetwork.small(lambda: now, CountingEntropy("network"), members=members, policy=PACKAGED_DIGEST)
    for one, other, channel in PAIRS:
        if one in members and other in members:
            network.agree(one.node, other.node, channel, **TERMS[channel])
    return network


@dataclass
class TestWorld:
    """A network, its simulated hub, and a machine for each member that a test names."""

    __test__ = False

    folder: Path
    clock: TestClock = field(default_factory=TestClock)
    members: tuple[Member, ...] = MEMBERS
    network: TestNetwork = field(init=False)
    hub: HubSimulator = field(init=False)

    def __post_init__(self) -> None:
        founded = _founded(self.members, self.clock())
        self.network = replace(founded.fork(), clock=self.clock, entropy=CountingEntropy("network"))
        self.hub = HubSimulator(self.network)

    def machine(self, member: Member, **changes: Any) -> TestMachine:
        """Return the machine of a member; the same folder each time."""
        machine = TestMachine(self.folder / member.name, self.hub, member, CountingEntropy(member.name))
        return replace(machine, **changes)


def example(name: str, **changes: Any) -> dict[str, Any]:
    """Return a request from an example document, such as ``MT-01/vehicle-mk``; ``changes`` replace its keys."""
    found = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    request = {"type": found["type"], "document": found["body"]}
    if "identity" in found:
        request["identity"] = found["identity"]
    return request | changes


def some_example(type_: str, **changes: Any) -> dict[str, Any]:
    """Return a request from the first example of a type."""
    first = min(path.stem for path in (EXAMPLES / type_).iterdir())
    return example(f"{type_}/{first}", **changes)


def reference(text: str) -> Reference:
    """Return the reference written in hex."""
    return Reference(bytes.fromhex(text))
