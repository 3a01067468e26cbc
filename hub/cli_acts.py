"""``egnatia hub act``: what no operator does alone is proposed by one person and carried out when a second one signs.

Every signature is made here, with a keystore that stays with its person; the running hub sees signatures only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, assert_never

import click

from hub.act_rules import DEFAULT_RETENTION
from hub.cli_admin import CONFIG, ask_hub
from hub.config import HubConfig
from keys.ceremony import identity_in, signer_of
from keys.cli_base import (
    Commands,
    Tools,
    argument,
    command,
    given_file,
    open_store,
    option,
    passphrase_source,
    quiet,
    read_directory,
    read_party,
    tell,
)
from keys.summaries import Value, when
from protocol.cbor import decode
from protocol.cose import ed25519_kid, identity_kid
from protocol.errors import Code, Fault
from protocol.hub_acts import (
    ACT_LIFE,
    Drain,
    Ground,
    HubAct,
    Operators,
    Purge,
    Retention,
    SignedAct,
    Subject,
    parse_act,
    parse_signatures,
    sign_act,
)
from protocol.ids import REFERENCE_SIZE, MessageId, Reference, parse_hex_digest
from protocol.limits import MAX_OBJECT
from protocol.ports import IdentitySigner
from protocol.shapes import as_bytes, as_fixed, as_int, as_list
from runtime.http_client import Ask
from runtime.operator import OperatorError
from runtime.settings import load

_WHAT: Final = ("operators", "retention", "purge", "drain", "resume")
_REFUSED: Final = {
    Code.UNKNOWN_KEY: (
        "The hub does not take a signature of this keystore",
        "Registrars sign who the operators are; operators whom two registrars named sign every other act",
        "See who that is with: egnatia hub act list",
    ),
    Code.UNKNOWN_MESSAGE: (
        "The hub has no such message",
        "A purge names messages whose contents lie at the hub",
        "Compare the ids; what was erased before needs no purge",
    ),
}
"""What the hub may answer to an act -> what that means for whoever signed it."""
_LEAST_TYPED: Final = 8  # hex digits of an id; what two people compare is longer than a slip of the finger


@click.group("act", cls=Commands)
def acts() -> None:
    """What no operator does alone: one proposes, another confirms within a day, the log keeps it.

    Suspending or revoking a participant and changing the policies are statements of registrars: egnatia keys --help.
    """


@dataclass(frozen=True, slots=True)
class ProposeOptions:
    """Options of ``propose``."""

    what: Annotated[str, argument(type=click.Choice(_WHAT))]
    config: Annotated[Path, CONFIG]
    store: Annotated[Path, given_file("--store", text="Your operator's keystore; for operators, a registrar's.")]
    directory: Annotated[Path, given_file("--directory", text="The network's directory file.")]
    ground: Annotated[
        str, option("--ground", type=click.Choice([str(each) for each in Ground]), required=True, help="Why.")
    ]
    operators: Annotated[
        tuple[Path, ...],
        given_file("--operator", text="operators: the party file of one.", multiple=True, required=False),
    ]
    messages: Annotated[tuple[str, ...], option("--message", multiple=True, help="purge: the whole id of a message.")]
    core_days: Annotated[
        int,
        option(
            "--core-days",
            type=click.IntRange(1),
            default=DEFAULT_RETENTION.core_days,
            show_default=True,
            help="retention: headers of messages.",
        ),
    ]
    civil_core_days: Annotated[
        int,
        option(
            "--civil-core-days",
            type=click.IntRange(1),
            default=DEFAULT_RETENTION.civil_core_days,
            show_default=True,
            help="retention: headers of the civil channels.",
        ),
    ]
    count_days: Annotated[
        int,
        option(
            "--count-days",
            type=click.IntRange(1),
            default=DEFAULT_RETENTION.count_days,
            show_default=True,
            help="retention: how much each participant sent.",
        ),
    ]
    source: Annotated[str | None, passphrase_source()]


@command("propose", ProposeOptions)
def propose(tools: Tools, given: ProposeOptions) -> None:
    """Propose an act and sign it as the first person. It waits a day for the second one.

    \b
    operators  who operates this hub from now on: --operator for each, all of
               them; two registrars sign it
    retention  how long headers and counts are kept: --core-days,
               --civil-core-days, --count-days, all three from now on
    purge      erase contents before their time: --message for each; headers
               and the log stay
    drain      take no new messages; what is here is still handed out
    resume     take new messages again

    Example: egnatia hub act propose drain --ground maintenance --config hub.toml --store anna.keystore --directory
    network.directory
    """  # noqa: D301 - click's mark for lines that stay as they are
    act = HubAct(_subject(given), tools.clock(), Reference(tools.entropy(REFERENCE_SIZE)), Ground(given.ground))
    network = read_directory(given.directory).directory.network_id
    signer = signer_of(open_store(given.store, given.source, tools).secrets)
    _bring(load(given.config, HubConfig), act, signer, network)


@dataclass(frozen=True, slots=True)
class ConfirmOptions:
    """Options of ``confirm``."""

    id: Annotated[str, argument()]
    config: Annotated[Path, CONFIG]
    store: Annotated[Path, given_file("--store", text="Your keystore; another person's than the proposer's.")]
    directory: Annotated[Path, given_file("--directory", text="The network's directory file.")]
    source: Annotated[str | None, passphrase_source()]
    yes: Annotated[bool, option("--yes", is_flag=True, help="Sign without being asked.")]


@command("confirm", ConfirmOptions)
def confirm(tools: Tools, given: ConfirmOptions) -> None:
    """Show the act whose ID begins so, and confirm it as another person. With the last signature it is carried out.

    Example: egnatia hub act confirm 3f2a91c0 --config hub.toml --store boris.keystore --directory network.directory
    """
    config = load(given.config, HubConfig)
    found = _find(_standing(config), given.id)
    if not quiet():
        tell("You are about to confirm:", _facts(found[0], found[1]))
    if not given.yes and not click.confirm("Sign?", err=True):
        raise OperatorError("NOT_SIGNED", "Nothing was signed", "", "Ask whoever proposed it if something is wrong")
    signer = signer_of(open_store(given.store, given.source, tools).secrets)
    if ed25519_kid(signer.public.ed25519) in {each.signed.ed_kid for each in found[0]}:
        raise OperatorError(
            "SAME_PERSON",
            "You have signed this act already",
            "Two different people must want it",
            "Ask another operator to confirm it",
        )
    network = read_directory(given.directory).directory.network_id
    _bring(config, found[0][0].act, signer, network)


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Options of ``list``."""

    config: Annotated[Path, CONFIG]


