"""docs/life-of-a-message.md names files, types and codes that exist."""

import ast
import re
from pathlib import Path

from protocol.errors import Code

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "life-of-a-message.md"
NAMED = re.compile(r"`([\w/]+\.py)` `(\w+)`")
HOPS = 13


def defined(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {n.name for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))}


def rows() -> list[list[str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| \d+ \|", line)]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def unknown(text: str) -> list[tuple[str, str]]:
    found = NAMED.findall(text)
    return [(path, name) for path, name in found if not (ROOT / path).is_file() or name not in defined(ROOT / path)]


def test_every_hop_is_told() -> None:
    assert [row[0] for row in rows()] == [str(number) for number in range(1, HOPS + 1)]
    assert all(NAMED.search(row[2]) for row in rows())


def test_every_name_exists() -> None:
    assert unknown(PAGE.read_text(encoding="utf-8")) == []
    assert unknown("`hub/nowhere.py` `Thing` and `hub/logs.py` `Thing`") == [
        ("hub/nowhere.py", "Thing"),
        ("hub/logs.py", "Thing"),
    ]


def test_every_code_exists() -> None:
    codes = {word for row in rows() for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b|\bBUSY\b|\bQUOTA\b", row[5])}
    assert codes
    assert codes <= {str(code) for code in Code}
