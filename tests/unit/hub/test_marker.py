"""The note of what was promised, and the settings that init writes."""

from pathlib import Path

import pytest

from hub.config import HubConfig
from hub.marker import Promised, last_backup, note_backup, read_mark, write_mark
from hub.settings_file import Places, write_settings
from runtime.operator import OperatorError
from runtime.settings import load, parse, sample


def test_a_note_is_read_as_written(tmp_path: Path) -> None:
    assert read_mark(tmp_path) == Promised()
    write_mark(tmp_path, Promised(3, 70_000))
    assert read_mark(tmp_path) == Promised(3, 70_000)


@pytest.mark.parametrize("raw", [b"", b"\x82\x01", b"\x82\x01\x20", b"\x80", b"\xff" * 100])
def test_a_damaged_note_is_never_read_as_empty(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "promised").write_bytes(raw)
    with pytest.raises(OperatorError, match="CORRUPT_STATE"):
        read_mark(tmp_path)


def test_the_time_of_the_last_backup_is_kept_and_never_guessed(tmp_path: Path) -> None:
    assert last_backup(tmp_path) is None
    note_backup(tmp_path, 1_790_000_000)
    assert last_backup(tmp_path) == 1_790_000_000
    (tmp_path / "last-backup").write_bytes(b"yesterday")
    with pytest.raises(OperatorError, match="CORRUPT_STATE"):
        last_backup(tmp_path)


def test_written_settings_are_read_back(tmp_path: Path) -> None:
    folder = tmp_path / 'a "quoted" folder'
    places = Places(folder, tmp_path / "k", tmp_path / "c", tmp_path / "a", bytes(32))
    config = load(write_settings(places, "127.0.0.1", (1, 2)), HubConfig)
    assert (config.listen.port, config.admin.port) == (1, 2)
    assert (config.keystore, config.data_folder) == (tmp_path / "k", folder.absolute())
    assert (config.charter_digest, config.admin.host) == ("00" * 32, "127.0.0.1")
    with pytest.raises(OperatorError, match="SETTINGS_EXIST"):
        write_settings(places, "127.0.0.1", (1, 2))


def test_the_sample_is_valid_once_its_blanks_are_filled(tmp_path: Path) -> None:
    text = sample(HubConfig).replace('charter_digest = ""', f'charter_digest = "{"ab" * 32}"')
    text = text.replace('data_folder = ""', 'data_folder = "d"').replace('keystore = ""', 'keystore = "k"')
    config = parse(text.encode(), HubConfig, tmp_path / "hub.toml")
    assert config.quotas == HubConfig(data_folder=tmp_path, keystore=tmp_path, charter_digest="").quotas
    assert config.keystore == tmp_path / "k"
