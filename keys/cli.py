"""``egnatia keys``: make keys, look at files, sign statements and found a network, one step at a time and offline.

The whole ceremony of a small network is written down in docs/ceremony.md, and that page is run as a test.
"""

import errno
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import click

from keys.ceremony import create_secrets, signer_of
from keys.cli_agreement import agree, agreement
from keys.cli_base import (
    Commands,
    Tools,
    argument,
    ask_new_passphrase,
    command,
    given_file,
    new_file,
    open_store,
    option,
    other_charter,
    passphrase_source,
    quiet,
    read_directory,
    read_party,
    read_pin,
    read_statements,
    tell,
    write_statements,
)
from keys.cli_change import CHANGE_COMMANDS
from keys.cli_network import NETWORK_COMMANDS
from keys.cli_node import NODE_COMMANDS
from keys.cli_shares import shares
from keys.cli_tls import TLS_COMMANDS
from keys.directory import Directory, Standing
from keys.exchange_files import (
    DIRECTORY,
    PARTY,
    STATEMENTS,
    DirectoryFile,
    Sheet,
    encode_directory,
    encode_party,
    found_directory,
    party_of,
)
from keys.keystore import create_keystore, read_public
from keys.private_keys import Role
from keys.summaries import (
    Value,
    describe,
    describe_directory,
    describe_keystore,
    describe_party,
    progress,
)
from protocol.cbor import encode
from protocol.errors import Code, Fault
from protocol.statements import kind_of
from runtime.files import write_atomic
from runtime.operator import OperatorError


@click.group("keys", cls=Commands)
def commands() -> None:
    """Keys, statements and certificates of a network."""


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """Options of ``create``."""

    role: Annotated[str, argument(type=click.Choice([str(each) for each in Role]))]
    name: Annotated[str, argument()]
    store: Annotated[Path, new_file("--store", text="The new keystore.")]
    out: Annotated[Path, new_file("--out", text="The new party file with the public keys.")]
    source: Annotated[str | None, passphrase_source()]


@command("create", CreateOptions)
def create(tools: Tools, given: CreateOptions) -> None:
    """Make the keys of a node, hub, registrar, certificate authority or operator of a hub.

    NAME is the node's id, `hub`, or a functional label. Writes a keystore and a party file with the public keys.
    """
    if given.store.exists():
        raise FileExistsError(errno.EEXIST, "exists", str(given.store))
    secrets = create_secrets(Role(given.role), given.name, tools.clock(), tools.entropy)
    passphrase = ask_new_passphrase(given.source, given.name)
    create_keystore(given.store, secrets, passphrase, tools.entropy)
    party = party_of(secrets)
    write_atomic(given.out, encode_party(party))
    tell(f"Made {given.store.name}. Hand on {given.out.name}, never the keystore.", describe_party(party))


_PARTIES = given_file("--party", text="A registrar's party file, to show its name.", multiple=True, required=False)


@dataclass(frozen=True, slots=True)
class ShowOptions:
    """Options of ``show``."""

    file: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    directory: Annotated[
        Path | None, given_file("--directory", text="Say also which signatures are lacking.", required=False)
    ]
    parties: Annotated[tuple[Path, ...], _PARTIES]


@command("show", ShowOptions)
def show(_: Tools, given: ShowOptions) -> None:
    """Show what a party file, statement file, directory file or keystore says. No passphrase is needed."""
    start = given.file.read_bytes()[:64]
    if start.startswith(DIRECTORY):
        tell("A directory, every statement verified.", describe_directory(read_directory(given.file).directory))
    elif encode(PARTY) in start:
        tell("The public keys of a party.", describe_party(read_party(given.file)))
    elif encode(STATEMENTS) in start:
        directory = _directory(given.directory)
        sheets = read_statements(given.file).sheets
        parties = [read_party(each) for each in given.parties]
        facts: list[Value] = [{**progress(each, directory), **describe(each.body, parties)} for each in sheets]
        tell("Statements.", {"statements": facts})
    else:
        tell("A keystore; its private keys stay closed.", describe_keystore(read_public(given.file)))


