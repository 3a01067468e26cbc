"""Attacks with documents, by their number in the catalogue of attacks. Each ends in a named refusal."""

import tracemalloc

import pytest

from protocol.catalogue.documents import parse_json
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.rows import flatten, unflatten
from protocol.catalogue.types import Catalogue
from protocol.catalogue.validate import FieldCode, validate
from protocol.errors import Code, Fault, Malformed
from protocol.ids import TypeId
from runtime.package_data import read_catalogue_files


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    files = read_catalogue_files()
    return load_catalogue(files.__getitem__, tuple(files))


def test_attack_039_unsorted_or_repeated_rows() -> None:
    for rows in ([("/b", 1), ("/a", 1)], [("/a", 1), ("/a", 2)]):
        with pytest.raises(Fault) as caught:
            unflatten(rows)
        assert caught.value.code is Code.FIELD_ORDER


def test_attack_047_a_bomb_in_the_body(catalogue: Catalogue) -> None:
    deep: object = []
    for _ in range(100_000):
        deep = [deep]
    wide = {"questions": ["?"] * 1_000_000}
    tracemalloc.start()
    for bomb in (deep, wide):
        found = validate(catalogue.type(TypeId("MT-01/1")), "body", bomb)
        assert [each.code for each in found] == [FieldCode.MALFORMED]
        with pytest.raises(Malformed):
            flatten(bomb)  # type: ignore[arg-type]
    with pytest.raises(Malformed):
        parse_json(b'{"a":' * 100_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 64 << 20


@pytest.mark.parametrize("claim", ["from", "to", "sender", "channel", "type", "id"])
def test_attack_049_a_body_that_claims_another_sender(catalogue: Catalogue, claim: str) -> None:
    for type_ in catalogue.types.values():
        found = {(each.path, each.code) for each in validate(type_, "body", {claim: "rs.ilecu"})}
        assert (f"/{claim}", FieldCode.UNKNOWN_FIELD) in found
