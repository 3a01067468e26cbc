"""``egnatia hub`` as an operator meets it: each command's good end, and for each mishap words that say what to do."""

import hashlib
import json
import signal
import socket
import sqlite3
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from protocol.statement_network import Log, Reason, Restart, Suspension
from tests.simulators.hub_desk import Desk, lay_out, make_keystore, served, told
from tests.simulators.network import MK


@pytest.fixture(scope="module")
def keystore(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_keystore(tmp_path_factory.mktemp("keys") / "hub.keystore")


@pytest.fixture
def desk(tmp_path: Path, keystore: bytes) -> Desk:
    return lay_out(tmp_path, keystore)


def test_from_ceremony_files_to_a_checked_hub(desk: Desk) -> None:
    made = desk.init("--json")
    checked = desk.run("check", "--config", str(desk.config), "--json")
    again = desk.init()
    assert (made.code, made.facts["directory"]) == (0, len(desk.world.network.entries)), made.err
    assert (checked.code, checked.facts["messages"], checked.facts["certificate_days"]) == (0, 0, 90), checked.err
    assert again.code == 1
    assert "SETTINGS_EXIST" in again.err


def test_a_hub_runs_takes_statements_and_ends_in_order(desk: Desk) -> None:
    desk.init()
    now = desk.world.clock()
    body = Suspension(node=MK.node, issued_at=now, until=now + 3_600, lift=False, reason=Reason.LOST)
    sheet = desk.sheet("suspension", body, desk.world.network.registrars[0])
    lone = desk.run("submit", str(sheet), "--config", str(desk.config))
    with served(desk) as process:
        facts = told(process)
        with urllib.request.urlopen(f"http://127.0.0.1:{facts['admin_port']}/ready", timeout=30) as answer:
            ready = json.loads(answer.read())
        submitted = desk.run("submit", str(sheet), "--config", str(desk.config))
        published = desk.run("publish", str(desk.folder / "bundle-0"), "--config", str(desk.config))
        locked = desk.run("check", "--config", str(desk.config))
        saved = desk.run("backup", str(desk.folder / "backup.db"), "--config", str(desk.config), "--json")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert (facts["ready"], ready) == (True, {"ok": True, "reason": None})
    assert (lone.code, "HUB_NOT_RUNNING" in lone.err) == (1, True)
    assert (submitted.code, published.code) == (0, 0), submitted.err
    assert (locked.code, "DATABASE_IN_USE" in locked.err) == (1, True)
    assert (saved.code, process.returncode) == (0, 0), errors
    assert "Traceback" not in errors


def test_a_lost_database_is_restored_and_recovered(desk: Desk) -> None:
    desk.init()
    config = ("--config", str(desk.config))
    backup = desk.folder / "backup.db"
    desk.run("backup", str(backup), *config)
    refused = desk.run("restore", str(backup), *config)
    for path in desk.config.parent.glob("hub.db*"):
        path.unlink()
    restored = desk.run("restore", str(backup), *config, "--json")
    checked = desk.run("check", *config)
    root = hashlib.sha256(b"").digest()
    body = Restart(log=Log.MESSAGES, issued_at=desk.world.clock(), size=0, root=root, lost_size=7)
    sheet = desk.sheet("restart", body, *desk.world.network.quorum)
    recovered = desk.run("recover", *config, "--restart", str(sheet), "--json")
    assert (refused.code, "DATABASE_EXISTS" in refused.err) == (1, True)
    assert (restored.code, restored.facts["messages"]) == (0, 0), restored.err
    assert "signs nothing before" in " ".join(checked.out.split())
    assert (recovered.code, recovered.facts["epoch"], recovered.facts["next"]) == (0, 2, 7), recovered.err
    assert desk.run("check", *config).code == 0


def mishaps() -> dict[str, object]:
    """What goes wrong, as a change to the folder or the words, and the code an operator searches for."""

    def damage(desk: Desk) -> None:
        with (desk.config.parent / "hub.db").open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8192)

    def edit(desk: Desk, old: str, new: str) -> None:
        desk.config.write_text(desk.config.read_text().replace(old, new))

    def newer(desk: Desk) -> None:
        with closing(sqlite3.connect(desk.config.parent / "hub.db", isolation_level=None)) as raw:
            raw.execute("UPDATE alembic_version SET version_num = '9999'")

    return {
        "wrong passphrase": (None, {"typed": "not the passphrase\n"}, "WRONG_PASSPHRASE"),
        "expired certificate": (None, {"days": 91}, "CERTIFICATE_EXPIRED"),
        "corrupt database": (damage, {}, "CORRUPT_STATE"),
        "unknown setting": (lambda desk: edit(desk, "[listen]", "[listen]\nprot = 1"), {}, "Did you mean port?"),
        "keystore open to others": (lambda desk: (desk.folder / "hub.keystore").chmod(0o644), {}, "KEY_FILE_OPEN"),
        "keystore gone": (lambda desk: (desk.folder / "hub.keystore").unlink(), {}, "KEY_FILE"),
        "certificate gone": (lambda desk: (desk.folder / "hub.crt").unlink(), {}, "MISSING_FILE"),
        "certificate of another": (
            lambda desk: (desk.folder / "hub.crt").write_bytes((desk.folder / "authority.crt").read_bytes()),
            {},
            "CERTIFICATE",
        ),
        "another network's charter": (
            lambda desk: edit(desk, desk.world.network.charter_digest.hex(), "00" * 32),
            {},
            "ROOT_MISMATCH",
        ),
        "a database of a newer release": (newer, {}, "DATABASE_NEWER"),
        "a damaged mark": (lambda desk: (desk.config.parent / "promised").write_bytes(b"?"), {}, "CORRUPT_STATE"),
    }


