"""The policies of this release: every case beside them comes out as written, and nothing is left to remark."""

import pytest

from policies.lint import lint
from policies.selftest import Case, run_cases
from protocol.catalogue.load import load_catalogue
from runtime.package_data import read_catalogue_files
from tests.simulators.policies import CHANNELS, policy_files, shipped_cases, shipped_policies

CASES = [case for channel in CHANNELS for case in shipped_cases(channel)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file.split('/')[-1].split('.')[0]}: {case.name}")
def test_a_case_comes_out_as_written(case: Case) -> None:
    [outcome] = run_cases(shipped_policies(), (case,))
    found = (outcome.decision.verdict, frozenset(each.rule for each in outcome.decision.findings))
    assert found == (case.verdict, case.rules)
    assert case.refused is None or outcome.decision.refused() == case.refused


def test_nothing_is_left_to_remark() -> None:
    files = read_catalogue_files()
    assert lint(policy_files(), load_catalogue(files.__getitem__, list(files)).types) == ()


def test_only_channels_of_this_release_have_rules() -> None:
    assert set(shipped_policies().channels) == set(CHANNELS)
