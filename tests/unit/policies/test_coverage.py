"""The list of the stories is read strictly, and what it leaves out is a gap with its remedy."""

from dataclasses import replace

import pytest

from policies.coverage import Files, Ground, RuleStory, Told, cover, encode_stories, parse_stories
from policies.errors import PolicyError
from policies.facts import Side
from policies.legal import parse_legal
from protocol.ids import TypeId
from runtime.package_data import read_legal_checks
from tests.simulators.policies import shipped_policies, shipped_texts

FILES = Files("policies/stories.yaml", "policies/legal.yaml")
TOLD = Told(story="one.yaml", step='a "word" and a \\ sign', at=(Side.SENDER, Side.HUB))
RULES = tuple(rule.id for policy in shipped_policies().channels.values() for rule in policy.rules())
WHOLE = tuple(RuleStory(rule=each, fires=TOLD, passes=TOLD) for each in RULES)
GROUND = Ground(
    shipped_policies(),
    shipped_texts(),
    [each for policy in shipped_policies().channels.values() for each in policy.sets],
    parse_legal(FILES.legal, read_legal_checks()),
)


def gaps(stories: tuple[RuleStory, ...], ground: Ground = GROUND) -> list[str]:
    return [each.what for each in cover(ground, stories, FILES).gaps]


def changed(**changes: object) -> tuple[RuleStory, ...]:
    return (replace(WHOLE[0], **changes), *WHOLE[1:])  # type: ignore[arg-type]


def test_stories_of_every_rule_leave_no_gap() -> None:
    found = cover(GROUND, WHOLE, FILES)
    assert found.gaps == ()
    assert {each.rule for each in found.rules} == set(RULES)
    assert {each.id for each in found.later} == {each.id for each in GROUND.legal if each.later is not None}
    assert found.awaiting == ()


def test_a_rule_without_a_story_is_a_gap() -> None:
    assert gaps(WHOLE[1:]) == [f"No story makes `{RULES[0]}` fire.", f"No story lets `{RULES[0]}` pass."]
    assert gaps(changed(fires=None)) == [f"No story makes `{RULES[0]}` fire."]
    assert gaps(changed(passes=None)) == [f"No story lets `{RULES[0]}` pass."]
    assert gaps(changed(fires=None, guarded=TOLD)) == []
    assert cover(GROUND, WHOLE[1:], FILES).rules[0] == RuleStory(rule=RULES[0])


def test_a_story_of_no_rule_is_a_gap() -> None:
    (gap,) = cover(GROUND, (*WHOLE, RuleStory(rule=f"{RULES[0]}x")), FILES).gaps
    assert (gap.file, gap.what) == (FILES.stories, f"A story tells of `{RULES[0]}x`, which is no rule.")
    assert RULES[0] in gap.remedy


def test_a_law_or_a_type_that_nothing_answers_is_a_gap() -> None:
    english = GROUND.library["en"]
    library = {**GROUND.library, "en": replace(english, laws={**english.laws, "XYZ": "A law of nobody"})}
    assert gaps(WHOLE, replace(GROUND, library=library)) == ["No rule rests on the law `XYZ`."]
    types = [*GROUND.types, TypeId("MT-99/1")]
    assert gaps(WHOLE, replace(GROUND, types=types)) == ["No channel carries the type `MT-99/1`."]
    assert gaps(WHOLE, replace(GROUND, legal=GROUND.legal[1:])) == ["Numbers missing, twice or unknown: DP-1."]


def test_types_that_are_awaited_come_later() -> None:
    name, policy = next(iter(GROUND.policies.channels.items()))
    waiting = {**GROUND.policies.channels, name: replace(policy, awaiting=(TypeId("MT-98/1"),))}
    found = cover(replace(GROUND, policies=replace(GROUND.policies, channels=waiting)), WHOLE, FILES)
    assert found.awaiting == ((name, "MT-98/1"),)
    assert found.gaps == ()


def test_the_list_is_read_as_it_was_written() -> None:
    stories = (
        RuleStory(rule="a.fires", fires=TOLD),
        RuleStory(rule="b.passes", passes=TOLD),
        RuleStory(rule="c.guarded", passes=TOLD, guarded=replace(TOLD, at=())),
    )
    assert parse_stories(FILES.stories, encode_stories(reversed(stories))) == stories


@pytest.mark.parametrize(
    "text",
    ["stories: []\nmore: x\n", "more: x\n", "stories: [x]\n", "stories: [{rule: a}, {rule: a}]\n"],
)
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        parse_stories(FILES.stories, text.encode())
