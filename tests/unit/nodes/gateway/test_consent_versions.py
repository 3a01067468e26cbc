"""Versions of a consent: one after the other, read back as they stand, and given by whoever may give them."""

import json
from typing import Any

import pytest

from nodes.gateway.consent_versions import (
    Latest,
    digest_of_version,
    record_fault,
    renewal_of,
    sheet_of,
    version_fault,
)
from tests.simulators.consents import CHILDS, RECORD, heard

DIGEST = digest_of_version(RECORD)
NOW = 1_790_000_000


def childs(**changes: Any) -> dict[str, Any]:
    record = {**CHILDS["record"], "child": {**CHILDS["record"]["child"], **changes}}
    return heard({**CHILDS, "record": record}, "T-44")


def test_the_example_was_read_back_as_it_stands() -> None:
    assert RECORD["record"]["read_back"]["sheet"] == sheet_of(RECORD)
    assert record_fault(RECORD, authority=False) is None


@pytest.mark.parametrize(
    ("document", "authority", "found"),
    [
        (childs(), False, None),
        (childs(guardian="authority", guardian_check="conflict"), True, ("/record/type", "NOT_REPRESENTED")),
        (childs(guardian_check="not_checked"), True, ("/record/child/guardian", "NOT_REPRESENTED")),
        (childs(guardian="pending"), False, ("/record/child/guardian", "NOT_REPRESENTED")),
        (childs(guardian="pending"), True, None),
        (
            {**RECORD, "record": {**RECORD["record"], "ends": "arrived"}},
            True,
            ("/record/read_back/sheet", "OTHER_SHEET"),
        ),
        ({"record": {}}, True, ("/record/read_back", "MISSING")),
    ],
)
def test_what_counts(document: dict[str, Any], *, authority: bool, found: tuple[str, str] | None) -> None:
    fault = record_fault(document, authority=authority)
    assert (None if fault is None else (fault.path, fault.code)) == found


@pytest.mark.parametrize(
    ("changes", "latest", "path"),
    [
        ({}, None, None),
        ({"version": 2}, None, "/version"),
        ({"phase": "renew"}, None, "/version"),
        ({}, Latest(1, DIGEST, withdrawn=False), "/version"),
        ({"phase": "renew", "version": 2, "previous": DIGEST}, Latest(1, DIGEST, withdrawn=False), None),
        ({"phase": "renew", "version": 3, "previous": DIGEST}, Latest(1, DIGEST, withdrawn=False), "/version"),
        ({"phase": "renew", "version": 2, "previous": "00" * 32}, Latest(1, DIGEST, withdrawn=False), "/previous"),
        ({"phase": "renew", "version": 2, "previous": DIGEST}, Latest(1, DIGEST, withdrawn=True), "/consent_id"),
    ],
)
def test_a_version_follows_the_one_before(changes: dict[str, Any], latest: Latest | None, path: str | None) -> None:
    fault = version_fault({**RECORD, **changes}, latest)
    assert (None if fault is None else fault.path) == path


def test_a_renewal_proposes_what_still_stands_and_leaves_the_old_version_alone() -> None:
    before = json.dumps(RECORD)
    first = RECORD["record"]["grants"][0]
    kept = frozenset({(first["recipient"], first["category"], first["purpose"])})
    found = renewal_of(RECORD, NOW, kept)
    assert json.dumps(RECORD) == before
    assert (found["phase"], found["version"], found["previous"]) == ("renew", 2, DIGEST)
    record = found["record"]
    assert isinstance(record, dict)
    assert not {"given_at", "teach_back", "read_back", "proof"} & set(record)
    assert record["grants"] == [{**first, "until": record["expires"]}]
    assert (record["valid_from"], record["expires"]) == ("2026-09-21", "2026-12-20")
    assert renewal_of({"version": "x", "record": None}, NOW, kept)["version"] == 1
    assert renewal_of({"version": 1, "record": {"grants": 7}}, NOW, kept)["record"] == {
        "valid_from": "2026-09-21",
        "expires": "2026-12-20",
        "grants": [],
    }
