from dataclasses import dataclass

import pytest

from policies.facts import InnerFacts, OuterFacts
from policies.predicates.table import PREDICATES
from policies.registry import NONE, REFUSED, Nothing, Objections, OuterPredicate, index, inner, outer
from tests.simulators.policies import shipped_facts


@dataclass(frozen=True, slots=True)
class Word:
    word: str


@outer(1001, "says", Word)
def says(facts: OuterFacts, known: Word) -> Objections:
    return NONE if facts.header.purpose == known.word else REFUSED


@inner(1002, "says-inside", Word)
def says_inside(facts: InnerFacts, known: Word) -> Objections:
    return NONE if known.word in facts.content.person_roles else REFUSED


def test_a_bound_predicate_asks_the_facts_with_its_parameters() -> None:
    facts = shipped_facts("police", "request")
    assert says.bind(Word("investigate"))(facts.outer) == NONE
    assert says.bind(Word("prevent"))(facts.outer) == REFUSED
    assert says_inside.bind(Word("suspect"))(facts) == NONE
    assert says_inside.bind(Word("victim"))(facts) == REFUSED


def test_parameters_of_another_predicate_do_not_bind() -> None:
    for predicate in (says, says_inside):
        with pytest.raises(TypeError):
            predicate.bind(Nothing())


def test_a_name_or_tag_is_given_once() -> None:
    assert set(index([says, says_inside])) == {"says", "says-inside"}
    same_tag = OuterPredicate(1001, "other", Word, (), says.bind)
    same_name = OuterPredicate(1003, "says", Word, (), says.bind)
    for other in (same_tag, same_name):
        with pytest.raises(ValueError, match="is taken"):
            index([says, other])


# Append a line for a new predicate; never change one: decisions of years ago are read with these numbers.
TAGS = """
1 sender-in-standing, 2 recipient-in-standing, 3 sender-standing-kind, 4 recipient-standing-kind, 5 sender-kind,
6 recipient-enrolled,
10 agreement-in-force, 11 agreement-purpose, 12 agreement-personal-data, 13 agreement-categories,
14 agreement-instrument, 15 agreement-types, 16 agreement-languages, 17 agreement-classification,
20 purpose, 21 header-without, 25 urgency-ground, 26 urgency-reason, 30 life, 31 erase-by, 35 policy-active,
40 classification, 41 language, 45 reply-needed, 46 identity-answers, 47 reply-known, 48 reply-same-channel,
50 approvals-logged, 51 bulk-approved, 52 special-categories-approved, 53 issued-by, 54 decision-signed,
55 consents-logged, 56 consent-for-recipient, 58 consent-matrix, 59 consent-named,
60 cites-only, 61 cites-across-at, 62 not-quoted, 63 recipients-of-restricted, 64 owner-consents,
65 quotes-with-consent,
70 handling-codes, 71 handling-text, 72 handling-of-items, 75 person-roles, 76 categories-of-roles,
77 content-categories-of-roles, 78 role-for-every-person, 79 header-tells-content, 80 personal-data-declared,
81 no-personal-data, 82 no-victim-identity, 85 fields-filled, 86 child-guarded, 87 items-evaluated,
110 disclosed-part, 111 disclosed-to-permitted, 112 disclosed-under, 113 disclosed-in-proceedings,
114 disclosed-items-permitted, 115 disclosed-evidence-agreed, 116 disclosed-categories-agreed,
130 purpose-of-sources, 131 erased-with-sources, 132 classified-as-sources, 133 owner-lifts, 134 copied-to-own,
135 consent-or-vital-interest, 136 categories-within, 138 grounded, 139 ground-approved, 140 across-families,
150 guardian-free, 151 child-represented, 152 consent-read-back, 153 value-within,
170 use-permitted, 171 conditions-accepted, 172 use-within-limits, 173 used-in-time, 174 items-for-proceedings,
180 owner-corrects, 181 unrestricted
"""


def test_tags_are_append_only() -> None:
    pinned = dict(reversed(entry.split()) for entry in TAGS.replace("\n", " ").split(",") if entry.strip())
    assert {name: str(each.tag) for name, each in PREDICATES.items()} == pinned
