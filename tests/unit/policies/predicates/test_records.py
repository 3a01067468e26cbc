"""Records of consent: what reading back lacks, and which values a field may have."""

from dataclasses import replace
from typing import Any

import pytest

from policies.predicates.records import Values, consent_read_back, value_within
from policies.registry import Nothing
from tests.simulators.policies import shipped_facts

CONSENT = shipped_facts("cso", "consent")


@pytest.mark.parametrize(
    ("phase", "record", "state"),
    [
        ("record", {"read_back": {"sheet": "aa", "witness": "w"}, "asked_by": {"staff": "s"}}, None),
        ("renew", {"read_back": {"sheet": "aa", "witness": "w"}}, None),
        ("renew", {"read_back": {"sheet": "aa", "witness": " "}}, "not-read-back"),
        ("record", {"read_back": {"witness": "w"}}, "not-read-back"),
        ("record", {}, "not-read-back"),
        ("record", {"read_back": {"sheet": "aa", "witness": "s"}, "asked_by": {"staff": "s"}}, "same-person"),
        ("withdraw", {}, None),
        ("done", {}, None),
        ("", {}, None),
    ],
)
def test_what_was_read_back(phase: str, record: dict[str, Any], state: str | None) -> None:
    facts = replace(CONSENT, documents={"body": {"phase": phase, "record": record}})
    found = consent_read_back.bind(Nothing())(facts)
    assert [dict(each.says) for each in found] == ([] if state is None else [{"state": state}])


@pytest.mark.parametrize(
    ("body", "says"), [({"phase": "done"}, None), ({"phase": "record"}, "record"), ({}, "-"), ({"phase": "é!"}, "?")]
)
def test_a_field_has_one_of_the_values(body: dict[str, Any], says: str | None) -> None:
    known = Values("/phase", frozenset({"withdraw", "done"}))
    found = value_within.bind(known)(replace(CONSENT, documents={"body": body}))
    assert [dict(each.says) for each in found] == ([] if says is None else [{"value": says}])
