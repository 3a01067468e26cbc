"""An operator's folder after a ceremony, and the hub as a process of its own."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

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
from tests.e2e.warm import warm_process
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


@dataclass
class Served:
    """A hub as its own process, with the words of ``subprocess.Popen``."""

    process: BaseProcess
    stdout: TextIO
    stderr: TextIO

    @property
    def returncode(self) -> int | None:
        return self.process.exitcode

    def send_signal(self, sig: int) -> None:
        assert self.process.pid is not None
        os.kill(self.process.pid, sig)

    def kill(self) -> None:
        self.process.kill()

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        said = self.stdout.read(), self.stderr.read()
        self.process.join(timeout)
        return said


@contextmanager
def served(desk: Desk) -> Iterator[Served]:
    """Run the hub as its own process until the block ends; the passphrase comes through a descriptor."""
    (out, to_out), (err, to_err) = Pipe(duplex=False), Pipe(duplex=False)
    words = ["run", "--config", str(desk.config), "--json"]
    process = warm_process(_be_the_hub, (to_out, to_err, words))
    to_out.close()
    to_err.close()
    with open(out.fileno(), closefd=False) as stdout, open(err.fileno(), closefd=False) as stderr:
        try:
            yield Served(process, stdout, stderr)
        finally:
            process.kill()
            process.join()


def _be_the_hub(out: Connection, err: Connection, words: list[str]) -> None:
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    out.close()
    err.close()
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    commands([*words, "--passphrase-from", f"fd:{reading}"])


def told(process: Served) -> dict[str, object]:
    """Return what the hub announces when it listens."""
    text = ""
    while not text.endswith("}\n"):
        line = process.stdout.readline()
        assert line, process.stderr.read()
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
