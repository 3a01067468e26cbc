"""What a document says of its files comes from the files: filled in, compared, and nothing without a file."""

from typing import Any

import pytest

from nodes.gateway.attached import Told, tell_files
from nodes.gateway.file_secrets import FileSecret, parse_secret
from nodes.gateway.wishes import Wish, WishedFile, parse_wish
from protocol.cbor import decode, encode
from protocol.errors import Malformed
from protocol.ids import Reference

SECRET = FileSecret(b"k" * 32, b"aad", "Записник.pdf", "application/pdf", 7, b"h" * 32)
SAID = {"name": "Записник.pdf", "media_type": "application/pdf", "size": 7, "sha256": b"h".hex() * 32}


def wished(part: str | None = None, **fields: Any) -> WishedFile:
    return WishedFile(Reference(b"i" * 16), part, None, fields)


def test_a_file_becomes_a_member_under_the_first_free_part() -> None:
    told = tell_files({"facts": "x"}, [(wished(category="CA"), SECRET), (wished(category="BI"), SECRET)])
    assert isinstance(told, Told)
    assert told.parts == ("att-00", "att-01")
    assert told.document == {
        "facts": "x",
        "attachments": [
            {"category": "CA", "part": "att-00", **SAID},
            {"category": "BI", "part": "att-01", **SAID},
        ],
    }


def test_a_member_that_names_its_part_is_filled_in() -> None:
    document = {"attachments": [{"part": "att-07", "category": "CA", "size": 7}]}
    told = tell_files(document, [(wished("att-07", description="minutes"), SECRET)])
    assert isinstance(told, Told)
    assert told.document["attachments"] == [
        {"part": "att-07", "category": "CA", "description": "minutes", **SAID},
    ]
    assert document["attachments"][0].keys() == {"part", "category", "size"}, "what was given is not changed"


def test_a_document_without_files_stays_as_it_is() -> None:
    document = {"facts": "x"}
    assert tell_files(document, []) == Told(document, ())
    assert tell_files({"attachments": "no list"}, []) == Told({"attachments": "no list"}, ())


@pytest.mark.parametrize(
    ("document", "files", "path"),
    [
        ({"attachments": [{"part": "att-00"}]}, [], "/document/attachments/0"),
        ({"attachments": [{"part": "att-00", "size": 8}]}, [wished("att-00")], "/attachments/0"),
        ({}, [wished("att-00"), wished("att-00")], "/attachments/1"),
    ],
)
def test_a_member_without_its_own_file_is_a_fault(document: Any, files: list[WishedFile], path: str) -> None:
    faults = tell_files(document, [(each, SECRET) for each in files])
    assert not isinstance(faults, Told)
    assert [each.path for each in faults] == [path]


def test_a_stored_secret_comes_back_unchanged_and_shows_no_key() -> None:
    assert parse_secret(SECRET.encode()) == SECRET
    assert "kkkk" not in repr(SECRET)
    kind, *rest = decode(SECRET.encode(), 1 << 16)  # type: ignore[misc]  # an array
    assert kind == 4
    for raw in (encode([3, *rest]), encode([4, *rest[:-1]])):
        with pytest.raises(Malformed):
            parse_secret(raw)


@pytest.mark.parametrize(
    "value",
    ["x", [{}], [{"id": "00"}], [{"id": "00" * 16, "path": "/etc/passwd"}], [{"id": "00" * 16, "part": 1}], [7]],
)
def test_a_wish_for_files_is_read_strictly(value: Any) -> None:
    found = parse_wish({"type": "MT-01/1", "document": {}, "attachments": value})
    assert not isinstance(found, Wish)
    assert found[0].path.startswith("/attachments")


def test_a_wish_takes_what_a_person_says_of_a_file() -> None:
    file = {"id": "11" * 16, "part": "att-03", "category": "CA", "handling": ["H1"]}
    found = parse_wish({"type": "MT-01/1", "document": {}, "attachments": [file]})
    assert isinstance(found, Wish)
    assert found.attachments == (
        WishedFile(Reference(b"\x11" * 16), "att-03", None, {"category": "CA", "handling": ["H1"]}),
    )
