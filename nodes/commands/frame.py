"""What every command of a running node shares: the node's name, JSON or words, refusals in three parts."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final, NoReturn, TypeVar

import click
from rich.console import Console
from rich.table import Table

from keys.cli_base import Commands, quiet
from nodes.commands.client import ApiClient, ApiRefused, Problem
from nodes.commands.registry import find_place

AS: Final = "egnatia.as"
_JSON: Final = "keys.json"  # where ``keys.cli_base.quiet`` looks, so that every error is JSON too
_F = TypeVar("_F", bound=Callable[..., None])
_MOST_VALUES: Final = 30
_SIGNED: Final = {"/document/act": "--sign-as PERSON; `people` lists who can sign here"}


class NodeCommands(Commands):
    """A group whose commands end refusals of a node in words: what, rule or article, what to do."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a node's refusal becomes a paragraph or a JSON object, and status 1."""
        try:
            return super().invoke(ctx)
        except ApiRefused as refused:
            show_problem(refused.problem, as_json=quiet())
            ctx.exit(1)


def talking(function: _F) -> _F:
    """Give a command the options every one has: ``--as NAME`` and ``--json``."""
    decorated = click.option("--json", "as_json", is_flag=True, callback=_note_json, help="Print JSON.")(function)
    return click.option("--as", "as_name", metavar="NAME", default=None, help="The node to speak to.")(decorated)


def _note_json(context: click.Context, _: click.Parameter, chosen: bool) -> bool:  # noqa: FBT001 - click's signature
    context.meta[_JSON] = chosen
    return chosen


def client(as_name: str | None) -> ApiClient:
    """Return the client of the node that the command or the root names, or of the only one there is."""
    chosen = as_name or click.get_current_context().meta.get(AS)
    return ApiClient(find_place(chosen))


def print_json(document: Mapping[str, Any]) -> None:
    """Print an answer as it came."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows: a table on a terminal, tab-separated lines with a heading elsewhere."""
    if not sys.stdout.isatty():
        for row in (columns, *rows):
            click.echo("\t".join(row))
        return
    shown = Table(title=title, title_justify="left", box=None, header_style="bold")
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    Console().print(shown)


def when(seconds: object) -> str:
    """Return a time in UTC for a person, ``-`` where there is none."""
    if not isinstance(seconds, int):
        return "-"
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")


def show_problem(problem: Problem, *, as_json: bool) -> None:
    """Print a refusal on the error stream: what happened, the rule and article, what to do, and each finding."""
    if as_json:
        click.echo(json.dumps(problem.document, ensure_ascii=False, indent=2), err=True)
        return
    document = problem.document
    article = document.get("article")
    click.echo(_sentence(problem.title), err=True)
    if article:
        click.echo(f"Rule: {article}.", err=True)
    click.echo(f"What to do: {_sentence(problem.remedy)} [{problem.code}]", err=True)
    for fault in document.get("fields", []):
        option = f" Use {fault['option']}." if fault.get("option") else ""
        click.echo(f"  {fault['path'] or '/'}: {fault['sentence']}{option} [{fault['code']}]", err=True)
        for line in _hints(fault):
            click.echo(f"    {line}", err=True)
    findings = document.get("findings", [])
    for finding in findings[1:] if findings and not findings[0].get("recipient") else findings:
        who = f"{finding['recipient']}: " if finding.get("recipient") else ""
        click.echo(f"  {who}{finding['sentence']} ({finding['article']}) {finding['remedy']}", err=True)
    if document.get("allowed"):
        rest = ", ".join(document["allowed"])
        click.echo(f"It could go to: {rest}. Repeat with --only-allowed to send it to them.", err=True)


@contextmanager
def naming_options(options: Mapping[str, str] = MappingProxyType({})) -> Iterator[None]:
    """Name beside each wrong field the option that fills it: a signature, or one of the command's own ``options``."""
    known = {**_SIGNED, **options}
    try:
        yield
    except ApiRefused as refused:
        problem = refused.problem
        fields = [
            each | ({"option": known[each["path"]]} if each["path"] in known else {})
            for each in problem.document.get("fields", [])
        ]
        document = {**problem.document, "fields": fields} if fields else problem.document
        raise ApiRefused(Problem(problem.status, problem.code, problem.title, problem.remedy, document)) from None


def values_line(values: Sequence[Mapping[str, str]], most: int = _MOST_VALUES) -> str:
    """Return the permitted values of a field with their words, as far as they fit."""
    shown = "; ".join(f"{each['code']} = {each['words']}" for each in values[:most])
    return shown if len(values) <= most else f"{shown}; and {len(values) - most} more, see `types TYPE FIELD`"


def _hints(fault: Mapping[str, Any]) -> Iterator[str]:
    """Yield what may stand in a field that is wrong or missing."""
    if fault.get("values"):
        yield f"Permitted: {values_line(fault['values'])}"
    if fault.get("needs"):
        yield f"It needs: {', '.join(fault['needs'])}"


def fail(code: str, title: str, remedy: str) -> NoReturn:
    """End a command with a problem of its own making."""
    document = {"code": code, "title": title, "remedy": remedy}
    raise ApiRefused(Problem(400, code, title, remedy, document))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
