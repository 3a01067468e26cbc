"""The command line against running nodes, and the commands that set one up; every refusal says what to do."""

import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from keys.certificates import pem_of
from keys.exchange_files import DirectoryFile, encode_directory
from keys.keystore import create_keystore
from keys.private_keys import Role, Secrets
from nodes.commands.registry import Place, find_place, register, unregister
from runtime.operator import OperatorError
from tests.simulators.forge import seal_raw
from tests.simulators.network import identity_of, tls_key_of
from tests.simulators.node import EXAMPLES, MK, NADA, RS, TestWorld, example, some_example
from tests.simulators.node_cli import named, run, until

REASON = "Eleven people were driven to the border in this van last night."


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


async def test_a_question_is_sent_seen_and_read(world: TestWorld) -> None:
    async with named(world, MK, "skopje"), named(world, RS, "belgrade"):
        form = ("--query", "vehicle", "--plate", "VR 123-ŽĆ", "--country", "RS", "--reason", REASON)
        sent = await run("--as", "skopje", "send", "--to", "rs.ilecu", *form)
        assert sent.exit_code == 0, sent.output
        message = sent.output.split()[-1]
        inbox = await until(message[:12], "--as", "belgrade", "inbox")
        assert "unread" in inbox.output
        shown = await run("node", "show", message[:10], "--as", "belgrade")
        assert "VR 123-ŽĆ" in shown.output
        assert (await run("--as", "belgrade", "show", "-")).exit_code == 0
        await until("(read)", "--as", "skopje", "outbox")
        for words in (("why",), ("thread",), ("evidence",)):
            found = await run("--as", "skopje", *words, message)
            assert found.exit_code == 0, found.output
        assert "Rule" not in found.output
        out = world.folder / "evidence.json"
        await run("--as", "skopje", "evidence", message, "--out", str(out))
        assert json.loads(out.read_text())["id"] == message
        assert message[:12] in (await run("--as", "belgrade", "inbox", "--search", "vr123zc")).output
        answer = world.folder / "answer.json"
        answer.write_text(json.dumps(some_example("MT-04")["document"]))
        replied = await run("--as", "belgrade", "reply", message, "--type", "MT-04", "--file", str(answer))
        assert replied.exit_code == 0, replied.output
        await until("MT-04/1", "--as", "skopje", "inbox")


async def test_what_is_refused_is_told_in_three_parts(world: TestWorld) -> None:
    path = EXAMPLES / "MT-01/vehicle-mk.json"
    async with named(world, MK, "skopje"):
        words = ("--as", "skopje", "send", "--file", str(path), "--to", "al.ilecu", "--to", "rs.ilecu")
        refused = await run(*words)
        assert refused.exit_code == 1
        assert "al.ilecu does not list the language mk" in refused.output
        assert "Rule: " in refused.output
        assert "What to do: " in refused.output
        assert "--only-allowed" in refused.output
        sent = await run(*words, "--only-allowed")
        assert "Left out: al.ilecu" in sent.output
        tried = await run(*words[:5], "--to", "rs.ilecu", "--dry-run")
        assert "It would go on police" in tried.output
        as_json = await run(*words, "--json")
        assert '"code": "POLICY_DENIED"' in as_json.output
        nothing = await run("--as", "skopje", "show", "0" * 64)
        assert (nothing.exit_code, "There is no such thing" in nothing.output) == (1, True)


async def test_a_form_that_is_not_complete_says_what_is_missing(world: TestWorld) -> None:
    async with named(world, MK, "skopje"):
        start = ("--as", "skopje", "send", "--to", "rs.ilecu")
        for words, expected in (
            (("--query", "vehicle"), "needs its reason"),
            (("--query", "phone", "--reason", REASON, "--field", "nonsense"), "is no field"),
            (("--query", "vehicle", "--reason", "short", "--plate", "X"), "/document/necessity"),
        ):
            found = await run(*start, *words)
            assert (found.exit_code, expected in found.output) == (1, True), found.output
        bad = world.folder / "bad.json"
        for text in ("{", "[]"):
            bad.write_text(text)
            assert (await run(*start, "--type", "MT-01", "--file", str(bad))).exit_code == 1


