"""Running the public commands as a person would type them, with passphrases on a pipe, several at once where they can.

Commands run in worker processes: opening a keystore is slow on purpose, and two of them open in half the time.
"""

import contextlib
import io
import os
import shlex
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import click

from egnatia.demo.story import Story

PASSPHRASE: Final = b"only for the demonstration"
_OPENS: Final = {
    "keys": frozenset(
        {"create", "sign", "enrol", "rotate", "capability", "agree", "certify", "tls-key", "new-tls-key", "person"}
    ),
    "hub": frozenset({"check"}),
    "node": frozenset({"check"}),
}
"""Commands that open a keystore."""


class CommandFailed(Exception):
    """A public command ended otherwise than the story expects; the text is what it printed."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What a command printed and how it ended."""

    line: str
    out: str
    status: int


class Typist:
    """Types commands in a folder. A series runs in order; several series run side by side."""

    def __init__(self, folder: Path, story: Story) -> None:
        self._folder = folder
        self._story = story
        self._pool = ProcessPoolExecutor(max(2, os.cpu_count() or 2), initializer=_leave_interrupts)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def type(self, line: str) -> str:
        """Run one command line and return what it printed; another end than success raises ``CommandFailed``."""
        return self.together([[line]])[0]

    def together(self, series: Sequence[Sequence[str]]) -> list[str]:
        """Run each series of command lines in order, the series side by side; return what their last lines printed."""
        runs = [self._pool.submit(type_series, str(self._folder), list(lines)) for lines in series]
        results = [run.result() for run in runs]
        for printed in (each for result in results for each in result):
            self._story.detail(f"$ egnatia {printed.line}\n{printed.out.rstrip()}")
            if printed.status:
                raise CommandFailed(f"egnatia {printed.line}: {printed.out.strip()}")
        return [result[-1].out for result in results]


def _leave_interrupts() -> None:
    """Let Ctrl-C reach the story alone, which ends its workers itself."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def type_series(folder: str, lines: list[str]) -> list[Printed]:
    """Run command lines in ``folder`` until one fails; called in a worker process."""
    done: list[Printed] = []
    with contextlib.chdir(folder):
        for line in lines:
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                status = _run(shlex.split(line))
            done.append(Printed(line, out.getvalue(), status))
            if status:
                break
    return done


def _run(words: list[str]) -> int:
    from egnatia.cli import root

    with contextlib.ExitStack() as stack:
        if words[1] in _OPENS.get(words[0], ()):
            words = [*words, "--passphrase-from", f"fd:{stack.enter_context(passphrase_pipe())}"]
        try:
            ended = root.main(words, prog_name="egnatia", standalone_mode=False)
        except click.ClickException as wrong:
            click.echo(wrong.format_message(), err=True)
            return wrong.exit_code
        return ended if isinstance(ended, int) else 0  # outside of a terminal click returns the status


@contextlib.contextmanager
def passphrase_pipe() -> Iterator[int]:
    """Give a file descriptor from which the passphrase can be read once."""
    reading, writing = os.pipe()
    os.write(writing, PASSPHRASE + b"\n")
    os.close(writing)
    try:
        yield reading
    finally:
        with contextlib.suppress(OSError):  # the command may have closed it
            os.close(reading)
