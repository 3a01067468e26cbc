"""create, show, sign, append, copy: what they write, what they refuse, and in which words."""

import json
import stat

import pytest

from keys.private_keys import Role
from protocol.ids import PolicyDigest
from protocol.statement_network import PolicyChange
from tests.simulators.desk import Desk
from tests.simulators.network import TestNetwork
from tests.simulators.party import NOW

POLICY = "ab" * 32


def drafted(desk: Desk) -> str:
    desk.good("policy", POLICY, "--directory", "d", "--out", "policy.statement")
    return "policy.statement"


def signed(desk: Desk, *registrars: int) -> str:
    file = drafted(desk)
    for number in registrars:
        desk.good("sign", file, "--store", f"reg{number}.keystore", "--yes")
    return file


def test_create_writes_a_private_keystore_and_a_party_file(desk: Desk) -> None:
    told = desk.good("create", "node", "al.contact", "--store", "al.keystore", "--out", "al.party")
    assert "Hand on al.party, never the keystore." in told
    assert stat.S_IMODE(desk.path("al.keystore").stat().st_mode) == 0o600
    assert desk.secrets("al.keystore").role is Role.NODE
    assert "role: node" in desk.good("show", "al.party")


def test_create_overwrites_no_keystore(desk: Desk) -> None:
    before = desk.path("rs.keystore").read_bytes()
    words = desk.bad("create", "node", "rs.contact", "--store", "rs.keystore", "--out", "x.party")
    assert "[FILE_EXISTS]" in words
    assert desk.path("rs.keystore").read_bytes() == before
    assert not desk.path("x.party").exists()


def test_create_refuses_a_short_passphrase(desk: Desk) -> None:
    words = desk.bad("create", "node", "x.y", "--store", "x", "--out", "y", answers="short\nshort\n")
    assert "The passphrase has 5 characters, and 12 are the fewest." in words
    assert "[SHORT_PASSPHRASE]" in words
    assert not desk.path("x").exists()


@pytest.mark.parametrize(
    ("file", "word"),
    [("d", "every statement verified"), ("rs.party", "public keys of a party"), ("rs.keystore", "stay closed")],
)
def test_show_knows_every_file(desk: Desk, file: str, word: str) -> None:
    assert word in desk.good("show", file)


def test_show_says_what_a_statement_lacks(desk: Desk) -> None:
    file = signed(desk, 0)
    assert "lacking: 1" in desk.good("show", file, "--directory", "d")
    assert "lacking: -" in desk.good("show", file)


def test_show_refuses_another_file(desk: Desk) -> None:
    path = desk.path("letter.txt")
    path.write_text("Dear all")
    path.chmod(0o600)
    assert "[MALFORMED]" in desk.bad("show", "letter.txt")


def test_a_missing_file_is_a_matter_of_usage(desk: Desk) -> None:
    assert desk.run("show", "nothing.party").exit_code == 2


def test_sign_shows_asks_and_signs(desk: Desk) -> None:
    file = drafted(desk)
    told = desk.good("sign", file, "--store", "reg0.keystore", answers="y\n")
    assert POLICY in told
    assert "Signed by registrar 0." in told
    assert len(desk.statements(file).sheets[0].signed) == 1


def test_sign_takes_no_for_an_answer(desk: Desk) -> None:
    file = drafted(desk)
    assert "[NOT_SIGNED]" in desk.bad("sign", file, "--store", "reg0.keystore", answers="n\n")
    assert desk.statements(file).sheets[0].signed == ()


def test_a_wrong_passphrase_is_explained(desk: Desk) -> None:
    file = drafted(desk)
    words = desk.bad("sign", file, "--store", "reg0.keystore", answers="y\nwrong horse battery\n")
    assert "[WRONG_PASSPHRASE]" in words
    assert "reg0.keystore" in words


def test_a_damaged_keystore_is_not_a_wrong_passphrase(desk: Desk) -> None:
    path = desk.path("reg0.keystore")
    path.write_bytes(path.read_bytes()[:-1])
    assert "[MALFORMED]" in desk.bad("sign", drafted(desk), "--store", "reg0.keystore", "--yes")


def test_an_authority_signs_nothing(desk: Desk) -> None:
    assert "[WRONG_PARTY]" in desk.bad("sign", drafted(desk), "--store", "ca.keystore", "--yes")


def test_append_takes_complete_statements(desk: Desk) -> None:
    before = desk.directory().directory.size
    assert "valid and complete" in desk.good("append", signed(desk, 0, 1), "--directory", "d")
    grown = desk.directory().directory
    policy = grown.policy()
    assert grown.size == before + 1
    assert policy is not None
    assert policy.active.hex() == POLICY


