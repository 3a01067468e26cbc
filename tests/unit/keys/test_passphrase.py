"""A passphrase comes from a prompt, a descriptor or a credential, and from nowhere else."""

import os
from pathlib import Path

import pytest

from keys.passphrase import read_passphrase
from runtime.operator import OperatorError


def never() -> str:
    raise AssertionError("nobody is to be asked")


def test_a_person_is_asked() -> None:
    assert read_passphrase(None, lambda: "zdravo živo dugo") == "zdravo živo dugo".encode()


def test_a_descriptor_is_read() -> None:
    out, into = os.pipe()
    os.write(into, b"correct horse battery\n")
    os.close(into)
    assert read_passphrase(f"fd:{out}", never) == b"correct horse battery"


def test_a_credential_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "keystore"
    path.write_bytes(b"correct horse battery\n")
    path.chmod(0o600)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert read_passphrase("credential:keystore", never) == b"correct horse battery"


@pytest.mark.parametrize("source", ["correct horse battery", "file:secret.txt", "env:SECRET", "", "fd:x", "fd:987"])
def test_anything_else_is_refused_and_not_repeated(source: str) -> None:
    with pytest.raises(OperatorError) as caught:
        read_passphrase(source, never)
    assert "horse" not in f"{caught.value} {caught.value.remedy}"