@command("list", ListOptions)
def list_acts(_: Tools, given: ListOptions) -> None:
    """List the acts that wait for a signature, and the newest that were carried out.

    Example: egnatia hub act list --config hub.toml
    """
    found = _standing(load(given.config, HubConfig))
    facts: list[Value] = [_facts(signed, leaf) for signed, leaf in found]
    tell("Acts, what waits first." if found else "No act waits, and none was carried out yet.", {"acts": facts})


_Standing = tuple[tuple[SignedAct, ...], int | None]


def _subject(given: ProposeOptions) -> Subject:
    match given.what:
        case "operators":
            found = (identity_in(read_party(each)) for each in given.operators)
            return Operators(tuple(sorted(found, key=lambda each: ed25519_kid(each.ed25519))))
        case "retention":
            return Retention(given.core_days, given.civil_core_days, given.count_days)
        case "purge":
            return Purge(tuple(sorted({_message(each) for each in given.messages})))
        case _:
            return Drain(on=given.what == "drain")


def _message(typed: str) -> MessageId:
    try:
        return MessageId(parse_hex_digest(typed.strip()))
    except Fault:
        raise OperatorError(
            "NO_MESSAGE_ID",
            f"{typed} is no id of a message",
            "A purge names each message by its whole id, 64 digits 0 to 9 and a to f",
            "Copy it from where the message was reported: a part of it is not enough",
        ) from None


