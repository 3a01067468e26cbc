"""The catalogue of this release and the example documents, read once."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from runtime.package_data import read_catalogue_files

EXAMPLES = Path(__file__).parents[3] / "examples"
FILES = read_catalogue_files()
CATALOGUE = load_catalogue(FILES.__getitem__, tuple(FILES))


@dataclass(frozen=True, slots=True)
class Example:
    name: str
    message: dict[str, Any]

    @property
    def type(self) -> str:
        return str(self.message["type"])

    def body(self) -> dict[str, Any]:
        return copy.deepcopy(self.message["body"])

    def parts(self) -> dict[str, Any]:
        return {name: self.message[name] for name in ("body", "identity") if name in self.message}


def load_examples() -> dict[str, Example]:
    paths = sorted(EXAMPLES.glob("*/*.json"))
    names = {path: f"{path.parent.name}/{path.stem}" for path in paths}
    return {names[path]: Example(names[path], json.loads(path.read_text(encoding="utf-8"))) for path in paths}


ALL = load_examples()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return CATALOGUE


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    return dict(FILES)


@pytest.fixture(scope="session")
def example() -> Callable[[str], Example]:
    return ALL.__getitem__


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that asks for ``each_example`` or ``type_id`` runs once for each."""
    if "each_example" in metafunc.fixturenames:
        metafunc.parametrize("each_example", ALL.values(), ids=ALL.keys())
    if "type_id" in metafunc.fixturenames:
        metafunc.parametrize("type_id", sorted(CATALOGUE.types))
