"""The packaged catalogue and the example documents, read once, for tests of what is made from them."""

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any

from protocol.catalogue.field_specs import FieldSpec
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from protocol.ids import TypeId
from runtime.package_data import read_catalogue_files

EXAMPLES = Path(__file__).parents[1] / "examples"


@cache
def packaged_catalogue() -> Catalogue:
    files = read_catalogue_files()
    return load_catalogue(files.__getitem__, tuple(files))


def example_paths() -> list[Path]:
    return sorted(EXAMPLES.glob("*/*.json"))


def example_body(name: str) -> dict[str, Any]:
    """Return the body of an example such as ``MT-01/vehicle-mk``."""
    return copy.deepcopy(json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["body"])


def body_fields(type_: str) -> FieldSpec:
    return packaged_catalogue().type(TypeId(type_)).body_schema.fields
