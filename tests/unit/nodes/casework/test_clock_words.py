"""What people read of a clock: the state it is in, the law, what to do; in six languages."""

from dataclasses import replace

import pytest

from nodes.casework.clock_cases import Heard
from nodes.casework.clock_words import words_of
from policies.clocks.words import CLOCK_TEXTS
from policies.clocks.zones import DAY, HOUR
from policies.explain import Explanation
from policies.texts import PLACEHOLDER
from tests.simulators.node import packaged_bundle
from tests.unit.nodes.casework.test_clock_cases import MK, NOW, REQUEST, RS, heard, name, one

LANGUAGES = ("en", "sr-Latn", "sr-Cyrl", "bs", "mk", "sq")
TEXTS = packaged_bundle().texts
QUESTION = replace(heard("MT-07", RS, "request", at=DAY), message=name("question"))
CONSENT = replace(heard("MT-11", MK, None, said={"/phase": "ask"}), message=name("asked"), to=(RS,))
LETTER = replace(heard("MT-R1", MK, None), message=name("letter"), to=(RS,))


def told(*answers: Heard, request: Heard = REQUEST, after: int = HOUR) -> list[Explanation]:
    return list(words_of(one(*answers, request=request), NOW + after, TEXTS, "en"))


def rules(*answers: Heard, request: Heard = REQUEST, after: int = HOUR) -> list[str]:
    return [each.rule for each in told(*answers, request=request, after=after)]


def test_a_running_clock_tells_both_readings_and_the_law() -> None:
    [found] = told()
    assert found.rule == "clock.answer"
    assert "2026-09-28 14:13 UTC" in found.sentence
    assert "2026-09-28 22:00 UTC" in found.sentence
    assert found.article == "Directive (EU) 2023/977, Art. 5(1)(c)"


def test_hours_have_one_reading() -> None:
    assert rules(request=replace(REQUEST, urgent=True)) == ["clock.answer-hours"]


def test_each_state_has_its_sentence() -> None:
    part = heard("MT-03", RS, "request", said={"/completeness": "partial"})
    assert rules(QUESTION, after=2 * DAY) == ["clock.suspended"]
    assert rules(part) == ["clock.answer", "clock.part"]
    assert rules(after=8 * DAY) == ["clock.overdue"]
    delay = heard("MT-09", RS, "request", at=DAY, said={"/expected_by": "2026-12-01T00:00:00Z"})
    assert rules(delay, after=8 * DAY) == ["clock.delayed"]
    short = heard("MT-09", RS, "request", at=DAY, said={"/expected_by": "2026-09-23T00:00:00Z"})
    assert rules(short) == ["clock.answer"]
    late = heard("MT-09", RS, "request", at=8 * DAY, said={"/expected_by": "2026-12-01T00:00:00Z"})
    assert rules(late, after=9 * DAY) == ["clock.overdue", "clock.late-notice"]
    assert rules(heard("MT-04", RS, "request", at=DAY), after=2 * DAY) == ["clock.review"]
    assert rules(heard("MT-04", RS, "request", at=8 * DAY), after=9 * DAY) == ["clock.late", "clock.review"]
    assert rules(request=CONSENT) == ["clock.consent"]
    assert rules(request=CONSENT, after=8 * DAY) == ["clock.consent-over"]
    denied = heard("MT-11", RS, "asked", at=8 * DAY, said={"/phase": "deny"})
    assert rules(denied, request=CONSENT, after=9 * DAY) == []


def test_what_no_law_sets_is_told_as_the_network_s() -> None:
    [found] = told(request=CONSENT)
    assert found.article == "Rules of this network"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("text", CLOCK_TEXTS)
def test_every_sentence_is_there_in_every_language_with_the_same_values(text: str, language: str) -> None:
    found, english = TEXTS[language].texts[text], TEXTS["en"].texts[text]
    assert set(PLACEHOLDER.findall(found.sentence)) == set(PLACEHOLDER.findall(english.sentence))
    assert set(PLACEHOLDER.findall(found.sentence + found.remedy)) <= CLOCK_TEXTS[text]
    assert language == "en" or found != english
