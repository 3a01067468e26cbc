"""`egnatia policy`: check policy files, run their cases, say in words what a rule or a decision means."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import click

from egnatia.policy_coverage import coverage_command
from egnatia.policy_export import export_command
from egnatia.policy_pages import write_pages
from policies.cases import ACTIVE
from policies.engine import BUILT_IN, NETWORK
from policies.errors import PolicyError, Problem
from policies.explain import Explanation, explain, explain_finding
from policies.labels import labels_of
from policies.lint import lint
from policies.model import PolicySet
from policies.parse import load_policies
from policies.render import render
from policies.selftest import Outcome, channel_of_cases, parse_cases, run_cases
from policies.texts import load_texts
from policies.typed import nearest
from protocol.catalogue.load import load_catalogue
from protocol.catalogue.types import Catalogue
from protocol.decision import Finding, Verdict, parse_decision
from protocol.errors import Fault
from runtime.package_data import POLICIES, read_catalogue_files, read_policy_files

_T = TypeVar("_T")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER: Final = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Policy files to read instead of the shipped ones.",
)
_JSON: Final = click.option("--json", "as_json", is_flag=True, help="As JSON.")


@click.group("policy")
def commands() -> None:
    """Rules of the channels: check, test and explain them."""


commands.add_command(export_command)
commands.add_command(coverage_command)


@commands.command("lint")
@_FOLDER
@_JSON
def lint_command(folder: Path | None, *, as_json: bool) -> None:
    """Say what is wrong with the policy files, with line and remedy. Status 1 when there is something."""
    problems = lint(_files(folder), _catalogue().types)
    if as_json:
        _print_json([_problem(each) for each in problems])
    else:
        click.echo("\n".join(str(each) for each in problems) or "Nothing to remark.")
    _end(failed=bool(problems))


@commands.command("test")
@_FOLDER
@_JSON
def test_command(folder: Path | None, *, as_json: bool) -> None:
    """Run the cases that stand beside the policies. Status 1 when one comes out otherwise, or none is there."""
    files = _files(folder)
    outcomes = _read(lambda: _run(files))
    failed = [each for each in outcomes if not each.passed]
    if as_json:
        _print_json([_outcome(each) for each in outcomes])
    else:
        for each in failed:
            click.echo(_told(each))
        click.echo(f"{len(outcomes)} cases, {len(failed)} came out otherwise.")
    _end(failed=bool(failed) or not outcomes)


@commands.command("explain")
@click.argument("rule", required=False)
@click.option("--decision", type=_FILE, help="A stored decision instead of a rule.")
@click.option("--language", default="en", show_default=True, help="Language of the words.")
@_FOLDER
@_JSON
def explain_command(
    rule: str | None, decision: Path | None, language: str, folder: Path | None, *, as_json: bool
) -> None:
    """Say in words what RULE refuses, or what a stored decision says: reason, law, what to do."""
    if (rule is None) == (decision is None):
        raise click.UsageError("Give either a rule or --decision.")
    files = _files(folder)
    library = _read(lambda: load_texts(files))
    label = labels_of(_catalogue(), language)
    if decision is not None:
        raw = decision.read_bytes()
        found = explain(_read(lambda: parse_decision(raw)), library, language, label)
    else:
        finding = _finding(_read(lambda: load_policies(files, ACTIVE)), str(rule))
        found = (explain_finding(finding, library, language, label),)
    if as_json:
        _print_json([_explanation(each) for each in found])
    else:
        click.echo("\n\n".join(_words(each) for each in found) or "Nothing was refused.")


@commands.command("render")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write.")
@click.option("--html", type=click.Path(file_okay=False, path_type=Path), help="A folder for pages in every language.")
@_FOLDER
def render_command(output: Path | None, html: Path | None, folder: Path | None) -> None:
    """Write the page of all refusals (docs/refusals.md) from the policy files, or with --html a page per channel.

    The pages stand in one folder per language; each is a single file that needs nothing else and prints on paper.
    """
    if html is not None:
        files = _files(folder)
        click.echo(f"{_read(lambda: write_pages(html, files, _catalogue()))} pages stand in {html}.")
        return
    page = _read(lambda: render(_files(folder)))
    if output is None:
        click.echo(page, nl=False)
    else:
        output.write_text(page, encoding="utf-8", newline="\n")


def _files(folder: Path | None) -> Mapping[str, bytes]:
    if folder is None:
        return read_policy_files()
    paths = sorted(folder.rglob("*.yaml"))
    return {f"{POLICIES}{each.relative_to(folder).as_posix()}": each.read_bytes() for each in paths}


def _catalogue() -> Catalogue:
    files = read_catalogue_files()
    return load_catalogue(files.__getitem__, list(files))


def _run(files: Mapping[str, bytes]) -> tuple[Outcome, ...]:
    policies = load_policies(files, ACTIVE)
    cases = [case for name in files if channel_of_cases(name) for case in parse_cases(name, files[name])]
    return run_cases(policies, tuple(cases))


def _read(read: Callable[[], _T]) -> _T:
    try:
        return read()
    except PolicyError as error:
        raise click.ClickException(f"The policy files cannot be read.\n{error}") from error
    except Fault as fault:
        raise click.ClickException(f"The file is not a stored decision ({fault.code}).") from fault


def _finding(policies: PolicySet, rule: str) -> Finding:
    if rule in BUILT_IN:
        return Finding(rule, NETWORK, rule, Verdict.DENY)
    rules = {each.id: each for policy in policies.channels.values() for each in policy.rules()}
    if rule not in rules:
        raise click.ClickException(f"No rule is called `{rule}`. {nearest(rule, rules)}")
    return Finding(rule, rules[rule].article, rules[rule].text, rules[rule].verdict)


def _words(told: Explanation) -> str:
    return f"{told.rule} ({told.verdict})\n  {told.sentence}\n  {told.article}\n  {told.remedy}"


def _told(outcome: Outcome) -> str:
    case, decision = outcome.case, outcome.decision
    fired = ", ".join(each.rule for each in decision.findings) or "none"
    expected = ", ".join(sorted(case.rules)) or "none"
    return (
        f"{case.file}:{case.line}: {case.name}\n"
        f"  expected {case.verdict}, rules: {expected}\n  decided {decision.verdict}, rules: {fired}"
    )


def _outcome(outcome: Outcome) -> Mapping[str, object]:
    case, decision = outcome.case, outcome.decision
    return {
        "file": case.file,
        "line": case.line,
        "name": case.name,
        "passed": outcome.passed,
        "verdict": str(decision.verdict),
        "rules": [each.rule for each in decision.findings],
    }


def _problem(problem: Problem) -> Mapping[str, object]:
    return {"file": problem.file, "line": problem.line, "what": problem.what, "remedy": problem.remedy}


def _explanation(told: Explanation) -> Mapping[str, object]:
    return {
        "rule": told.rule,
        "verdict": str(told.verdict),
        "recipient": told.recipient,
        "sentence": told.sentence,
        "article": told.article,
        "remedy": told.remedy,
    }


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def _end(*, failed: bool) -> NoReturn:
    raise click.exceptions.Exit(int(failed))
