"""passphrase: a keystore under another passphrase, whole or not at all, and its older copies named."""

import json
import shutil

import pytest

from keys.keystore import load_keystore
from protocol.errors import Code
from tests.simulators.desk import PASSPHRASE, Desk
from tests.simulators.party import CountingEntropy
from tests.simulators.refusal import refused

NEW = "another long passphrase"


def test_the_old_passphrase_opens_nothing_any_more_and_older_copies_are_named(desk: Desk) -> None:
    before = desk.secrets("rs.keystore")
    shutil.copyfile(desk.path("rs.keystore"), desk.path("rs.keystore.old"))
    desk.path("rs.keystore.old").chmod(0o600)
    told = json.loads(
        desk.good("passphrase", "--store", "rs.keystore", "--json", answers=f"{PASSPHRASE}\n{NEW}\n{NEW}\n")
    )
    assert told["copies beside it"] == ["rs.keystore.old"]
    assert load_keystore(desk.path("rs.keystore"), NEW.encode(), CountingEntropy()).secrets == before
    with refused(Code.KEYSTORE_AUTH):
        desk.secrets("rs.keystore")
    assert desk.secrets("rs.keystore.old") == before


@pytest.mark.parametrize(
    "answers",
    [
        "not the passphrase\n",  # the old one is wrong
        f"{PASSPHRASE}\nshort\nshort\n",  # the new one is too short
    ],
)
def test_whatever_is_refused_leaves_the_keystore_as_it_was(desk: Desk, answers: str) -> None:
    before = desk.path("rs.keystore").read_bytes()
    assert desk.run("passphrase", "--store", "rs.keystore", answers=answers).exit_code == 1
    assert desk.path("rs.keystore").read_bytes() == before
