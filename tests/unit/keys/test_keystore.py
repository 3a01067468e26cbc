"""The keystore file: private, whole after every save, and never overwritten by a new one."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from keys.ceremony import create_secrets
from keys.keystore import Keystore, create_keystore, load_keystore, read_public
from keys.private_keys import Role, public_part
from keys.recipient_ring import create_recipient_seed
from keys.sealed_store import MINIMUM
from protocol.charter import WEEK
from protocol.errors import Code
from protocol.ids import Channel
from runtime.operator import OperatorError
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.refusal import refused

ENTROPY = CountingEntropy()
PASSPHRASE = b"correct horse battery"
SECRETS = create_secrets(Role.NODE, "rs.contact", NOW, ENTROPY)
SEED = create_recipient_seed(Channel("police"), (NOW, NOW + WEEK), ENTROPY)


@pytest.fixture
def store(tmp_path: Path) -> Keystore:
    return create_keystore(tmp_path / "rs.keystore", SECRETS, PASSPHRASE, ENTROPY, MINIMUM)


def load(store: Keystore, passphrase: bytes = PASSPHRASE) -> Keystore:
    return load_keystore(store.path, passphrase, ENTROPY)


def test_a_new_keystore_loads(store: Keystore) -> None:
    assert load(store).secrets == SECRETS == store.secrets


def test_a_keystore_is_its_owners_alone(store: Keystore) -> None:
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    store.save(SECRETS)
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    store.path.chmod(0o644)
    with pytest.raises(OperatorError, match="KEY_FILE_OPEN"):
        load(store)


def test_a_keystore_is_never_overwritten_by_a_new_one(store: Keystore) -> None:
    with pytest.raises(FileExistsError):
        create_keystore(store.path, SECRETS, PASSPHRASE, ENTROPY, MINIMUM)
    assert load(store).secrets == SECRETS


def test_what_is_saved_is_what_loads(store: Keystore) -> None:
    grown = replace(SECRETS, recipients=(SEED,))
    store.save(grown)
    assert store.secrets == load(store).secrets == grown


def test_what_was_erased_is_in_no_file(store: Keystore) -> None:
    store.save(replace(SECRETS, recipients=(SEED,)))
    store.save(SECRETS)
    assert load(store).secrets.recipients == ()
    assert [each.name for each in store.path.parent.iterdir()] == [store.path.name]


def test_a_failed_save_leaves_the_old_content(store: Keystore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        with pytest.raises(OSError, match="no space"):
            store.save(replace(SECRETS, recipients=(SEED,)))
    assert store.secrets == load(store).secrets == SECRETS


def test_a_new_passphrase_replaces_the_old_one(store: Keystore) -> None:
    store.change_passphrase(b"another long passphrase")
    assert load(store, b"another long passphrase").secrets == SECRETS
    with refused(Code.KEYSTORE_AUTH):
        load(store)


def test_the_custodians_copy_opens_with_the_custodians_passphrase(store: Keystore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.keystore"
    store.copy_to(copy, b"the custodian's own words")
    assert load_keystore(copy, b"the custodian's own words", ENTROPY).secrets == SECRETS
    assert load(store).secrets == SECRETS
    with refused(Code.KEYSTORE_AUTH):
        load_keystore(copy, PASSPHRASE, ENTROPY)


def test_the_public_part_is_read_without_a_passphrase(store: Keystore) -> None:
    assert read_public(store.path) == public_part(SECRETS)


def test_a_keystore_shows_its_name_only(store: Keystore) -> None:
    assert repr(store) == "Keystore(rs.keystore)"


# Two programs and one file


def test_a_change_by_another_program_is_never_undone(store: Keystore) -> None:
    other = load(store)
    other.save(replace(SECRETS, recipients=(SEED,)))
    with pytest.raises(OperatorError, match="KEYSTORE_CHANGED"):
        store.save(SECRETS)
    assert load(store).secrets.recipients == (SEED,)


def test_a_change_by_another_program_is_taken_over(store: Keystore) -> None:
    assert not store.refresh()
    other = load(store)
    other.save(replace(SECRETS, recipients=(SEED,)))
    assert store.refresh()
    assert store.secrets.recipients == (SEED,)
    assert not store.refresh()
    store.save(replace(store.secrets, epochs=()))
    assert load(store).secrets == replace(SECRETS, recipients=(SEED,), epochs=())


def test_another_passphrase_is_not_taken_over(store: Keystore) -> None:
    load(store).change_passphrase(b"another passphrase")
    with refused(Code.KEYSTORE_AUTH):
        store.refresh()
    with pytest.raises(OperatorError, match="KEYSTORE_CHANGED"):
        store.save(SECRETS)


def test_a_file_that_is_gone_is_written_again(store: Keystore) -> None:
    store.path.unlink()
    assert not store.refresh()
    store.save(SECRETS)
    assert load(store).secrets == SECRETS
