"""From what was seen of the rules to the list that stands beside the policies."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from policies.coverage import RuleStory, Told, encode_stories, parse_stories
from policies.facts import Side
from runtime.package_data import read_rule_stories
from tests.simulators.policies import shipped_policies
from tests.stories.teller import GUARD, Seen

FILE: Final = Path(__file__).parents[2] / "policies" / "stories.yaml"
_ORDER: Final = tuple(Side)


def record(seen: Iterable[Seen]) -> tuple[RuleStory, ...]:
    """Return for each rule of the shipped policies the first step that fired it and the first that let it pass."""
    known = [rule.id for policy in shipped_policies().channels.values() for rule in policy.rules()]
    listed = [each for each in seen if each.rule in known]
    return tuple(
        RuleStory(
            rule=rule,
            fires=_first(each for each in listed if each.rule == rule and each.fired and each.side != GUARD),
            passes=_first(each for each in listed if each.rule == rule and not each.fired),
            guarded=_first(each for each in listed if each.rule == rule and each.side == GUARD),
        )
        for rule in sorted({each.rule for each in listed})
    )


def _first(seen: Iterable[Seen]) -> Told | None:
    """Return the first step with all sides that took part in it."""
    found = list(seen)
    if not found:
        return None
    first = found[0]
    sides = {each.side for each in found if (each.story, each.step) == (first.story, first.step)}
    return Told(story=first.story, step=first.step, at=tuple(each for each in _ORDER if str(each) in sides))


def committed() -> tuple[RuleStory, ...]:
    """Return the list as it stands beside the policies."""
    return parse_stories("policies/stories.yaml", read_rule_stories())


def write(found: Iterable[RuleStory]) -> None:
    """Write the list beside the policies."""
    FILE.write_bytes(encode_stories(found))
