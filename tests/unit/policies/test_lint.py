from collections.abc import Mapping
from functools import cache

import pytest

from policies.lint import ALWAYS, lint
from protocol.ids import TypeId
from tests.simulators.policies import policy_files

RULES, CASES = "policies/system.yaml", "policies/system.tests.yaml"
ENGLISH, SERBIAN, BOSNIAN = (f"policies/texts/{name}.yaml" for name in ("en", "sr-Latn", "bs"))
ONE_CHANNEL = {name: raw for name, raw in policy_files().items() if name in (RULES, CASES, ENGLISH, SERBIAN)}
RULE = """\
  - id: system.never
    predicate: sender-kind
    types: [MT-S1/1]
    parameters: {kinds: [auditor]}
    article: NET
    text: sender-kind

inner:
"""


def changed(file: str, old: str, new: str) -> Mapping[str, bytes]:
    text = ONE_CHANNEL[file].decode()
    assert old in text
    return {**ONE_CHANNEL, file: text.replace(old, new, 1).encode()}


def remarks(files: Mapping[str, bytes], *types: str) -> list[str]:
    found = lint(files, [TypeId(each) for each in types])
    assert list(found) == sorted(found)
    assert all(each.line >= 1 and each.remedy for each in found)
    return [each.what for each in found]


@cache
def unused() -> frozenset[str]:
    """The texts of the other channels, which one channel alone leaves unused."""
    found = frozenset(remarks(ONE_CHANNEL))
    assert all(each.startswith("Nothing uses the text") for each in found)
    return found


@pytest.mark.parametrize(
    ("file", "old", "new", "whats"),
    [
        (
            RULES,
            "text: life",
            "text: long",
            ["The text `long` is missing in `en`.", "The text `long` is missing in `sr-L"],
        ),
        (ENGLISH, "within {days} days", "in {weeks} weeks", ["The text `life` in `en` names {weeks}, which its rule"]),
        (SERBIAN, "od {days} dana", "od {code} dana", ["The text `life` in `sr-Latn` names {code}, which its rule"]),
        (SERBIAN, "  expired: isteklo\n", "", ["The word or law `expired` is missing."]),
        (SERBIAN, "  H3: Kod postupanja H3\n", "", ["The word or law `H3` is missing."]),
        (ENGLISH, "texts:\n", "texts:\n  spare: {sentence: a, remedy: b}\n", ["Nothing uses the text `spare`."]),
        (RULES, "article: PCC 3(1)(d)", "article: XX 3", ["The article `XX 3` names no known law."]),
        (
            RULES,
            "inner:\n",
            "obligations: [{id: a, article: XX 3, text: life}]\ninner:\n",
            [
                "The article `XX 3` names no known law.",
                "The text `life` in `en` names {days}",
                "The text `life` in `sr-L",
            ],
        ),
        (
            RULES,
            "id: system.life",
            "id: system.long",
            [
                "No case makes `system.long` fire.",
                "A case expects `system.life`, which is no rule.",
            ],
        ),
        (RULES, "inner:\n", RULE, ["No case makes `system.never` fire."]),
        (
            RULES,
            "predicate: life\n",
            "predicate: life\n    types: [MT-S1/1]\n",
            ["No rule asks `life` of every type on the side of hub, recipient, sender."],
        ),
        (
            RULES,
            "predicate: life\n",
            "predicate: life\n    sides: [hub]\n",
            ["No rule asks `life` of every type on the side of hub, recipient, sender."],
        ),
        (RULES, "predicate: life\n", "predicate: liffe\n", ["No predicate is called `liffe`."]),
        (ENGLISH, "language: en", "language: de", ["The file is in `de`."]),
        (CASES, "channel: system\n", "channel: polic\n", ["The cases are for `polic`."]),
    ],
)
def test_what_is_wrong_is_remarked(file: str, old: str, new: str, whats: list[str]) -> None:
    found = [each for each in remarks(changed(file, old, new)) if each not in unused()]
    for what in whats:
        assert any(each.startswith(what) for each in found), found


def test_every_predicate_that_all_channels_need_is_asked_for() -> None:
    found = remarks({**ONE_CHANNEL, "policies/police.yaml": b"channel: police\ntypes: []\n"})
    assert [each for each in found if "of every type" in each] == [
        f"No rule asks `{name}` of every type on the side of {', '.join(sorted(sides))}."
        for name, sides in sorted(ALWAYS.items())
    ]
    assert "The channel has no cases." in found


def test_an_id_stands_in_one_file_only() -> None:
    copy = ONE_CHANNEL[RULES].replace(b"channel: system", b"channel: statistics")
    found = remarks({**ONE_CHANNEL, "policies/statistics.yaml": copy})
    assert "The id `system.life` stands in policies/statistics.yaml too." in found


def test_types_are_those_of_the_catalogue_or_awaited() -> None:
    awaited = changed(RULES, "types: [MT-S1/1, MT-S2/1]", "types: [MT-S2/1]\nawaiting: [MT-S1/1]")
    assert "The catalogue has the type `MT-S1/1`." in remarks(awaited, "MT-S1/1", "MT-S2/1")
    of_type = [each for each in remarks(awaited, "MT-S2/1") if "catalogue" in each]
    assert of_type == []
    assert "The catalogue has no type `MT-S1/1`." in remarks(ONE_CHANNEL, "MT-S2/1")


def test_a_language_that_is_not_complete_may_have_gaps_but_no_strangers() -> None:
    bosnian = b"""
language: bs
article: Art.
laws: {NET: x}
words: {expired: x}
texts:
  spare: {sentence: x, remedy: x}
"""
    found = [each for each in remarks({**ONE_CHANNEL, BOSNIAN: bosnian}) if each not in unused()]
    assert found == ["Nothing uses the text `spare`."]


def test_a_file_that_is_no_part_of_a_policy_is_named() -> None:
    assert "No part of a policy has this name." in remarks({**ONE_CHANNEL, "policies/polic.yaml": b""})


def test_without_texts_the_rest_is_still_looked_at() -> None:
    found = remarks({RULES: ONE_CHANNEL[RULES].replace(b"predicate: life\n", b"predicate: liffe\n")})
    assert found == [
        "No predicate is called `liffe`.",
        "English texts with `engine.unknown-text` are missing.",
    ]


def test_a_rule_for_a_type_without_cases_lacks_both() -> None:
    text = ONE_CHANNEL[RULES].replace(b"types: [MT-S1/1, MT-S2/1]", b"types: [MT-S3/1, MT-S1/1, MT-S2/1]")
    text = text.replace(b"inner:\n", RULE.replace("MT-S1/1", "MT-S3/1").encode())
    found = remarks({**ONE_CHANNEL, RULES: text})
    assert {"No case lets `system.never` pass.", "No case makes `system.never` fire."} <= set(found)


def test_a_complete_language_must_be_there() -> None:
    files = {name: raw for name, raw in ONE_CHANNEL.items() if name != SERBIAN}
    assert "The texts in `sr-Latn` are missing." in remarks(files)
