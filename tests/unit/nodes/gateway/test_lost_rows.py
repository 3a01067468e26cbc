"""Which rows stay when a consent covers fewer categories: those, and what says nothing of the person."""

import json

import pytest

from nodes.gateway.lost_rows import kept_paths
from protocol.catalogue.rows import flatten
from protocol.fields import Field
from protocol.ids import TypeId
from protocol.short_reference import PATH
from tests.simulators.node import EXAMPLES, packaged_bundle

CATALOGUE = packaged_bundle().catalogue
REFERRAL = TypeId("MT-V1/1")
EXAMPLE = json.loads((EXAMPLES / "MT-V1/adult-sr-Latn.json").read_text(encoding="utf-8"))
BODY, IDENTITY = flatten(EXAMPLE["body"]), flatten(EXAMPLE["identity"])


def test_all_stays_where_every_category_does() -> None:
    every = frozenset(CATALOGUE.code_lists["data_category"].entries)
    assert kept_paths(CATALOGUE, REFERRAL, "body", BODY, every) == {path for path, _ in BODY}
    assert kept_paths(CATALOGUE, REFERRAL, "identity", IDENTITY, every) == {path for path, _ in IDENTITY}


def test_what_is_left_of_a_body_without_case_facts_and_health() -> None:
    every = frozenset(CATALOGUE.code_lists["data_category"].entries)
    rows: list[Field] = [*BODY, (PATH, "K7QM-2XHD-9RF3")]
    kept = kept_paths(CATALOGUE, REFERRAL, "body", rows, every - {"CA", "HE"})
    assert kept is not None
    assert {"/case_ref", "/x_consent", "/x_alias", PATH} <= kept
    gone = {path for path, _ in rows} - kept
    assert "/vic_TraffickingStatus" in gone
    assert not any(path.startswith(("/x_services", "/key_contact")) for path in gone)


def test_of_an_identity_part_nothing_stays_without_its_category() -> None:
    assert kept_paths(CATALOGUE, REFERRAL, "identity", IDENTITY, frozenset({"LE"})) is None


@pytest.mark.parametrize("type_", [TypeId("MT-99/1"), TypeId("MT-02/1")])
def test_what_cannot_be_told_apart_goes_as_a_whole(type_: TypeId) -> None:
    part = "body" if type_ == "MT-99/1" else "identity"
    assert kept_paths(CATALOGUE, type_, part, BODY, frozenset({"ID"})) is None
    assert kept_paths(CATALOGUE, REFERRAL, "body", [(PATH, "x")], frozenset({"ID"})) is None
    broken: list[Field] = [("/x_services/1/service", "shelter")]
    assert kept_paths(CATALOGUE, REFERRAL, "body", broken, frozenset({"SV"})) is None
