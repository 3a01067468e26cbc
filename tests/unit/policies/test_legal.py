"""Every number of the list is built or named with what brings it, and names only rules that are there."""

from dataclasses import replace

import pytest

from policies.errors import PolicyError
from policies.legal import NUMBERS, Later, LegalCheck, find_gaps, parse_legal
from runtime.package_data import read_legal_checks
from tests.simulators.policies import shipped_policies, shipped_texts

FILE = "policies/legal.yaml"
CHECKS = parse_legal(FILE, read_legal_checks())


def gaps(*checks: LegalCheck) -> list[str]:
    return [each.what for each in find_gaps(FILE, checks, shipped_policies(), shipped_texts())]


def changed(**changes: object) -> list[LegalCheck]:
    return [replace(CHECKS[0], **changes), *CHECKS[1:]]  # type: ignore[arg-type]


def test_the_list_is_whole_and_true() -> None:
    assert gaps(*CHECKS) == []
    assert tuple(each.id for each in CHECKS) == NUMBERS


def test_each_check_that_the_channels_meet_is_built() -> None:
    later = {each.id for each in CHECKS if each.later is not None}
    assert all(each.built for each in CHECKS if each.id not in later)
    assert later == {f"DP-{number}" for number in (16, 18, 34, 36, 37, 38, 39, 40, 41, 43, 44, 45, 49, 50, 51, 52)}


def test_what_is_wrong_is_named() -> None:
    assert gaps(*CHECKS[1:]) == ["Numbers missing, twice or unknown: DP-1."]
    assert gaps(*CHECKS[::-1]) == ["Numbers missing, twice or unknown: none, but out of order."]
    assert gaps(*changed(id="DP-99")) == ["Numbers missing, twice or unknown: DP-1, DP-99."]
    assert gaps(*changed(rules=("police.nothing",))) == ["DP-1 names `police.nothing`, which is not there."]
    assert gaps(*changed(obligations=("police.nothing",))) == ["DP-1 names `police.nothing`, which is not there."]
    assert gaps(*changed(later=Later(feature="x", why="y"))) == ["DP-1 is either built or comes later."]
    assert gaps(*changed(rules=())) == ["DP-1 is either built or comes later."]
    assert gaps(*changed(article="XYZ 3")) == ["DP-1 names no known law: `XYZ 3`."]


@pytest.mark.parametrize("text", ["checks: []\nmore: x\n", "more: x\n", "checks: [{id: DP-1}]\n", "checks: [x]\n"])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_legal(FILE, text.encode())
