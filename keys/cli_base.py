"""What every ``keys`` command shares: options as one typed value, answers as text or JSON, errors as words."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar, get_type_hints

import click

from keys.exchange_files import (
    DirectoryFile,
    Party,
    StatementFile,
    encode_statements,
    parse_directory,
    parse_party,
    parse_statements,
)
from keys.keystore import Keystore, load_keystore
from keys.passphrase import read_passphrase
from keys.sealed_store import LEAST_PASSPHRASE
from keys.summaries import Value, lines
from protocol.errors import Code, Fault, Malformed
from protocol.ids import parse_hex_digest
from protocol.meanings import MEANINGS
from protocol.ports import Clock, Entropy
from runtime.clock import system_clock, system_entropy
from runtime.files import write_atomic
from runtime.operator import OperatorError, from_os_error, render, wrong_passphrase

_JSON: Final = "keys.json"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a command is given: time and randomness."""

    clock: Clock
    entropy: Entropy


@dataclass(frozen=True, slots=True)
class Parameter:
    """How a field of an options class is asked for; an argument has no option names."""

    names: tuple[str, ...]
    attributes: Mapping[str, object]


def option(*names: str, **attributes: object) -> Parameter:
    """Return an option; names and attributes are those of ``click.option``."""
    return Parameter(names, attributes)


def argument(**attributes: object) -> Parameter:
    """Return an argument; attributes are those of ``click.argument``."""
    return Parameter((), attributes)


def given_file(*names: str, text: str, multiple: bool = False, required: bool = True) -> Parameter:
    """Return an option that names an existing file."""
    kind = click.Path(exists=True, dir_okay=False, path_type=Path)
    return option(*names, type=kind, required=required, multiple=multiple, help=text)


def new_file(*names: str, text: str) -> Parameter:
    """Return an option that names a file to write."""
    return option(*names, type=click.Path(dir_okay=False, path_type=Path), required=True, help=text)


def passphrase_source() -> Parameter:
    """Return the option that says where the passphrase comes from when nobody is asked."""
    return option("--passphrase-from", metavar="fd:N|credential:NAME", default=None, help="Instead of a prompt.")


def command(name: str, cls: type[_T]) -> Callable[[Callable[[Tools, _T], None]], click.Command]:
    """Make a function a command whose parameters are the annotated fields of ``cls``, handed over as one value."""

    def decorate(run: Callable[[Tools, _T], None]) -> click.Command:
        def callback(**given: object) -> None:
            run(_tools(click.get_current_context()), cls(**given))

        json_flag = click.Option(["--json"], is_flag=True, expose_value=False, callback=_choose_json, help="As JSON.")
        return click.Command(name, callback=callback, params=[*_parameters(cls), json_flag], help=run.__doc__)

    return decorate


class Commands(click.Group):
    """A group whose commands end with one paragraph, or one JSON object, and status 1 when something is refused."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a fault becomes words and a remedy."""
        try:
            return super().invoke(ctx)
        except Fault as fault:
            meaning = MEANINGS[fault.code]
            what = f"{meaning.sentence.removesuffix('.')} ({fault.detail})" if fault.detail else meaning.sentence
            _fail(ctx, OperatorError(str(fault.code), what, "", meaning.remedy))
        except OperatorError as error:
            _fail(ctx, error)
        except BrokenPipeError:
            raise  # whoever read the output has had enough: the command ends quietly
        except FileExistsError as error:
            _fail(ctx, _exists(str(error.filename)))
        except OSError as error:
            _fail(ctx, from_os_error(error))
        return None


def tell(sentence: str, facts: Mapping[str, Value]) -> None:
    """Print what was done: a sentence and its facts, or the facts as JSON."""
    if click.get_current_context().meta.get(_JSON):
        click.echo(json.dumps(facts, ensure_ascii=False, indent=2))
        return
    click.echo(sentence)
    for line in lines(facts, "  "):
        click.echo(line)


def quiet() -> bool:
    """Return whether the answer is JSON; then nothing else may be printed."""
    return bool(click.get_current_context().meta.get(_JSON))


