"""The opener of tests/oracle, written from docs/wire.md alone, against the project's vectors and the worked example."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from egnatia.conformance.command import command
from egnatia.conformance.kinds import KINDS
from tests.oracle import codec, floe, log, message, opener, records, signed, wrap
from tests.oracle.disclosure import verify_disclosure
from tests.oracle.fields import commitment, parse_rows, row_hash

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "tests" / "vectors"
STEPS = json.loads((ROOT / "docs" / "wire-example" / "example.json").read_text("utf-8"))["steps"]
EXAMPLE = {value["name"]: bytes.fromhex(value["hex"]) for step in STEPS for value in step["values"]}
NETWORK = EXAMPLE["network.id"]
ORIGIN = f"{NETWORK.hex()}/messages"


def identity(name: str) -> signed.Identity:
    return signed.Identity(EXAMPLE[f"{name}.ed25519.public"], EXAMPLE[f"{name}.ml-dsa-65.public"])


def log_keys(name: str, role: str) -> log.Keys:
    return log.Keys(name, EXAMPLE[f"{role}.ed25519.public"], EXAMPLE[f"{role}.ml-dsa-44.public"])


def opened(name: str, seed: str | None = None) -> message.Opened:
    key = wrap.private_key(EXAMPLE[f"{seed or name}.recipient.seed"])
    sender = message.Sender(identity("sender"), NETWORK)
    return message.open_delivery(EXAMPLE[f"{name}.delivery"], sender, f"ngo.{name}.rs", key)


@pytest.mark.parametrize("kind", sorted(opener.ANSWERS))
def test_every_vector_of_a_kind_is_answered_as_it_expects(kind):
    files = sorted((VECTORS / kind).glob("*.txt"))
    assert files
    wrong = {}
    for file in files:
        text = file.read_text("utf-8")
        expected = text.split("\n", 2)[1].removeprefix("expect: ")
        given = opener.answer(text)
        if given != expected:
            wrong[file.name] = (expected, given)
    assert wrong == {}


def test_the_command_holds_the_opener_against_a_vector_of_every_kind(tmp_path):
    for number, kind in enumerate(sorted(opener.ANSWERS)):
        files = sorted((VECTORS / kind).glob("*.txt"))
        good = [file for file in files if "\nexpect: ok\n" in file.read_text("utf-8")]
        chosen = good[0] if number % 2 else next(file for file in files if file not in good)
        shutil.copy(chosen, tmp_path / f"{kind}.txt")
    program = f"{sys.executable} -m tests.oracle.opener"
    done = CliRunner().invoke(command, [str(tmp_path), "--against", program], catch_exceptions=False)
    assert (done.exit_code, done.output) == (0, f"{len(opener.ANSWERS)} passed, 0 failed\n")


# Evidence bundles have an independent reader of their own, which runs over their vectors: egnatia/evidence/single.
ANSWERED_ELSEWHERE = {"bundle"}


def test_the_kit_has_no_kind_that_the_opener_leaves():
    assert opener.ANSWERS.keys() | ANSWERED_ELSEWHERE == KINDS.keys()
    assert {folder.name for folder in VECTORS.iterdir()} == KINDS.keys()


@pytest.mark.parametrize("text", [b"", b"kind: gossip\n\nitem: hex 00\n", b"kind: cbor\n\nitem: hex 0\n", b"\xff\n"])
def test_what_is_no_vector_gets_no_word(text, monkeypatch, capsys):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert opener.main() == 2
    assert capsys.readouterr().out == ""


def test_both_deliveries_of_the_example_open():
    assert opened("kuca") == message.Opened(EXAMPLE["body.rows"], EXAMPLE["identity.rows"])
    assert opened("savet") == message.Opened(EXAMPLE["body.rows"], None)


def test_a_delivery_of_the_example_stays_closed_to_another_key():
    with pytest.raises(codec.Refused, match="UNKNOWN_DECRYPTION_KEY"):
        opened("kuca", "savet")


def test_a_changed_byte_of_the_example_is_told_by_its_place():
    whole = EXAMPLE["kuca.delivery"]
    sender = message.Sender(identity("sender"), NETWORK)
    key = wrap.private_key(EXAMPLE["kuca.recipient.seed"])
    at = whole.index(EXAMPLE["body.ciphertext"])
    changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    with pytest.raises(codec.Refused, match="BODY_HASH"):
        message.open_delivery(changed, sender, "ngo.kuca.rs", key)


@pytest.mark.parametrize("name", ["body", "identity"])
def test_the_steps_between_key_and_commitment_come_out(name):
    core_hash = signed.sha256(EXAMPLE["core"])
    key = floe.part_key(EXAMPLE["content-key" if name == "body" else "identity-key"], core_hash, name)
    aad = floe.content_aad(core_hash, name)
    assert (core_hash, key, aad) == (EXAMPLE["core.sha256"], EXAMPLE[f"{name}.part-key"], EXAMPLE[f"{name}.aad"])
    plain = floe.open_floe(key, aad, EXAMPLE[f"{name}.ciphertext"])
    assert (plain, floe.unpad(plain)) == (EXAMPLE[f"{name}.padded"], EXAMPLE[f"{name}.rows"])
    hashes = [row_hash(row) for row in parse_rows(floe.unpad(plain))]
    assert hashes == [EXAMPLE[f"{name}.row.{number}.hash"] for number in range(len(hashes))]
    assert commitment(hashes) == EXAMPLE[f"{name}.commitment"]


@pytest.mark.parametrize("name", ["kuca", "savet"])
def test_the_steps_of_a_wrap_come_out(name):
    key = wrap.private_key(EXAMPLE[f"{name}.recipient.seed"])
    assert key.public == EXAMPLE[f"{name}.recipient.public"]
    assert wrap.recipient_key_id(key.public) == EXAMPLE[f"{name}.recipient.key-id"]
    secret = wrap.shared_secret(key, EXAMPLE[f"{name}.wrap.encapsulation"])
    assert secret == EXAMPLE[f"{name}.wrap.shared-secret"]
    assert wrap.schedule(secret, EXAMPLE[f"{name}.wrap.info"]) == EXAMPLE[f"{name}.wrap.secret"]
    parsed = wrap.parse_wrap(EXAMPLE[f"{name}.wrap"])
    plain = wrap.open_wrap(parsed, key, EXAMPLE["core"], f"ngo.{name}.rs")
    assert plain == EXAMPLE[f"{name}.wrap.plaintext"]


def test_the_log_of_the_example_holds_the_message_under_its_witness():
    keys = log_keys(ORIGIN, "log")
    leaf = records.verify_acceptance(EXAMPLE["acceptance"], keys, EXAMPLE["message.id"])
    assert leaf == records.parse_leaf(EXAMPLE["log.entry.3"])
    checkpoint, time = log.verify_checkpoint(EXAMPLE["checkpoint.cosigned"], keys)
    assert (checkpoint.size, checkpoint.root, time) == (5, EXAMPLE["log.root"], 1796032803)
    witness = log_keys("audit.vienna", "witness")
    log.verify_witnesses(checkpoint, [witness], 1)
    with pytest.raises(codec.Refused, match="QUORUM"):
        log.verify_witnesses(checkpoint, [witness], 2)


def test_the_trees_of_the_example_grow_as_they_say():
    hashes = [log.leaf_hash(EXAMPLE[f"log.entry.{number}"]) for number in range(5)]
    roots = (log.tree_root(hashes[:3]), log.tree_root(hashes))
    assert roots == (EXAMPLE["log.root.3"], EXAMPLE["log.root"])
    log.verify_consistency((3, 5), roots, [EXAMPLE[f"log.consistency.{number}"] for number in range(4)])


def test_receipt_token_and_disclosure_of_the_example_verify():
    receipt = records.verify_receipt(EXAMPLE["receipt.signed"], NETWORK, identity("kuca"))
    token = records.verify_token(EXAMPLE["token.signed"], NETWORK, identity("sender"))
    assert receipt == signed.sha256(EXAMPLE["receipt.payload"])
    assert token == signed.sha256(EXAMPLE["token.payload"])
    keys = log_keys(ORIGIN, "log")
    shown = verify_disclosure(EXAMPLE["disclosure"], NETWORK, identity("sender"), keys)
    assert [row.path for row in shown.rows()] == ["/needs/0", "/people"]


def test_the_attachment_of_the_example_opens():
    key = floe.part_key(EXAMPLE["content-key"], EXAMPLE["core.sha256"], "att-00")
    plain = floe.open_floe(key, EXAMPLE["att-00.aad"], EXAMPLE["att-00.ciphertext"])
    file = EXAMPLE["att-00.file"]
    assert plain == file + bytes(floe.padded(len(file)) - len(file))
    assert len(EXAMPLE["att-00.ciphertext"]) == floe.attachment_length(len(file))


def test_the_opener_shares_no_code_with_the_project():
    rooms = ("protocol", "keys", "hub", "nodes", "policies", "runtime", "egnatia", "tests")
    for file in sorted((ROOT / "tests" / "oracle").glob("*.py")):
        for line in file.read_text("utf-8").splitlines():
            words = line.split()
            if words[:1] in (["from"], ["import"]) and words[1].partition(".")[0] in rooms:
                assert words[1].startswith("tests.oracle."), (file.name, line)
