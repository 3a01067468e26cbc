"""A bounded run of both fuzzers over every parser, and controls that show that they would notice."""

import importlib
import importlib.util
import inspect
import pkgutil
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from egnatia.conformance.vector import OK
from keys import exchange_files
from protocol import errors
from tests.fuzz import file_targets
from tests.fuzz import targets as targets_module
from tests.fuzz.__main__ import campaign, main
from tests.fuzz.corpus import CORPUS, LIMIT, corpus, file_name
from tests.fuzz.target import Again, Target, check
from tests.fuzz.targets import TARGETS, seeds

ROOT = Path(__file__).parents[2]
GUIDED = importlib.util.find_spec("atheris") is not None
MUTANTS = 400
GUIDED_RUNS = 150
VERIFIED = {"directory"}  # every byte is under a signature that the parser verifies
# Read no bytes from elsewhere, or only as part of another target
PART_OF_OTHERS = {
    "parse_hex_digest": "a word of a path",
    "parse_line": "a line of a note",
    "parse_recipient_public": "a key, not an object; see the hpke-wrap vectors",
    "parse_evidence": "chooses between receipt and void",
}


@pytest.mark.parametrize("name", TARGETS)
def test_mutants_are_refused_or_identical(name: str) -> None:
    outcomes, broken = campaign(TARGETS[name], MUTANTS, 1)
    assert not broken
    assert outcomes[OK] > 0 or name in VERIFIED, "no mutant was accepted: the mutations are too wild to reach far"
    assert len(outcomes) > 1, "no mutant was refused"


@pytest.mark.parametrize("name", TARGETS)
def test_every_target_begins_with_a_valid_object(name: str) -> None:
    assert any(check(TARGETS[name], raw) == OK for raw in seeds(TARGETS[name]))


def careless(raw: bytes) -> bytes:
    return raw.rstrip(b"\x00")


def crashing(raw: bytes) -> bytes:
    if len(raw) < 5:
        raise IndexError("far too short")
    return raw


@pytest.mark.parametrize("again", [careless, crashing])
def test_a_broken_parser_is_noticed(again: Again, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Target("tile-path", again, "", "", TARGETS["tile-path"].more)
    assert campaign(broken, MUTANTS, 1)[1]
    monkeypatch.setitem(TARGETS, "tile-path", broken)
    assert main(["--runs", str(MUTANTS), "tile-path"]) == 1


def test_the_same_seed_gives_the_same_mutants() -> None:
    assert campaign(TARGETS["core"], 300, 7) == campaign(TARGETS["core"], 300, 7)
    assert campaign(TARGETS["core"], 300, 7) != campaign(TARGETS["core"], 300, 8)


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_the_guided_fuzzer_is_installed_where_it_exists() -> None:
    assert GUIDED or (sys.platform, platform.machine()) != ("linux", "x86_64"), "run `make setup-test`"


if GUIDED:  # elsewhere there is no wheel, and the test above says where it must be

    @pytest.mark.slow
    @pytest.mark.timeout(900)
    def test_the_guided_fuzzer_breaks_no_parser() -> None:
        done = run("-m", "tests.fuzz.cover", "--runs", str(GUIDED_RUNS))
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.count(f"{GUIDED_RUNS} runs, status 0") == len(TARGETS)

    @pytest.mark.timeout(300)
    @pytest.mark.parametrize("again", ["careless", "crashing"])
    def test_the_guided_fuzzer_notices_a_broken_parser(again: str) -> None:
        program = (
            "import sys; from tests.fuzz import cover, test_fuzz;"
            f"cover.TARGETS['tile-path'] = cover.Target('tile-path', test_fuzz.{again}, '', '', (b'tile/0/000',));"
            f"sys.exit(cover.main(['--runs', '{MUTANTS}', 'tile-path']))"
        )
        done = run("-c", program)
        assert done.returncode == 1, done.stdout + done.stderr
        assert "tile-path broke: " in done.stdout


def test_the_corpus_is_small_and_named_by_content() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < LIMIT
    assert {path.parent.name for path in files} <= set(TARGETS)
    assert not [path.name for path in files if path.name != file_name(path.read_bytes())]
    assert len(files) >= len(TARGETS)


@pytest.mark.parametrize("name", TARGETS)
def test_the_corpus_breaks_no_parser(name: str) -> None:
    for raw in corpus(name):
        check(TARGETS[name], raw)


def parsers() -> dict[str, Callable[..., Any]]:
    """Every public function of protocol and keys that parses bytes."""
    found: dict[str, Callable[..., Any]] = {}
    for room, file in (("protocol.", errors.__file__), ("keys.", exchange_files.__file__)):
        for module in pkgutil.iter_modules([str(Path(file).parent)], room):
            functions = inspect.getmembers(importlib.import_module(module.name), inspect.isfunction)
            found |= {name: each for name, each in functions if name.startswith("parse_") and _takes_bytes(each)}
    return found


def _takes_bytes(function: Callable[..., Any]) -> bool:
    first = next(iter(inspect.signature(function).parameters.values()), None)
    return first is not None and first.annotation in (bytes, "bytes")


def test_every_parser_of_protocol_and_keys_is_fuzzed() -> None:
    source = inspect.getsource(targets_module) + inspect.getsource(file_targets)
    missing = [name for name in parsers() if f"{name}(" not in source and name not in PART_OF_OTHERS]
    assert not missing, "give each a target in tests/fuzz/targets.py"
    assert len(parsers()) > 15
