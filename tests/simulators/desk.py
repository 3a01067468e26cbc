"""A folder with the files of a small network, and the keys command line over it."""

from dataclasses import dataclass, replace
from pathlib import Path

from click.testing import CliRunner, Result

from keys.ceremony import create_secrets
from keys.cli import commands
from keys.cli_base import Tools
from keys.exchange_files import (
    DirectoryFile,
    StatementFile,
    encode_directory,
    encode_party,
    found_directory,
    parse_directory,
    parse_statements,
    party_of,
)
from keys.keystore import create_keystore, load_keystore
from keys.private_keys import Role, Secrets
from keys.sealed_store import MINIMUM
from tests.simulators.network import MK, RS, TestNetwork, identity_seeds_of, tls_key_of
from tests.simulators.party import NOW, CountingEntropy

PASSPHRASE = "correct horse battery"


@dataclass
class Desk:
    """A folder with the files of the small network, and the command line over it."""

    folder: Path
    now: int = NOW

    def run(self, *arguments: str, answers: str = "") -> Result:
        """Run ``egnatia keys`` in the folder; ``answers`` come before the passphrase is typed."""
        tools = Tools(lambda: self.now, CountingEntropy(repr(arguments)))
        typed = answers + f"{PASSPHRASE}\n" * 4
        return CliRunner().invoke(commands, list(arguments), input=typed, obj=tools)

    def good(self, *arguments: str, answers: str = "") -> str:
        """Run a command that must succeed, and return what it prints."""
        result = self.run(*arguments, answers=answers)
        assert result.exit_code == 0, result.output
        return result.stdout

    def bad(self, *arguments: str, answers: str = "") -> str:
        """Run a command that must be refused, and return its words on one line."""
        result = self.run(*arguments, answers=answers)
        assert result.exit_code == 1, result.output
        return " ".join(result.stderr.split())

    def path(self, name: str) -> Path:
        return self.folder / name

    def secrets(self, name: str) -> Secrets:
        return load_keystore(self.path(name), PASSPHRASE.encode(), CountingEntropy()).secrets

    def statements(self, name: str) -> StatementFile:
        return parse_statements(self.path(name).read_bytes())

    def directory(self) -> DirectoryFile:
        return parse_directory(self.path("d").read_bytes())


def set_table(folder: Path, founded: TestNetwork) -> None:
    """Write directory ``d`` and the keystores and party files of two nodes, the registrars, hub and authority."""
    entropy = CountingEntropy("table")
    file = found_directory(founded.charter_digest, founded.entries[0]).grown(founded.entries[1:])
    (folder / "d").write_bytes(encode_directory(file))
    parties = [
        *((f"reg{number}", Role.REGISTRAR, f"registrar {number}") for number in range(3)),
        ("rs", Role.NODE, RS.name),
        ("mk", Role.NODE, MK.name),
        ("hub", Role.HUB, "hub"),
        ("ca", Role.AUTHORITY, "network-ca"),
    ]
    for short, role, name in parties:
        secrets = of_the_network(create_secrets(role, name, NOW, entropy), founded)
        create_keystore(folder / f"{short}.keystore", secrets, PASSPHRASE.encode(), entropy, MINIMUM)
        (folder / f"{short}.party").write_bytes(encode_party(party_of(secrets)))


def of_the_network(secrets: Secrets, network: TestNetwork) -> Secrets:
    """The keystore with the identity, TLS key and recipient keys that the network knows under its name."""
    if secrets.role is Role.AUTHORITY:
        return secrets
    held = next((node.ring.seeds() for node in network.nodes.values() if node.member.name == secrets.name), ())
    tls = tls_key_of(secrets.name) if secrets.tls else None
    return replace(secrets, identity=identity_seeds_of(secrets.name), tls=tls, recipients=held)