def _bring(config: HubConfig, act: HubAct, signer: IdentitySigner, network: bytes) -> None:
    """Sign the act, read it back, so that only a sound one leaves, and bring it to the hub."""
    try:
        signed = parse_act(sign_act(act, signer, network))
    except Fault as fault:
        raise OperatorError(
            "NO_ACT",
            f"This is no complete act ({fault.detail})",
            "Operators are two to eight people with keys of their own; a purge names at least one message",
            "Look at: egnatia hub act propose --help",
        ) from None
    try:
        (body,) = ask_hub(config, [Ask("PUT", f"/acts/{signed.id.hex()}", signed.signed.raw)])
    except Fault as fault:
        if fault.code not in _REFUSED:
            raise
        raise OperatorError(str(fault.code), *_REFUSED[fault.code]) from None
    count, needed, leaf = as_fixed(decode(body, MAX_OBJECT), "progress", 3)
    signatures, wanted = as_int(count, "signed"), as_int(needed, "needed")
    facts: dict[str, Value] = {"id": signed.id.hex(), "signatures": signatures, "needed": wanted}
    if leaf is not None:
        tell("Carried out, and written into the log.", {**facts, "leaf": as_int(leaf, "leaf")})
    else:
        tell("Proposed. Another person confirms it within a day, or it lapses.", facts)


def _standing(config: HubConfig) -> Sequence[_Standing]:
    (body,) = ask_hub(config, [Ask("GET", "/acts")])
    rows = [as_fixed(each, "act", 2) for each in as_list(decode(body, MAX_OBJECT), "acts")]
    return [
        (parse_signatures(as_bytes(raw, "act")), None if leaf is None else as_int(leaf, "leaf")) for raw, leaf in rows
    ]


def _find(standing: Sequence[_Standing], typed: str) -> _Standing:
    begin = typed.strip().lower()
    found = [each for each in standing if each[1] is None and each[0][0].id.hex().startswith(begin)]
    if len(begin) < _LEAST_TYPED or len(found) != 1:
        raise OperatorError(
            "WHICH_ACT",
            f"{len(found)} acts that wait begin with {typed}",
            f"An act is named by its id, or at least {_LEAST_TYPED} characters of it",
            "See what waits with: egnatia hub act list",
        )
    return found[0]


def _facts(signed: Sequence[SignedAct], leaf: int | None) -> dict[str, Value]:
    first = signed[0]
    act = first.act
    signers: list[Value] = [each.signed.ed_kid.hex()[:16] for each in signed]
    resumes = isinstance(act.subject, Drain) and not act.subject.on
    name = "resume" if resumes else act.kind.name.lower()
    out: dict[str, Value] = {"id": first.id.hex(), "act": name, **_said(act.subject)}
    out |= {"ground": str(act.ground), "proposed": when(act.issued_at), "signed by keys": signers, "leaf": leaf}
    return out if leaf is not None else {**out, "lapses": when(act.issued_at + ACT_LIFE)}


def _said(subject: Subject) -> dict[str, Value]:
    match subject:
        case Operators():
            return {"operators": [identity_kid(each).hex() for each in subject.identities]}
        case Retention():
            days = (subject.core_days, subject.civil_core_days, subject.count_days)
            return {"days": "headers {}, headers of the civil channels {}, counts {}".format(*days)}
        case Purge():
            return {"messages": [each.hex() for each in subject.messages]}
        case Drain():
            return {"new messages": "not taken" if subject.on else "taken"}
        case never:
            assert_never(never)


for each in (propose, confirm, list_acts):
    acts.add_command(each)
