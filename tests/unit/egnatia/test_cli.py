"""What ``egnatia --help`` says first, and where a word goes that is no room."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from egnatia.cli import EVERYDAY, GROUPS, SERVICES, root
from nodes.cli import TALKING
from nodes.commands.registry import Place, register


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def told(*words: str) -> tuple[int, str]:
    found = CliRunner().invoke(root, list(words))
    return found.exit_code, " ".join(found.output.split())


def test_help_begins_with_what_is_done_every_day() -> None:
    status, text = told("--help")
    assert status == 0
    assert text.index("Every day (egnatia --as NODE ...)") < text.index("send Send") < text.index("Services and tools")
    assert set(EVERYDAY) <= set(TALKING)
    assert set(SERVICES) == set(GROUPS)


def test_an_everyday_word_without_a_node_lists_the_nodes() -> None:
    for alias in ("skopje", "belgrade"):
        register(alias, Place("http://127.0.0.1:9", Path("no-token")))
    status, text = told("inbox")
    assert status == 1
    assert "egnatia --as belgrade inbox. Known here: belgrade, skopje." in text


def test_a_word_that_nobody_has_is_a_matter_of_usage() -> None:
    assert told("no-such-word")[0] == 2
    assert told("init")[0] == 2, "setting up is said with the room's name"
