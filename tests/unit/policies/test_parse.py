import pytest

from policies.errors import PolicyError
from policies.facts import Side
from policies.parse import load_policies, named_channel, overlay_channel, parse_overlay, parse_policy
from protocol.decision import Verdict
from protocol.ids import Channel, PolicyDigest, TypeId
from tests.simulators.policies import policy_files, shipped_policies

DIGEST = PolicyDigest(b"d" * 32)
HEAD = "channel: police\ntypes: [MT-01/1, MT-02/1]\nouter:\n"
WHO = """\
  - id: police.who
    predicate: sender-kind
    types: [MT-01/1, MT-02/1]
    parameters: {kinds: [agency]}
    article: PCC 4(3)
    text: sender-kind
"""
POLICY = HEAD + WHO


def problems(text: str, file: str = "police.yaml") -> list[tuple[int, str]]:
    with pytest.raises(PolicyError) as caught:
        parse_policy(file, text.encode())
    assert all(each.remedy and each.file == file for each in caught.value.problems)
    return [(each.line, each.what) for each in caught.value.problems]


def test_a_policy_sorts_its_rules_by_type() -> None:
    text = (
        POLICY + "  - {id: police.life, predicate: life, parameters: {days: 3}, article: NET, text: life}\n"
        "inner:\n"
        "  - id: police.identity\n    predicate: no-victim-identity\n    types: [MT-01/1]\n"
        "    sides: [sender]\n    verdict: hold\n    article: THB 11\n    text: x\n"
        "obligations:\n"
        "  - {id: one, article: NET, text: one}\n"
        "  - {id: two, article: NET, text: two, types: [MT-02/1]}\n"
        "awaiting: [MT-S1/1]\n"
    ).replace("types: [MT-01/1, MT-02/1]\n    parameters", "types: [MT-01/1, MT-02/1, MT-S1/1]\n    parameters")
    policy = parse_policy("police.yaml", text.encode())
    assert policy.channel == Channel("police")
    asked = {
        str(name): (
            [each.rule.id for each in found.outer],
            [each.rule.id for each in found.inner],
            tuple(each.id for each in found.obligations),
        )
        for name, found in policy.sets.items()
    }
    assert asked == {
        "MT-01/1": (["police.who", "police.life"], ["police.identity"], ("one",)),
        "MT-02/1": (["police.who", "police.life"], [], ("one", "two")),
        "MT-S1/1": (["police.who", "police.life"], [], ("one",)),
    }
    assert policy.awaiting == (TypeId("MT-S1/1"),)
    identity = policy.rules()[-1]
    assert (identity.verdict, identity.sides) == (Verdict.HOLD, frozenset({Side.SENDER}))
    assert (identity.file, identity.line) == ("police.yaml", 12)
    assert policy.rules()[0].sides == frozenset(Side)


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("types: [MT-01/1]\n", 1, "The key `channel` is missing."),
        ("channel: police\n", 1, "The key `types` is missing."),
        ("channel: polis\ntypes: []\n", 1, "`polis` is not a channel."),
        ("channel: police\ntypes: [MT-1]\n", 2, "`MT-1` is not a message type."),
        (POLICY + "rules: []\n", 10, "`rules` is not a key here."),
        (HEAD, 3, "A value is empty."),
        (HEAD.replace("outer:", "outer: a"), 3, "A list belongs here."),
        (HEAD + "  - police.who\n", 4, "A table belongs here."),
        (POLICY.replace("sender-kind\n    types", "sender-kin\n    types"), 5, "No predicate is called `sender-kin`."),
        (POLICY.replace("kinds:", "kind:"), 7, "`kind` is not a key here."),
        (POLICY.replace("[agency]", "[clerk]"), 7, "`clerk` is not known."),
        (POLICY.replace("[agency]", "[]"), 7, "The list is empty"),
        (POLICY.replace("    parameters: {kinds: [agency]}\n", ""), 4, "The key `kinds` is missing."),
        (POLICY.replace("article", "law"), 8, "`law` is not a key here."),
        (POLICY + "    verdict: allow\n", 10, "`allow` cannot stand here."),
        (POLICY + "    sides: [witness]\n", 10, "`witness` is not known."),
        (POLICY.replace("MT-02/1]\n    p", "MT-03/1]\n    p"), 6, "The channel does not carry `MT-03/1`."),
        (POLICY.replace("[MT-01/1, MT-02/1]\n    p", "[]\n    p"), 6, "The list of types is empty."),
        (POLICY.replace(", MT-02/1]\n    p", "]\n    p"), 1, "No outer rule names the type `MT-02/1`."),
        (POLICY + WHO, 10, "The id `police.who` stands in line 4 already."),
        (POLICY + "inner:\n" + WHO.replace(".who", ".in"), 11, "`sender-kind` looks at the header only."),
        (POLICY + "obligations:\n  - {id: a, article: NET}\n", 11, "The key `text` is missing."),
        (POLICY + "obligations:\n  - {id: a, article: NET, text: a, types: [MT-09/1]}\n", 11, "The channel does not"),
        (POLICY + "obligations:\n" + "  - {id: a, article: NET, text: a}\n" * 2, 12, "The id `a` stands in line 11"),
    ],
)
def test_a_fault_is_refused_with_its_line(text: str, line: int, what: str) -> None:
    found = problems(text)
    assert any(at == line and said.startswith(what) for at, said in found), found


CONTENT = "  - {id: police.v, predicate: no-victim-identity, article: THB 11, text: no-victim-identity}\n"


def test_an_inner_predicate_in_an_outer_list_is_refused() -> None:
    assert problems(POLICY + CONTENT) == [(10, "`no-victim-identity` looks at content.")]