async def test_a_held_message_is_decided_at_the_console(world: TestWorld) -> None:
    for sequence in (1, 2):
        world.hub.accept(MK.node, seal_raw(world, sequence).encode())
    one, other = (seal_raw(world, sequence).id for sequence in (1, 2))
    ids = list(world.hub.envelopes)
    async with named(world, RS, "belgrade"):
        await until(ids[1].hex()[:12], "--as", "belgrade", "inbox")
        assert "held:" in (await run("--as", "belgrade", "show", ids[0].hex())).output
        assert "To act: you" in (await run("--as", "belgrade", "why", ids[0].hex())).output
        released = await run("--as", "belgrade", "release", ids[0].hex(), "--reason", "We know them.")
        assert "released" in released.output
        returned = await run("--as", "belgrade", "return", ids[1].hex(), "--reason", "No basis.")
        assert "returned" in returned.output
    assert one != other


async def test_the_node_and_its_network_are_shown(world: TestWorld) -> None:
    async with named(world, MK, "skopje"):
        assert "mk.ilecu: enrolled" in (await run("--as", "skopje", "status")).output
        assert "rs.ilecu" in (await run("node", "directory")).output, "the only node needs no name"
        told = (await run("node", "directory", "--agreements", "--language", "sr-Latn")).output
        assert "Police Cooperation Convention for Southeast Europe" in told
        assert "Prihvaćeni jezici" in told
        assert told.rstrip().endswith("agreements.")
        assert "MT-01/1" in (await run("--as", "skopje", "types")).output
        assert (await run("--as", "skopje", "people")).exit_code == 0
        for command in ("status", "directory", "types", "people", "inbox", "outbox"):
            found = await run("--as", "skopje", command, "--json")
            assert json.loads(found.output), command


async def test_consents_at_the_console(world: TestWorld) -> None:
    record = example("MT-V6/record-sr-Latn")["document"]
    for grant in record["record"]["grants"]:
        grant["recipient"] = "lotse.at"
    path = world.folder / "consent.json"
    path.write_text(json.dumps(record))
    async with named(world, NADA, "nada"):
        page = world.folder / "sheet.html"
        shown = await run(
            "--as", "nada", "consent", "sheet", "--file", str(path), "--language", "sq", "--html", str(page)
        )
        assert "Çfarë lejoni" in shown.output, shown.output
        assert page.read_text(encoding="utf-8").startswith("<!doctype html>")
        asked = ("--as", "nada", "consent", "record", "--file", str(path), "--language", "rom", "--witness", "T-31")
        assert (await run(*asked)).exit_code == 1, "nobody confirmed it"
        found = await run(*asked, "--confirmed")
        assert "is recorded" in found.output, found.output
        assert "lotse.at" in (await run("--as", "nada", "consent", "show", record["consent_id"])).output
        renewal = await run("--as", "nada", "consent", "renewal", record["consent_id"])
        assert json.loads(renewal.output)["version"] == 2
        assert (await run("--as", "nada", "consent", "renewals")).exit_code == 0
        assert record["consent_id"] in (await run("--as", "nada", "consent", "list")).output
        said = ("--channel", "phone", "--told", "She was told what had been sent.")
        ended = await run("--as", "nada", "consent", "withdraw", record["consent_id"], *said)
        assert "1 references end" in ended.output
        assert "lotse.at" in (await run("--as", "nada", "consent", "ended")).output
        for command in (("purge", "7"), ("keep", "7", "--reason", "The law asks to keep it.")):
            assert (await run("--as", "nada", "consent", *command)).exit_code == 1


async def test_a_command_without_its_node_says_how_to_name_one(world: TestWorld) -> None:
    del world
    found = await run("node", "inbox")
    assert (found.exit_code, "egnatia node run" in " ".join(found.output.split())) == (1, True)
    register("gone", Place("http://127.0.0.1:9", Path("no-token")))
    assert (await run("--as", "other", "inbox")).exit_code == 1
    assert "gone" in (await run("--as", "other", "inbox")).output
    assert (await run("--as", "gone", "inbox")).exit_code == 1
    unregister("gone")
    with pytest.raises(OperatorError):
        find_place(None)


