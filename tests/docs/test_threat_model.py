"""docs/threat-model.md: every threat has a control and at least one test, and every test that it names exists."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "threat-model.md"
REFERENCE = re.compile(r"`(tests/[\w./-]+\.py)(?:::(\w+))?`")
ROWS = 30


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("| T")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def missing(reference: tuple[str, str]) -> bool:
    path, name = ROOT / reference[0], reference[1]
    if not path.is_file():
        return True
    if not name:
        return False
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))}
    return name not in names


def test_every_threat_has_a_control_and_a_test() -> None:
    found = rows(PAGE.read_text(encoding="utf-8"))
    assert len(found) >= ROWS
    for number, threat, control, tests in found:
        assert threat, number
        assert control, number
        assert REFERENCE.search(tests), number


def test_every_named_test_exists() -> None:
    named = REFERENCE.findall(PAGE.read_text(encoding="utf-8"))
    assert [each for each in named if missing(each)] == []


def test_a_wrong_name_is_noticed() -> None:
    assert missing(("tests/docs/test_threat_model.py", "test_that_is_not_there"))
    assert missing(("tests/docs/nowhere.py", ""))
    assert not missing(("tests/docs/test_threat_model.py", "test_a_wrong_name_is_noticed"))
