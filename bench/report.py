"""What was measured, as a table for people: printed, and kept between two marks of docs/performance.md."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).parents[1] / "docs" / "performance.md"
FIGURES: Final = "figures"
DESK: Final = "desk"


@dataclass(frozen=True, slots=True)
class Line:
    """One figure, and its target where there is one."""

    what: str
    found: str
    target: str = ""
    met: bool | None = None


def render(lines: Sequence[Line], busy: float) -> str:
    """Return the figures as Markdown. No date: the page changes when figures do."""
    cores = os.cpu_count() or 1
    machine = f"{cores} cores, {platform.system()} {platform.machine()}, CPython {platform.python_version()}"
    head = f"Machine: {machine}; load average {busy:.1f} when the measurement began.\n"
    rows = ["| what | found | target | |", "|---|---|---|---|"]
    rows += [f"| {each.what} | {each.found} | {each.target} | {_mark(each.met)} |" for each in lines]
    return head + "\n" + "\n".join(rows) + "\n"


def _mark(met: bool | None) -> str:  # noqa: FBT001 - three values, one of them unknown
    return "" if met is None else ("met" if met else "missed")


def keep(figures: str, part: str = FIGURES) -> None:
    """Put the figures between the marks of their part of the page."""
    begin, end = f"<!-- {part}: begin, written by make bench -->", f"<!-- {part}: end -->"
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(begin)
    _, _, after = rest.partition(end)
    PAGE.write_text(f"{before}{begin}\n{figures}{end}{after}", encoding="utf-8")
