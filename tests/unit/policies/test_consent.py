from dataclasses import replace

import pytest

from policies.consent import Ask, ConsentKind, ConsentMatrix, Gap, Grant, find_gap
from protocol.ids import NodeId, Reference

DAY = 86_400
NADA, CARE = NodeId("nada.bb"), NodeId("care.bb")
MATRIX = ConsentMatrix(
    consent=Reference(b"c" * 16),
    version=2,
    kind=ConsentKind.EXPLICIT_ORAL,
    valid_from=1000,
    expires_at=1000 + 60 * DAY,
    grants=(Grant(NADA, "ID", "shelter", 2000), Grant(NADA, "CO", "shelter", 5000), Grant(NADA, "CO", "shelter", 3000)),
)
ASK = Ask(NADA, "ID", "shelter", at=1500, longest=90 * DAY)


def test_a_granted_cell_is_permitted() -> None:
    assert find_gap(MATRIX, ASK, [MATRIX]) is None
    assert find_gap(MATRIX, ASK, []) is None


def test_the_longest_of_two_grants_counts() -> None:
    assert find_gap(MATRIX, replace(ASK, category="CO", at=4999), []) is None
    assert find_gap(MATRIX, replace(ASK, category="CO", at=5000), []) is Gap.EXPIRED


@pytest.mark.parametrize(
    ("change", "gap"),
    [
        ({"recipient": CARE}, Gap.NOT_GRANTED),
        ({"category": "HE"}, Gap.NOT_GRANTED),
        ({"purpose": "travel"}, Gap.NOT_GRANTED),
        ({"at": 999}, Gap.NOT_YET),
        ({"at": 1000}, None),
        ({"at": 1999}, None),
        ({"at": 2000}, Gap.EXPIRED),
        ({"longest": 499}, Gap.EXPIRED),
        ({"at": 1000 + 60 * DAY}, Gap.EXPIRED),
    ],
)
def test_each_part_of_a_cell_counts(change: dict[str, object], gap: Gap | None) -> None:
    assert find_gap(MATRIX, replace(ASK, **change), [MATRIX]) is gap  # type: ignore[arg-type]


def test_a_newer_version_supersedes() -> None:
    assert find_gap(MATRIX, ASK, [MATRIX, replace(MATRIX, version=3)]) is Gap.SUPERSEDED
    assert find_gap(MATRIX, ASK, [MATRIX, replace(MATRIX, version=1)]) is None


def test_a_withdrawal_of_any_version_ends_all() -> None:
    withdrawn = replace(MATRIX, version=1, withdrawn_at=1200)
    assert find_gap(MATRIX, ASK, [MATRIX, withdrawn]) is Gap.WITHDRAWN
    assert find_gap(replace(MATRIX, withdrawn_at=1200), ASK, []) is Gap.WITHDRAWN


def test_the_consent_of_somebody_else_changes_nothing() -> None:
    other = replace(MATRIX, consent=Reference(b"d" * 16), version=9, withdrawn_at=1)
    assert find_gap(MATRIX, ASK, [MATRIX, other]) is None


def test_implicit_consent_cannot_be_written_down() -> None:
    assert "implicit" not in {str(each) for each in ConsentKind}
