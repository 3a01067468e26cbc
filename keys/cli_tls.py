"""The commands around TLS: certificates from the authority, key files for the services, and a change of key."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Final

import click

from keys.ceremony import new_hub_tls_key, new_tls_key, only_hub_tls_key, only_tls_key, signer_of, tls_in
from keys.certificates import Authority, Subject, certificate_pin, der_of, expiry_report, issue_certificate, pem_of
from keys.cli_base import (
    Tools,
    argument,
    command,
    given_file,
    new_file,
    open_store,
    option,
    passphrase_source,
    read_directory,
    read_party,
    tell,
    write_statements,
)
from keys.exchange_files import draft, encode_party, party_of
from keys.keystore import Keystore
from keys.private_keys import Role, Secrets
from keys.summaries import Value, describe, describe_party, when
from runtime.files import write_atomic
from runtime.operator import OperatorError


@dataclass(frozen=True, slots=True)
class CertifyOptions:
    """Options of ``certify``."""

    party: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    store: Annotated[Path, given_file("--store", text="The certificate authority's keystore.")]
    out: Annotated[Path, new_file("--out", text="The certificate, PEM.")]
    hosts: Annotated[tuple[str, ...], option("--host", multiple=True, help="A name or address the hub is reached by.")]
    source: Annotated[str | None, passphrase_source()]


@command("certify", CertifyOptions)
def certify(tools: Tools, given: CertifyOptions) -> None:
    """Issue a 90-day certificate for the TLS key in PARTY; with --host it is a server's. Repeat it to renew."""
    party = read_party(given.party)
    if party.tls_spki is None:
        raise OperatorError(
            "WRONG_PARTY", f"{party.name} has no TLS key", "", "Use the party file of a node or the hub"
        )
    authority = _authority(open_store(given.store, given.source, tools).secrets)
    subject = Subject(party.name, given.hosts)
    certificate = issue_certificate(authority, subject, party.tls_spki, tools.clock(), tools.entropy)
    write_atomic(given.out, pem_of(certificate))
    _tell_certificates(f"Issued {given.out.name}.", {given.out.name: certificate}, tools.clock())


@dataclass(frozen=True, slots=True)
class AuthorityOptions:
    """Options of ``authority``."""

    party: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    out: Annotated[Path, new_file("--out", text="The authority's certificate, PEM.")]


@command("authority", AuthorityOptions)
def authority_certificate(tools: Tools, given: AuthorityOptions) -> None:
    """Write the authority's certificate from its party file; every service trusts it and no other."""
    party = read_party(given.party)
    if party.authority is None:
        raise OperatorError("WRONG_PARTY", f"{party.name} is no authority", "", "Use the authority's party file")
    write_atomic(given.out, pem_of(party.authority))
    _tell_certificates(f"Wrote {given.out.name}.", {given.out.name: party.authority}, tools.clock())


@dataclass(frozen=True, slots=True)
class ExpiryOptions:
    """Options of ``expiry``."""

    files: Annotated[
        tuple[Path, ...],
        argument(type=click.Path(exists=True, dir_okay=False, path_type=Path), nargs=-1, required=True),
    ]


@command("expiry", ExpiryOptions)
def expiry(tools: Tools, given: ExpiryOptions) -> None:
    """Say how long certificates last, the one that ends first in front."""
    found = {each.name: der_of(each.read_bytes()) for each in given.files}
    _tell_certificates("Certificates.", found, tools.clock())


@dataclass(frozen=True, slots=True)
class TlsKeyOptions:
    """Options of ``tls-key``."""

    store: Annotated[Path, given_file("--store", text="The keystore of a node or the hub.")]
    out: Annotated[Path, new_file("--out", text="The private key, PEM, readable by its owner only.")]
    source: Annotated[str | None, passphrase_source()]


@command("tls-key", TlsKeyOptions)
def tls_key(tools: Tools, given: TlsKeyOptions) -> None:
    """Write the private TLS key that a service loads beside its certificate."""
    key = tls_in(open_store(given.store, given.source, tools).secrets)
    write_atomic(given.out, key.pem(), private=True)
    tell(f"Wrote {given.out.name}. It stays on the machine that serves with it.", {"tls pin": key.pin.hex()})


@dataclass(frozen=True, slots=True)
class NewTlsKeyOptions:
    """Options of ``new-tls-key``."""

    store: Annotated[Path, given_file("--store", text="The keystore of a node or the hub.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file; for the hub, its party file.")]
    finish: Annotated[bool, option("--finish", is_flag=True, help="Admit only the keystore's key from now on.")]
    source: Annotated[str | None, passphrase_source()]


@command("new-tls-key", NewTlsKeyOptions)
def change_tls_key(tools: Tools, given: NewTlsKeyOptions) -> None:
    """Make the next TLS key and sign the statement that admits it beside the present one.

    Append the statement, get a certificate for it (party --next, certify) and start the service with that; a node then
    gives the old key up by itself. Where none runs, run this again with --finish. For the hub OUT is a party file: a
    charter has to name its key first (charter --next-hub).
    """
    store = open_store(given.store, given.source, tools)
    if store.secrets.role is Role.HUB:
        _change_hub_key(store, given)
        return
    change = only_tls_key if given.finish else new_tls_key
    secrets, body = change(store.secrets, tools.clock())
    store.save(secrets)
    network_id = read_directory(given.directory).directory.network_id
    write_statements(given.out, draft(network_id, body).sign(signer_of(secrets)))
    tell(f"Signed {given.out.name}.", describe(body))


def _change_hub_key(store: Keystore, given: NewTlsKeyOptions) -> None:
    charter = read_directory(given.directory).directory.charter
    secrets = only_hub_tls_key(store.secrets, charter) if given.finish else new_hub_tls_key(store.secrets, charter)
    store.save(secrets)
    party = party_of(replace(secrets, tls=secrets.next_tls or secrets.tls))
    write_atomic(given.out, encode_party(party))
    tell(f"Wrote {given.out.name}.", describe_party(party))


def _authority(secrets: Secrets) -> Authority:
    if secrets.authority is None:
        raise OperatorError(
            "WRONG_PARTY", f"{secrets.name} is no certificate authority", "", "Use the authority's keystore"
        )
    return secrets.authority


def _tell_certificates(sentence: str, certificates: dict[str, bytes], now: int) -> None:
    facts: list[Value] = [
        {
            "file": each.name,
            "until": when(each.not_after),
            "days left": each.days,
            "renew now": each.due,
            "tls pin": certificate_pin(certificates[each.name]).hex(),
        }
        for each in expiry_report(certificates, now)
    ]
    tell(sentence, {"certificates": facts})


TLS_COMMANDS: Final = (certify, authority_certificate, expiry, tls_key, change_tls_key)