def test_append_takes_nothing_incomplete(desk: Desk) -> None:
    before = desk.path("d").read_bytes()
    words = desk.bad("append", signed(desk, 0), "--directory", "d")
    assert "[QUORUM]" in words
    assert "signatures are lacking" in words
    assert desk.path("d").read_bytes() == before


def test_append_founds_only_with_the_pin(desk: Desk, founded: TestNetwork) -> None:
    from keys.exchange_files import draft, encode_statements

    file = draft(founded.network_id, founded.charter)
    for signer in (*founded.registrars, founded.hub):
        file = file.sign(signer)
    policy = PolicyChange(digest=PolicyDigest(b"p" * 32), issued_at=NOW, activated_at=NOW, emergency=False)
    second = draft(founded.network_id, policy).sign(founded.registrars[0]).sign(founded.registrars[1])
    both = type(file)(file.network_id, (*file.sheets, *second.sheets))
    desk.path("charter.statement").write_bytes(encode_statements(both))
    assert "[PIN_NEEDED]" in desk.bad("append", "charter.statement", "--directory", "new")
    append = ("append", "charter.statement", "--directory", "new")
    assert "another charter than the digest you typed" in desk.bad(*append, "--pin", "00" * 32)
    short = desk.bad(*append, "--pin", "short")
    assert "it has 5 characters, and some are not of 0-9 and a-f" in short
    assert "[PIN]" in short
    pin = founded.charter_digest.hex()
    assert "it has 63 characters. " in desk.bad(*append, "--pin", pin[1:])
    typed = " ".join((pin[:32].upper(), pin[32:]))
    assert "size: 2" in desk.good(*append, "--pin", typed)
    again = desk.bad(*append, "--pin", pin)
    assert "This charter stands in new already" in again
    assert "[APPENDED_BEFORE]" in again


def test_append_takes_a_statement_once(desk: Desk) -> None:
    file = signed(desk, 0, 1)
    desk.good("append", file, "--directory", "d")
    assert "This policy stands in d already" in desk.bad("append", file, "--directory", "d")


def test_whoever_signs_a_charter_sees_names_and_identities(desk: Desk, founded: TestNetwork) -> None:
    from keys.exchange_files import draft, encode_statements

    desk.path("charter.statement").write_bytes(encode_statements(draft(founded.network_id, founded.charter)))
    identity = json.loads(desk.good("show", "reg0.party", "--json"))["identity"]
    pin = json.loads(desk.good("show", "ca.party", "--json"))["authority pin"]
    assert pin is not None
    bare = json.loads(desk.good("show", "charter.statement", "--json"))["statements"][0]
    assert identity in [each["identity"] for each in bare["registrars"]]
    assert {each["name"] for each in bare["registrars"]} == {"not among the party files"}
    assert [each["name"] for each in bare["witnesses"]] == [each.name for each in founded.charter.witnesses]
    assert all("ML-DSA-44" in each["checkpoint keys"] for each in bare["witnesses"])
    named = desk.good("show", "charter.statement", "--party", "reg0.party")
    assert "name: registrar 0" in named
    signed_now = desk.good("sign", "charter.statement", "--store", "reg0.keystore", "--party", "reg0.party", "--yes")
    assert "name: registrar 0" in signed_now


def test_copy_is_another_file_under_another_passphrase(desk: Desk) -> None:
    told = desk.good("copy", "--store", "rs.keystore", "--out", "copy.keystore")
    assert "Made copy.keystore." in told
    assert desk.secrets("copy.keystore") == desk.secrets("rs.keystore")
    assert desk.path("copy.keystore").read_bytes() != desk.path("rs.keystore").read_bytes()


def test_copy_never_replaces_its_original(desk: Desk) -> None:
    before = desk.path("rs.keystore").read_bytes()
    assert "[NOT_PERMITTED]" in desk.bad("copy", "--store", "rs.keystore", "--out", "./rs.keystore")
    assert desk.path("rs.keystore").read_bytes() == before


def test_answers_and_refusals_come_as_json(desk: Desk) -> None:
    file = drafted(desk)
    told = json.loads(desk.good("sign", file, "--store", "reg0.keystore", "--yes", "--json"))
    assert told["statements"][0]["signatures"] == 1
    result = desk.run("append", file, "--directory", "d", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stderr)["error"] == "QUORUM"


def test_the_system_clock_and_entropy_are_used_when_nothing_else_is_given(desk: Desk) -> None:
    from click.testing import CliRunner

    from keys.cli import commands

    result = CliRunner().invoke(commands, ["expiry", "--json", "ca.pem"])
    assert result.exit_code == 2, "the file is missing"
    desk.good("authority", "ca.party", "--out", "ca.pem")
    result = CliRunner().invoke(commands, ["expiry", "--json", "ca.pem"])
    assert json.loads(result.stdout)["certificates"][0]["days left"] != 0
