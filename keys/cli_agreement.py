"""``egnatia keys agreement``: propose, renew, show and co-sign the agreements on which messages between nodes rest."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import click

from keys.agreement_terms import ScopeWish, plain_lines, renewed, scope_of, words_of
from keys.ceremony import signer_of
from keys.cli_base import (
    Commands,
    Tools,
    argument,
    command,
    given_file,
    new_file,
    open_store,
    option,
    passphrase_source,
    quiet,
    read_directory,
    read_statements,
    seconds,
    tell,
    write_statements,
)
from keys.directory import Directory
from keys.exchange_files import DIRECTORY, StatementFile, draft
from keys.summaries import Value, describe, progress
from protocol.errors import Code, Fault
from protocol.ids import CHANNELS, NodeId, StatementId, parse_channel, parse_hex_digest, parse_node_id
from protocol.records import Agreement
from protocol.scope import EvidentialUse, Instrument
from protocol.statement_network import AgreementTerms, agreement_of
from protocol.statements import parse_payload
from runtime.operator import OperatorError

_CHANNELS: Final = click.Choice([str(each) for each in CHANNELS])
_KINDS: Final = click.Choice([str(each) for each in Instrument])
_EVIDENCE: Final = click.Choice([str(each) for each in EvidentialUse])
_LANGUAGE: Final = option("--language", default="en", show_default=True, help="Of the words.")


@click.group("agreement", cls=Commands)
def agreement() -> None:
    """The legal bases between two nodes: propose one, read it in words, sign it as the other party, renew it."""


@dataclass(frozen=True, slots=True)
class AgreeOptions:
    """Options of ``agreement propose`` and of ``agree``."""

    store: Annotated[Path, given_file("--store", text="The keystore of the party that proposes.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    other: Annotated[str, option("--with", required=True, metavar="NODE", help="The other party.")]
    channel: Annotated[str, option("--channel", type=_CHANNELS, required=True, help="For one channel.")]
    instrument: Annotated[str, option("--instrument", required=True, help="The treaty, contract or memorandum.")]
    kind: Annotated[
        str | None, option("--instrument-kind", type=_KINDS, default=None, help="What kind of instrument it is.")
    ]
    articles: Annotated[tuple[str, ...], option("--article", multiple=True, help="An article of it.")]
    types: Annotated[
        tuple[str, ...],
        option("--type", multiple=True, metavar="NAME", help="A message type it covers, such as MT-01."),
    ]
    purposes: Annotated[tuple[str, ...], option("--purpose", multiple=True, required=True, help="A purpose code.")]
    categories: Annotated[tuple[str, ...], option("--category", multiple=True, help="A data category code.")]
    personal: Annotated[
        bool, option("--personal-data/--no-personal-data", required=True, help="Whether persons may be named.")
    ]
    own_languages: Annotated[
        tuple[str, ...],
        option("--own-language", multiple=True, help="The proposing party accepts it; else its entry's."),
    ]
    their_languages: Annotated[
        tuple[str, ...], option("--their-language", multiple=True, help="The other party accepts it; else its entry's.")
    ]
    own_evidence: Annotated[
        str | None,
        option("--own-evidence", type=_EVIDENCE, default=None, help="Who consents to use in proceedings here."),
    ]
    their_evidence: Annotated[
        str | None, option("--their-evidence", type=_EVIDENCE, default=None, help="Who does on the other side.")
    ]
    markings: Annotated[
        tuple[str, ...],
        option("--marking", multiple=True, metavar="LEVEL:OWN:THEIRS", help="Markings that stand for a level."),
    ]
    evidential_use: Annotated[str, option("--evidential-use", default="none", show_default=True, help="A code.")]
    valid_from: Annotated[
        dt.datetime | None, option("--valid-from", type=click.DateTime(), default=None, help="UTC; else now.")
    ]
    valid_until: Annotated[
        dt.datetime | None, option("--valid-until", type=click.DateTime(), default=None, help="UTC.")
    ]
    source: Annotated[str | None, passphrase_source()]


def _propose(tools: Tools, given: AgreeOptions) -> None:
    """Draft an agreement with another node and sign it; it is in force once the other party has signed too.

    With --instrument-kind it also states message types, languages, markings and whose consent makes evidence.
    """
    store = open_store(given.store, given.source, tools)
    directory = read_directory(given.directory).directory
    now = tools.clock()
    own, other = parse_node_id(store.secrets.name), parse_node_id(given.other)
    first, second = sorted((own, other))
    body = AgreementTerms(
        parties=(first, second),
        channel=parse_channel(given.channel),
        issued_at=now,
        instrument=given.instrument,
        articles=given.articles,
        purposes=tuple(sorted(set(given.purposes))),
        data_categories=tuple(sorted(set(given.categories))),
        personal_data=given.personal,
        evidential_use=given.evidential_use,
        valid_from=seconds(given.valid_from) if given.valid_from else now,
        valid_until=seconds(given.valid_until) if given.valid_until else None,
        scope=scope_of(_wish(given), (own, other), directory),
    )
    signed = _sound(draft(directory.network_id, body)).sign(signer_of(store.secrets))
    write_statements(given.out, signed)
    facts = {**describe(body), **progress(signed.sheets[0], directory)}
    tell(f"Signed {given.out.name}. {given.other} signs it next.", facts)


def _wish(given: AgreeOptions) -> ScopeWish:
    return ScopeWish(
        kind=given.kind,
        types=given.types,
        languages=(given.own_languages, given.their_languages),
        evidence=(given.own_evidence, given.their_evidence),
        markings=given.markings,
    )


propose: Final = command("propose", AgreeOptions)(_propose)
agree: Final = command("agree", AgreeOptions)(_propose)


@dataclass(frozen=True, slots=True)
class RenewOptions:
    """Options of ``agreement renew``."""

    id: Annotated[str, argument(metavar="AGREEMENT")]
    store: Annotated[Path, given_file("--store", text="The keystore of the party that proposes.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    out: Annotated[Path, new_file("--out", text="The new statement file.")]
    valid_from: Annotated[
        dt.datetime | None, option("--valid-from", type=click.DateTime(), default=None, help="UTC; else now.")
    ]
    valid_until: Annotated[
        dt.datetime | None, option("--valid-until", type=click.DateTime(), default=None, help="UTC.")
    ]
    source: Annotated[str | None, passphrase_source()]


@command("renew", RenewOptions)
def renew(tools: Tools, given: RenewOptions) -> None:
    """Draft an agreement with the terms of AGREEMENT and new dates, and sign it; the other party signs next.

    It may begin before the old one ends: both are in force then, and nothing is refused on the last day.
    """
    store = open_store(given.store, given.source, tools)
    directory = read_directory(given.directory).directory
    before = directory.agreement(StatementId(parse_hex_digest(given.id)))
    if before is None:
        raise Fault(Code.NOT_FOUND, "no agreement in force has this id")
    _check_party(NodeId(store.secrets.name), before.parties)
    now = tools.clock()
    begin = seconds(given.valid_from) if given.valid_from else now
    body = renewed(before, now, begin, seconds(given.valid_until) if given.valid_until else None)
    signed = _sound(draft(directory.network_id, body)).sign(signer_of(store.secrets))
    write_statements(given.out, signed)
    tell(
        f"Signed {given.out.name}. The other party signs it next.",
        {**describe(body), **progress(signed.sheets[0], directory)},
    )


@dataclass(frozen=True, slots=True)
class ShowOptions:
    """Options of ``agreement show``."""

    file: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    directory: Annotated[
        Path | None, given_file("--directory", text="Says who the parties of a statement file are.", required=False)
    ]
    node: Annotated[str | None, option("--of", metavar="NODE", default=None, help="Only those of this node.")]
    language: Annotated[str, _LANGUAGE]


@command("show", ShowOptions)
def show(tools: Tools, given: ShowOptions) -> None:
    """Show the agreements of a directory file, or those that a statement file proposes, in words."""
    if given.file.read_bytes()[: len(DIRECTORY)] == DIRECTORY:
        directory: Directory | None = read_directory(given.file).directory
        found = () if directory is None else directory.agreements()
    else:
        directory = None if given.directory is None else read_directory(given.directory).directory
        found = tuple(_proposed(given.file).values())
    chosen = [each for each in found if given.node is None or given.node in each.parties]
    told: list[Value] = [plain_lines(each, directory, given.language, tools.clock()) for each in chosen]
    if quiet():
        tell("", {"agreements": told})
        return
    for each in chosen:
        for line in words_of(each, directory, given.language):
            click.echo(line)
        click.echo()
    click.echo(f"{len(chosen)} shown.")


@dataclass(frozen=True, slots=True)
class SignOptions:
    """Options of ``agreement sign``."""

    file: Annotated[Path, argument(type=click.Path(exists=True, dir_okay=False, path_type=Path))]
    store: Annotated[Path, given_file("--store", text="The keystore of the other party.")]
    directory: Annotated[Path, given_file("--directory", text="The directory file.")]
    source: Annotated[str | None, passphrase_source()]
    language: Annotated[str, _LANGUAGE]
    yes: Annotated[bool, option("--yes", is_flag=True, help="Sign without being asked.")]


@command("sign", SignOptions)
def sign(tools: Tools, given: SignOptions) -> None:
    """Show the agreements in FILE in words, ask once, and sign them as a party."""
    directory = read_directory(given.directory).directory
    proposed = _proposed(given.file)
    if not quiet():
        for each in proposed.values():
            click.echo("\n".join(words_of(each, directory, given.language)))
    if not given.yes and not click.confirm("Sign?", err=True):
        raise OperatorError("NOT_SIGNED", "Nothing was signed", "", "Ask whoever drafted it if something is wrong")
    store = open_store(given.store, given.source, tools)
    for each in proposed.values():
        _check_party(NodeId(store.secrets.name), each.parties)
    signed = read_statements(given.file).sign(signer_of(store.secrets))
    write_statements(given.file, signed)
    facts: list[Value] = [progress(each, directory) for each in signed.sheets]
    tell(f"Signed by {store.secrets.name}.", {"statements": facts})


def _sound(file: StatementFile) -> StatementFile:
    for each in file.sheets:
        parse_payload(each.payload)
    return file


def _proposed(path: Path) -> dict[StatementId, Agreement]:
    sheets = read_statements(path).sheets
    found = {each.id: agreement_of(each.body, each.id) for each in sheets if isinstance(each.body, AgreementTerms)}
    if len(found) < len(sheets):
        raise OperatorError(
            "NOT_AN_AGREEMENT",
            f"{path.name} holds something else than agreements",
            "Only agreements are shown and signed here",
            f"See what it is: egnatia keys show {path.name}",
        )
    return found


def _check_party(node: NodeId, parties: Sequence[NodeId]) -> None:
    if node not in parties:
        raise OperatorError(
            "NOT_A_PARTY",
            f"{node} is no party of this agreement",
            f"It is between {' and '.join(parties)}",
            "Have one of the two sign",
        )


for _each in (propose, renew, show, sign):
    agreement.add_command(_each)
