import hashlib

from protocol.cbor import encode
from protocol.consent_digest import sheet_digest, version_digest
from protocol.fields import Field

ROWS: list[Field] = [
    ("/record/proof", "p"),
    ("/record/read_back/sheet", "s"),
    ("/record/read_back/witness", "w"),
    ("/record/read_backwards", 1),
    ("/version", 2),
]


def test_a_version_is_told_by_all_its_rows() -> None:
    wanted = hashlib.sha256(encode(["xb/1 consent", [[path, value] for path, value in ROWS]])).digest()
    assert version_digest(ROWS) == wanted
    assert version_digest(ROWS[:-1]) != wanted


def test_a_sheet_is_told_by_what_was_read_aloud() -> None:
    assert sheet_digest(ROWS) == version_digest([ROWS[0], *ROWS[3:]])
    assert sheet_digest([("/record/read_back", {}), *ROWS]) == sheet_digest(ROWS)
