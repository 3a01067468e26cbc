"""Rows of a document in words, and what two versions say differently."""

from nodes.casework.message_view import Words
from nodes.casework.row_words import Change, changes, row_words
from protocol.catalogue.rows import flatten
from tests.simulators.catalogue import packaged_catalogue

CATALOGUE = packaged_catalogue()
WORDS = Words(CATALOGUE, "en")
ROOT = CATALOGUE.type("MT-01/1").body_schema.fields


def rows(**plate: object) -> tuple:  # type: ignore[type-arg]
    document = {"facts": "A van.", "subjects": {"vehicles": [{"id": "v1", **plate}]}}
    return row_words(ROOT, flatten(document), WORDS)


def test_a_row_is_named_by_what_it_stands_in() -> None:
    found = {each.path: each for each in rows(plate="SK 1")}
    plate = found["/subjects/vehicles/0/plate"]
    assert plate.trail[-1].endswith(" 1")
    assert plate.place == ", ".join(plate.trail)
    assert plate.label == "Registration plate"
    assert plate.value.words == "SK 1"
    assert found["/facts"].place == ""


def test_what_the_type_does_not_have_is_named_by_itself() -> None:
    found = row_words(ROOT, [("/nothing/here", 3), ("/facts", b"raw"), ("/subjects/vehicles/0/nothing", True)], WORDS)
    assert [(each.label, each.value.raw) for each in found] == [
        ("here", "3"),
        ("Purpose and facts", "b'raw'"),
        ("nothing", "True"),
    ]


def test_changes_name_what_is_new_what_is_other_and_what_is_gone() -> None:
    before, now = rows(plate="SK 1", colour="red"), rows(plate="SK 2", vin="WVW")
    found = {each.label: each for each in changes(before, now)}
    assert all(isinstance(each, Change) for each in found.values())
    plate = found["Registration plate"]
    assert plate.before is not None
    assert plate.now is not None
    assert (plate.before.raw, plate.now.raw) == ("SK 1", "SK 2")
    assert {each.now is None for each in found.values()} == {True, False}
    assert any(each.before is None for each in found.values())
    assert changes(before, before) == ()
