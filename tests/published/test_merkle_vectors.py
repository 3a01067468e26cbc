"""Inclusion and consistency proofs of transparency-dev/merkle."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from protocol.errors import Fault
from protocol.merkle import verify_consistency, verify_inclusion
from tests.published.vectors import FOLDER, files

INCLUSION = files("merkle/testdata/inclusion/**/*.json", 98)
CONSISTENCY = files("merkle/testdata/consistency/**/*.json", 98)
# Accepted there and refused here: its roots are twelve bytes of text, and our roots are SHA-256
STRICTER = "consistency/additional/sizes-are-equal-one-and-proof-is-empty.json"


def name(path: Path) -> str:
    return path.relative_to(FOLDER / "merkle/testdata").as_posix()


def case(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def decoded(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def hashes(texts: list[str] | None) -> list[bytes]:
    return [decoded(text) for text in texts or []]


@pytest.mark.parametrize("path", INCLUSION, ids=name)
def test_inclusion(path: Path) -> None:
    given = case(path)
    arguments = (given["leafIdx"], given["treeSize"], hashes(given["proof"]), decoded(given["root"]))
    if given["wantErr"]:
        with pytest.raises(Fault):
            verify_inclusion(decoded(given["leafHash"]), *arguments)
    else:
        verify_inclusion(decoded(given["leafHash"]), *arguments)


@pytest.mark.parametrize("path", CONSISTENCY, ids=name)
def test_consistency(path: Path) -> None:
    given = case(path)
    roots = (decoded(given["root1"]), decoded(given["root2"]))
    arguments = (given["size1"], given["size2"], *roots, hashes(given["proof"]))
    if given["wantErr"] or name(path) == STRICTER:
        with pytest.raises(Fault):
            verify_consistency(*arguments)
    else:
        verify_consistency(*arguments)


def test_the_one_stricter_case_is_still_published() -> None:
    given = case(FOLDER / "merkle/testdata" / STRICTER)
    assert not given["wantErr"]
    assert len(decoded(given["root1"])) == 12
