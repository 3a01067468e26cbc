"""The sheet that is read aloud: complete in each language, readable, printable, and told by its number."""

import json
import re
from typing import Any

import pytest

from nodes.casework.consent_sheet import Sheet, Style, make_sheet, number_of, parse_words
from nodes.casework.sheet_page import page_of, text_of
from nodes.gateway.consent_versions import sheet_of
from protocol.catalogue.code_lists import LANGUAGES
from runtime.package_data import read_sheet_words
from tests.simulators.consents import CHILDS, RECORD
from tests.simulators.node import packaged_bundle

LIBRARY = parse_words(read_sheet_words())


def sheet(document: dict[str, Any], language: str) -> Sheet:
    return make_sheet(document, sheet_of(document), packaged_bundle().catalogue, LIBRARY, language)


def test_there_are_words_in_every_language_with_the_same_places_to_fill() -> None:
    assert set(LIBRARY) == set(LANGUAGES)
    english = LIBRARY["en"]
    for words in LIBRARY.values():
        for name in english.__dataclass_fields__:
            places = [sorted(re.findall(r"\{(\w+)\}", getattr(each, name))) for each in (english, words)]
            assert places[0] == places[1], (words.language, name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("document", [RECORD, CHILDS], ids=["adult", "child"])
def test_a_sheet_says_all_that_is_allowed_in_one_language(document: dict[str, Any], language: str) -> None:
    found = sheet(document, language)
    text = text_of(found)
    assert found.language == language
    assert "{" not in text
    assert {each["recipient"] for each in document["record"]["grants"]} <= set(re.findall(r"[a-z]+\.[a-z]+", text))
    points = [line.text for line in found.lines if line.style is Style.POINT]
    cells = {(each["recipient"], each["category"], each["until"]) for each in document["record"]["grants"]}
    withheld = document["record"].get("withheld", [])
    assert len(points) == len(cells) + 5 + len(withheld), (
        "one line for each kind of data, five choices, what is withheld"
    )
    assert document["record"]["limits_told"] in text
    assert document["record"]["withdraw_how"] in text
    assert ("child" in document["record"]) == (document["record"].get("child", {}).get("view", "\0") in text)
    assert number_of(sheet_of(document)) in text


def test_a_language_without_words_is_read_in_english_and_says_so() -> None:
    assert sheet(RECORD, "rom").language == "en"


def test_what_may_be_passed_on_is_said() -> None:
    grants = [{**each, "onward": True} for each in RECORD["record"]["grants"]]
    document = {**RECORD, "record": {**RECORD["record"], "grants": grants, "ends": "date_only"}}
    text = text_of(sheet(document, "en"))
    assert "may pass it on" in text
    assert "It ends earlier" not in text


def test_a_page_prints_without_anything_else_and_shows_what_was_written() -> None:
    document = json.loads(json.dumps(RECORD))
    document["record"]["limits_told"] = "<script>alert(1)</script> & more"
    page = page_of(sheet(document, "sr-Cyrl"))
    assert page.startswith("<!doctype html>")
    assert 'lang="sr-Cyrl"' in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"<script|https?://|src=|@import", page)


def test_another_record_has_another_number() -> None:
    changed = {**RECORD, "record": {**RECORD["record"], "expires": "2026-11-01"}}
    assert sheet_of(changed) != sheet_of(RECORD)
    assert sheet_of({**RECORD, "record": {k: v for k, v in RECORD["record"].items() if k != "read_back"}}) == sheet_of(
        RECORD
    )
