"""`egnatia conformance`: it counts, it names what failed, and it never calls nothing a success."""

import json
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.conformance.command import command
from egnatia.conformance.vector import Vector, to_text
from protocol.padding import pad

GOOD = Vector("padding", "ok", "padded", (("padded", to_text(pad(b"a"))), ("content", to_text(b"a"))))
BAD = Vector("padding", "PADDING", "no padding", (("padded", to_text(b"a")),))


def run(*arguments: str, given: bytes = b"") -> Result:
    return CliRunner().invoke(command, arguments, input=given)


def write(folder: Path, **vectors: Vector) -> str:
    for name, vector in vectors.items():
        (folder / f"{name}.txt").write_bytes(vector.encode())
    return str(folder)


def test_all_pass(tmp_path: Path) -> None:
    result = run(write(tmp_path, good=GOOD, bad=BAD))
    assert (result.exit_code, result.output) == (0, "2 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("vector", "got"),
    [
        (Vector("padding", "PADDING", "c", GOOD.fields), "ok"),
        (Vector("padding", "ok", "c", BAD.fields), "PADDING"),
        (Vector("padding", "COMMITMENT", "c", BAD.fields), "PADDING"),
        (Vector("padding", "ok", "c", (GOOD.fields[0], ("content", "hex 62"))), "different"),
        (Vector("pudding", "ok", "c", ()), "unusable: no such kind: pudding"),
        (Vector("padding", "NO_SUCH_CODE", "c", BAD.fields), "unusable: no such code: NO_SUCH_CODE"),
        (Vector("padding", "PADDING", "c", (("other", "hex "),)), "unusable: the kind padding has no field other"),
        (Vector("padding", "PADDING", "c", ()), "unusable: the field padded must stand once, it stands 0 times"),
        (Vector("statement", "ok", "c", ()), "unusable: exactly one of payload, entry is needed"),
    ],
)
def test_one_failure_fails_the_run(tmp_path: Path, vector: Vector, got: str) -> None:
    result = run(write(tmp_path, good=GOOD, wrong=vector))
    assert result.exit_code == 1
    first, last = result.output.splitlines()
    assert first.startswith("wrong.txt: expected ")
    assert first.endswith(f"got {got}")
    assert last == "1 passed, 1 failed"


def test_an_unreadable_file_fails_whatever_kind_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "odd.txt").write_bytes(b"?")
    result = run(write(tmp_path, good=GOOD), "--kind", "padding")
    assert result.exit_code == 1
    assert "odd.txt: expected a vector, got unusable" in result.output


def test_nothing_is_no_success(tmp_path: Path) -> None:
    empty = run(str(tmp_path))
    assert (empty.exit_code, empty.output.splitlines()[-1]) == (1, "0 passed, 0 failed")
    other = run(write(tmp_path, good=GOOD), "--kind", "floe")
    assert (other.exit_code, other.output.splitlines()[-1]) == (1, "0 passed, 0 failed")


def test_json_tells_the_same(tmp_path: Path) -> None:
    wrong = Vector("padding", "ok", "c", BAD.fields)
    result = run(write(tmp_path, good=GOOD, wrong=wrong), "--json")
    told = json.loads(result.output)
    assert result.exit_code == 1
    assert (told["passed"], told["failed"], told["kinds"]) == (1, 1, {"padding": 2})
    assert told["failures"] == [{"file": "wrong.txt", "kind": "padding", "expected": "ok", "got": "PADDING"}]


def test_one_vector_is_answered() -> None:
    assert run("--answer", given=BAD.question()).output == "PADDING\n"
    assert run("--answer", given=GOOD.encode()).output == "ok\n"
    assert run("--answer", given=b"?").exit_code == 1


@pytest.mark.parametrize("arguments", [(), (".", "--answer"), ("/no/such/folder",), (".", "--kind", "pudding")])
def test_a_wrong_call_is_told(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def python(program: str) -> str:
    return shlex.join([sys.executable, "-c", program])


OURS = python("from egnatia.conformance.command import command; command(['--answer'])")


def test_another_program_passes_where_it_answers_right(tmp_path: Path) -> None:
    result = run(write(tmp_path, good=GOOD, bad=BAD), "--against", OURS)
    assert (result.exit_code, result.output) == (0, "2 passed, 0 failed\n")


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("print('ok')", "got ok"),
        ("print('FLOE'); raise SystemExit(3)", "no answer: status 3"),
        ("print('fine, thanks')", "no answer: status 0, 'fine, thanks'"),
        ("pass", "no answer: status 0, ''"),
        ("import sys; print('PADDING' if 'PADDING' in sys.stdin.read() else 'COMMITMENT')", "got COMMITMENT"),
    ],
)
def test_another_program_fails_where_it_answers_wrong(tmp_path: Path, program: str, told: str) -> None:
    result = run(write(tmp_path, bad=BAD), "--against", python(program))
    assert result.exit_code == 1
    assert told in result.output
    assert result.output.endswith("0 passed, 1 failed\n")


def test_a_program_that_never_answers_is_given_up(tmp_path: Path) -> None:
    slow = python("import threading; threading.Event().wait(60)")
    result = run(write(tmp_path, bad=BAD), "--against", slow, "--timeout", "0.2")
    assert "no answer within 0.2 s" in result.output


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    result = run(write(tmp_path, bad=BAD), "--against", "no-such-program-at-all")
    assert (result.exit_code, "the command does not start" in result.output) == (1, True)


def test_an_uncaught_exception_is_a_failure_and_others_follow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: bytes) -> bytes:
        raise RuntimeError("a bug")

    monkeypatch.setattr("egnatia.conformance.sealed.unpad", broken)
    other = Vector("cbor", "ok", "an item", (("item", "hex 00"),))
    result = run(write(tmp_path, bad=BAD, other=other))
    assert "bad.txt: expected PADDING, got crashed: RuntimeError: a bug" in result.output
    assert result.output.endswith("1 passed, 1 failed\n")
