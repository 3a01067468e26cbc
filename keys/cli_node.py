"""The commands of a node's own keystore: enrolment, rotation, capability and personal keys.

What the node alone can sign, or has to sign first, is signed in the same step.
"""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from keys.ceremony import bind_person, rotate, signer_of, tls_in
from keys.cli_base import (
    Tools,
    command,
    given_file,
    new_file,
    open_store,
    option,
    passphrase_source,
    read_directory,
    seconds,
    tell,
    write_statements,
)
from keys.exchange_files import StatementFile, draft
from keys.summaries import Value, describe, progress
from protocol.charter import DAY
from protocol.core import VERSION
from protocol.ids import CHANNELS, NodeId, parse_channel, parse_node_id, parse_type_id
from protocol.mandate import Mandate, encode_mandate, parse_mandate
from protocol.records import Family, Kind
from protocol.statement_nodes import Capability, Enrolment
from protocol.suite import SUITES

_CHANNELS: Final = click.Choice([str(each) for each in CHANNELS])


@dataclass(frozen=True, slots=True)
class EnrolOptions:
    """Options of ``enrol``."""

    store: Annotated[Path, given_file("--store", text="The node's keystore.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    kind: Annotated[
        str, option("--kind", type=click.Choice([str(each) for each in Kind]), required=True, help="What it is.")
    ]
    family: Annotated[
        str,
        option(
            "--family",
            type=click.Choice([str(each) for each in Family]),
            required=True,
            help="Which channels it may join.",
        ),
    ]
    country: Annotated[str, option("--country", required=True, help="Two letters, ISO 3166-1.")]
    label: Annotated[
        str, option("--label", required=True, help="The organisation's functional name, never a person's.")
    ]
    channels: Annotated[
        tuple[str, ...], option("--channel", type=_CHANNELS, multiple=True, required=True, help="It joins.")
    ]
    languages: Annotated[tuple[str, ...], option("--language", multiple=True, required=True, help="It reads.")]
    accredited: Annotated[tuple[str, ...], option("--accredited", multiple=True, help="A classification it may open.")]
    valid_until: Annotated[
        dt.datetime | None, option("--valid-until", type=click.DateTime(), default=None, help="UTC.")
    ]
    audits: Annotated[
        tuple[str, ...],
        option("--audits-country", multiple=True, metavar="XX|*", help="An auditor's mandate: whose exchanges."),
    ]
    audits_channels: Annotated[
        tuple[str, ...], option("--audits-channel", multiple=True, metavar="NAME|*", help="And in which channels.")
    ]
    audits_since: Annotated[
        dt.datetime | None, option("--audits-since", type=click.DateTime(), default=None, help="From then, UTC.")
    ]
    audits_until: Annotated[
        dt.datetime | None, option("--audits-until", type=click.DateTime(), default=None, help="Before then, UTC.")
    ]
    source: Annotated[str | None, passphrase_source()]


@command("enrol", EnrolOptions)
def enrol(tools: Tools, given: EnrolOptions) -> None:
    """Draft a node's enrolment, or a change of its entry, and sign it as the node; then the registrars sign."""
    store = open_store(given.store, given.source, tools)
    directory = read_directory(given.directory).directory
    node = parse_node_id(store.secrets.name)
    signer = signer_of(store.secrets)
    body = Enrolment(
        node=node,
        version=directory.version(node) + 1,
        issued_at=tools.clock(),
        kind=Kind(given.kind),
        family=Family(given.family),
        country=given.country,
        label=given.label,
        channels=tuple(sorted({parse_channel(each) for each in given.channels})),
        languages=tuple(sorted(set(given.languages))),
        accredited=tuple(sorted(set(given.accredited))),
        identity=signer.public,
        tls_pin=tls_in(store.secrets).pin,
        valid_until=seconds(given.valid_until) if given.valid_until else None,
        mandate=_mandate(given),
    )
    file = draft(directory.network_id, body)
    signed = file.sign(signer) if directory.version(node) == 0 else file
    write_statements(given.out, signed)
    facts = {**describe(body), **progress(signed.sheets[0], directory)}
    tell(f"Drafted {given.out.name}. Registrars sign it next.", facts)


def _mandate(given: EnrolOptions) -> Mandate | None:
    """Return the mandate that was asked for, None where nothing was; read back, so that only a sound one is drafted."""
    if not (given.audits or given.audits_channels or given.audits_since or given.audits_until):
        return None
    asked = Mandate(
        countries=tuple(sorted(set(given.audits))),
        channels=tuple(sorted(set(given.audits_channels))),
        since=seconds(given.audits_since) if given.audits_since else 0,
        until=seconds(given.audits_until) if given.audits_until else None,
    )
    return parse_mandate(encode_mandate(asked))


@dataclass(frozen=True, slots=True)
class RotateOptions:
    """Options of ``rotate``."""

    store: Annotated[Path, given_file("--store", text="The node's keystore.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    source: Annotated[str | None, passphrase_source()]


@command("rotate", RotateOptions)
def rotate_keys(tools: Tools, given: RotateOptions) -> None:
    """Make the recipient keys that are missing, erase those whose messages are over, and sign the publication."""
    store = open_store(given.store, given.source, tools)
    directory = read_directory(given.directory).directory
    before = {each.key_id for each in store.secrets.recipients}
    secrets, bodies = rotate(store.secrets, directory, tools.clock(), tools.entropy)
    store.save(secrets)
    after = {each.key_id for each in secrets.recipients}
    facts: dict[str, Value] = {
        "published": sum(len(each.keys) for each in bodies),
        "made": len(after - before),
        "erased": len(before - after),
    }
    if not bodies:
        tell("Nothing to publish.", facts)
        return
    write_statements(given.out, draft(directory.network_id, *bodies).sign(signer_of(secrets)))
    tell(f"Signed {given.out.name}. Renew the custodian's copy of the keystore now.", facts)


@dataclass(frozen=True, slots=True)
class CapabilityOptions:
    """Options of ``capability``."""

    store: Annotated[Path, given_file("--store", text="The node's keystore.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    types: Annotated[
        tuple[str, ...], option("--type", multiple=True, help="A message type with its highest schema version.")
    ]
    source: Annotated[str | None, passphrase_source()]


@command("capability", CapabilityOptions)
def capability(tools: Tools, given: CapabilityOptions) -> None:
    """State the highest versions this software understands, and sign it. None of them may ever decrease."""
    store = open_store(given.store, given.source, tools)
    body = Capability(
        node=NodeId(store.secrets.name),
        issued_at=tools.clock(),
        wire=VERSION,
        suite=max(SUITES),
        types=tuple(sorted({parse_type_id(each) for each in given.types})),
    )
    network_id = read_directory(given.directory).directory.network_id
    _write_signed(given.out, draft(network_id, body).sign(signer_of(store.secrets)))


@dataclass(frozen=True, slots=True)
class PersonOptions:
    """Options of ``person``."""

    store: Annotated[Path, given_file("--store", text="The node's keystore.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    role: Annotated[str, option("--role", required=True, help="What the person may do: issuer, approver, ...")]
    days: Annotated[
        int, option("--days", type=click.IntRange(1, 1095), default=730, show_default=True, help="Validity.")
    ]
    source: Annotated[str | None, passphrase_source()]


@command("person", PersonOptions)
def person(tools: Tools, given: PersonOptions) -> None:
    """Make a personal signing key under a new opaque person id, and sign its binding with both keys.

    Who stands behind the id is written down at the node only, never in the directory.
    """
    store = open_store(given.store, given.source, tools)
    now = tools.clock()
    secrets, body, key = bind_person(store.secrets, given.role, (now, now + given.days * DAY), tools.entropy)
    store.save(secrets)
    network_id = read_directory(given.directory).directory.network_id
    _write_signed(given.out, draft(network_id, body).sign(signer_of(secrets)).sign(key))


def _write_signed(out: Path, file: StatementFile) -> None:
    write_statements(out, file)
    tell(f"Signed {out.name}.", {"id": file.sheets[0].id.hex(), **describe(file.sheets[0].body)})


NODE_COMMANDS: Final = (enrol, rotate_keys, capability, person)
