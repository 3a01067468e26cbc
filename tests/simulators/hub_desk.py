"""An operator's folder after a ceremony, and the hub as a process of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner

from egnatia.demo.ports import free_ports
from hub.cli import commands
from keys.cli_base import Tools
from keys.exchange_files import DirectoryFile, Sheet, StatementFile, encode_directory, encode_statements
from keys.identity import IdentitySeeds
from keys.keystore import create_keystore
from keys.log_signer import LogSeeds
from keys.private_keys import Role, Secrets
from protocol.statements import Body, encode_statement, sign_statement
from tests.simulators.hub_world import BLOBS, World
from tests.simulators.network import _seed, tls_key_of

PASSPHRASE = b"correct horse battery staple"


@dataclass
class Desk:
    """An operator's folder with everything the ceremony handed over."""

    world: World
    folder: Path
    kill: Callable[[], None] = lambda: None

    @property
    def config(self) -> Path:
        return self.folder / "hub" / "hub.toml"

    def run(self, *words: str, days: int = 0, typed: str = PASSPHRASE.decode() + "\n") -> "Said":
        clock = self.world.clock() + days * 86_400
        tools = Tools(lambda: clock, os.urandom)
        done = CliRunner().invoke(commands, words, input=typed, obj=tools, catch_exceptions=False)
        return Said(done.exit_code, done.stdout, done.stderr)

    def init(self, *more: str) -> "Said":
        words = ["init", str(self.folder / "hub"), "--directory", str(self.folder / "network.directory")]
        words += ["--store", str(self.folder / "hub.keystore"), "--certificate", str(self.folder / "hub.crt")]
        words += ["--authority", str(self.folder / "authority.crt")]
        for number, _ in enumerate(BLOBS):
            words += ["--bundle", str(self.folder / f"bundle-{number}")]
        ports = free_ports(2)
        return self.run(*words, "--port", str(ports[0]), "--admin-port", str(ports[1]), *more)

    def sheet(self, name: str, body: Body, *signers: object) -> Path:
        network = self.world.network
        signed = tuple(sign_statement(body, each, network.network_id) for each in signers)  # type: ignore[arg-type]
        path = self.folder / name
        path.write_bytes(encode_statements(StatementFile(network.network_id, (Sheet(encode_statement(body), signed),))))
        return path


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def facts(self) -> dict[str, object]:
        return json.loads(self.out)


@contextmanager
def served(desk: Desk) -> Iterator[subprocess.Popen[str]]:
    """Run the hub as its own process until the block ends; the passphrase comes through a descriptor."""
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    program = "from hub.cli import commands; commands()"
    words = ["run", "--config", str(desk.config), "--passphrase-from", f"fd:{reading}", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        pass_fds=(reading,),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    os.close(reading)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def told(process: subprocess.Popen[str]) -> dict[str, object]:
    """Return what the hub announces when it listens."""
    text = ""
    while not text.endswith("}\n"):
        line = process.stdout.readline() if process.stdout else ""
        assert line, process.stderr.read() if process.stderr else ""
        text += line
    return json.loads(text)


def make_keystore(path: Path) -> bytes:
    """Return the hub's keystore file; it takes a second on purpose."""
    secrets = Secrets(
        role=Role.HUB,
        name="hub",
        identity=IdentitySeeds(_seed("ed25519", "hub"), _seed("mldsa65", "hub")),
        log=LogSeeds(_seed("note ed25519", "hub"), _seed("note mldsa44", "hub")),
        tls=tls_key_of("hub"),
    )
    create_keystore(path, secrets, PASSPHRASE, os.urandom)
    return path.read_bytes()


def lay_out(folder: Path, keystore: bytes) -> Desk:
    """Put what the ceremony made into a folder."""
    world = World(folder)
    (folder / "hub.keystore").touch(0o600)
    (folder / "hub.keystore").write_bytes(keystore)
    network = world.network
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (folder / "network.directory").write_bytes(encode_directory(file))
    for number, blob in enumerate(BLOBS):
        (folder / f"bundle-{number}").write_bytes(blob)
    return Desk(world, folder)