def ask_new_passphrase(source: str | None, whose: str) -> bytes:
    """Return a passphrase for a new keystore, typed twice; one that is too short is refused in words."""
    passphrase = read_passphrase(
        source, lambda: click.prompt(f"New passphrase for {whose}", hide_input=True, confirmation_prompt=True, err=True)
    )
    length = len(passphrase.decode("utf-8", "replace"))
    if length < LEAST_PASSPHRASE:
        raise OperatorError(
            "SHORT_PASSPHRASE",
            f"The passphrase has {length} characters, and {LEAST_PASSPHRASE} are the fewest",
            "A shorter one can be guessed by whoever finds the keystore",
            "Think of a longer one, such as four words, and type it again",
        )
    return passphrase


def read_pin(text: str) -> bytes:
    """Return the charter's digest as a person typed it; blanks and capitals do no harm."""
    digits = "".join(text.split()).lower()
    try:
        return parse_hex_digest(digits)
    except Malformed:
        strange = "" if set(digits) <= set("0123456789abcdef") else ", and some are not of 0-9 and a-f"
        raise OperatorError(
            "PIN",
            f"--pin is no charter's digest: it has {len(digits)} characters{strange}",
            "A digest has 64 characters, each of 0-9 and a-f",
            "Type it again from the paper of the ceremony",
        ) from None


def other_charter(what: str) -> OperatorError:
    """Return what a person is told when a file belongs to another charter than the one pinned."""
    return OperatorError(
        "CHARTER",
        f"{what} was made for another charter than the digest you typed",
        "All trust in the network starts from the charter that was received out of band",
        "Compare the digest with the paper from the ceremony",
    )


def open_store(path: Path, source: str | None, tools: Tools) -> Keystore:
    """Open a keystore with a passphrase; a wrong one is explained as such."""
    passphrase = read_passphrase(source, lambda: click.prompt(f"Passphrase for {path.name}", hide_input=True, err=True))
    try:
        return load_keystore(path, passphrase, tools.entropy)
    except Fault as fault:
        if fault.code is Code.KEYSTORE_AUTH:
            raise wrong_passphrase(path.name) from None
        raise


def read_party(path: Path) -> Party:
    """Return the party in a party file."""
    return parse_party(path.read_bytes())


def read_statements(path: Path) -> StatementFile:
    """Return the statements in a statement file."""
    return parse_statements(path.read_bytes())


def read_directory(path: Path) -> DirectoryFile:
    """Return the verified directory file."""
    return parse_directory(path.read_bytes())


def write_statements(path: Path, file: StatementFile) -> None:
    """Write a statement file."""
    write_atomic(path, encode_statements(file))


def seconds(value: dt.datetime) -> int:
    """Return a date typed by a person as seconds UTC."""
    return int(value.replace(tzinfo=dt.UTC).timestamp())


def _tools(context: click.Context) -> Tools:
    given = context.obj
    return given if isinstance(given, Tools) else Tools(system_clock, system_entropy)


def _parameters(cls: type) -> list[click.Parameter]:
    out: list[click.Parameter] = []
    for name, hint in get_type_hints(cls, include_extras=True).items():
        (found,) = hint.__metadata__
        declare: Any = click.Option if found.names else click.Argument
        out.append(declare([*found.names, name], **found.attributes))
    return out


def _choose_json(context: click.Context, _: click.Parameter, chosen: bool) -> None:  # noqa: FBT001 - click's signature
    context.meta[_JSON] = chosen


def _fail(context: click.Context, error: OperatorError) -> None:
    if context.meta.get(_JSON):
        answer = {"error": error.code, "what": error.what, "remedy": error.remedy}
        click.echo(json.dumps(answer, ensure_ascii=False, indent=2), err=True)
    else:
        click.echo(render(error), err=True)
    context.exit(1)


def _exists(name: str) -> OperatorError:
    return OperatorError(
        "FILE_EXISTS",
        f"{name} is there already",
        "A keystore is never overwritten",
        "Choose another name, or move the old file away if you are sure it is not needed",
    )
