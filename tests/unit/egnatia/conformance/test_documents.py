"""Documents of vectors: read from rows, and compared with JSON as values."""

import pytest

from egnatia.conformance.documents import read_body, read_document, same_json
from egnatia.conformance.run import answer
from egnatia.conformance.vector import Vector, VectorError, to_text
from protocol.errors import Code
from protocol.fields import Row, encode_rows
from protocol.short_reference import PATH
from tests.simulators.refusal import refused

ROWS = (Row(bytes(16), "/a/0", True), Row(bytes([1]) * 16, "/b", "Ћ"))
REFERENCE = Row(bytes([2]) * 16, PATH, "0000-0000-0001")


def asked(json: str) -> str:
    raw = to_text(encode_rows((*ROWS, REFERENCE)))
    return answer(Vector("document", "ok", "comment", (("rows", raw), ("json", json))))


def test_a_reference_stands_beside_the_document_of_a_body_only() -> None:
    assert read_body((*ROWS, REFERENCE)) == read_document(ROWS) == {"a": [True], "b": "Ћ"}
    for rows in ((REFERENCE,), (*ROWS, Row(bytes([3]) * 16, PATH, None))):
        with refused(Code.MALFORMED):
            read_body(rows)
    with refused(Code.MALFORMED):
        read_document((*ROWS, REFERENCE))


@pytest.mark.parametrize("text", ['{"a":[true],"b":"Ћ"}', '{ "b": "\\u040b", "a": [true] }'])
def test_any_spelling_of_a_document_is_the_same(text: str) -> None:
    assert same_json(text, read_document(ROWS))
    assert asked(text) == "ok"


@pytest.mark.parametrize("text", ['{"a":[1],"b":"Ћ"}', '{"a":[true]}', "[]", '{"a":[true],"b":"Ћ","c":null}'])
def test_another_document_is_different(text: str) -> None:
    assert asked(text) == "different"


def test_what_is_no_json_is_a_defect_of_the_vector() -> None:
    with pytest.raises(VectorError):
        same_json("{", {})
    assert asked("{").startswith("unusable")
