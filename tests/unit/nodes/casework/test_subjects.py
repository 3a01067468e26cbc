"""What a request asks about becomes keys; what says too little becomes none."""

import json
from typing import Any

import pytest

from nodes.casework.subjects import MOST, NUMBER, PERSON, PHONE, PLATE, Mark, is_thin, mark_of, marks_of
from tests.simulators.node import EXAMPLES


def body(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))["body"]


def test_everything_named_is_a_mark_and_nothing_else() -> None:
    marks = marks_of(body("MT-01/person-sr-Cyrl"))
    assert Mark(PHONE, ("38765000111",)) in marks
    assert Mark(PERSON, ("drazen", "kojovic"), "1984-07-21") in marks
    assert {each.kind for each in marks} == {PERSON, PHONE}
    assert marks_of(body("MT-01/vehicle-mk")) == (Mark(PLATE, ("vr123zc",)),)
    by_number: Any = {"subjects": {"vehicles": [{"vin": "WVWZZZ1JZXW000001"}, 7]}}
    assert marks_of(by_number) == (Mark(NUMBER, ("wvwzzz1jzxw000001",)),)
    assert marks_of({"subjects": {"persons": [{"names": ["x", {"given": "Kos"}]}]}}) == ()
    assert marks_of({}) == ()


def test_the_number_of_marks_has_an_end() -> None:
    vehicles: Any = [{"plate": f"BG {n:05}"} for n in range(MOST + 5)]
    assert len(marks_of({"subjects": {"vehicles": vehicles}})) == MOST


@pytest.mark.parametrize(
    ("kind", "value"), [(PERSON, "Kos"), (PERSON, ""), (PLATE, "A-1"), (PHONE, "112"), (NUMBER, "--")]
)
def test_what_says_too_little_is_no_mark(kind: str, value: str) -> None:
    assert mark_of(kind, value) is None


def matches(listed: Mark | None, asked: Mark | None) -> bool:
    assert listed is not None
    assert asked is not None
    return bool(listed.written() & asked.asked())


def test_a_list_is_asked_for_the_same_name_and_no_other_date_of_birth() -> None:
    dated, plain = mark_of(PERSON, "Ђорђе Ђорђевић", "1984-07-21"), mark_of(PERSON, "Djordjevic Gjorgje")
    assert matches(dated, plain)
    assert matches(plain, dated)
    assert matches(plain, plain)
    assert matches(dated, dated)
    assert not matches(dated, mark_of(PERSON, "Ђорђе Ђорђевић", "1990-01-01"))
    assert not matches(plain, mark_of(PERSON, "Ђорђе Ђурђевић"))
    assert matches(mark_of(PHONE, "00381 64 123"), mark_of(PHONE, "+38164123"))
    assert not matches(mark_of(PHONE, "38164123"), mark_of(NUMBER, "38164123"))


def test_a_name_alone_is_thin() -> None:
    question = body("MT-01/person-sr-Cyrl")
    person = question["subjects"]["persons"][0]
    assert not is_thin(question)
    question["subjects"]["persons"] = [{"id": "p1", "role": "suspect", "names": person["names"]}]
    assert is_thin(question)
    question["subjects"]["persons"][0]["birth_date"] = "1984"
    assert not is_thin(question)
    assert not is_thin(body("MT-01/vehicle-mk"))
    assert not is_thin({"query": "person", "subjects": 3})
