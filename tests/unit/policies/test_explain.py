from dataclasses import replace

import pytest

from policies.engine import decide_inner
from policies.explain import Explanation, explain, explain_finding, name_article
from policies.texts import Library, Text, Texts
from protocol.decision import Decision, Finding, Verdict
from protocol.ids import NodeId
from tests.simulators.policies import shipped_facts, shipped_policies, shipped_texts

ENGLISH = Texts(
    language="en",
    article="Art.",
    laws={"PCC": "Police Convention", "H2": "Handling code H2"},
    words={"expired": "has expired", "ended": "has ended"},
    texts={
        "engine.unknown-text": Text("{rule} says no.", "Ask."),
        "consent": Text("{recipient}: {state} {nothing}", "Ask {recipient}."),
    },
)
SERBIAN = Texts(
    language="sr-Latn",
    article="čl.",
    laws={"PCC": "Konvencija"},
    words={"expired": "isteklo"},
    texts={"consent": Text("{recipient} - {state}", "Pitajte.")},
)
LIBRARY: Library = {"en": ENGLISH, "sr-Latn": SERBIAN}
FINDING = Finding(
    "cso.consent", "PCC 31(1)-(3), LED 8", "consent", Verdict.DENY, NodeId("nada.bb"), (("state", "expired"),)
)


def test_a_finding_becomes_reason_law_and_remedy() -> None:
    assert explain_finding(FINDING, LIBRARY, "sr-Latn") == Explanation(
        rule="cso.consent",
        verdict=Verdict.DENY,
        recipient=NodeId("nada.bb"),
        sentence="nada.bb - isteklo",
        article="Konvencija, čl. 31(1)-(3), LED 8",
        remedy="Pitajte.",
    )


def test_a_placeholder_without_value_stays_visible() -> None:
    told = explain_finding(FINDING, LIBRARY, "en")
    assert (told.sentence, told.remedy) == ("nada.bb: has expired {nothing}", "Ask nada.bb.")


@pytest.mark.parametrize("language", ["sr-Cyrl", "bs", "hr", "cnr"])
def test_a_near_language_answers_before_english(language: str) -> None:
    assert explain_finding(FINDING, LIBRARY, language).sentence == "nada.bb - isteklo"


@pytest.mark.parametrize("language", ["en", "mk", "", "no such language"])
def test_english_answers_for_the_others(language: str) -> None:
    assert explain_finding(FINDING, LIBRARY, language).sentence.startswith("nada.bb: has expired")


def test_each_word_of_a_list_is_looked_up_and_english_fills_gaps() -> None:
    finding = replace(FINDING, parameters=(("state", "expired, ended, other"),))
    assert explain_finding(finding, LIBRARY, "sr-Latn").sentence == "nada.bb - isteklo, has ended, other"


def test_a_label_of_the_catalogue_goes_before_the_own_words() -> None:
    labels = {("state", "expired"): "label"}
    told = explain_finding(FINDING, LIBRARY, "sr-Latn", lambda name, code: labels.get((name, code)))
    assert told.sentence == "nada.bb - label"


def test_a_recipient_is_called_as_the_reader_knows_it() -> None:
    names = {"nada.bb": "Nada, Belgrade"}
    found = explain_finding(FINDING, LIBRARY, "sr-Latn", lambda _, code: names.get(code))
    assert (found.sentence, found.recipient) == ("Nada, Belgrade - isteklo", "nada.bb")


def test_an_unknown_text_is_answered_in_general() -> None:
    told = explain_finding(replace(FINDING, text="of a later release"), LIBRARY, "sr-Latn")
    assert (told.sentence, told.remedy) == ("cso.consent says no.", "Ask.")


@pytest.mark.parametrize(
    ("article", "words"),
    [
        ("PCC 31(4)(b)", "Police Convention, Art. 31(4)(b)"),
        ("PCC 6, PCC 8", "Police Convention, Art. 6, Police Convention, Art. 8"),
        ("H2", "Handling code H2"),
        ("XYZ 4", "XYZ 4"),
        ("PCCX 4", "PCCX 4"),
        ("", ""),
    ],
)
def test_an_article_names_its_law_in_full(article: str, words: str) -> None:
    assert name_article(article, LIBRARY, "en") == words


def test_an_allowed_message_needs_no_words() -> None:
    assert explain(Decision(Verdict.ALLOW, shipped_policies().digest), LIBRARY, "en") == ()


def test_every_refusal_of_a_message_is_told_in_order() -> None:
    facts = shipped_facts("police", "request")
    header = replace(facts.outer.header, urgency="urgent", urgency_ground="z", handling=())
    decision = decide_inner(shipped_policies(), replace(facts, outer=replace(facts.outer, header=header)))
    told = explain(decision, shipped_texts(), "en")
    assert [each.rule for each in told] == ["police.urgency-ground", "police.handling-codes", "police.urgency-reason"][
        :2
    ]
    assert told[0].sentence == "Urgency urgent with ground z is not permitted."
    assert told[0].article == "Directive (EU) 2023/977, Art. 4(4)"
    assert told[1].sentence == "The handling codes are missing or not known: nothing."
