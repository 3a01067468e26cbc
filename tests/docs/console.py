"""Console blocks of a page: each command with the output lines shown below it; ``…`` stands for anything."""

import fnmatch
import re
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Step:
    """One command of a page and the output lines shown below it."""

    line: str
    shown: list[str] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        """Whether the page shows a refusal."""
        return bool(self.shown) and self.shown[-1].endswith("]") and "[" in self.shown[-1]

    def fits(self, output: str) -> bool:
        """Tell whether the output holds the lines shown, in their order."""
        wanted = "*".join(_escaped(line) for line in self.shown)
        text = " ".join(output.split()) if self.refused else output
        return fnmatch.fnmatchcase(text, f"*{wanted}*")


def steps_of(page: Path) -> list[Step]:
    """Return every command of a page's console blocks, in order; output before a command is an error of the page."""
    found: list[Step] = []
    for block in re.findall(r"```console\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
        begun = len(found)
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:]))
            else:
                assert len(found) > begun, "output before a command"
                found[-1].shown.append(line)
    return found


def _escaped(line: str) -> str:
    return "*".join(re.sub(r"([\[\]*?])", r"[\1]", part) for part in line.split("…"))