@pytest.mark.parametrize("name", mishaps())
def test_a_mishap_is_told_with_its_remedy(desk: Desk, name: str) -> None:
    change, how, wanted = mishaps()[name]  # type: ignore[misc]
    desk.init()
    if change is not None:
        change(desk)
    said = desk.run("check", "--config", str(desk.config), **how)
    assert said.code == 1
    assert wanted in " ".join(said.err.split())
    assert "Traceback" not in said.err


def test_an_address_in_use_is_told(desk: Desk) -> None:
    desk.init()
    port = int(desk.config.read_text().partition("port = ")[2].split()[0])
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with served(desk) as process:
            _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "ADDRESS_IN_USE" in errors


def test_a_killed_hub_keeps_what_it_acknowledged(desk: Desk) -> None:
    """Kill -9 while it answers, again and again; afterwards every acknowledged statement stands in the log."""
    desk.init()
    acknowledged: list[str] = []
    for round_ in range(3):
        now = desk.world.clock() + round_
        body = Suspension(node=MK.node, issued_at=now - 60, until=None, lift=round_ % 2 == 1, reason=Reason.LOST)
        sheet = desk.sheet(f"statement-{round_}", body, *desk.world.network.quorum)
        with served(desk) as process:
            told(process)
            done = desk.run("submit", str(sheet), "--config", str(desk.config), "--json")
            process.kill()
        if done.code == 0:
            acknowledged += done.facts["statements"]  # type: ignore[operator]
    checked = desk.run("check", "--config", str(desk.config), "--json")
    assert (len(acknowledged), checked.code) == (3, 0), checked.err
    assert checked.facts["directory"] == len(desk.world.network.entries) + 3


def test_the_sample_settings_name_every_key(desk: Desk) -> None:
    said = desk.run("settings", "--out", str(desk.folder / "sample.toml"))
    text = (desk.folder / "sample.toml").read_text()
    assert said.code == 0
    for key in ("charter_digest", "head_age_s", "messages_per_day", "min_rate_bytes", "core_days"):
        assert key in text