@dataclass(frozen=True, slots=True)
class SignOptions:
    """Options of ``sign``."""

    files: Annotated[
        tuple[Path, ...],
        argument(nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ]
    store: Annotated[Path, given_file("--store", text="The keystore that signs.")]
    directory: Annotated[
        Path | None, given_file("--directory", text="Say also which signatures are lacking.", required=False)
    ]
    source: Annotated[str | None, passphrase_source()]
    parties: Annotated[tuple[Path, ...], _PARTIES]
    yes: Annotated[bool, option("--yes", is_flag=True, help="Sign without being asked.")]


@command("sign", SignOptions)
def sign(tools: Tools, given: SignOptions) -> None:
    """Show the statements in FILES, ask once, and add a signature to each."""
    directory = _directory(given.directory)
    files = {path: read_statements(path) for path in given.files}
    if not quiet():
        parties = [read_party(each) for each in given.parties]
        shown: list[Value] = [describe(sheet.body, parties) for file in files.values() for sheet in file.sheets]
        tell("You are about to sign:", {"statements": shown})
    if not given.yes and not click.confirm("Sign?", err=True):
        raise OperatorError("NOT_SIGNED", "Nothing was signed", "", "Ask whoever drafted it if something is wrong")
    store = open_store(given.store, given.source, tools)
    signer = signer_of(store.secrets)
    signed = {path: file.sign(signer) for path, file in files.items()}
    for path, file in signed.items():
        write_statements(path, file)
    facts: list[Value] = [progress(each, directory) for file in signed.values() for each in file.sheets]
    tell(f"Signed by {store.secrets.name}.", {"statements": facts})


@dataclass(frozen=True, slots=True)
class AppendOptions:
    """Options of ``append``."""

    files: Annotated[
        tuple[Path, ...],
        argument(nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)),
    ]
    directory: Annotated[
        Path, new_file("--directory", text="The directory file; made when a charter founds the network.")
    ]
    pin: Annotated[str | None, option("--pin", default=None, help="The charter's digest, as it was read out to you.")]


@command("append", AppendOptions)
def append(_: Tools, given: AppendOptions) -> None:
    """Append the complete statements in FILES to a directory file, all or none; every rule is checked."""
    sheets = tuple(sheet for path in given.files for sheet in read_statements(path).sheets)
    if given.directory.exists():
        file = read_directory(given.directory)
    else:
        file, sheets = _founded(sheets[0], given.pin), sheets[1:]
    for sheet in sheets:
        if sheet.id == file.pin or file.directory.standing(sheet.id) is Standing.IN_FORCE:
            raise _there_already(sheet, given.directory)
        file = file.grown([sheet.entry()])
        file.directory.check_in_force(sheet.id)
    write_atomic(given.directory, encode_directory(file))
    facts: dict[str, Value] = {"size": file.directory.size, "root": file.directory.root.hex()}
    tell(f"{given.directory.name} is valid and complete.", facts)


def _founded(sheet: Sheet, pin: str | None) -> DirectoryFile:
    if pin is None:
        raise OperatorError(
            "PIN_NEEDED",
            "A directory begins with a charter that you have checked",
            "Whoever brings you the file could have brought another charter",
            "Compare the digest with the one read out at the ceremony and pass it with --pin",
        )
    digest = read_pin(pin)
    if sheet.id != digest:
        raise other_charter("The statement file")
    return found_directory(digest, sheet.entry())


def _there_already(sheet: Sheet, directory: Path) -> OperatorError:
    kind = kind_of(sheet.body).name.lower()
    return OperatorError(
        "APPENDED_BEFORE",
        f"This {kind} stands in {directory.name} already",
        "A statement is appended once",
        "Nothing to do; go on with the next statement",
    )


def _directory(path: Path | None) -> Directory | None:
    return None if path is None else read_directory(path).directory


@dataclass(frozen=True, slots=True)
class CopyOptions:
    """Options of ``copy``."""

    store: Annotated[Path, given_file("--store", text="The keystore.")]
    out: Annotated[Path, new_file("--out", text="The custodian's copy; an older copy is replaced.")]
    source: Annotated[str | None, passphrase_source()]
    new_source: Annotated[
        str | None, option("--new-passphrase-from", default=None, help="For the copy, instead of a prompt.")
    ]


@command("copy", CopyOptions)
def copy(tools: Tools, given: CopyOptions) -> None:
    """Write the custodian's copy of a keystore, under the custodian's own passphrase. Renew it after every rotation."""
    store = open_store(given.store, given.source, tools)
    if given.out.resolve() == given.store.resolve():
        raise Fault(Code.NOT_PERMITTED, "the copy would replace the keystore")
    store.copy_to(given.out, ask_new_passphrase(given.new_source, "the copy"))
    tell(f"Made {given.out.name}.", {"recipient keys": len(store.secrets.recipients)})


for _each in (
    create,
    show,
    sign,
    append,
    copy,
    shares,
    agree,
    agreement,
    *NETWORK_COMMANDS,
    *NODE_COMMANDS,
    *TLS_COMMANDS,
    *CHANGE_COMMANDS,
):
    commands.add_command(_each)
