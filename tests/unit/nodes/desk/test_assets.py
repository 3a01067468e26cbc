"""The built files: as the manifest names them, small enough for a thin link, with their licences, no foreign sign."""

import re
from pathlib import Path

import pytest

from nodes.desk.assets import Assets, hash_of, load_assets

STATIC = Path(__file__).parents[4] / "nodes" / "desk" / "static"
FIRST_LOAD = 300_000
LATER_PAGES = 100_000


def test_every_file_is_what_its_name_says() -> None:
    assets = load_assets()
    assert set(assets.names) == {"desk.css", "desk.js", "icon.svg"}
    for hashed, content in assets.contents.items():
        assert hash_of(content) in hashed
    listed = {*assets.names.values(), "manifest.json", "LICENCES.txt"}
    assert {path.name for path in STATIC.iterdir()} == listed, "run `make assets`"


def test_a_changed_file_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nodes.desk.assets.hash_of", lambda _: "0" * 12)
    with pytest.raises(RuntimeError, match="changed since they were built"):
        load_assets()


def test_the_first_load_is_small() -> None:
    assert sum(len(content) for content in load_assets().contents.values()) < FIRST_LOAD - LATER_PAGES


def test_nothing_is_fetched_from_elsewhere_and_no_foreign_sign_is_worn() -> None:
    assets = load_assets()
    style = assets.contents[assets.names["desk.css"]].decode()
    assert not re.search(r"url\((?!\"?data:)|@import|@font-face", style)
    assert "GDS Transport" not in style
    script = assets.contents[assets.names["desk.js"]].decode()
    assert not re.search(r"import\(|fetch\([\"'`]http|src=[\"']http", script)


def test_the_licence_goes_along() -> None:
    text = (STATIC / "LICENCES.txt").read_text(encoding="utf-8")
    assert "govuk-frontend 6." in text
    assert "Permission is hereby granted" in text


def test_a_plain_name_leads_to_the_hashed_one() -> None:
    assets = Assets({"desk.css": "desk.0123.css"}, {"desk.0123.css": b""})
    assert assets.path("desk.css") == "/static/desk.0123.css"
    with pytest.raises(KeyError):
        assets.path("other.css")
