"""The network of the stories: founded in memory, then one hub and six nodes as real processes for all of them."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final

from egnatia.demo.client import Node, Unexpected
from egnatia.demo.desk import PASSPHRASE, type_series
from egnatia.demo.ports import free_ports
from egnatia.demo.processes import DidNotStart, Processes, answers, wait_until
from egnatia.demo.stage import TOKEN, read_token
from keys.certificates import pem_of
from keys.epochs import KEY_SIZE, EpochKey
from keys.exchange_files import DirectoryFile, encode_directory
from keys.identity import PrivateIdentity
from keys.keystore import Keystore
from keys.log_signer import LogSeeds
from keys.private_keys import PersonalSeed, Role, Secrets
from keys.sealed_store import Lock, new_lock
from nodes.gateway.bundles import Bundle
from protocol.charter import ChannelTerms
from protocol.ids import CHANNELS, Channel, NodeId, Reference
from protocol.statement_nodes import Enrolment, PersonBinding
from tests.e2e.network import IMPATIENT, be_quick
from tests.e2e.warm import WarmProcesses
from tests.simulators.hub import MANIFEST, PACKAGED, PACKAGED_DIGEST
from tests.simulators.network import Member, TestNetwork, _seed, identity_of, identity_seeds_of, tls_key_of
from tests.simulators.node import packaged_bundle
from tests.stories.cast import ACCREDITED, BONDS, MEMBERS, PEOPLE, RUNNING

YEAR: Final = 365 * 86_400
WEEKS: Final = 4
PATIENCE_S: Final = 300
LONGEST_DAYS: Final = 90
_INSTRUMENT: Final = "An agreement of the stories"


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a key at a node."""

    id: Reference
    role: str
    signer: PrivateIdentity


def person_of(node: str, role: str) -> Person:
    """Return the person who has a role at a node."""
    name = f"{role} of {node}"
    return Person(Reference(hashlib.sha256(name.encode()).digest()[:16]), role, identity_of(name))


@dataclass
class Town:
    """The running network. ``network`` acts for anybody in it; ``nodes`` are the six, by node id."""

    folder: Path
    network: TestNetwork
    processes: Processes
    hub_port: int
    nodes: dict[str, Node] = field(default_factory=dict)
    founded: tuple[int, bytes] = (0, b"")  # size and root of the directory with which everybody began
    bundle: Bundle = field(default_factory=packaged_bundle)  # in force

    @cached_property
    def lock(self) -> Lock:
        """One derived key for all keystores: each derivation costs a quarter of a second."""
        return new_lock(PASSPHRASE, self.network.entropy)

    def type(self, line: str) -> str:
        """Run a public command in the town's folder; an end other than success fails the test."""
        (printed,) = type_series(str(self.folder), [line])
        assert printed.status == 0, f"egnatia {line}: {printed.out}"
        return printed.out

    def keep(self, secrets: Secrets, file: str) -> None:
        """Write a keystore."""
        Keystore(self.folder / file, secrets, self.lock, self.network.entropy).save(secrets)


class _Network(TestNetwork):
    """A network two of whose members may open what is classified."""

    def enrolment(self, member: Member) -> Enrolment:
        accredited = ("R",) if member.name in ACCREDITED else ()
        return replace(TestNetwork.enrolment(self, member), accredited=accredited)


def found_network() -> TestNetwork:
    """Return the network with everybody enrolled, their keys, people and agreements, and the packaged policy."""
    # The charter lets a message live longer than any channel's rules, so that the rules have something to refuse.
    channels = tuple(ChannelTerms(channel, WEEKS, LONGEST_DAYS) for channel in CHANNELS)
    network = _Network.founded(lambda: int(time.time()), _entropy, channels=channels)
    network.activate(PACKAGED_DIGEST)
    for member in MEMBERS:
        network.enrol(member)
        network.publish(member.node)
    for node, roles in PEOPLE.items():
        for role in roles:
            network.append(_binding(network, node, role), identity_of(node), person_of(node, role).signer)
    for bond in BONDS:
        network.agree(
            NodeId(bond.a),
            NodeId(bond.b),
            Channel(bond.channel),
            instrument=_INSTRUMENT,
            purposes=tuple(sorted(bond.purposes)),
            data_categories=tuple(sorted(bond.categories)),
            personal_data=bond.personal_data,
            **bond.changes,
        )
    return network


def _entropy(size: int) -> bytes:
    import os

    return os.urandom(size)


