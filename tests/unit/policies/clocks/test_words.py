"""Sentences about clocks are rendered like those of rules: values, article in full, the reader's language."""

from policies.clocks.words import CLOCK_TEXTS, tell
from policies.texts import load_texts
from tests.simulators.policies import policy_files

LIBRARY = load_texts(policy_files())


def test_a_sentence_names_who_and_the_law() -> None:
    found = tell("clock.overdue", "D977 5(1)(c)", {"who": "rs.ilecu", "due": "noon"}, LIBRARY, "en")
    assert found.sentence == "rs.ilecu owed it by noon; it is overdue."
    assert (found.rule, found.recipient) == ("clock.overdue", "rs.ilecu")
    assert found.article == "Directive (EU) 2023/977, Art. 5(1)(c)"
    assert "without a person" in found.remedy


def test_a_sentence_without_a_participant_and_in_another_language() -> None:
    found = tell("clock.late-notice", "D977 5(2)", {}, LIBRARY, "sq")
    assert found.recipient is None
    assert found.sentence.startswith("Njoftimi i vonesës")


def test_the_initiative_has_a_name() -> None:
    told = tell("clock.part", "SFD", {}, LIBRARY, "en")
    assert told.article == "Framework Decision 2006/960/JHA"
    assert "clock.part" in CLOCK_TEXTS
