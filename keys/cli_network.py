"""The commands that draft statements of the network: charter, policy, suspension, revocation, recovery, restart."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from keys.ceremony import Founding, founding_charter, later_charter, recovery
from keys.cli_base import (
    Tools,
    argument,
    command,
    given_file,
    new_file,
    option,
    read_directory,
    read_party,
    seconds,
    tell,
    write_statements,
)
from keys.exchange_files import Party, draft
from keys.summaries import describe
from protocol.charter import ChannelTerms
from protocol.errors import Malformed
from protocol.ids import PolicyDigest, parse_channel, parse_hex_digest, parse_node_id
from protocol.statement_network import Log, PolicyChange, Reason, Restart, Revocation, Suspension, Target
from protocol.statements import Body, parse_payload
from runtime.operator import OperatorError

HOUR: Final = 3600
_REASONS: Final = click.Choice([str(each) for each in Reason])


@dataclass(frozen=True, slots=True)
class CharterOptions:
    """Options of ``charter``."""

    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    hub: Annotated[Path, given_file("--hub", text="The hub's party file.")]
    authority: Annotated[Path, given_file("--authority", text="The certificate authority's party file.")]
    registrars: Annotated[tuple[Path, ...], given_file("--registrar", text="A registrar's party file.", multiple=True)]
    witnesses: Annotated[tuple[Path, ...], given_file("--witness", text="A witness's party file.", multiple=True)]
    channels: Annotated[
        tuple[str, ...],
        option(
            "--channel",
            multiple=True,
            required=True,
            metavar="NAME:WEEKS:DAYS",
            help="A channel, the weeks of keys published ahead (4 to 60) and the longest life of a message (14 to 90).",
        ),
    ]
    threshold: Annotated[
        int, option("--threshold", type=int, required=True, help="How many registrars decide together.")
    ]
    quorum: Annotated[int, option("--quorum", type=int, required=True, help="How many witnesses must have seen a log.")]
    training: Annotated[
        bool, option("--training", is_flag=True, help="A network for training, for ever apart from others.")
    ]
    directory: Annotated[
        Path | None, given_file("--directory", text="Of the charter to replace; none founds.", required=False)
    ]
    next_hub: Annotated[
        Path | None, given_file("--next-hub", text="The hub's party file with its TLS key to come.", required=False)
    ]


@command("charter", CharterOptions)
def charter(tools: Tools, given: CharterOptions) -> None:
    """Draft a network's charter from party files. All registrars and the hub sign the first one."""
    founding = Founding(
        hub=read_party(given.hub),
        authority=read_party(given.authority),
        registrars=[read_party(each) for each in given.registrars],
        witnesses=[read_party(each) for each in given.witnesses],
        threshold=given.threshold,
        quorum=given.quorum,
        channels=tuple(sorted((_terms(each) for each in given.channels), key=lambda each: each.channel)),
        training=given.training,
        next_hub=None if given.next_hub is None else read_party(given.next_hub),
    )
    if given.directory is None:
        body = founding_charter(founding, tools.clock(), tools.entropy)
    else:
        body = later_charter(founding, read_directory(given.directory).directory, tools.clock(), tools.entropy)
    _write(given.out, body.network_id, body, founding.registrars)


@dataclass(frozen=True, slots=True)
class PolicyOptions:
    """Options of ``policy``."""

    digest: Annotated[str, argument()]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    at: Annotated[
        dt.datetime | None, option("--at", type=click.DateTime(), default=None, help="Active from then, UTC; else now.")
    ]
    emergency: Annotated[bool, option("--emergency", is_flag=True, help="Refuse the superseded policy at once.")]


@command("policy", PolicyOptions)
def policy(tools: Tools, given: PolicyOptions) -> None:
    """Draft the statement that puts the policy bundle with DIGEST in force; the registrars sign it."""
    now = tools.clock()
    body = PolicyChange(
        digest=PolicyDigest(parse_hex_digest(given.digest)),
        issued_at=now,
        activated_at=seconds(given.at) if given.at else now,
        emergency=given.emergency,
    )
    _write(given.out, read_directory(given.directory).directory.network_id, body)


@dataclass(frozen=True, slots=True)
class SuspendOptions:
    """Options of ``suspend``."""

    node: Annotated[str, argument()]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    reason: Annotated[str, option("--reason", type=_REASONS, required=True, help="Why.")]
    hours: Annotated[
        int | None, option("--hours", type=click.IntRange(1), default=None, help="For how long; 72 by default.")
    ]
    until_lifted: Annotated[
        bool, option("--until-lifted", is_flag=True, help="Without an end; needs a quorum of registrars.")
    ]
    lift: Annotated[
        bool, option("--lift", is_flag=True, help="End the node's suspensions; needs a quorum of registrars.")
    ]