async def test_help_stands_behind_every_command() -> None:
    from nodes.cli import SETUP, TALKING

    for name in (*SETUP, *TALKING):
        found = await run("node", name, "--help")
        assert (found.exit_code, "Usage" in found.output) == (0, True), name
    assert (await run("node", "no-such-command")).exit_code == 2


def write_files(world: TestWorld, folder: Path) -> None:
    """Put down what registrars hand to a node."""
    network = world.network
    folder.mkdir(parents=True, exist_ok=True)
    file = DirectoryFile(network.charter_digest, tuple(network.entries), network.directory)
    (folder / "network.directory").write_bytes(encode_directory(file))
    (folder / "rs.pem").write_bytes(pem_of(network.certificate("rs.ilecu")))
    (folder / "ca.pem").write_bytes(pem_of(network.authority().certificate))


@contextlib.contextmanager
def passphrase(text: str = "a passphrase of a test") -> Any:
    """Give a passphrase on a pipe, as a service would get it."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    try:
        yield ("--passphrase-from", f"fd:{reading}")
    finally:
        with contextlib.suppress(OSError):
            os.close(reading)


async def test_a_node_is_set_up_from_what_the_registrars_gave(tmp_path: Path) -> None:
    from tests.simulators.node import TestClock

    world = TestWorld(tmp_path, TestClock(int(__import__("time").time())))
    given, folder = tmp_path / "given", tmp_path / "node"
    write_files(world, given)
    with passphrase() as source:
        made = await run("node", "init", str(folder), "--node", "rs.ilecu", *source)
    assert made.exit_code == 0, made.output
    assert (folder / "rs.ilecu.party").exists()
    with passphrase() as source:
        assert "FILE_EXISTS" in (await run("node", "init", str(folder), "--node", "rs.ilecu", *source)).output

    pin = world.network.charter_digest.hex()
    files = ("--directory", str(given / "network.directory"), "--certificate", str(given / "rs.pem"))
    rest = ("--authority", str(given / "ca.pem"), "--hub", "https://127.0.0.1:9")
    wrong = await run("node", "join", str(folder), *files, *rest, "--pin", "0" * 64)
    assert "another charter" in wrong.output
    stranger = await run("node", "join", str(folder), *files, *rest, "--pin", pin, "--node", "xx.nobody")
    assert "NOT_ENROLLED" in stranger.output
    joined = await run("node", "join", str(folder), *files, *rest, "--pin", pin)
    assert joined.exit_code == 0, joined.output
    config = str(folder / "node.toml")
    assert "FILE_EXISTS" in (await run("node", "join", str(folder), *files, *rest, "--pin", pin)).output

    with passphrase() as source:
        checked = await run("node", "check", "--config", config, *source)
    assert checked.exit_code == 1
    assert "it is for another key than the keystore holds" in checked.output
    with passphrase("not the passphrase") as source:
        assert "WRONG_PASSPHRASE" in (await run("node", "check", "--config", config, *source)).output

    # The same with the keys that the registrars certified, and a hub that does not answer.
    (folder / "node.keystore").unlink()
    name = "rs.ilecu"
    secrets = Secrets(role=Role.NODE, name=name, tls=tls_key_of(name), search=b"s" * 32)
    create_keystore(folder / "node.keystore", secrets, b"a passphrase of a test", os.urandom)
    assert identity_of(name)
    with passphrase() as source:
        checked = await run("node", "check", "--config", config, "--json", *source)
    found = {each["name"]: each for each in json.loads(checked.output)["findings"]}
    assert found["certificate"]["well"]
    assert found["charter"]["well"]
    assert not found["hub"]["well"]
    assert found["hub"]["remedy"]


async def test_the_settings_are_explained(tmp_path: Path) -> None:
    path = tmp_path / "all.toml"
    assert (await run("node", "settings", "--out", str(path))).exit_code == 0
    text = path.read_text()
    assert "poll_wait_s" in text
    assert "how long one fetch waits at the hub for mail" in text


async def test_a_wrong_setting_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    path.write_text('node = "rs.ilecu"\nchartre = "x"\n')
    found = await run("node", "run", "--config", str(path))
    assert (found.exit_code, "chartre" in found.output) == (1, True)
