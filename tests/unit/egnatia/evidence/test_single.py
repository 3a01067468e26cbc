"""The second verifier as one file: it stands alone, a person can read it, and it says the same as the first."""

import ast
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from egnatia.conformance.vector import parse_vector, to_bytes
from egnatia.evidence.joining import single_file
from egnatia.evidence.single import PIECES
from tests.simulators.bundles import TestCase, usual

SOURCE = single_file()
VECTORS = sorted((Path(__file__).parents[3] / "vectors" / "bundle").glob("*.txt"))
FOLDER = Path(__file__).parents[4] / "egnatia" / "evidence" / "single"
NEEDED = {"cryptography", "nacl"}
MOST_CODE = 700  # lines that do something: an hour of reading
NODES = (ast.FunctionDef, ast.ClassDef, ast.Module)


@pytest.fixture(scope="module")
def program() -> dict[str, Any]:
    """The file, run as a stranger would import it."""
    space: dict[str, Any] = {"__name__": "verify_evidence"}
    exec(compile(SOURCE, "verify_evidence.py", "exec"), space)  # noqa: S102 - the file under test
    return space


def test_it_imports_nothing_but_python_and_two_libraries() -> None:
    found = set()
    for node in ast.walk(ast.parse(SOURCE)):
        if isinstance(node, ast.Import):
            found |= {each.name.partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").partition(".")[0])
    assert found - set(sys.stdlib_module_names) == NEEDED


def test_its_pieces_share_no_code_with_the_project() -> None:
    for name in PIECES:
        text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom):
                room = (node.module or "").partition(".")[0]
                assert room not in ("protocol", "keys", "policies", "runtime", "hub", "nodes")
                assert room != "egnatia" or (node.module or "").startswith("egnatia.evidence.single")


def test_a_person_can_read_it_from_top_to_bottom() -> None:
    names = [node.name for node in ast.parse(SOURCE).body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    assert not [name for name, times in Counter(names).items() if times > 1], "one name for two things"
    tree = ast.parse(SOURCE)
    documented = [node for node in ast.walk(tree) if isinstance(node, NODES) and ast.get_docstring(node) is not None]
    words = {line for node in documented for line in range(node.body[0].lineno, (node.body[0].end_lineno or 0) + 1)}
    lines = [line.strip() for number, line in enumerate(SOURCE.splitlines(), 1) if number not in words]
    assert len([line for line in lines if line and not line.startswith("#")]) < MOST_CODE
    assert [f"# {number}. " in SOURCE for number in range(1, 7)] == [True] * 6


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_it_answers_every_vector(path: Path, program: dict[str, Any]) -> None:
    vector = parse_vector(path.read_bytes())
    fields = dict(vector.fields)
    try:
        file, told = program["verify"](to_bytes(fields["bundle"]), to_bytes(fields["pin"]))
    except program["Refused"]:
        assert vector.expect != "ok"
        return
    assert vector.expect == "ok"
    assert program["witnessed"](file, told) is (fields["verdict"] == "verified")
    assert [each.id for each in told] == [to_bytes(fields["message"])]


def test_a_suspension_is_not_ended_by_one_registrar_who_gives_the_end_an_end(program: dict[str, Any]) -> None:
    body = {1: "rs.contact", 2: 0, 3: 60, 4: True, 5: "left"}
    with pytest.raises(program["Refused"]):
        program["registrars_needed"](program["Directory"](), program["SUSPENSION"], body)


def test_made_up_times_and_lines_stay_within_their_line(program: dict[str, Any]) -> None:
    assert program["when"]((1 << 63) - 1) == "9223372036854775807 seconds after the start of 1970"
    assert program["plain"]("row = none\nEVERYTHING HOLDS.\x1b[2J") == "row = none\ufffdEVERYTHING HOLDS.\ufffd[2J"


def run(program: dict[str, Any], *arguments: str) -> int:
    status: int = program["main"](list(arguments))
    return status


def test_it_is_run_by_hand(program: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case = usual()
    path = tmp_path / "a.xbe"
    path.write_bytes(case.raw())
    assert run(program, str(path), case.pin.hex()) == 0
    said = capsys.readouterr().out
    assert "EVERYTHING HOLDS." in said
    assert "sent by rs.contact (Desk of rs.contact)" in said
    assert "mk.contact: handed over" in said
    assert run(program, str(path)) == 4
    said = capsys.readouterr().out
    assert "HOLDS, CHARTER NOT COMPARED" in said
    assert "EVERYTHING HOLDS." not in said
    assert run(program, str(path), bytes(32).hex()) == 1
    assert "DOES NOT HOLD: the file is of another network" in capsys.readouterr().out
    assert run(program, str(tmp_path / "nothing")) == run(program) == run(program, str(path), "xyz") == 2
    quiet = TestCase(witnesses=())
    quiet.send()
    path.write_bytes(quiet.raw())
    assert run(program, str(path), quiet.pin.hex()) == 3
    said = capsys.readouterr().out
    assert "NOT YET WITNESSED" in said
    assert "mk.contact: NO evidence of a hand-over" in said
