"""What the demonstration did: chapters and steps, printed as they happen and kept for the page at the end.

On a terminal lines are coloured; elsewhere they are plain. A step that fails is counted and shown, never hidden.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from jinja2 import Environment, PackageLoader, StrictUndefined
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from runtime.files import write_atomic

LINES_PER_CHAPTER = 8


@dataclass(slots=True)
class Step:
    """One thing that was tried: what, how it was seen, the command a person would type, and whether it held."""

    title: str
    seen: str = ""
    command: str = ""
    failed: str = ""


@dataclass(slots=True)
class Chapter:
    """A heading and its steps."""

    title: str
    purpose: str
    steps: list[Step] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class View:
    """One of the three columns: whose view, and what stands there."""

    title: str
    lines: tuple[str, ...]


class Story:
    """Tells and keeps the demonstration. ``log`` receives the details that do not fit the screen."""

    def __init__(self, console: Console, log: TextIO) -> None:
        self.console = console
        self.log = log
        self.chapters: list[Chapter] = []
        self.columns: tuple[View, ...] = ()

    @property
    def steps(self) -> int:
        """How many steps were taken."""
        return sum(len(chapter.steps) for chapter in self.chapters)

    @property
    def failed(self) -> int:
        """How many of them did not hold."""
        return sum(1 for chapter in self.chapters for step in chapter.steps if step.failed)

    def chapter(self, title: str, purpose: str) -> None:
        """Open a chapter; its steps follow."""
        self.chapters.append(Chapter(title, purpose))
        self.console.print(f"\n[bold]{len(self.chapters)}. {title}[/bold]  [dim]{purpose}[/dim]", highlight=False)

    @contextmanager
    def step(self, title: str, command: str = "") -> Iterator[Step]:
        """Take one step; an exception inside marks it failed, is written to the log, and the story goes on."""
        step = Step(title, command=command)
        self.chapters[-1].steps.append(step)
        try:
            yield step
        except Exception as caught:  # noqa: BLE001 - a demonstration shows a failed step and counts it
            step.failed = f"{type(caught).__name__}: {caught}"
            self.detail(f"FAILED {title}: {step.failed}")
        mark = "[red]✗[/red]" if step.failed else "[green]✓[/green]"
        words = step.failed or step.seen
        line = f"  {mark} {escape(title)}" + (f"  [dim]{escape(words)}[/dim]" if words else "")
        whole = bool(step.failed)  # a failure is told in full, the rest stands in the page and in the log
        self.console.print(line, highlight=False, no_wrap=not whole, overflow="fold" if whole else "ellipsis")
        self.detail(f"{title} | {words} | {command}")

    def broke_off(self, broken: Exception) -> None:
        """Count and show that a chapter could not be told to its end."""
        with self.step("The chapter could not go on"):
            raise broken

    def show(self, views: tuple[View, ...]) -> None:
        """Show the three columns."""
        self.columns = views
        table = Table(box=box.ROUNDED, expand=True)
        for view in views:
            table.add_column(view.title, ratio=1, overflow="fold")
        table.add_row(*("\n".join(escape(line) for line in view.lines) for view in views))
        self.console.print(table)

    def detail(self, line: str) -> None:
        """Write a line to the log file."""
        self.log.write(line + "\n")
        self.log.flush()

    def closing(self) -> str:
        """Return the last line, which scripts look for."""
        return f"demo: {self.steps} steps, {self.failed} failed"

    def save(self, path: Path, facts: dict[str, str]) -> None:
        """Write the story as one self-contained page that loads nothing from outside."""
        environment = Environment(
            loader=PackageLoader("egnatia.demo"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        page = environment.get_template("story.html.j2").render(
            chapters=self.chapters, columns=self.columns, closing=self.closing(), facts=facts
        )
        write_atomic(path, page.encode())
