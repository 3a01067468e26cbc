"""The case material of the demonstration is valid under the catalogue, whatever the day."""

import datetime as dt
import json
from importlib.resources import files

import pytest

from egnatia.demo.documents import _WRITTEN, request, smuggled_name, with_field
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.validate import validate
from runtime.package_data import read_catalogue_files

FILES = read_catalogue_files()
CATALOGUE = load_catalogue(FILES.__getitem__, list(FILES))
TODAY = dt.date(2026, 11, 21)
# A personal signature is added by the node that sends; the documents do not hold one.
ACTS = {"/issuer_act", "/executing_act", "/act"}


@pytest.mark.parametrize("name", sorted(_WRITTEN))
@pytest.mark.parametrize("today", [TODAY, dt.date(2028, 2, 29)])
def test_documents_are_valid(name: str, today: dt.date) -> None:
    wanted = request(name, today)
    errors = validate(CATALOGUE.type(wanted["type"]), "body", wanted["document"])
    assert [each for each in errors if each.path not in ACTS] == []


def test_every_shipped_document_has_its_day() -> None:
    shipped = {path.name.removesuffix(".json") for path in (files("egnatia.demo") / "documents").iterdir()}
    assert shipped == set(_WRITTEN)


def test_recent_dates_move_and_births_stay() -> None:
    wanted = request("MT-01.person-sr-Cyrl", TODAY)
    assert wanted["document"]["answer_needed_by"].startswith("2026-11-21")
    assert "1984-07-21" in json.dumps(wanted)


def test_the_smuggled_name_is_a_victims() -> None:
    (victim,) = smuggled_name(TODAY)["document"]["subjects"]["persons"][:1]
    assert victim["role"] == "victim"
    assert victim["names"]


def test_with_field_changes_a_copy() -> None:
    wanted = request("MT-01.vehicle-mk", TODAY)
    changed = with_field(wanted, "subjects/vehicles/0/plate", "BG 1")
    assert changed["document"]["subjects"]["vehicles"][0]["plate"] == "BG 1"
    assert wanted["document"]["subjects"]["vehicles"][0]["plate"] != "BG 1"
    assert "offence" not in with_field(wanted, "offence", None)["document"]
