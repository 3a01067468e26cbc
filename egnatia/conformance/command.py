"""`egnatia conformance`: run a folder of vectors against this implementation or against another one."""

import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypedDict, Unpack

import click

from egnatia.conformance.kinds import KINDS
from egnatia.conformance.run import Result, answer, outside, run_folder
from egnatia.conformance.vector import VectorError, parse_question

_SECONDS: Final = 60.0


class _Options(TypedDict):
    kinds: tuple[str, ...]
    against: str | None
    timeout: float
    answers: bool
    as_json: bool


@click.command("conformance")
@click.argument("folder", required=False, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--kind", "kinds", multiple=True, type=click.Choice(sorted(KINDS)), help="Only vectors of this kind.")
@click.option("--against", metavar="COMMAND", help="Ask this program instead: a vector on its input, one word back.")
@click.option("--timeout", default=_SECONDS, show_default=True, help="Seconds that the program has for one vector.")
@click.option("--answer", "answers", is_flag=True, help="Answer the one vector on standard input, then end.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def command(folder: Path | None, **options: Unpack[_Options]) -> None:
    """Run every vector file below FOLDER (docs/conformance.md). Status 1 when one fails, or when there is none."""
    if options["answers"]:
        if folder is not None:
            raise click.UsageError("--answer reads one vector from standard input and takes no folder.")
        _answer_one()
        return
    if folder is None:
        raise click.UsageError("Name the folder of the vectors, such as tests/vectors.")
    ask = outside(options["against"], options["timeout"]) if options["against"] else answer
    results = run_folder(folder, options["kinds"], ask)
    failed = [each for each in results if not each.passed]
    click.echo(_json(results) if options["as_json"] else _words(results, failed))
    raise click.exceptions.Exit(int(bool(failed) or not results))


def _answer_one() -> None:
    try:
        click.echo(answer(parse_question(sys.stdin.buffer.read())))
    except VectorError as error:
        raise click.ClickException(f"This is no vector: {error}") from error


def _words(results: Sequence[Result], failed: Sequence[Result]) -> str:
    lines = [f"{each.file}: expected {each.expected}, got {each.got}" for each in failed]
    if not results:
        lines.append("There is no vector here, which proves nothing.")
    return "\n".join([*lines, f"{len(results) - len(failed)} passed, {len(failed)} failed"])


def _json(results: Sequence[Result]) -> str:
    failed = [each for each in results if not each.passed]
    told: Mapping[str, object] = {
        "passed": len(results) - len(failed),
        "failed": len(failed),
        "kinds": dict(sorted(Counter(each.kind for each in results).items())),
        "failures": [
            {"file": each.file, "kind": each.kind, "expected": each.expected, "got": each.got} for each in failed
        ],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)