@command("suspend", SuspendOptions)
def suspend(tools: Tools, given: SuspendOptions) -> None:
    """Draft a suspension of NODE. One registrar alone may impose 72 hours; more needs a quorum."""
    if sum((given.hours is not None, given.until_lifted, given.lift)) > 1:
        raise OperatorError(
            "OPTIONS", "--hours, --until-lifted and --lift exclude one another", "", "Give at most one of them"
        )
    now = tools.clock()
    open_ended = given.until_lifted or given.lift
    body = Suspension(
        node=parse_node_id(given.node),
        issued_at=now,
        until=None if open_ended else now + (given.hours or 72) * HOUR,
        lift=given.lift,
        reason=Reason(given.reason),
    )
    _write(given.out, read_directory(given.directory).directory.network_id, body)


@dataclass(frozen=True, slots=True)
class RevokeOptions:
    """Options of ``revoke``."""

    node: Annotated[str, argument()]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    reason: Annotated[str, option("--reason", type=_REASONS, required=True, help="Why.")]
    keys: Annotated[tuple[str, ...], option("--key", multiple=True, help="A recipient key's id, instead of the node.")]
    people: Annotated[
        tuple[str, ...], option("--person", multiple=True, help="A personal key's id, instead of the node.")
    ]
    agreements: Annotated[
        tuple[str, ...], option("--agreement", multiple=True, help="An agreement's id, instead of the node.")
    ]


@command("revoke", RevokeOptions)
def revoke(tools: Tools, given: RevokeOptions) -> None:
    """Draft the end of NODE, or of some of its keys, people or agreements. The node or a quorum of registrars signs."""
    chosen = [
        (target, ids)
        for target, ids in (
            (Target.KEYS, given.keys),
            (Target.PERSON, given.people),
            (Target.AGREEMENT, given.agreements),
        )
        if ids
    ]
    if len(chosen) > 1:
        raise OperatorError(
            "OPTIONS", "--key, --person and --agreement exclude one another", "", "Draft one statement for each"
        )
    target, ids = chosen[0] if chosen else (Target.NODE, ())
    body = Revocation(
        node=parse_node_id(given.node),
        issued_at=tools.clock(),
        target=target,
        ids=tuple(sorted(parse_hex_digest(each) for each in ids)),
        reason=Reason(given.reason),
    )
    _write(given.out, read_directory(given.directory).directory.network_id, body)


@dataclass(frozen=True, slots=True)
class RecoverOptions:
    """Options of ``recover``."""

    party: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]


@command("recover", RecoverOptions)
def recover(tools: Tools, given: RecoverOptions) -> None:
    """Draft the statement that gives a node the new identity in PARTY; the new keystore signs, then registrars."""
    directory = read_directory(given.directory).directory
    body = recovery(read_party(given.party), directory, tools.clock())
    _write(given.out, directory.network_id, body)


@dataclass(frozen=True, slots=True)
class RestartOptions:
    """Options of ``restart``."""

    log: Annotated[str, argument(type=click.Choice([str(each) for each in Log]))]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    size: Annotated[int, option("--size", type=int, required=True, help="How many entries the restored log has.")]
    root: Annotated[str, option("--root", required=True, help="Its root, in hex.")]
    lost_size: Annotated[
        int, option("--lost-size", type=int, required=True, help="The largest size a witness has seen.")
    ]


@command("restart", RestartOptions)
def restart(tools: Tools, given: RestartOptions) -> None:
    """Draft the statement after which a hub restored from a backup may go on; the registrars sign it."""
    body = Restart(
        log=Log(given.log),
        issued_at=tools.clock(),
        size=given.size,
        root=parse_hex_digest(given.root),
        lost_size=given.lost_size,
    )
    _write(given.out, read_directory(given.directory).directory.network_id, body)


def _terms(text: str) -> ChannelTerms:
    name, _, numbers = text.partition(":")
    weeks, _, days = numbers.partition(":")
    if not (weeks.isascii() and weeks.isdigit() and days.isascii() and days.isdigit()):
        raise Malformed(f"--channel {text}: write NAME:WEEKS:DAYS")
    return ChannelTerms(parse_channel(name), int(weeks), int(days))


def _write(out: Path, network_id: bytes, body: Body, parties: Sequence[Party] = ()) -> None:
    file = draft(network_id, body)
    parse_payload(file.sheets[0].payload)
    write_statements(out, file)
    tell(f"Drafted {out.name}. Nobody has signed it yet.", {"id": file.sheets[0].id.hex(), **describe(body, parties)})


NETWORK_COMMANDS: Final = (charter, policy, suspend, revoke, recover, restart)
