"""A consent document becomes the matrix that rules ask; a withdrawal leaves what it does not name."""

import json
from typing import Any

import pytest

from nodes.gateway.matrices import apply_withdrawal, is_whole, read_consent_id, read_matrix, read_version
from policies.consent import ConsentKind
from protocol.errors import Malformed
from tests.simulators.node import EXAMPLES

RECORD: dict[str, Any] = json.loads((EXAMPLES / "MT-V6/record-sr-Latn.json").read_text(encoding="utf-8"))["body"]


def changed(**changes: Any) -> dict[str, Any]:
    return RECORD | {"record": RECORD["record"] | changes}


def test_a_record_is_read() -> None:
    matrix = read_matrix(RECORD)
    assert matrix.consent == bytes.fromhex(RECORD["consent_id"])
    assert (matrix.version, matrix.kind) == (1, ConsentKind.EXPLICIT_WRITTEN)
    assert len(matrix.grants) == len(RECORD["record"]["grants"])
    assert matrix.expires_at - matrix.valid_from == 91 * 86_400, "both days are whole"


@pytest.mark.parametrize(
    "document",
    [
        {},
        changed(type="implicit"),
        changed(grants="all"),
        changed(grants=[{"recipient": "nada.rs"}]),
        changed(grants=[7]),
        changed(valid_from="tomorrow"),
        changed(expires="2026-02-30"),
        RECORD | {"consent_id": "zz"},
        RECORD | {"consent_id": "ab"},
        RECORD | {"version": 0},
        RECORD | {"version": True},
    ],
)
def test_what_is_no_record_is_malformed(document: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        read_matrix(document)


def test_a_withdrawal_of_everything() -> None:
    withdrawal = {"withdrawal": {"scope": "all"}}
    assert is_whole(withdrawal)
    assert apply_withdrawal(read_matrix(RECORD), withdrawal, 7).withdrawn_at == 7


def test_a_withdrawal_of_a_part_ends_the_cells_it_names() -> None:
    matrix = read_matrix(RECORD)
    left = apply_withdrawal(matrix, {"withdrawal": {"scope": "part", "categories": ["ID"], "purposes": ["travel"]}}, 7)
    gone = set(matrix.grants) - set(left.grants)
    assert gone
    assert {(each.category, each.purpose) for each in gone} == {("ID", "travel")}
    assert left.withdrawn_at is None


def test_a_withdrawal_of_nothing_is_malformed() -> None:
    with pytest.raises(Malformed):
        apply_withdrawal(read_matrix(RECORD), {"withdrawal": {"scope": "part"}}, 7)


def test_ids_and_versions() -> None:
    assert read_consent_id(RECORD).hex() == RECORD["consent_id"]
    assert read_version({"version": 3}) == 3
