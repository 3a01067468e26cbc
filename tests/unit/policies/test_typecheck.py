"""The border between header and content holds for the type checker too: a rule of the hub cannot ask for content."""

from pathlib import Path

import pytest
from mypy import api

ROOT = Path(__file__).parents[3]
GOOD = """
from policies.facts import OuterFacts
from policies.registry import NONE, Nothing, Objections, outer

@outer(9001, "good", Nothing)
def good(facts: OuterFacts, _: Nothing) -> Objections:
    return NONE if facts.header.purpose else ()
"""
REACHES_FOR_CONTENT = """
from policies.facts import OuterFacts
from policies.registry import NONE, Nothing, Objections, outer

@outer(9001, "bad", Nothing)
def bad(facts: OuterFacts, _: Nothing) -> Objections:
    return NONE if facts.content.victim_identity else ()
"""
TAKES_INNER_FACTS = """
from policies.facts import InnerFacts
from policies.registry import NONE, Nothing, Objections, outer

@outer(9001, "bad", Nothing)
def bad(facts: InnerFacts, _: Nothing) -> Objections:
    return NONE
"""
PARAMETERS_OF_ANOTHER = """
from policies.facts import OuterFacts
from policies.registry import NONE, Nothing, Objections, outer

@outer(9001, "bad", Nothing)
def bad(facts: OuterFacts, days: int) -> Objections:
    return NONE
"""
BOUND_AS_OUTER = """
from policies.model import OuterRule, Rule
from policies.predicates.persons import no_victim_identity
from policies.registry import Nothing

def wrong(rule: Rule) -> OuterRule:
    return OuterRule(rule, no_victim_identity.bind(Nothing()))
"""


def check(folder: Path, source: str) -> str:
    path = folder / "sample.py"
    path.write_text(source, encoding="utf-8")
    cache = ROOT / ".mypy_cache"
    config = f"--config-file={ROOT / 'pyproject.toml'}"
    out, err, _ = api.run([config, f"--cache-dir={cache}", "--no-error-summary", str(path)])
    assert not err
    return out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (GOOD, ""),
        (REACHES_FOR_CONTENT, '"OuterFacts" has no attribute "content"'),
        (TAKES_INNER_FACTS, "[arg-type]"),
        (PARAMETERS_OF_ANOTHER, "[arg-type]"),
        (BOUND_AS_OUTER, "[arg-type]"),
    ],
)
def test_a_hub_rule_that_touches_content_does_not_type_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, fault: str
) -> None:
    monkeypatch.chdir(ROOT)
    found = check(tmp_path, source)
    assert fault in found
    assert bool(found) is bool(fault)
