import pytest

from protocol.catalogue.code_lists import LANGUAGES, URN, parse_code_list
from protocol.catalogue.documents import JSON
from protocol.errors import Malformed

WORDS: dict[str, JSON] = {language: f"word {language}" for language in LANGUAGES}


def document(**changes: JSON) -> dict[str, JSON]:
    return {"$id": f"{URN}sides", "enum": ["a"], "x-codes": {"a": {"labels": WORDS, "article": "X 1"}}, **changes}


def test_a_list_is_read() -> None:
    sides = parse_code_list(document())
    assert (sides.name, list(sides.entries)) == ("sides", ["a"])
    assert sides.entries["a"].labels["sq"] == "word sq"
    assert sides.more("a", "article") == "X 1"
    assert sides.more("a", "channels") is None
    assert sides.more("b", "article") is None


@pytest.mark.parametrize(
    "value",
    [
        [],
        document(**{"$id": "urn:xb:1:parts"}),
        document(**{"$id": 7}),
        document(enum="a"),
        document(enum=["b"]),
        document(enum=["a", "b"]),
        document(**{"x-codes": ["a"]}),
        document(**{"x-codes": {"a": "word"}}),
        document(**{"x-codes": {"a": {}}}),
        document(**{"x-codes": {"a": {"labels": {"en": "word"}}}}),
        document(**{"x-codes": {"a": {"labels": {**WORDS, "mk": ""}}}}),
        document(**{"x-codes": {"a": {"labels": {**WORDS, "mk": 7}}}}),
    ],
)
def test_other_documents_are_malformed(value: JSON) -> None:
    with pytest.raises(Malformed):
        parse_code_list(value)
