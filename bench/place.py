"""A small founded network on disk, laid out by the public commands, so that the measured hub is a hub as it is run."""

import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from egnatia.demo.ports import free_ports
from keys.ceremony import create_secrets
from keys.certificates import pem_of
from keys.exchange_files import DirectoryFile, encode_directory
from keys.keystore import create_keystore
from keys.log_signer import LogSeeds
from keys.private_keys import Role, Secrets
from protocol.ids import Channel
from tests.simulators.hub import MANIFEST, PACKAGED, PACKAGED_DIGEST
from tests.simulators.network import Member, TestNetwork, _seed, identity_seeds_of, tls_key_of
from tests.simulators.node import AL, CATEGORIES, MK, RS

PASSPHRASE: Final = b"only for a measurement"
POLICE: Final = Channel("police")
SENDERS: Final = (RS, MK, AL)
_COMMAND: Final = (sys.executable, "-m", "egnatia")
_ROOM: Final = """
[quotas]
requests_per_minute = 10000000
messages_per_day = 10000000
"""
"""A load that is meant to find the limit must not find the quota."""


def now() -> int:
    return int(time.time())


@dataclass(frozen=True, slots=True)
class Ports:
    """Where hub, its operator and the node listen."""

    hub: int
    admin: int
    node: int
    other: int  # of a second node, where one joined
    line: int  # in front of the hub, where bytes are counted
    desk: int


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with the founded hub ``hub``, the node ``node`` and the certificates of every sender."""

    folder: Path
    network: TestNetwork
    ports: Ports

    def begin_again(self) -> None:
        """Put the hub's folder back to what it was when it was founded; no hub may run."""
        shutil.rmtree(self.folder / "hub")
        shutil.copytree(self.folder / "founded", self.folder / "hub")


def lay_out(folder: Path) -> Place:
    """Found the network of three police nodes under the packaged policies, with one hub and one node set up."""
    place = found(folder)
    join(place, "node", RS, f"https://127.0.0.1:{place.ports.hub}")
    return place


def found(folder: Path) -> Place:
    """Found that network with its hub; no node has joined yet."""
    network = TestNetwork.small(now, os.urandom, members=SENDERS, policy=PACKAGED_DIGEST)
    for one, other in ((RS, MK), (RS, AL), (MK, AL)):
        network.agree(one.node, other.node, POLICE, purposes=("investigate",), data_categories=CATEGORIES)
    _write_files(folder, network)
    ports = Ports(*free_ports(6))
    place = Place(folder, network, ports)
    bundle = [word for path in sorted((folder / "bundle").iterdir()) for word in ("--bundle", str(path))]
    hub = ["hub", "init", "hub", "--store", "hub.keystore", "--certificate", "hub.pem", *bundle]
    run(place, *hub, "--port", str(ports.hub), "--admin-port", str(ports.admin), *_shared())
    with (folder / "hub" / "hub.toml").open("a", encoding="utf-8") as settings:
        settings.write(_ROOM)
    shutil.copytree(folder / "hub", folder / "founded")
    return place


def join(place: Place, name: str, member: Member, hub: str) -> None:
    """Let a member join as the node in the folder ``name``, with the hub at that address; RS has the first API port."""
    network, port = place.network, place.ports.node if member is RS else place.ports.other
    own = replace(
        create_secrets(Role.NODE, member.name, now(), os.urandom),
        identity=identity_seeds_of(member.name),
        tls=tls_key_of(member.name),
        recipients=network.nodes[member.node].ring.seeds(),
    )
    create_keystore(place.folder / f"{name}.keystore", own, PASSPHRASE, os.urandom)
    node = ["node", "join", name, "--node", member.node, "--store", f"{name}.keystore"]
    node += ["--pin", network.charter_digest.hex(), "--certificate", f"{member.name}.pem", "--hub", hub]
    run(place, *node, "--api-port", str(port), *_shared())


def run(place: Place, *words: str) -> None:
    """Run a public command in the folder; it must succeed."""
    done = subprocess.run(
        [*_COMMAND, *words], cwd=place.folder, capture_output=True, text=True, env=_env(), check=False
    )
    if done.returncode:
        raise SystemExit(f"egnatia {' '.join(words)}: {done.stdout}{done.stderr}")


def start(place: Place, *words: str) -> subprocess.Popen[bytes]:
    """Start a service with its passphrase on a pipe; what it prints goes to a file named after it."""
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    with (place.folder / f"{words[0]}.log").open("ab") as log:
        process = subprocess.Popen(
            [*_COMMAND, *words, "--passphrase-from", f"fd:{reading}"],
            cwd=place.folder,
            pass_fds=(reading,),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=_env(),
        )
    os.close(reading)
    return process


def _env() -> dict[str, str]:
    root = str(Path(__file__).parents[1])
    return {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"} | {"PYTHONPATH": root}


def _shared() -> list[str]:
    return ["--directory", "network.directory", "--authority", "ca.pem"]


def _write_files(folder: Path, network: TestNetwork) -> None:
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (folder / "network.directory").write_bytes(encode_directory(file))
    (folder / "ca.pem").write_bytes(pem_of(network.authority().certificate))
    (folder / "hub.pem").write_bytes(pem_of(network.certificate("hub", "127.0.0.1")))
    (folder / "bundle").mkdir()
    for number, raw in enumerate((MANIFEST, *PACKAGED.values())):
        (folder / "bundle" / f"{number:03}").write_bytes(raw)
    for member in SENDERS:
        _write_tls(folder, network, member)
    secrets = Secrets(
        role=Role.HUB,
        name="hub",
        identity=identity_seeds_of("hub"),
        log=LogSeeds(_seed("note ed25519", "hub"), _seed("note mldsa44", "hub")),
        tls=tls_key_of("hub"),
    )
    create_keystore(folder / "hub.keystore", secrets, PASSPHRASE, os.urandom)


def _write_tls(folder: Path, network: TestNetwork, member: Member) -> None:
    (folder / f"{member.name}.pem").write_bytes(pem_of(network.certificate(member.name)))
    key = folder / f"{member.name}.key"
    key.touch(0o600)
    key.write_bytes(tls_key_of(member.name).pem())
