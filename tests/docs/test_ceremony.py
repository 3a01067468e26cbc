"""docs/ceremony.md is run from top to bottom: every console block, with the output it shows."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.cli import root
from keys.cli_base import Tools
from keys.exchange_files import parse_directory, parse_statements
from protocol.catalogue.bundle import bundle_digest, bundle_manifest
from protocol.ids import Channel, NodeId
from runtime.package_data import read_catalogue_files, read_policy_files
from tests.docs.console import Step, steps_of
from tests.simulators.party import CountingEntropy

PAGE = Path(__file__).parents[2] / "docs" / "ceremony.md"
NOW = 1_790_000_000
PASSPHRASE = "correct horse battery"


@pytest.mark.slow
@pytest.mark.timeout(600)  # a hundred commands, each of which derives a key from a passphrase
def test_the_page_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = [run(step) for step in steps_of(PAGE)]
    assert len(done) > 50
    directory = parse_directory(Path("network.directory").read_bytes()).directory
    auditor = directory.participant(NodeId("auditor"))
    recovered = directory.participant(NodeId("mk.contact"), NOW)
    assert auditor is not None
    assert auditor.revoked
    assert recovered is not None
    assert recovered.suspended
    (agreement,) = directory.agreements()
    assert {"CA", "VE"} <= set(agreement.data_categories), "the first message of README.md may pass"
    assert all((Path(each) / "node.toml").exists() for each in ("rs", "mk", "auditor"))


def run(step: Step) -> Result:
    result = invoke(step.line)
    assert (result.exit_code != 0) is step.refused, f"{step.line}\n{result.output}"
    output = result.stderr if step.refused else result.stdout
    assert step.fits(output), f"{step.line}\n{output}"
    return result


def invoke(line: str) -> Result:
    words = shlex.split(line)
    assert words[0] == "egnatia"
    written = {"PIN": pin, "POLICY": policy, "KEY": key}
    arguments = [written.get(word, lambda word=word: word)() for word in words[1:]]
    answers = "y\n" if "sign" in words[2:4] else ""
    tools = Tools(lambda: NOW, CountingEntropy(line))
    return CliRunner().invoke(root, arguments, input=answers + f"{PASSPHRASE}\n" * 4, obj=tools)


def policy() -> str:
    """The digest that the export printed: the bundle's manifest is the file named so."""
    packaged = {**read_catalogue_files(), **read_policy_files()}
    digest = bundle_digest(bundle_manifest(packaged)).hex()
    assert (Path("bundle") / digest).exists()
    return digest


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


def test_a_wrong_output_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = "egnatia keys create registrar ministry --store m.keystore --out m.party"
    with pytest.raises(AssertionError, match=r"Made m\.keystore"):
        run(Step(command, ["Made another.keystore"]))
    with pytest.raises(AssertionError, match="is there already"):
        run(Step(command))
