"""README.md: short enough to read, its commands and options exist, its make targets exist, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from egnatia.cli import root

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = 120
BLOCKS = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
COMMANDS = [line[2:] for block in BLOCKS for line in block.splitlines() if line.startswith("$ ")]
EGNATIA = [line for line in COMMANDS if line.startswith("egnatia ")]


def help_of(words: list[str]) -> str:
    result = CliRunner().invoke(root, [*words, "--help"])
    assert result.exit_code == 0, result.output
    return result.output


def test_it_is_short() -> None:
    assert len(TEXT.splitlines()) <= LINES


def test_make_targets_exist() -> None:
    targets = [line.split()[1] for line in COMMANDS if line.startswith("make ")]
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@pytest.mark.parametrize("line", EGNATIA)
def test_commands_and_their_options_exist(line: str) -> None:
    words = shlex.split(line)[1:]
    group = "node"
    if words[0] == "--as":
        words = words[2:]
    else:
        group, words = words[0], words[1:]
    shown = help_of([group] if words[0] == "--help" else [group, words[0]])
    for option in (word for word in words if word.startswith("--")):
        assert option in shown, line


def test_nothing_but_known_commands_is_shown() -> None:
    assert len(COMMANDS) >= 9
    assert all(line.startswith(("make ", "egnatia ")) for line in COMMANDS)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
