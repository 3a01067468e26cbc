"""``egnatia policy coverage``: every rule with the story that fires it and one that does not, and what is missing."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from policies.cases import ACTIVE
from policies.coverage import Coverage, Files, Ground, RuleStory, Told, cover, parse_stories
from policies.errors import PolicyError, Problem
from policies.legal import LegalCheck, parse_legal
from policies.parse import load_policies
from policies.texts import load_texts
from protocol.catalogue.load import load_catalogue
from runtime.package_data import (
    POLICIES,
    read_catalogue_files,
    read_legal_checks,
    read_policy_files,
    read_rule_stories,
)

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FILES: Final = Files("policies/stories.yaml", "policies/legal.yaml")


@click.command("coverage")
@click.option("--stories", type=_FILE, help="Another list of stories than the shipped one.")
@click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Policy files to read instead of the shipped ones.",
)
@click.option("--all", "everything", is_flag=True, help="Each rule with its stories, not only what is missing.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def coverage_command(stories: Path | None, folder: Path | None, *, everything: bool, as_json: bool) -> None:
    """Say which rules no story fires or passes, and which articles and types no rule is about. Status 1 for a gap.

    What comes later is listed with the feature or channel that brings it, and is no gap.
    """
    found = _covered(stories, folder)
    if as_json:
        click.echo(json.dumps(_document(found), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_lines(found, everything=everything)))
    raise click.exceptions.Exit(int(bool(found.gaps)))


def _covered(stories: Path | None, folder: Path | None) -> Coverage:
    files, catalogue = _policy_files(folder), read_catalogue_files()
    raw = read_rule_stories() if stories is None else stories.read_bytes()
    try:
        ground = Ground(
            load_policies(files, ACTIVE),
            load_texts(files),
            load_catalogue(catalogue.__getitem__, list(catalogue)).types,
            parse_legal(FILES.legal, read_legal_checks()),
        )
        return cover(ground, parse_stories(FILES.stories, raw), FILES)
    except PolicyError as error:
        raise click.ClickException(f"The files cannot be read.\n{error}") from error


def _policy_files(folder: Path | None) -> Mapping[str, bytes]:
    if folder is None:
        return read_policy_files()
    paths = sorted(folder.rglob("*.yaml"))
    return {f"{POLICIES}{each.relative_to(folder).as_posix()}": each.read_bytes() for each in paths}


def _lines(found: Coverage, *, everything: bool) -> list[str]:
    lines = [str(each) for each in found.gaps]
    if everything:
        lines += [line for each in found.rules for line in _rule(each)]
    lines += [f"later: {each.id}, {each.asks}: comes with {_brings(each)}" for each in found.later]
    lines += [f"later: type {type_} on the channel {channel}" for channel, type_ in found.awaiting]
    fired = sum(each.fires is not None for each in found.rules)
    guarded = sum(each.fires is None and each.guarded is not None for each in found.rules)
    passed = sum(each.passes is not None for each in found.rules)
    counted = f"{fired} fire in a story, {passed} pass in one, {guarded} are guarded before they are asked"
    later = len(found.later) + len(found.awaiting)
    return [*lines, f"{len(found.rules)} rules: {counted}. {len(found.gaps)} gaps, {later} later."]


def _rule(each: RuleStory) -> list[str]:
    fires = ("guarded", each.guarded) if each.fires is None and each.guarded is not None else ("fires", each.fires)
    return [each.rule, *(f"  {what} in {_told(told)}" for what, told in (fires, ("passes", each.passes)))]


def _told(told: Told | None) -> str:
    return "no story" if told is None else f"{told.story}: {told.step} ({', '.join(told.at)})"


def _brings(check: LegalCheck) -> str:
    return "" if check.later is None else check.later.feature


def _document(found: Coverage) -> Mapping[str, object]:
    return {
        "gaps": [_problem(each) for each in found.gaps],
        "rules": [_stories(each) for each in found.rules],
        "later": [{"check": each.id, "asks": each.asks, "comes_with": _brings(each)} for each in found.later],
        "awaiting": [{"channel": channel, "type": type_} for channel, type_ in found.awaiting],
    }


def _stories(each: RuleStory) -> Mapping[str, object]:
    told = {"fires": _step(each.fires), "passes": _step(each.passes), "guarded": _step(each.guarded)}
    return {"rule": each.rule, **told}


def _step(told: Told | None) -> Mapping[str, object] | None:
    return None if told is None else {"story": told.story, "step": told.step, "at": [str(each) for each in told.at]}


def _problem(problem: Problem) -> Mapping[str, object]:
    return {"file": problem.file, "line": problem.line, "what": problem.what, "remedy": problem.remedy}
