"""The commands for keys to come: a party file made anew, and a change of signing keys where no node runs."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

from keys.ceremony import change_identity, settle_identity
from keys.cli_base import (
    Tools,
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
from keys.summaries import describe, describe_party
from protocol.cose import identity_kid
from protocol.errors import Code, Fault
from runtime.files import write_atomic


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


CHANGE_COMMANDS: Final = (party_file, new_identity)