def _binding(network: TestNetwork, node: str, role: str) -> PersonBinding:
    person, now = person_of(node, role), network.clock()
    return PersonBinding(
        node=NodeId(node),
        issued_at=now,
        person=person.id,
        role=role,
        identity=person.signer.public,
        not_before=now,
        not_after=now + YEAR,
    )


@contextlib.contextmanager
def run_town(folder: Path) -> Iterator[Town]:
    """Found the network and run it; on leaving, whatever happened, no process is left."""
    folder.mkdir(parents=True)
    hub_port, admin_port, *ports = free_ports(2 + len(RUNNING))
    with WarmProcesses(folder) as processes:
        town = Town(folder, found_network(), processes, hub_port)
        _write_files(town)
        town.type(
            f"hub init hub --directory network.directory --store hub.keystore --certificate hub.pem --authority ca.pem "
            f"--port {hub_port} --admin-port {admin_port} --bundle bundle"
        )
        be_quick(folder / "hub" / "hub.toml")
        processes.start("hub", ["hub", "run", "--config", str(folder / "hub" / "hub.toml")])
        for member, port in zip(RUNNING, ports, strict=True):
            _join(town, member.name, port)
        _wait(town, "hub", lambda: answers(f"http://127.0.0.1:{admin_port}/ready"))
        for member, port in zip(RUNNING, ports, strict=True):
            config = folder / member.name / "node.toml"
            processes.start(member.name, ["node", "run", "--config", str(config), "--name", member.name])
            town.nodes[member.name] = Node(member.name, member.name, f"http://127.0.0.1:{port}", "")
        for member in RUNNING:
            _wait(town, member.name, lambda name=member.name: _ready(town, name))  # type: ignore[misc]  # bound per name
        yield town


def _write_files(town: Town) -> None:
    network, folder = town.network, town.folder
    town.founded = network.directory.size, network.directory.root
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (folder / "network.directory").write_bytes(encode_directory(file))
    (folder / "ca.pem").write_bytes(pem_of(network.authority().certificate))
    (folder / "bundle").mkdir()
    for blob in (MANIFEST, *PACKAGED.values()):
        (folder / "bundle" / hashlib.sha256(blob).hexdigest()).write_bytes(blob)
    (folder / "hub.pem").write_bytes(pem_of(network.certificate("hub", "127.0.0.1")))
    log = LogSeeds(_seed("note ed25519", "hub"), _seed("note mldsa44", "hub"))
    secrets = Secrets(role=Role.HUB, name="hub", identity=identity_seeds_of("hub"), log=log, tls=tls_key_of("hub"))
    town.keep(secrets, "hub.keystore")


def _join(town: Town, name: str, port: int) -> None:
    (town.folder / f"{name}.pem").write_bytes(pem_of(town.network.certificate(name)))
    town.keep(_secrets(town.network, name), f"{name}.keystore")
    town.type(
        f"node join {name} --node {name} --store {name}.keystore --directory network.directory "
        f"--pin {town.network.charter_digest.hex()} --certificate {name}.pem --authority ca.pem "
        f"--hub https://127.0.0.1:{town.hub_port} --api-port {port}"
    )
    with (town.folder / name / "node.toml").open("a") as settings:
        settings.write(IMPATIENT)


def _secrets(network: TestNetwork, name: str) -> Secrets:
    return Secrets(
        role=Role.NODE,
        name=name,
        identity=identity_seeds_of(name),
        log=LogSeeds(_seed("note ed25519", name), _seed("note mldsa44", name)),
        recipients=network.nodes[NodeId(name)].ring.seeds(),
        epochs=(EpochKey(1, network.entropy(KEY_SIZE), network.clock()),),
        search=network.entropy(KEY_SIZE),
        people=tuple(
            PersonalSeed(person_of(name, role).id, role, identity_seeds_of(f"{role} of {name}"))
            for role in PEOPLE[name]
        ),
        tls=tls_key_of(name),
    )


def _wait(town: Town, name: str, ready: Callable[[], bool]) -> None:
    """Return when a process is ready, however busy the machine is; ``DidNotStart`` when it ended."""

    def done() -> bool:
        if not town.processes.alive(name):
            raise DidNotStart(f"{name} ended: {(town.folder / f'{name}.log').read_text(encoding='utf-8')[-800:]}")
        return ready()

    wait_until(done, f"the start of {name}", PATIENCE_S)


def _ready(town: Town, name: str) -> bool:
    token = town.folder / name / TOKEN
    if not token.exists():
        return False
    node = Node(name, name, town.nodes[name].base, read_token(token))
    town.nodes[name] = node
    try:
        return bool(node.status()["policy"]["here"])
    except (OSError, Unexpected):
        return False