def test_the_hub_asks_no_inner_rule() -> None:
    inner = CONTENT.replace("text:", "sides: [hub, sender], text:")
    assert problems(POLICY + "inner:\n" + inner) == [(11, "The hub cannot ask this rule.")]


def test_every_fault_of_a_file_is_named_at_once() -> None:
    text = POLICY + CONTENT + WHO.replace("sender-kind\n    types", "nothing\n    types") + "obligations: [{id: a}]\n"
    assert [line for line, _ in problems(text)] == [10, 12, 17]


def test_policies_load_from_any_folder_and_other_files_are_left_alone() -> None:
    policies = load_policies({"x/police.yaml": POLICY.encode(), "x/notes.yaml": b"%", "a.json": b""}, DIGEST)
    assert list(policies.channels) == ["police"]
    assert policies.digest == DIGEST


def test_faults_of_all_files_are_named_at_once() -> None:
    files = {"cso.yaml": POLICY.encode(), "police.yaml": b"a", "x/police.yaml": POLICY.encode()}
    with pytest.raises(PolicyError) as caught:
        load_policies(files, DIGEST)
    assert [each.file for each in caught.value.problems] == ["cso.yaml", "police.yaml", "x/police.yaml"]


def test_a_name_is_a_channel_or_none() -> None:
    assert named_channel("policies/court-support.yaml") == Channel("court-support")
    assert named_channel("policies/police.tests.yaml") is None
    assert named_channel("mypolice.yaml") is None


OVERLAY = """\
overlay: police
outer:
  - {id: xk.purpose, predicate: purpose, parameters: {purposes: [prevent]}, article: NET, text: purpose-police}
inner:
  - {id: xk.quiet, predicate: no-personal-data, verdict: hold, types: [MT-01/1], article: NET, text: no-personal-data}
"""


def test_an_overlay_names_its_channel_before_there_is_a_policy() -> None:
    assert overlay_channel("own.yaml", OVERLAY.encode()) == Channel("police")
    for text in ("outer: []\n", "overlay: nowhere\n", OVERLAY + "obligations: []\n"):
        with pytest.raises(PolicyError):
            overlay_channel("own.yaml", text.encode())


def test_an_overlay_adds_rules_to_one_channel() -> None:
    under = shipped_policies()
    over = parse_overlay("own.yaml", OVERLAY.encode(), under)
    assert over.digest == under.digest
    assert over.channels["cso"] is under.channels["cso"]  # type: ignore[index]
    police = over.channels[Channel("police")]
    assert [each.id for each in police.rules() if each.file == "own.yaml"] == ["xk.purpose", "xk.quiet"]
    assert [each.rule.id for each in police.sets[TypeId("MT-02/1")].inner if each.rule.file == "own.yaml"] == []
    assert (
        police.sets[TypeId("MT-01/1")].obligations
        == under.channels[Channel("police")].sets[TypeId("MT-01/1")].obligations
    )


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (OVERLAY.replace("overlay: police", "overlay: statistics"), 1, "`statistics` has no policy to lie over."),
        (OVERLAY.replace("hold", "approve"), 5, "`approve` cannot stand here."),
        (OVERLAY.replace("xk.purpose", "police.purpose"), 3, "The id `police.purpose` is taken."),
        (OVERLAY.replace("overlay", "channel"), 1, "`channel` is not a key here."),
        (OVERLAY + "obligations: []\n", 6, "`obligations` is not a key here."),
        ("outer: []\n", 1, "The key `overlay` is missing."),
    ],
)
def test_an_overlay_may_only_deny_or_hold(text: str, line: int, what: str) -> None:
    with pytest.raises(PolicyError) as caught:
        parse_overlay("own.yaml", text.encode(), shipped_policies())
    [problem] = caught.value.problems
    assert (problem.line, problem.what) == (line, what)


def test_the_shipped_files_parse_under_the_names_of_a_bundle() -> None:
    assert {each for each in policy_files() if named_channel(each)} == {
        f"policies/{name}.yaml" for name in ("cso", "police", "police-cso", "rogatory", "system")
    }


RULE = "disclosure:\n  - {id: police.show, predicate: recipient-enrolled, article: NET, text: x}\n"


def test_rules_about_disclosures_take_predicates_of_either_kind() -> None:
    more = "  - {id: police.owner, predicate: disclosed-to-permitted, article: NET, text: x}\n"
    policy = parse_policy("police.yaml", (POLICY + RULE + more).encode())
    assert [each.rule.id for each in policy.disclosure] == ["police.show", "police.owner"]
    assert [rule.id for rule in policy.sending_rules()] == ["police.who"]


def test_a_disclosure_is_judged_by_whoever_makes_it() -> None:
    sided = RULE.replace("article", "sides: [sender], article")
    assert problems(POLICY + sided) == [(11, "A disclosure or another use is judged by the node that makes it.")]
    assert problems(POLICY + RULE.replace("police.show", "police.who")) == [
        (11, "The id `police.who` stands in line 4 already.")
    ]


def test_a_rule_may_bring_its_types_onto_the_channel() -> None:
    rule = WHO.replace(".who", ".who-else").replace("[MT-01/1, MT-02/1]", "[MT-77/1]\n    admits: true")
    policy = parse_policy("police.yaml", (POLICY + rule).encode())
    assert [each.rule.id for each in policy.sets[TypeId("MT-77/1")].outer] == ["police.who-else"]
    assert problems(POLICY + rule.replace("    types: [MT-77/1]\n", "")) == [(10, "The key `types` is missing.")]
    assert problems(POLICY + rule.replace("admits: true", "admits: false")) == [
        (12, "The channel does not carry `MT-77/1`.")
    ]
    assert problems(HEAD.replace("outer:", "outer: none")) == [(3, "A list belongs here.")]
    assert (4, "A table belongs here.") in problems(HEAD + "  - none\n")
