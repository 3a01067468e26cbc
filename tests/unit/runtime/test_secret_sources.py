import os
from pathlib import Path

import pytest

from runtime.files import create_private
from runtime.operator import OperatorError
from runtime.secret_sources import read_secret


def test_a_private_file_a_descriptor_and_a_credential_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_private(tmp_path / "pass", b"correct horse\r\n")
    assert read_secret(f"file:{tmp_path}/pass") == b"correct horse"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_secret("credential:pass") == b"correct horse"
    reader, writer = os.pipe()
    os.write(writer, b"battery\n\n")
    os.close(writer)
    assert read_secret(f"fd:{reader}") == b"battery\n"
    with pytest.raises(OSError, match="Bad file"):
        os.fstat(reader)


@pytest.mark.parametrize("reference", ["hunter2", "", "file:", "fd:x", "fd:", "env:PASS", "credential:../x", "fd:-1"])
def test_the_secret_itself_or_another_place_is_refused_and_not_repeated(reference: str) -> None:
    with pytest.raises(OperatorError) as caught:
        read_secret(reference)
    assert caught.value.code == "SECRET"
    assert "hunter2" not in str(caught.value)


def test_empty_and_unending_secrets_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_private(tmp_path / "pass", b"\n")
    with pytest.raises(OperatorError):
        read_secret(f"file:{tmp_path}/pass")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(OperatorError):
        read_secret("credential:pass")
    with pytest.raises(OperatorError):
        read_secret("fd:99999")
    reader, writer = os.pipe()
    os.write(writer, bytes(5000))
    os.close(writer)
    with pytest.raises(OperatorError):
        read_secret(f"fd:{reader}")
