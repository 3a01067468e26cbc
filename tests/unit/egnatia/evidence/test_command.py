"""`egnatia evidence verify`: words, JSON, a page and a status, from a file alone."""

import json
import socket
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.evidence.command import commands
from egnatia.evidence.words import tell
from keys.evidence_check import verify_bundle
from protocol.evidence import Event
from protocol.evidence_bundle import encode_evidence_bundle, parse_evidence_bundle
from protocol.fields import Row
from protocol.statement_network import Reason, Revocation, Target
from tests.simulators.bundles import TestCase, usual
from tests.simulators.network import AL, MK, RS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands, list(arguments))


@pytest.fixture(scope="module")
def case() -> TestCase:
    return usual()


@pytest.fixture
def file(case: TestCase, tmp_path: Path) -> Path:
    path = tmp_path / "proof.xbe"
    path.write_bytes(case.raw())
    return path


def test_a_bundle_is_verified_without_network_hub_or_certificates(
    case: TestCase, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the file and the digest is read: no socket, no clock, so no certificate can have expired."""

    def nothing(*_: object, **__: object) -> None:
        raise AssertionError("a verifier asks nobody")

    for name in ("socket", "create_connection", "getaddrinfo"):
        monkeypatch.setattr(socket, name, nothing)
    monkeypatch.setattr("time.time", nothing)
    found = run("verify", str(file), "--charter", case.pin.hex())
    assert found.exit_code == 0, found.output
    assert found.output.startswith("VERIFIED.")
    assert "Sent by rs.contact (Desk of rs.contact, RS), whose keys were valid then." in found.output
    assert "[ContentAccessTracking]" in found.output
    assert "What this does not prove:" in found.output


def test_without_the_digest_it_says_what_it_took_on_trust(file: Path) -> None:
    found = run("verify", str(file))
    assert found.exit_code == 4
    assert found.output.startswith("HOLDS, CHARTER NOT COMPARED.")
    assert "VERIFIED" not in found.output


def test_a_made_up_time_and_made_up_lines_stay_within_their_line(case: TestCase, tmp_path: Path) -> None:
    bundle = case.bundle(made_at=(1 << 53) - 1)
    path = tmp_path / "proof.xbe"
    path.write_bytes(encode_evidence_bundle(bundle))
    found = run("verify", str(path), "--charter", case.pin.hex())
    assert found.exit_code == 0, found.output
    assert "on 9007199254740991 seconds after the start of 1970" in found.output
    proved = verify_bundle(parse_evidence_bundle(case.raw()), case.pin)
    row = Row(bytes(16), "/note", "none\nVERIFIED. \x1b[2J\x9b2J")
    shown = replace(proved, messages=(replace(proved.messages[0], rows=(("body", (row,)),)),))
    lines = list(tell(shown))
    assert all(each.isprintable() for each in lines)
    assert [each for each in lines if each.startswith("VERIFIED")] == lines[:1]


def test_a_network_without_witnesses_has_a_verdict_of_its_own(case: TestCase, tmp_path: Path) -> None:
    quiet = TestCase(witnesses=("auditor",))
    said = quiet.send()
    quiet.say(said, Event.CONTENT_HANDOVER_FAILURE)
    body = Revocation(node=RS.node, issued_at=quiet.clock(), target=Target.NODE, ids=(), reason=Reason.COMPROMISED)
    quiet.network.append(body, *quiet.network.quorum)
    path = tmp_path / "proof.xbe"
    path.write_bytes(quiet.raw())
    found = run("verify", str(path), "--charter", quiet.pin.hex())
    assert found.exit_code == 3
    assert found.output.startswith("COMPLETE, NOT YET WITNESSED.")
    assert "MISSING: no evidence of ContentHandover in this file." in found.output
    assert "could not be opened there" in found.output
    assert "replaced or revoked later" in found.output


def test_what_does_not_hold_is_refused_with_its_code(case: TestCase, file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    found = run("verify", str(file), "--charter", case.pin.hex())
    assert (found.exit_code, found.output.startswith("DOES NOT HOLD.")) == (1, True)
    told = json.loads(run("verify", str(file), "--json").stdout)
    assert (told["verdict"], told["code"]) == ("refused", "BAD_EVIDENCE")
    wrong = run("verify", str(file), "--charter", "beef")
    assert wrong.exit_code == 1
    assert "64 hex digits" in wrong.output


def test_json_says_every_claim(case: TestCase, file: Path) -> None:
    told = json.loads(run("verify", str(file), "--charter", case.pin.hex(), "--json").stdout)
    (message,) = told["messages"]
    assert (told["verdict"], told["charter_compared"], told["training"]) == ("verified", True, True)
    assert message["from"]["node"] == "rs.contact"
    assert [each["event"] for each in message["to"][0]["events"]] == ["ContentHandover", "ContentAccessTracking"]
    assert message["to"][0]["missing"] == []
    assert {each["name"] for each in told["logs"][0]["witnesses"]} == {"auditor", "mk.contact", "rs.contact"}
    assert told["made"]["proved"] is False


def test_a_page_and_the_second_verifier_are_written_once(case: TestCase, file: Path, tmp_path: Path) -> None:
    page, program = tmp_path / "report.html", tmp_path / "verify_evidence.py"
    found = run("verify", str(file), "--charter", case.pin.hex(), "--report", str(page))
    assert found.exit_code == 0
    text = page.read_text(encoding="utf-8")
    assert "Everything holds." in text
    assert "<script" not in text
    assert "http" not in text
    again = run("verify", str(file), "--report", str(page))
    assert again.exit_code == 1
    assert run("verifier", "-o", str(program)).exit_code == 0
    assert run("verifier", "-o", str(program)).exit_code == 1
    assert run("verifier").stdout == program.read_text(encoding="utf-8")


def test_who_never_fetched_is_told_and_nothing_is_missing_of_it(tmp_path: Path) -> None:
    case = TestCase(members=(RS, MK, AL))
    said = case.send(RS, (MK, AL))
    case.say(said, Event.CONTENT_HANDOVER)
    case.clock.now = said.envelope.manifest.core.expires_at
    case.never_handed_out(said, AL)
    file, page = tmp_path / "proof.xbe", tmp_path / "proof.html"
    file.write_bytes(case.raw())
    found = run("verify", str(file), "--charter", case.pin.hex(), "--report", str(page))
    assert found.exit_code == 0, found.output
    assert "    never fetched from the hub before the message's life ended " in found.output
    assert "[ContentHandoverFailure, by the hub]" in found.output
    assert found.output.count("MISSING") == 1, "that a person at mk.contact opened it"
    shown = page.read_text(encoding="utf-8")
    assert shown.count("never fetched it before it ran out on ") == 2
    assert '<code class="small">ContentHandoverFailure</code>' in shown
    assert "no evidence of a hand-over" not in shown
    (told,) = json.loads(run("verify", str(file), "--charter", case.pin.hex(), "--json").output)["messages"]
    quiet, handed = told["to"]
    assert (quiet["unserved"]["ended_at"], quiet["unserved"]["number"], quiet["missing"]) == (case.clock.now, 1, [])
    assert (handed["unserved"], handed["missing"]) == (None, ["ContentAccessTracking"])


def test_export_needs_one_subject_and_a_new_file(file: Path) -> None:
    for given in ((), ("--message", "a", "--case", "b")):
        found = run("export", *given, "-o", str(file))
        assert found.exit_code == 1
        assert "Give --message ID or --case ID" in found.output
    assert "is there already" in run("export", "--case", "b", "-o", str(file)).output
