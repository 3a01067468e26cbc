"""docs/ceremony.md is run from top to bottom: every console block, with the output it shows."""

import fnmatch
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from keys.cli import commands
from keys.cli_base import Tools
from keys.exchange_files import parse_directory, parse_statements
from protocol.ids import Channel, NodeId
from tests.simulators.party import CountingEntropy

PAGE = Path(__file__).parents[2] / "docs" / "ceremony.md"
NOW = 1_790_000_000
PASSPHRASE = "correct horse battery"
POLICY = "ab" * 32


@dataclass
class Step:
    """One command of the page and the output lines shown below it."""

    line: str
    shown: list[str] = field(default_factory=list)


def steps(text: str) -> Iterator[Step]:
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        step: Step | None = None
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("$ "):
                if step:
                    yield step
                step = Step(line[2:])
            else:
                assert step is not None, "output before a command"
                step.shown.append(line)
        assert step is not None, "an empty block"
        yield step


@pytest.mark.slow
@pytest.mark.timeout(600)  # a hundred commands, each of which derives a key from a passphrase
def test_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = [run(step) for step in steps(PAGE.read_text(encoding="utf-8"))]
    assert len(done) > 50
    directory = parse_directory(Path("network.directory").read_bytes()).directory
    auditor = directory.participant(NodeId("auditor"))
    recovered = directory.participant(NodeId("mk.contact"), NOW)
    assert auditor is not None
    assert auditor.revoked
    assert recovered is not None
    assert recovered.suspended
    assert directory.agreements()


def run(step: Step) -> Result:
    result = invoke(step.line)
    refusal = bool(step.shown) and step.shown[-1].endswith("]") and "[" in step.shown[-1]
    assert (result.exit_code != 0) is refusal, f"{step.line}\n{result.output}"
    pattern = "*".join(escaped(line) for line in step.shown)
    output = " ".join(result.stderr.split()) if refusal else result.stdout
    assert fnmatch.fnmatchcase(output, f"*{pattern}*"), f"{step.line}\n{output}"
    return result


def invoke(line: str) -> Result:
    words = shlex.split(line)
    assert words[:2] == ["egnatia", "keys"]
    written = {"PIN": pin, "POLICY": lambda: POLICY, "KEY": key}
    arguments = [written.get(word, lambda word=word: word)() for word in words[2:]]
    answers = "y\n" if words[2] == "sign" else ""
    tools = Tools(lambda: NOW, CountingEntropy(line))
    return CliRunner().invoke(commands, arguments, input=answers + f"{PASSPHRASE}\n" * 4, obj=tools)


def pin() -> str:
    """What was written on paper."""
    charter = Path("charter.statement")
    return parse_statements(charter.read_bytes()).sheets[0].id.hex() if charter.exists() else ""


def key() -> str:
    """The id of this week's police key of Belgrade."""
    directory = parse_directory(Path("network.directory").read_bytes()).directory
    found = directory.recipient_key(NodeId("rs.contact"), Channel("police"), NOW)
    assert found is not None
    return found.key_id.hex()


def escaped(line: str) -> str:
    return "*".join(re.sub(r"([\[\]*?])", r"[\1]", part) for part in line.split("…"))


def test_a_wrong_output_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = "egnatia keys create registrar ministry --store m.keystore --out m.party"
    with pytest.raises(AssertionError, match=r"Made m\.keystore"):
        run(Step(command, ["Made another.keystore"]))
    with pytest.raises(AssertionError, match="is there already"):
        run(Step(command))
