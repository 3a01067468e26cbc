"""docs/api.md: its commands and its program run as they stand, against a node, and show what the page shows."""

import asyncio
import contextlib
import fnmatch
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nodes.api.route import GRANTED
from tests.docs.console import steps_of
from tests.simulators.api_schema import document
from tests.simulators.node import MK, TestWorld
from tests.simulators.node_cli import named, run

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "api.md"
TEXT = PAGE.read_text(encoding="utf-8")
BLOCK = re.compile(r"```(console|python|text)\n(.*?)```", re.DOTALL)
USUAL = "http://127.0.0.1:8480/"


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yield kind and content of each block, a program with the output shown below it."""
    found = BLOCK.findall(TEXT)
    for (kind, content), (after, shown) in zip(found, [*found[1:], ("", "")], strict=True):
        if kind != "text":
            yield kind, content, shown if after == "text" else ""


def printed(program: str, known: dict[str, Any]) -> str:
    """Return what a program of the page prints; it finds what the programs above it left."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(program, str(PAGE), "exec"), known)  # noqa: S102 - a program of our own page
    return out.getvalue()


async def test_the_page_does_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = TestWorld(tmp_path / "world")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    known: dict[str, Any] = {}
    steps = iter(steps_of(PAGE))
    async with named(world, MK, "skopje") as node:
        await node.gateway.network.sync.run()
        for kind, content, shown in blocks():
            if kind == "python":
                program = content.replace(USUAL, f"http://127.0.0.1:{node.port}/")
                assert await asyncio.to_thread(printed, program, known) == shown
                continue
            step = next(steps)
            found = await run(*shlex.split(step.line)[1:])
            assert found.exit_code == 0, found.output
            wanted = " ".join(step.shown).replace("…", "*")
            assert fnmatch.fnmatchcase(" ".join(found.output.split()), f"*{wanted}*"), found.output
    assert next(steps, None) is None


def test_every_code_and_route_it_names_exists() -> None:
    codes = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", TEXT)) - {"MT_01"}
    assert len(codes) >= 6
    fields = {"UNKNOWN_FIELD"}
    assert codes - fields <= document()["components"]["schemas"]["Problem"]["x-codes"].keys()
    routes = re.findall(r"`(GET|POST) (/[a-z/A-Z0-9-]+)`", TEXT)
    assert len(routes) >= 5
    for method, path in routes:
        pattern = path.replace("/ID", "/{id}").replace("/MT-01", "/{name}")
        assert method.lower() in document()["paths"][pattern], path


def test_the_table_of_scopes_is_whole() -> None:
    assert set(re.findall(r"^\| `([a-z]+)` \|", TEXT, re.MULTILINE)) == GRANTED
