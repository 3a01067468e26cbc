"""``egnatia region``: a small region is founded by its own plan, and its directory says what the files say."""

import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.cli import root
from egnatia.region.command import packaged_policy
from egnatia.region.model import AGREEMENTS, PARTICIPANTS, parse_region
from keys.exchange_files import parse_directory
from protocol.ids import Channel, NodeId
from tests.simulators.region import FOLDER, terms_of

SMALL = b"""
registrars: [registrar-one, registrar-two]
threshold: 2
witnesses: [al.contact.example, xk.contact.example]
quorum: 2
channels: ["police:4:14"]
participants:
  - {node: xk.contact.example, kind: contact-point, family: police, country: XK, label: Contact point (example),
     channels: [police], languages: [sq, en], accredited: [R]}
  - {node: al.contact.example, kind: contact-point, family: police, country: AL, label: Contact point (example),
     channels: [police], languages: [sq]}
"""
AGREED = b"""
kinds:
  treaty:
    channel: police
    instrument: Treaty (example)
    kind: bilateral-treaty
    articles: [Art 3]
    types: [MT-03, MT-01]
    purposes: [prevent, investigate]
    categories: [VE, CA]
    personal_data: false
agreements:
  - {between: [xk.contact.example, al.contact.example], kind: treaty, evidence: [judicial, police],
     markings: [[R, Mark of one, Mark of another]]}
"""


def run(*words: str) -> Result:
    return CliRunner().invoke(root, ["region", *words])


@pytest.fixture
def small(tmp_path: Path) -> Path:
    folder = tmp_path / "small"
    folder.mkdir()
    (folder / PARTICIPANTS).write_bytes(SMALL)
    (folder / AGREEMENTS).write_bytes(AGREED)
    return folder


@pytest.mark.timeout(300)  # some twenty commands, most of which derive a key from a passphrase
def test_a_region_is_founded_by_its_own_plan(small: Path) -> None:
    target = small.parent / "founded"
    founded = run("found", str(small), "--into", str(target))
    assert founded.exit_code == 0, founded.output
    assert "for training only" in founded.output
    directory = parse_directory((target / "network.directory").read_bytes()).directory
    assert directory.charter.training
    assert directory.policy() is not None
    region = parse_region({PARTICIPANTS: SMALL, AGREEMENTS: AGREED})
    [agreement] = directory.agreements()
    [pair] = region.pairs
    wanted = terms_of(region, pair)
    assert {name: getattr(agreement, name) for name in wanted} == wanted
    assert agreement.parties == (NodeId("al.contact.example"), NodeId("xk.contact.example"))
    for node in agreement.parties:
        assert directory.recipient_key(node, Channel("police"), directory.time) is not None
    assert "is there already" in run("found", str(small), "--into", str(target)).stderr
    told = CliRunner().invoke(root, ["keys", "agreement", "show", str(target / "network.directory")]).output
    assert "Contact point (example), Kosovo*" in told
    assert "* This designation is without prejudice" in told


def test_the_plan_of_the_example_is_printed_as_commands_that_exist() -> None:
    printed = run("plan", str(FOLDER))
    assert printed.exit_code == 0, printed.output
    lines = printed.output.splitlines()
    assert any(packaged_policy() in line for line in lines)
    keys = root.get_command(None, "keys")  # type: ignore[arg-type]
    known = {param.opts[0] for each in keys.commands.values() for param in each.params}  # type: ignore[union-attr]
    for line in lines:
        first, group, verb, *words = shlex.split(line)
        assert (first, group) == ("egnatia", "keys")
        assert verb in keys.commands  # type: ignore[union-attr]
        assert {each for each in words if each.startswith("--")} <= known | {"--personal-data", "--no-personal-data"}


def test_what_is_lacking_or_wrong_in_the_files_is_said(small: Path) -> None:
    (small / AGREEMENTS).write_bytes(AGREED.replace(b"kind: treaty,", b"kind: friendship,"))
    wrong = run("plan", str(small))
    assert wrong.exit_code == 1
    assert "friendship" in wrong.stderr
    (small / AGREEMENTS).unlink()
    assert f"has no {AGREEMENTS}" in run("found", str(small), "--into", str(small / "new")).stderr


def test_a_command_that_fails_ends_the_founding(small: Path) -> None:
    (small / PARTICIPANTS).write_bytes(SMALL.replace(b"registrar-two", b"registrar-one"))
    failed = run("found", str(small), "--into", str(small.parent / "failed"))
    assert failed.exit_code == 1
    assert "keys create registrar registrar-one" in failed.stderr
    assert "is there already" in failed.stderr
