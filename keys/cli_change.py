"""The commands for keys to come: a party file made anew, a change of signing keys where no node runs, a passphrase."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

from keys.ceremony import change_identity, new_hub_keys, settle_identity
from keys.cli_base import (
    Tools,
    ask_new_passphrase,
    command,
    given_file,
    new_file,
    open_store,
    option,
    passphrase_source,
    read_directory,
    tell,
    write_statements,
)
from keys.exchange_files import draft, encode_party, party_of
from keys.keystore import create_keystore, read_public
from keys.summaries import Value, describe, describe_keystore, describe_party
from protocol.cose import identity_kid
from protocol.errors import Code, Fault
from runtime.files import write_atomic
from runtime.operator import OperatorError


@dataclass(frozen=True, slots=True)
class PartyOptions:
    """Options of ``party``."""

    store: Annotated[Path, given_file("--store", text="The keystore.")]
    out: Annotated[Path, new_file("--out", text="The party file.")]
    coming: Annotated[bool, option("--next", is_flag=True, help="With the keys to come, where there are any.")]
    source: Annotated[str | None, passphrase_source()]


@command("party", PartyOptions)
def party_file(tools: Tools, given: PartyOptions) -> None:
    """Write the party file of a keystore again, or, with --next, the one with the keys to come."""
    secrets = open_store(given.store, given.source, tools).secrets
    if given.coming:
        secrets = replace(
            secrets, identity=secrets.next_identity or secrets.identity, tls=secrets.next_tls or secrets.tls
        )
    party = party_of(secrets)
    write_atomic(given.out, encode_party(party))
    tell(f"Wrote {given.out.name}.", describe_party(party))


@dataclass(frozen=True, slots=True)
class NewIdentityOptions:
    """Options of ``new-identity``."""

    store: Annotated[Path, given_file("--store", text="The node's keystore.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    finish: Annotated[bool, option("--finish", is_flag=True, help="The directory names the new keys: keep only those.")]
    source: Annotated[str | None, passphrase_source()]


@command("new-identity", NewIdentityOptions)
def new_identity(tools: Tools, given: NewIdentityOptions) -> None:
    """Make the node's next signing keys and sign the statement that puts them in force, with both.

    A running node does this by itself (egnatia node new-identity). Here: append the statement, then --finish.
    """
    store = open_store(given.store, given.source, tools)
    directory = read_directory(given.directory).directory
    if given.finish:
        settled = settle_identity(store.secrets, directory)
        if settled is None:
            raise Fault(Code.NOT_PERMITTED, "the directory does not name the new keys")
        store.save(settled)
        tell("The keystore holds only the new signing keys.", describe_party(party_of(settled)))
        return
    secrets, body, (present, coming) = change_identity(store.secrets, directory, tools.clock(), tools.entropy)
    store.save(secrets)
    write_statements(given.out, draft(directory.network_id, body).sign(present).sign(coming))
    tell(f"Signed {given.out.name}.", {**describe(body), "replaces": identity_kid(present.public).hex()})


@dataclass(frozen=True, slots=True)
class NewHubKeysOptions:
    """Options of ``new-hub-keys``."""

    store: Annotated[Path, given_file("--store", text="The hub's keystore; it stays as it is.")]
    new: Annotated[Path, new_file("--new", text="The keystore with the new keys.")]
    out: Annotated[Path, new_file("--out", text="Its party file.")]
    source: Annotated[str | None, passphrase_source()]
    new_source: Annotated[
        str | None, option("--new-passphrase-from", default=None, help="That of the new one, instead of a prompt.")
    ]


@command("new-hub-keys", NewHubKeysOptions)
def make_hub_keys(tools: Tools, given: NewHubKeysOptions) -> None:
    """Make a keystore with new signing keys of the hub: its identity and those of its logs. The TLS keys stay.

    A charter has to name them (charter --hub OUT). The hub takes that charter under its old keystore, signs nothing
    afterwards, and goes on when it is started with the new one.
    """
    present = open_store(given.store, given.source, tools)
    secrets = new_hub_keys(present.secrets, tools.entropy)
    create_keystore(given.new, secrets, ask_new_passphrase(given.new_source, given.new.name), tools.entropy)
    party = party_of(secrets)
    write_atomic(given.out, encode_party(party))
    tell(f"Made {given.new.name}. Hand on {given.out.name}, never the keystore.", describe_party(party))


@dataclass(frozen=True, slots=True)
class PassphraseOptions:
    """Options of ``passphrase``."""

    store: Annotated[Path, given_file("--store", text="The keystore.")]
    source: Annotated[str | None, passphrase_source()]
    new_source: Annotated[
        str | None, option("--new-passphrase-from", default=None, help="The new one, instead of a prompt.")
    ]


@command("passphrase", PassphraseOptions)
def change_passphrase(tools: Tools, given: PassphraseOptions) -> None:
    """Put a keystore under another passphrase. Copies made before keep the old one; those beside it are named.

    A crash leaves the keystore under the old or the new passphrase, never without one. A service that has it open goes
    on, and is started again before it can take over any later change.
    """
    store = open_store(given.store, given.source, tools)
    store.change_passphrase(ask_new_passphrase(given.new_source, given.store.name))
    copies: list[Value] = [path.name for path in _copies(given.store)]
    tell(
        f"{given.store.name} opens with the new passphrase only. Copies made before open with theirs: "
        "make the custodian's copy again, and delete the others.",
        {"copies beside it": copies},
    )


def _copies(store: Path) -> list[Path]:
    """Return the other keystores in the folder that hold the keys of the same party, now or of earlier weeks."""
    mine = describe_keystore(read_public(store))
    return [
        path
        for path in sorted(store.parent.iterdir())
        if path.is_file() and path.resolve() != store.resolve() and _party_in(path) == (mine["role"], mine["name"])
    ]


def _party_in(path: Path) -> tuple[Value, Value] | None:
    try:
        found = describe_keystore(read_public(path))
    except (Fault, OperatorError, OSError):  # not a keystore, or not ours to read
        return None
    return found["role"], found["name"]


CHANGE_COMMANDS: Final = (party_file, new_identity, make_hub_keys, change_passphrase)
