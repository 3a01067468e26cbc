from pathlib import Path

import pytest

from policies.errors import PolicyError
from policies.render import render
from tests.simulators.policies import policy_files, shipped_policies

PAGE = Path(__file__).parents[3] / "docs" / "refusals.md"


def test_the_page_of_refusals_is_the_one_that_the_policies_give() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(policy_files()), (
        "run `egnatia policy render --output docs/refusals.md`"
    )


def test_the_page_names_every_rule_and_obligation_once() -> None:
    page = render(policy_files())
    for policy in shipped_policies().channels.values():
        for rule in policy.rules():
            assert page.count(f"| `{rule.id}`") == 1
        for obligation in policy.obligations:
            assert f"| `{obligation.id}`" in page


def test_a_policy_of_headers_only_has_no_empty_tables() -> None:
    files = {name: raw for name, raw in policy_files().items() if "/texts/" in name}
    files["police.yaml"] = b"channel: police\ntypes: []\n"
    page = render(files)
    assert "### Header" in page
    assert "### Content" not in page
    assert "### What" not in page


def test_a_text_that_is_missing_is_refused() -> None:
    files = {
        **policy_files(),
        "policies/police.yaml": policy_files()["policies/police.yaml"].replace(b"text: life", b"text: z"),
    }
    with pytest.raises(PolicyError, match="The text `z` is missing"):
        render(files)
