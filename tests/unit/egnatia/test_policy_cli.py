import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from egnatia.cli import root
from policies.engine import decide_outer
from policies.facts import OuterFacts
from protocol.decision import encode_decision
from tests.simulators.policies import policy_files, shipped_facts, shipped_policies


def run(*arguments: str) -> Result:
    return CliRunner().invoke(root, ["policy", *arguments])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two channels of the shipped files, to be spoilt."""
    for name, raw in policy_files().items():
        path = tmp_path / name.removeprefix("policies/")
        if path.name.startswith(("system", "en.", "sr-Latn")):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
    return tmp_path


def spoil(folder: Path, name: str, old: str, new: str) -> None:
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_shipped_files_are_clean_and_their_cases_pass() -> None:
    linted, tested = run("lint"), run("test")
    assert (linted.exit_code, linted.output) == (0, "Nothing to remark.\n")
    assert tested.exit_code == 0
    assert tested.output.endswith(" cases, 0 came out otherwise.\n")


def test_lint_names_line_and_remedy_and_fails(folder: Path) -> None:
    spoil(folder, "system.yaml", "predicate: life\n", "predicate: lives\n")
    told = run("lint", "--folder", str(folder))
    assert told.exit_code == 1
    assert "No predicate is called `lives`. Did you mean `life`?" in told.output
    assert "policies/system.yaml:" in told.output
    as_json = run("lint", "--folder", str(folder), "--json")
    assert as_json.exit_code == 1
    assert {"what", "remedy", "file", "line"} == set(json.loads(as_json.output)[0])


def test_a_case_that_comes_out_otherwise_is_told(folder: Path) -> None:
    spoil(folder, "system.yaml", "purposes: [network]", "purposes: [network, assistance]")
    told = run("test", "--folder", str(folder))
    assert told.exit_code == 1
    assert (
        "case work is no purpose here\n  expected deny, rules: system.purpose\n  decided allow, rules: none"
        in told.output
    )
    [failed] = [
        each for each in json.loads(run("test", "--folder", str(folder), "--json").output) if not each["passed"]
    ]
    assert (failed["name"], failed["verdict"], failed["rules"]) == ("case work is no purpose here", "allow", [])


def test_no_cases_is_no_success(tmp_path: Path) -> None:
    assert run("test", "--folder", str(tmp_path)).exit_code == 1


def test_files_that_do_not_parse_end_in_words(folder: Path) -> None:
    spoil(folder, "system.yaml", "channel: system", "channel: systems")
    for command in (("test",), ("explain", "system.life")):
        told = run(*command, "--folder", str(folder))
        assert told.exit_code == 1
        assert "policies/system.yaml:2: `systems` is not a channel. Did you mean `system`?" in told.output


def test_a_rule_is_explained_in_the_language_asked_for() -> None:
    told = run("explain", "police.erase-by", "--language", "sr-Latn")
    assert told.exit_code == 0
    assert told.output.startswith("police.erase-by (deny)\n  Datum brisanja")
    assert "Konvencija o policijskoj saradnji u jugoistočnoj Evropi, čl. 31(4)(b)" in told.output
    assert run("explain", "engine.no-policy").output.startswith("engine.no-policy (deny)\n  This channel has no rules")


def test_a_rule_that_does_not_exist_is_answered_with_the_nearest() -> None:
    told = run("explain", "police.erase")
    assert told.exit_code == 1
    assert "No rule is called `police.erase`. Did you mean `police.erase-by`?" in told.output


def test_a_stored_decision_is_explained(tmp_path: Path) -> None:
    facts = shipped_facts("police", "request").outer
    stored = tmp_path / "decision"
    stored.write_bytes(encode_decision(decide_outer(shipped_policies(), facts)))
    assert run("explain", "--decision", str(stored)).output == "Nothing was refused.\n"
    refused = decide_outer(shipped_policies(), _for_proceedings(facts))
    stored.write_bytes(encode_decision(refused))
    told = json.loads(run("explain", "--decision", str(stored), "--json").output)
    assert [each["rule"] for each in told] == ["police.purpose", "police.agreement-purpose", "police.agreement-purpose"]
    assert told[0]["sentence"] == "Police information is not exchanged for this purpose: Criminal proceedings."
    assert told[1]["recipient"] == "ilecu.bb"


def _for_proceedings(facts: OuterFacts) -> OuterFacts:
    return replace(facts, header=replace(facts.header, purpose="proceedings"))


def test_what_is_no_decision_ends_in_words(tmp_path: Path) -> None:
    stored = tmp_path / "decision"
    stored.write_bytes(b"\xff")
    told = run("explain", "--decision", str(stored))
    assert (told.exit_code, told.output) == (1, "Error: The file is not a stored decision (MALFORMED).\n")


@pytest.mark.parametrize("arguments", [(), ("police.life", "--decision", __file__)])
def test_explain_wants_one_thing(arguments: tuple[str, ...]) -> None:
    told = run("explain", *arguments)
    assert told.exit_code == 2
    assert "Give either a rule or --decision." in told.output


def test_the_page_is_printed_or_written(tmp_path: Path) -> None:
    page = tmp_path / "refusals.md"
    assert run("render", "--output", str(page)).exit_code == 0
    assert run("render").output == page.read_text(encoding="utf-8")


def test_coverage_names_every_rule_with_its_stories_and_fails_for_a_gap(tmp_path: Path) -> None:
    whole = run("coverage", "--all")
    told = json.loads(run("coverage", "--json").output)
    assert (whole.exit_code, told["gaps"]) == (0, [])
    assert {each["rule"] for each in told["rules"]} == {
        rule.id for policy in shipped_policies().channels.values() for rule in policy.rules()
    }
    assert "later: DP-36" in whole.output
    nothing = tmp_path / "stories.yaml"
    nothing.write_text("stories: []\n", encoding="utf-8")
    empty = run("coverage", "--stories", str(nothing), "--all")
    assert empty.exit_code == 1
    assert "No story makes `police.life` fire. Add a step to tests/stories." in empty.output
    assert "fires in no story" in empty.output
    nothing.write_text("stories: x\n", encoding="utf-8")
    assert "The files cannot be read." in run("coverage", "--stories", str(nothing)).output


def test_coverage_reads_other_policies(folder: Path) -> None:
    told = run("coverage", "--folder", str(folder))
    assert told.exit_code == 1
    assert "A story tells of `police.life`, which is no rule." in told.output


def test_a_rule_that_nothing_reaches_names_its_guard(tmp_path: Path) -> None:
    stories = tmp_path / "stories.yaml"
    told = '{story: one.yaml, step: "a step", at: []}'
    text = f"stories:\n  - rule: police.life\n    guarded: {told}\n    passes: {told}\n"
    stories.write_text(text, encoding="utf-8")
    assert "  guarded in one.yaml: a step ()\n" in run("coverage", "--stories", str(stories), "--all").output


def test_every_channel_has_a_page_in_every_language(tmp_path: Path) -> None:
    told = run("render", "--html", str(tmp_path / "pages"))
    assert told.output.startswith("36 pages stand in ")
    page = (tmp_path / "pages" / "mk" / "police.html").read_text(encoding="utf-8")
    assert '<html lang="mk">' in page
    assert "Барање" in page


def test_a_bundle_takes_catalogue_files_beside_the_shipped_ones(tmp_path: Path) -> None:
    added = tmp_path / "more" / "schemas"
    added.mkdir(parents=True)
    (added / "MT-77.json").write_bytes(b"{}")
    shipped = json.loads(run("export", str(tmp_path / "a"), "--json").output)
    told = json.loads(run("export", str(tmp_path / "b"), "--catalogue", str(added.parent), "--json").output)
    assert told["files"] == shipped["files"] + 1
    assert told["digest"] != shipped["digest"]
