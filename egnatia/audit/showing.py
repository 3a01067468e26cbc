"""How audit commands show what they found: rows as a table or as JSON, and how far a long work is."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import click

from keys.cli_base import quiet
from nodes.commands.frame import table

Cell = str | int | bool | None
Step = Callable[[int, int], None]
_SHORT = 12  # hex digits of an id that a person reads; JSON has all


@contextmanager
def progress(label: str) -> Iterator[Step]:
    """Show how many of how many are done on the error stream, where a person looks at it."""
    if quiet() or not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    with click.progressbar(length=1, label=label, file=sys.stderr) as bar:

        def step(done: int, whole: int) -> None:
            bar.length = max(1, whole)
            bar.update(done - bar.pos)

        yield step


def show(title: str, rows: Sequence[Mapping[str, Cell]], empty: str) -> None:
    """Print rows with their keys as columns: as JSON, as a table, or the sentence for none at all."""
    if quiet():
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))
    elif not rows:
        click.echo(empty)
    else:
        table(title, list(rows[0]), [[_cell(value) for value in row.values()] for row in rows])


def short(digest: bytes) -> str:
    """Return an id as a person reads it; the whole one where the answer is JSON."""
    return digest.hex() if quiet() else digest.hex()[:_SHORT]


def _cell(value: Cell) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "-" if value is None else str(value)
