"""Finds the published test vectors: data that others computed, kept beside this repository and never inside it.

``EGNATIA_VECTORS`` names their folder; without it, ``../shared/vectors`` from the repository's root. Where it is absent
the tests that need it are skipped, in one line, and in CI that is a failure; an incomplete set always is one.
"""

import json
import os
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = Path(os.environ.get("EGNATIA_VECTORS") or ROOT.parent / "shared" / "vectors")


def files(pattern: str, least: int) -> list[Path]:
    """Return the files of a set, at least as many as the set is known to have; skip the module without any folder."""
    if not FOLDER.is_dir():
        pytest.skip("the published vectors are absent; EGNATIA_VECTORS may name their folder", allow_module_level=True)
    found = sorted(FOLDER.glob(pattern))
    if len(found) < least:
        pytest.fail(f"{pattern}: {len(found)} files, at least {least} are published", pytrace=False)
    return found


def document(name: str) -> Any:
    """Return one JSON file."""
    return json.loads(files(name, 1)[0].read_text(encoding="utf-8"))


def wycheproof(name: str, least: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Return (group, case) of every case of a Wycheproof file, of which there are at least so many."""
    groups = document(f"wycheproof/testvectors_v1/{name}_test.json")["testGroups"]
    cases = [(group, case) for group in groups for case in group["tests"]]
    assert len(cases) >= least
    return cases


def raw(text: str) -> bytes:
    return bytes.fromhex(text)
