"""What the structure tests look at: the repository's own files, never what make or the tools put beside them."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
MADE = {"__pycache__", "build", "dist", "htmlcov", "node_modules"}
HIDDEN = {".ci", ".editorconfig", ".gitignore"}


def _own(path: Path) -> bool:
    first, *rest = path.relative_to(ROOT).parts
    visible = not first.startswith(".") or first in HIDDEN
    return visible and not any(part in MADE or part.startswith(".") for part in [first.lstrip("."), *rest[:-1]])


def _walk() -> Iterator[Path]:
    for top in sorted(path for path in ROOT.iterdir() if _own(path)):
        yield from [top] if top.is_file() else sorted(path for path in top.rglob("*") if path.is_file() and _own(path))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def own_files() -> list[Path]:
    """Every file of the repository, hidden folders and products left out."""
    return list(_walk())


@pytest.fixture(scope="session")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def rooms(project: dict[str, Any]) -> list[str]:
    packages: list[str] = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return packages
